"""Whether the fields of an incident are right, in a form and in a line of a file alike: every problem there is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cmdb.errors import Problem
from cmdb.exchange.estate.faults import Place, problem, short, shown
from cmdb.exchange.estate.shape import is_name
from cmdb.model.incident import HIGHEST_PRIORITY, LOWEST_PRIORITY

LONGEST: Mapping[str, int] = {"id": 200, "title": 500}
"""Most characters of each text."""
MOST_CIS = 10_000

SENTENCES = {
    "incident.missing": "the {key} is missing; right would be {wanted}",
    "incident.null": "{key} is null; an incident has it",
    "incident.too_long": "the {key} has {length} characters; at most {limit}",
    "incident.unclean": "the {key} is {value}; right would be text without control characters and spaces around it",
    "incident.priority": "the priority is {value}; right would be a whole number from {highest} (highest) to {lowest}",
    "incident.too_many": "it names {count} CIs; at most {limit}",
    "incident.ci_twice": "the CI {ci} stands twice; once is enough",
    "incident.unknown_ci": "there is no CI {ci}{hint}",
    "incident.unknown_change": "there is no change {change}; leave it out, or name the change that caused the incident",
    "incident.ends_first": "it was resolved at {resolved}, before it was opened at {opened}",
    "incident.not_yet": "{key} is {moment}, which is still to come at {now}; an incident is recorded when it happens",
    "incident.repeated": "the incident {id} stands twice, first at line {first}; an id is unique",
    "incident.id_stays": "an id is kept for ever; right would be {id}",
}
_WANTED = {"id": "the id it has where it comes from", "title": "one line that says what happened", "cis": "a CI's id"}


class Entered(NamedTuple):
    """What was entered of an incident; None stands for what was left out or could not be read."""

    id: str | None
    title: str | None
    cis: tuple[str, ...] | None
    opened: datetime | None
    resolved: datetime | None
    priority: Any
    caused_by: str | None


def problems_of(entered: Entered, place: Place, *, now: datetime) -> Iterator[Problem]:
    """
    Yield what is wrong with the fields themselves; ``place`` is a line, or the pointer of the document.

    What is None is not judged: who read it has told already, or it may be left out.
    """
    for key in ("id", "title"):
        yield from _text_problems(key, getattr(entered, key), place)
    if entered.cis is not None:
        yield from _ci_problems(entered.cis, place)
    if entered.priority is not None and not _is_priority(entered.priority):
        facts = {"value": shown(entered.priority), "highest": HIGHEST_PRIORITY, "lowest": LOWEST_PRIORITY}
        yield fault("incident.priority", place, "priority", **facts)
    yield from _moment_problems(entered, place, now)


def unknown_problems(
    entered: Entered,
    place: Place,
    *,
    cis: Collection[str],
    changes: Collection[str],
    hints: Mapping[str, Sequence[str]],
) -> Iterator[Problem]:
    """Yield a problem for each CI that is not among the known ``cis``, and for an unknown change."""
    for number, ci in enumerate(entered.cis or ()):
        if is_clean(ci) and ci not in cis:
            hint = f"; did you mean {' or '.join(hints[ci])}?" if ci in hints else ""
            yield fault("incident.unknown_ci", place, "cis", number, ci=short(ci), hint=hint)
    if entered.caused_by is not None and entered.caused_by not in changes:
        yield fault("incident.unknown_change", place, "caused_by", change=shown(entered.caused_by))


def is_clean(text: str) -> bool:
    """Tell whether a text can be a name, and every store can hold it: half of a surrogate pair is no character."""
    return is_name(text) and (text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text))


def fault(code: str, place: Place, *path: str | int, **facts: Any) -> Problem:
    """Return a problem of this module's sentences at ``path`` below the place; of a line, only the line is told."""
    return problem(code, SENTENCES[code], place, *path, **facts)


def _text_problems(key: str, text: str | None, place: Place) -> Iterator[Problem]:
    if text is None:
        return
    if not text:
        yield fault("incident.missing", place, key, key=key, wanted=_WANTED[key])
    elif len(text) > LONGEST[key]:
        yield fault("incident.too_long", place, key, key=key, length=len(text), limit=LONGEST[key])
    elif not is_clean(text):
        yield fault("incident.unclean", place, key, key=key, value=shown(text))


def _ci_problems(cis: tuple[str, ...], place: Place) -> Iterator[Problem]:
    if not cis:
        yield fault("incident.missing", place, "cis", key="CI", wanted=_WANTED["cis"])
    if len(cis) > MOST_CIS:
        yield fault("incident.too_many", place, "cis", count=len(cis), limit=MOST_CIS)
    seen: set[str] = set()
    for number, ci in enumerate(cis):
        if not ci:
            yield fault("incident.missing", place, "cis", number, key="CI", wanted=_WANTED["cis"])
        elif not is_clean(ci):
            yield fault("incident.unclean", place, "cis", number, key="CI", value=shown(ci))
        elif ci in seen:
            yield fault("incident.ci_twice", place, "cis", number, ci=short(ci))
        seen.add(ci)


def _is_priority(value: Any) -> bool:
    return type(value) is int and HIGHEST_PRIORITY <= value <= LOWEST_PRIORITY


def _moment_problems(entered: Entered, place: Place, now: datetime) -> Iterator[Problem]:
    opened, resolved = entered.opened, entered.resolved
    for key, moment in (("opened", opened), ("resolved", resolved)):
        if moment is not None and moment > now:
            facts = {"moment": moment.isoformat(), "now": now.isoformat(timespec="seconds")}
            yield fault("incident.not_yet", place, key, key=key, **facts)
    if opened is not None and resolved is not None and resolved < opened:
        facts = {"opened": opened.isoformat(), "resolved": resolved.isoformat()}
        yield fault("incident.ends_first", place, "resolved", **facts)
