"""Common causes and risk groups in words: what a group hangs on that looks redundant, and what fails together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from cmdb.model.common_cause import CommonCause
from web.languages import Language
from web.naming import with_id
from web.wording_change import listed
from web.wording_explained import NAMED_AT_MOST, Words
from web.wording_explained_en import lowered, number, plural


def cause_sentences(causes: Sequence[CommonCause], words: Words, language: Language = Language.EN) -> list[str]:
    """
    Return a sentence for each group that a CI defeats alone: on what its members hang, the nearest first.

    Causes that take the same members down share it: "Both feeds Rack R12 needs one of hang on PDU A3 and on UPS 1."
    Those by which the owner of the group would go down anyway deceive nobody and are left out.
    """
    alike = groupby(deceiving(causes), key=lambda one: (one.item, one.group, [member.id for member in one.members]))
    make = _chinese if language is Language.ZH else _english
    return [make(list(shared), words) for _, shared in alike]


def deceiving(causes: Sequence[CommonCause]) -> list[CommonCause]:
    """Return the causes that the redundancy of a group hides: its owner hangs on them by this group alone."""
    return [one for one in causes if not one.anyway]


def _english(causes: Sequence[CommonCause], words: Words) -> str:
    one = causes[0]
    label = words.labels.get(one.ci_class)
    nouns = plural(lowered(label.en)) if label and label.en else f"members of {one.group}"
    members = words.all_named([member.id for member in one.members])
    total, fell, owner = one.size, len(one.members), words.name(one.item)
    of = "" if one.needs == total else f" {number(one.needs)} of"
    which = f"{nouns} {owner} needs{of}"
    named = f" ({listed(members)})" if fell <= NAMED_AT_MOST else ""
    if fell == total:
        who = f"Both {which}" if total == 2 else f"All {number(total)} {which}"
    else:
        who = f"{number(fell).capitalize()} of the {number(total)} {which}"
    on = [f"on {words.name(cause.cause)}" for cause in causes]
    return f"{who}{named} hang {listed(_few(on, 'more'))}."


def _chinese(causes: Sequence[CommonCause], words: Words) -> str:
    one = causes[0]
    label = words.labels.get(one.ci_class)
    nouns = label.zh if label and label.zh else f" {one.group} 成员"
    members = words.all_named([member.id for member in one.members])
    fell, owner = len(one.members), words.name(one.item)
    named = f"（{'、'.join(members)}）" if fell <= NAMED_AT_MOST else ""
    of = f"{owner} 需要 {one.size} 个{nouns}中的 {one.needs} 个"
    who = f"而它们全部{named}" if fell == one.size else f"而其中 {fell} 个{named}"
    on = [words.name(cause.cause) for cause in causes]
    shown = on if len(on) <= NAMED_AT_MOST else [*on[: NAMED_AT_MOST - 1], f"另外 {len(on) - NAMED_AT_MOST + 1} 个"]
    return f"{of}，{who}都依赖 {'、'.join(shown)}。"


def _few(parts: Sequence[str], word: str) -> list[str]:
    """Return a few parts, and how many more there are."""
    if len(parts) <= NAMED_AT_MOST:
        return list(parts)
    return [*parts[: NAMED_AT_MOST - 1], f"{number(len(parts) - NAMED_AT_MOST + 1)} {word}"]


def group_words(members: Sequence[str], words: Words, language: Language = Language.EN) -> str:
    """Return what fails together, each by its name with the id in brackets: "UPS S1 [ups-s1] and db-a"."""
    named = [with_id(words.names, ci) for ci in members]
    return "、".join(named) if language is Language.ZH else listed(named)
