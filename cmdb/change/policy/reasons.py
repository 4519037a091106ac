"""
The reasons a verdict can have: a stable code for each, in the one order they are always given in.

A record keeps the codes alone; the facts of a sentence are read from the same record, so every reader sees the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cmdb.model.assessment import Assessment, ServiceOutcome
from cmdb.model.facts import Facts
from cmdb.model.joint_conflict import JointConflict
from cmdb.model.outcome import Outcome
from cmdb.model.policy import LOWEST_TIER

MOST_MET = 3
UNKNOWN = "?"
TIERS = range(1, LOWEST_TIER + 1)

REASONS: dict[str, str] = {
    "service_down_without_back_out": "can go down, and there is no back-out plan: {services}",
    "target_missing": "no longer seen where it was found: {missing}",
    "target_retired": "retired, so it can not be changed: {targets}",
    "target_unreconciled": "with an open doubt about what it is: {unreconciled}",
    "joint_conflict": "would stop what it does not stop alone: {met}",
    "freeze": "meets a freeze: {freezes}",
    "breach_likely": "likely to breach its service level: {breaching}",
    "emergency_change": "an emergency change is for the board",
    "expected_loss_above_appetite": "the expected loss of {expected_loss} tier 1 minutes is above the appetite",
    "tail_above_appetite": "the loss in the worst twentieth of cases, {tail} tier 1 minutes, is above the appetite",
    "failure_above_limit": "P(fail) of {failure} is above the policy's limit",
    **{f"new_single_point_tier{n}": f"a new single point of failure for tier {n}: {{services}}" for n in TIERS},
    **{f"service_down_tier{n}": f"goes down in the window, tier {n}: {{services}}" for n in TIERS},
    **{f"service_degraded_tier{n}": f"runs with less in the window, tier {n}: {{services}}" for n in TIERS},
    "peak_event": "meets a peak event: {peaks}",
    "team_over_capacity": "asks more of a team than it has: {overruns}",
    "conflicts_unexamined": "too many changes and incidents at the same time to look for every joint conflict",
    "doubtful_relations": "worse off unless a relation exists that nobody is sure of: {doubtful}",
    "doubts_unexamined": "too many relations that nobody is sure of to look at each",
    "too_little_evidence": "within the limits as far as is known, but on too little evidence to be sure",
    "failure_unknown": "P(fail) is not known, and the policy limits it",
    "breach_unknown": "whether it breaches a service level is not known",
    "calendar_unknown": "whether it meets a freeze, a peak event or a team's limit is not known",
    "targets_unknown": "whether there is a doubt about what a target is, is not known",
    "many_services_affected": "{count} services lose their last spare or more, too many for a peer",
    **{f"beyond_peer_limit_tier{n}": f"worse off than a peer may decide, tier {n}: {{services}}" for n in TIERS},
    "beyond_peer_limit_other": "worse off than a peer may decide: {services}",
    "beyond_peer_loss": "not known to cost no more than a peer may decide",
    "no_rule_holds": "no rule of the policy leaves it to a peer",
    "auto_retrospective": "not approved by itself: nobody authorised it before it was done",
    "auto_model_not_followed": "not approved by itself: it does something else than its model says",
    "auto_model_unproven": "not approved by itself: its model has succeeded {successes} times, which is too few",
    "auto_failure_bound": "not approved by itself: P(fail) is not known to be small enough",
    "auto_planned_minutes": "not approved by itself: an outage is planned outside agreed maintenance: {services}",
    "auto_worst_outcome": "not approved by itself: a service is worse off than that allows",
    "auto_failed_loss": "not approved by itself: a failure is not known to cost little enough",
    "auto_freeze": "not approved by itself: it meets a freeze or a peak event",
    "auto_conflict": "not approved by itself: it meets another change or an incident",
    "auto_targets_unseen": "not approved by itself: a target was not seen lately",
    "auto_no_back_out": "not approved by itself: there is no back-out plan",
    "within_auto_limits": "a standard change within the limits of what the policy approves by itself",
    "within_peer_limits": "every service within what a peer may decide",
}
"""Code of each reason and its English sentence, filled with :func:`facts_of`."""

BLOCKING = frozenset(
    {
        "service_down_without_back_out",
        "target_missing",
        "target_retired",
        "target_unreconciled",
        "joint_conflict",
        "freeze",
        "breach_likely",
    }
)
"""Codes of the reasons why nobody may approve a change; the others only say who decides."""

_ORDER = {code: place for place, code in enumerate(REASONS)}


def in_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes, each once, in the fixed order."""
    return tuple(sorted(set(codes), key=_ORDER.__getitem__))


def facts_of(code: str, assessment: Assessment, called: Mapping[str, str] | None = None) -> dict[str, Any]:
    """
    Return what fills the sentence of a reason, as tuples: ``services`` and ``doubtful`` (those worse off without a
    doubtful relation) by name, ``targets`` by id, and ``met`` (what a joint conflict stops, with whom; of more than
    three the number). ``count`` is that of services worse off than reduced. ``called`` has names of CIs and of entries
    of the calendar by id, which stand in the place of ids. What the facts of the assessment hold has their name; an
    amount that is not known is "?".

    The services are those the code speaks of, by the order of the record: of its tier, or where there are none, those
    without a tier. Of services beyond a peer's limit the worst off are named.
    """
    word, _, tier = code.rpartition("_tier")
    word = word or code
    concerned = [service for service in assessment.services if _concerned(word, service)]
    if tier.isdigit():
        concerned = [s for s in concerned if s.tier == int(tier)] or [s for s in concerned if s.tier is None]
    if word.startswith("beyond_peer_limit") and concerned:
        worst = min(service.outcome.rank for service in concerned)
        concerned = [service for service in concerned if service.outcome.rank == worst]
    names = tuple(service.name for service in concerned)
    count = sum(service.outcome.is_worse_than(Outcome.REDUCED) for service in assessment.services)
    called = called or {}
    gone = assessment.rewiring.gone if assessment.rewiring is not None else ()
    targets = tuple(called.get(ci, ci) for ci in (*assessment.retired, *gone))
    known = _known(assessment, called)
    return {"services": names, "targets": targets, "count": count, **known, **_beside(assessment, called)}


def _known(assessment: Assessment, called: Mapping[str, str]) -> dict[str, Any]:
    """Return what the facts that were judged say: names as tuples, amounts as text."""
    facts = assessment.facts or Facts()
    loss, failure, model = facts.loss, facts.failure, facts.model
    names = {service.id: service.name for service in assessment.services}
    return {
        **{
            word: tuple(called.get(ci, ci) for ci in getattr(facts, word) or ()) for word in ("missing", "unreconciled")
        },
        **{word: tuple(called.get(one, one) for one in getattr(facts, word) or ()) for word in ("freezes", "peaks")},
        "overruns": facts.overruns or (),
        "breaching": tuple(
            f"{names.get(each.service, each.service)} ({each.probability:.0%})" for each in facts.breaches or ()
        ),
        "expected_loss": UNKNOWN if loss is None else _minutes(loss.expected),
        "tail": UNKNOWN if loss is None else _minutes(loss.tail),
        "failure": UNKNOWN if failure is None else f"{failure.mean:.1%}",
        "successes": UNKNOWN if model is None else model.successes,
    }


def _beside(assessment: Assessment, called: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return whom the change meets, what they stop together, and what hangs on relations nobody is sure of."""
    outlook = assessment.outlook
    conflicts = outlook.conflicts if outlook is not None else ()
    names = {**called, **{service.id: service.name for service in assessment.services}}
    return {
        "met": _few([_met(conflict, assessment.change, names) for conflict in conflicts]),
        "doubtful": tuple(service.name for service in outlook.doubtful) if outlook is not None else (),
    }


def _few(words: Sequence[str]) -> tuple[str, ...]:
    shown = words if len(words) <= MOST_MET + 1 else [*words[:MOST_MET], f"{len(words) - MOST_MET} more"]
    return tuple(shown)


def _met(conflict: JointConflict, change: str, names: Mapping[str, str]) -> str:
    others = [each for each in (*conflict.changes, *conflict.incidents) if each != change]
    others += [names.get(ci, ci) for ci in conflict.standing]
    return f"{' and '.join(names.get(ci, ci) for ci in conflict.services)} with {' and '.join(others)}"


def _concerned(word: str, service: ServiceOutcome) -> bool:
    if word == "new_single_point":
        return bool(service.new_single_points)
    if word == "beyond_peer_limit_other":
        return service.tier is None or service.tier not in TIERS
    if word == "auto_planned_minutes":
        return service.outcome in (Outcome.DOWN, Outcome.DEGRADED)
    wanted = {
        "service_down_without_back_out": Outcome.DOWN,
        "service_down": Outcome.DOWN,
        "service_degraded": Outcome.DEGRADED,
    }
    if word == "many_services_affected":
        return service.outcome.is_worse_than(Outcome.REDUCED)
    return word not in wanted or service.outcome is wanted[word]


def _minutes(loss: float) -> str:
    return f"{loss:,.0f}" if loss >= 100 else f"{loss:.3g}"
