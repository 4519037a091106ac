"""The words of go or no-go: changed facts, what a check found, why an approval rests; the same at every door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from cmdb.errors import ForeshockError
from cmdb.model.decision import Decision
from cmdb.model.go_check import REASONS, ChangedFact, Found, GoAnswer, GoCheck
from cmdb.model.kind import Document, Kind
from cmdb.records import to_json

FACT_WORDS: Mapping[str, str] = {
    "incident": "{who} failed at {at} ({record}, recorded by {by})",
    "incident_resolved": "{record}, in which {who} had failed, was resolved at {at} by {by}",
    "incident_changed": "what {record} says of {who} was changed at {at} by {by}",
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
    "change_moved": "{record}, which touches {who}, was edited or moved at {at} by {by}",
    "calendar_changed": "the calendar was changed within its window at {at} by {by}: {record}",
    "policy_set": "the policy was set anew at {at} by {by}: {record}",
    "definition_changed": "the definition {record}, by which changes are judged, was changed at {at} by {by}",
}
"""Code of each changed fact (:data:`cmdb.model.go_check.FACTS`), and its sentence."""

NEAR_WORDS: Mapping[str, str] = {
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
_FACTS = Kind(ChangedFact, name="changed_fact")
_FACTS_AT_MOST = 3


class Rests(Protocol):
    """What tells why an approval rests: a suspension, or the notice of one."""

    @property
    def because(self) -> str: ...
    @property
    def found(self) -> Found | None: ...


def fact_sentence(fact: ChangedFact) -> str:
    """
    Return one changed fact as a person reads it, times in UTC.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 3, 3, 2, 10, tzinfo=UTC)
    >>> fact_sentence(ChangedFact("incident", "INC-7", at, "ops", "web2", "web2", "twin", "web1"))
    'web2, the twin of your target web1, failed at 2026-03-03 02:10 UTC (INC-7, recorded by ops)'
    """
    # "which touches web1, your target, was edited": one comma closes both insertions.
    return filled(fact, FACT_WORDS, NEAR_WORDS, none="nothing", more="{count} more").replace(",,", ",")


def facts_sentence(facts: Sequence[ChangedFact], unlisted: int | None) -> str:
    """Return the first of some changed facts in one line, and how many more there are; None: that is not known."""
    said = [fact_sentence(fact) for fact in facts[:_FACTS_AT_MOST]]
    more = len(facts) - len(said) + (unlisted or 0)
    said += [f"and {more} more"] if more else []
    said += ["the log no longer reaches back to it, so more may have changed"] if unlisted is None else []
    return "; ".join(said)


def found_sentence(found: Found) -> str:
    """Return why a check suspends: the nearest changed fact, or where none is known what became worse."""
    return fact_sentence(found.fact) if found.fact else _no_go(found.reasons)


def suspension_words(suspension: Rests) -> str:
    """Return why an approval rests: what a check found, or what somebody said."""
    return found_sentence(suspension.found) if suspension.found else suspension.because


def decision_words(decision: Decision) -> str:
    """Return what was said with a decision: the comment, or of a check what it found."""
    return found_sentence(decision.found) if decision.found else decision.comment


def refusal_words(refused: ForeshockError) -> str:
    """Return why a change may not be begun (``change.no_go``, ``change.go_overtaken``), by what has changed."""
    facts = refused.facts
    said = found_sentence(facts["found"]) if "found" in facts else facts_sentence(facts["facts"], facts["unlisted"])
    return f"{refused}: {said}"


def changed_json(refused: ForeshockError) -> list[Document]:
    """Return the changed facts of the same as codes and facts, for programmes."""
    facts = refused.facts
    changed = [facts["found"].fact] if "found" in facts else facts["facts"]
    return [to_json(_FACTS, fact) for fact in changed if fact is not None]


def check_sentences(check: GoCheck) -> Iterator[str]:
    """Yield what a check found: the answer with its reasons, each service, each changed fact."""
    if check.answer is GoAnswer.GO:
        yield f"GO: nothing is worse than when {check.change} was approved"
    else:
        yield _no_go(check.reasons)
    for each in check.services:
        points = f"; single points of failure now: {', '.join(each.points)}" if each.points else ""
        yield f"{each.name}: {_outcome(each.before)} when approved, {_outcome(each.now)} now{points}"
    yield from map(fact_sentence, check.facts)
    if check.facts_unlisted:
        yield f"and {check.facts_unlisted} more changed facts"
    elif check.facts_unlisted is None:
        yield "the log no longer reaches back to the approval, so more may have changed"


def _no_go(reasons: Sequence[str]) -> str:
    return f"NO-GO: {'; '.join(REASONS[code] for code in reasons)}"


def _outcome(outcome: str) -> str:
    return outcome.replace("_", " ").lower()


def filled(
    fact: ChangedFact, facts: Mapping[str, str], near: Mapping[str, str], *, none: str, more: str, comma: str = ", "
) -> str:
    """Return a changed fact in the words of a language: its sentences, how near a CI is, and the small words."""
    values = [[none if each is None else str(each) for each in (f.before, f.after)] for f in fact.fields]
    shown = [f"{f.name} {was} > {now}" for f, (was, now) in zip(fact.fields, values, strict=True)][:_FIELDS]
    if len(fact.fields) > _FIELDS:
        shown.append(more.format(count=len(fact.fields) - _FIELDS))
    who = near[fact.near].format(ci=fact.name or fact.ci, of=fact.of)
    at = f"{fact.at:%Y-%m-%d %H:%M} UTC"
    return facts[fact.code].format(who=who, at=at, by=fact.by, record=fact.record, fields=comma.join(shown))
