"""The sentences of a go or no-go check, from its codes and facts; a suspension keeps one of them as its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cmdb.model.go_check import REASONS, ChangedFact, GoAnswer, GoCheck

FACTS: Mapping[str, str] = {
    "incident": "{who} failed at {at} ({record}, recorded by {by})",
    "ci_missing": "{who} has not been seen by discovery since {at} ({by})",
    "ci_changed": "{who} was changed at {at} by {by}: {fields}",
    "ci_retired": "{who} was retired at {at} by {by}",
    "relation_made": "{who} depends on something else since {at}: {record}, by {by}",
    "relation_changed": "what {who} depends on was changed at {at} by {by}: {record}, {fields}",
    "relation_ended": "{who} no longer depends on something since {at}: {record}, by {by}",
    "group_made": "{who} has a redundancy group more since {at}: {record}, by {by}",
    "group_changed": "a redundancy group of {who} was changed at {at} by {by}: {record}, {fields}",
    "group_ended": "{who} has a redundancy group less since {at}: {record}, by {by}",
    "change_meets": "{record} was put beside it at {at} by {by}, and touches the same services",
    "policy_set": "the policy was set anew at {at} by {by}: {record}",
}
"""Code of each changed fact, and its sentence."""

_NEAR = {
    "target": "{ci}, your target,",
    "twin": "{ci}, the twin of your target {of},",
    "twin_of_out": "{ci}, the twin of {of}, which goes down with your target,",
    "beneath_target": "{ci}, on which your target {of} rests,",
    "beneath_twin": "{ci}, on which the twin of {of} rests,",
    "service": "{ci}, a service above your targets,",
    "cone": "{ci}",
    "": "{ci}",
}
_FIELDS = 4


def fact_sentence(fact: ChangedFact) -> str:
    """
    Return one changed fact as a person reads it, times in UTC.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 3, 3, 2, 10, tzinfo=UTC)
    >>> fact_sentence(ChangedFact("incident", "INC-7", at, "ops", "web2", "web2", "twin", "web1"))
    'web2, the twin of your target web1, failed at 2026-03-03 02:10 UTC (INC-7, recorded by ops)'
    """
    who = _NEAR[fact.near].format(ci=fact.name or fact.ci, of=fact.of)
    shown = [f"{each.name} {_value(each.before)} > {_value(each.after)}" for each in fact.fields[:_FIELDS]]
    if len(fact.fields) > _FIELDS:
        shown.append(f"{len(fact.fields) - _FIELDS} more")
    at = f"{fact.at:%Y-%m-%d %H:%M} UTC"
    return FACTS[fact.code].format(who=who, at=at, by=fact.by, record=fact.record, fields=", ".join(shown))


def check_sentences(check: GoCheck) -> Iterator[str]:
    """Yield what a check found: the answer with its reasons, each service, each changed fact."""
    if check.answer is GoAnswer.GO:
        yield f"GO: nothing is worse than when {check.change} was approved"
    else:
        yield f"NO-GO: {'; '.join(REASONS[code] for code in check.reasons)}"
    for each in check.services:
        points = f"; single points of failure now: {', '.join(each.points)}" if each.points else ""
        yield f"{each.name}: {_outcome(each.before)} when approved, {_outcome(each.now)} now{points}"
    yield from map(fact_sentence, check.facts)
    if check.facts_unlisted:
        yield f"and {check.facts_unlisted} more changed facts"
    elif check.facts_unlisted is None:
        yield "the log no longer reaches back to the approval, so more may have changed"


def suspension_reason(check: GoCheck) -> str:
    """Return why the check suspends: the nearest changed fact, or where none is known what became worse."""
    if check.facts:
        return fact_sentence(check.facts[0])
    return next(iter(check_sentences(check)))


def _outcome(outcome: str) -> str:
    return outcome.replace("_", " ").lower()


def _value(value: object) -> str:
    return "nothing" if value is None else str(value)
