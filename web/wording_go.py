"""The words of go or no-go: changed facts, what a check found, why an approval rests; the same at every door."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from cmdb.errors import ForeshockError
from cmdb.model.decision import Decision
from cmdb.model.go_check import REASONS, ChangedFact, Found, GoAnswer, GoCheck
from cmdb.model.kind import Document, Kind
from cmdb.records import to_json
from web.wording_figures import figure, percent

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
    "definition_changed": "the definition {record}, by which impact is computed, was changed at {at} by {by}",
    "service_level_set": "the service level of {who} was set anew at {at} by {by}",
    "service_hours_set": "the service hours {record} were changed at {at} by {by}",
    "loss_scale_set": "the scale of losses was set anew at {at} by {by}: {record}",
    "maintenance_changed": "the maintenance window {record} was changed within its window at {at} by {by}",
    "capacity_changed": "what its team can do at once was changed at {at} by {by}: {record}",
    "model_changed": "its change model {record} was changed or withdrawn at {at} by {by}",
    "outcome_corrected": "{record}, of the same model, no longer counts as a success since {at}, by {by}",
    "budget_used": "{record}, recorded or changed at {at} by {by}, bears on the error budget of {who}",
}
"""Code of each changed fact (:data:`cmdb.model.go_check.FACTS`), and its sentence."""

RECKONED_WORDS: Mapping[str, str] = {
    "failure_rose": "P(fail) was {mean_was} and is {mean} (upper bound {high_was}, now {high}){learned}",
    "loss_rose": (
        "the expected loss was {expected_was} and is {expected} tier 1 minutes (upper bound {expected_high_was}, now "
        "{expected_high})"
    ),
    "tail_rose": (
        "the loss in the worst twentieth of cases was {tail_was} and is {tail} tier 1 minutes (upper bound "
        "{tail_high_was}, now {tail_high})"
    ),
    "failed_loss_rose": "what it costs if it fails was {failed_was} and is {failed} tier 1 minutes",
    "breach_rose": (
        "P(breach) of {who} was {probability_was} and is {probability} (upper bound {high_was}, now {high}; of its "
        "error budget {used_was} min were used, now {used}; {remaining} min are left)"
    ),
    "outside_maintenance": "{who}: {minutes_was} planned min lay outside agreed maintenance, now {minutes}",
    "outcome_worse": "{who} is worse off in the window than when it was approved: {changes}",
    "conflict_met": "with {record} it stops a service that neither stops alone",
    "conflicts_hidden": (
        "places at which joint conflicts could not be looked for: {conflicts_unexamined_was} then, "
        "{conflicts_unexamined} now"
    ),
    "doubt_met": "{who} hangs on a relation that nobody is sure of; without it: {worst}",
    "doubts_hidden": "doubtful relations not looked at: {doubts_unexamined_was} then, {doubts_unexamined} now",
    "freeze_met": "its window meets the freeze {record}",
    "peak_met": "its window meets the peak event {record}",
    "team_overrun": "the team {record} is asked for more than it can do at once",
    "calendar_unknown": "what the calendar says of its window ({what}) is no longer known",
    "target_missing": "its target {who} is no longer seen by discovery",
    "target_retired": "{who}, which it is to be done to, is no longer part of the estate",
    "target_doubted": "it is in doubt what its target {who} is",
    "targets_unseen": "days since the target seen longest ago was seen: {seen_days_was} then, {seen_days} now",
    "model_withdrawn": "its change model {record} no longer authorises changes",
    "model_successes": "its change model {record} had {successes_was} successes and has {successes}",
    "incident_over": "{record}, which it was to resolve, is no longer open",
    "content_other": "what the assessment knows of the change itself is otherwise: {changes}",
    "policy_other": "it was judged by version {version_was} of the policy and is by version {version}",
    "method_other": ("it was assessed by method {method_was} ({record}) and is by method {method}, which knows more"),
    "rules_other": "this release judges the same facts otherwise than the one it was approved by",
}
"""
Code of each reckoned fact (:data:`cmdb.model.go_check.RECKONED`), and its sentence: ``NAME_was`` is a figure as it was
when the change was approved, ``NAME`` as it is.
"""

LEARNED_WORDS: Mapping[str, str] = {
    "outcomes": (
        "; outcomes that matured since: {outcomes}, of them failures: {failures} (of its model {of_model}, of its team "
        "{of_team}, at its targets {of_targets})"
    ),
    "driver": "; what rose most: {driver}",
}

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
_PLACES = re.compile(r"\{(\w+)\}")
_SHARES = frozenset({"mean", "high", "probability"})
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
    if fact.code in RECKONED_WORDS:
        return reckoned(fact, RECKONED_WORDS, LEARNED_WORDS, none="not known")
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


def reckoned(
    fact: ChangedFact, facts: Mapping[str, str], learned: Mapping[str, str], *, none: str, comma: str = ", "
) -> str:
    """Return a fact that an assessment reckons in the words of a language; ``none`` is said of what is not known."""
    values = dict.fromkeys(_PLACES.findall(facts[fact.code]), none)
    for each in fact.fields:
        values |= {f"{each.name}_was": _amount(each.name, each.before, none)}
        values |= {each.name: _amount(each.name, each.after, none)}
    changes = comma.join(
        f"{f.name.replace('_', ' ')} {values[f'{f.name}_was']} > {values[f.name]}" for f in fact.fields
    )
    more = "".join(words.format(**values) for name, words in learned.items() if name in values)
    who = fact.name or fact.ci or none
    return facts[fact.code].format(**{**values, "who": who, "record": fact.record, "changes": changes, "learned": more})


def _amount(name: str, value: Any, none: str) -> str:
    if value is None:
        return none
    if name in _SHARES:
        return percent(value)
    return figure(value) if isinstance(value, float) else str(value).replace("_", " ")
