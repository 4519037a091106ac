"""
The words of the one-page summary of a change, in any language.

What the languages share stands here; the sentences are in :mod:`web.wording_summary_en` and
:mod:`web.wording_summary_zh`, with the same names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

from cmdb.model.assessment import Assessment
from cmdb.model.outlook import Outlook
from cmdb.model.summary import ReasonFacts
from web.languages import Language

NAMED_AT_MOST = 3
MEMBERS_AT_MOST = 4


def words_in(language: Language) -> ModuleType:
    """Return the module of a language's words."""
    if language is Language.ZH:
        from web import wording_summary_zh

        return wording_summary_zh
    from web import wording_summary_en

    return wording_summary_en


def reason_words(reason: ReasonFacts, language: Language) -> str:
    """Return the sentence of a reason; a language that has none for its code shows the English one, else the code."""
    words = words_in(language)
    sentence = words.REASONS.get(reason.code) or reason.sentence or reason.code
    facts = {name: _fact(value, words) for name, value in reason.facts.items()}
    said = str(sentence.format(**facts))
    return f"{said[:1].upper()}{said[1:]}"


def few(names: Sequence[str], most: int, words: ModuleType) -> str:
    """Return names as a list in a sentence, those beyond ``most`` counted; naming one more is as short as that."""
    more = len(names) - most
    shown = list(names) if more <= 1 else [*names[:most], words.PAGE["and_more"].format(count=f"{more:,}")]
    return str(words.listed(shown))


def names_of(assessment: Assessment) -> dict[str, str]:
    """Return the names of the services of an assessment, those in doubt as well, by id."""
    names = {service.id: service.name for service in assessment.services}
    if assessment.outlook is not None:
        names.update({service.service: service.name for service in assessment.outlook.doubtful})
    return names


def risk_groups(
    outlook: Outlook, names: Mapping[str, str]
) -> list[tuple[tuple[str, ...], list[str], bool, float | None]]:
    """
    Return the most probable risk groups: members, names of the services, whether it is new, probability.

    Those that are new with the change come first, then the more probable, then by id.
    """
    stopped: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    known: dict[tuple[bool, tuple[str, ...]], float] = {}
    for risk in outlook.risks:
        for group in risk.most_probable:
            if group.members:
                key = not group.added, group.members
                stopped.setdefault(key, []).append(names.get(risk.service, risk.service))
                known[key] = max(known.get(key, 0.0), group.probability or 0.0)
    order = sorted(known, key=lambda key: (key[0], -known[key], key[1]))
    return [(key[1], stopped[key], not key[0], known[key] or None) for key in order]


def _fact(value: object, words: ModuleType) -> str:
    return few([str(each) for each in value], NAMED_AT_MOST, words) if isinstance(value, (tuple, list)) else str(value)
