"""
The health of the records in words: what is wrong with a CI, and the thing to do about it, at the command line and on a
page; in any language.

What the languages share stands here: the commands and the addresses. The sentences are in :mod:`web.wording_health_en`
and :mod:`web.wording_health_zh`, with the same names.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import quote, urlencode

from cmdb.model.health import Fault
from web.languages import Language
from web.naming import Names, called_in


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is wrong in a sentence, what to do in another, the command that does it, and the page where it is done."""

    sentence: str
    todo: str
    command: str
    address: str


def remedy(fault: Fault, language: Language = Language.EN, names: Names | None = None) -> Remedy:
    """
    Return what a fault says and what there is to do about it; ``names`` are those of the CIs in :func:`cis_in`.

    >>> from cmdb.model.health import Measure
    >>> found = remedy(Fault("web1", Measure.ORPHANS, "orphans.alone", {}))
    >>> found.command, found.address
    ('foreshock ci relate web1 TYPE TARGET', '/ci/relations?id=web1')
    """
    words = words_in(language)
    sentence, todo = words.FAULTS.get(fault.code, ("{code}", "{code}"))
    facts = {**fault.facts, **_named(fault.facts, names or {})}
    told = {name: _plain(value, words.COMMA) for name, value in facts.items()}
    command, address = _done(fault)
    return Remedy(_filled(sentence, fault, told), _filled(todo, fault, told), command, address)


def cis_in(fault: Fault) -> list[str]:
    """Return the ids of the CIs that the sentence of a fault names beside its own."""
    return [*fault.facts.get("others", ()), *(target for _, target in fault.facts.get("relations", ()))]


def _named(facts: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return the facts that are CIs by their names."""
    found: dict[str, Any] = {}
    if "others" in facts:
        found["others"] = [called_in(names, ci) for ci in facts["others"]]
    if "relations" in facts:
        found["relations"] = [(kind, called_in(names, target)) for kind, target in facts["relations"]]
    return found


def words_in(language: Language) -> ModuleType:
    """Return the module that has the sentences of a language."""
    if language is Language.ZH:
        from web import wording_health_zh

        return wording_health_zh
    from web import wording_health_en

    return wording_health_en


def page_words(language: Language = Language.EN) -> Mapping[str, str]:
    """Return the headings and labels of the page, by what they are for."""
    words: Mapping[str, str] = words_in(language).PAGE
    return words


def percent(share: float | None) -> str:
    """
    Return a share as people read it, "-" where there is none; only all of something reads 100 %.

    >>> percent(0.98765), percent(None), percent(0.99999), percent(1.0)
    ('98.8 %', '-', '99.9 %', '100 %')
    """
    if share is None:
        return "-"
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    return f"{min(99.9, max(0.1, round(share * 100, 1))):.1f} %"


def _filled(sentence: str, fault: Fault, told: Mapping[str, str]) -> str:
    known = {"at": "?", "note": "", "hours": "?", **{name: value for name, value in told.items() if value}}
    try:
        return sentence.format(ci=fault.ci, code=fault.code, **known).strip()
    except (LookupError, ValueError):
        return fault.code


def _done(fault: Fault) -> tuple[str, str]:
    """Return the command and the address of the page that put a fault right; a word in capitals is to be filled in."""
    ci, facts = shlex.quote(fault.ci), fault.facts
    if fault.code in ("completeness.missing", "correctness.wrong"):
        names = facts.get("attributes") or ["NAME"]
        wanted = " ".join(f"--set {name}=VALUE" for name in names)
        return f"foreshock ci set {ci} {wanted}", _page("ci/edit", id=fault.ci)
    if fault.code == "freshness.stale":
        return f"foreshock discover run {shlex.quote(facts['source'])}", _page(f"sources/{quote(facts['source'])}")
    if fault.code == "freshness.gone":
        return f"foreshock ci retire {ci}", _page("ci/retire", id=fault.ci)
    if fault.code == "freshness.never":
        return "foreshock source list", _page("sources")
    if fault.measure.value == "duplicates":
        return _merging(fault)
    if fault.measure.value == "orphans":
        return f"foreshock ci relate {ci} TYPE TARGET", _page("ci/relations", id=fault.ci)
    kind, target = next(iter(facts.get("relations", ())), ("TYPE", "TARGET"))
    return f"foreshock ci relate {ci} {kind} {shlex.quote(target)}", _page("ci/relations", id=fault.ci)


def _merging(fault: Fault) -> tuple[str, str]:
    others: Sequence[str] = fault.facts.get("others", ())
    other = shlex.quote(others[0]) if others else "OTHER"
    if fault.facts.get("finding"):
        address = _page(f"findings/{quote(fault.facts['finding'])}")
    else:
        address = _page("ci", id=others[0] if others else fault.ci)
    return f"foreshock identity merge {shlex.quote(fault.ci)} {other}", address


def _page(path: str, **query: str) -> str:
    return f"/{path}" + (f"?{urlencode(query)}" if query else "")


def _plain(value: Any, comma: str) -> str:
    if isinstance(value, (list, tuple)):
        return comma.join(" ".join(map(str, each)) if isinstance(each, (list, tuple)) else str(each) for each in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
