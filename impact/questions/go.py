"""
Go or no-go: does an approval still rest on facts? The change is assessed now and held against what was approved.

What has failed counts as failed throughout the window: the CIs of open incidents, and those that discovery misses. The
approved assessment is looked at in the same way, as of its own revision, so that only what came since makes a NO-GO.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cmdb.change import assessments
from cmdb.change.changes import held_change
from cmdb.change.go import record_check
from cmdb.change.go_checks import those_to_tell
from cmdb.change.guarding import ask
from cmdb.change.moves import move_of
from cmdb.change.policy.policy import kept
from cmdb.change.policy.policy_text import read_kept
from cmdb.change.policy.reasons import BLOCKING
from cmdb.context import Context
from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.go_check import (
    GO_CHECKS,
    REASONS,
    ChangedFact,
    FieldChange,
    GoAnswer,
    GoCheck,
    ServiceNow,
)
from cmdb.model.outcome import Outcome
from cmdb.model.phases import edited_phases_of
from cmdb.model.policy import FactsPolicy
from cmdb.ports.store import Equals
from cmdb.records import Held
from cmdb.service.incidents import in_period
from impact.questions.assess import computed, made
from impact.questions.drafting import drafts_in
from impact.questions.go_cone import above, shown
from impact.questions.go_facts import changed_facts, name_of
from impact.questions.go_stricter import Told, reckoned_fact, stricter_facts
from impact.questions.graphs import defaults_at
from impact.reading.live import graph_at

if TYPE_CHECKING:
    from impact.graph import Graph

_OF_VERDICT = frozenset({"worse_verdict", "earlier_method"})
"""The reasons that a verdict gives, rather than what happens to services."""


class Stood(NamedTuple):
    """The worst a service has in the window: its outcome, and what would then stop it alone and did not before."""

    name: str
    outcome: Outcome
    points: frozenset[str]


Standing = Mapping[str, Stood]
"""What each service above the targets has, by id; those that are not in it are untouched."""


def go(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[GoCheck]:
    """
    Check whether an approved change may go on, and record the answer with a new assessment.

    The answer is NO-GO where the verdict is stricter than the approved one, or BLOCK for more than was overridden, or
    where with all that has failed now some service above the targets goes down, is worse off or loses its last spare,
    and did not when it was approved. Then the approval is suspended, and the changed facts are named.

    Raises:
        NotAllowed: the actor may not check changes.
        NotFound: there is no such change.
        WrongState: it is neither approved nor scheduled.
        IllegalMove: its window has ended, or it is retrospective.
        VersionConflict: somebody else edited, assessed or decided meanwhile.
        HistoryGone: the store no longer keeps the estate it was approved on.
    """
    context.allow("change:go")
    held = held_change(context, change_id, expected_version)
    change = held.record
    ask(context, change, move_of(change, "go"))
    reference = assessments.approved(context, change)
    now = made(context, held)
    graph = _graph_of(context, now)
    failed = failed_at(context, graph, now)
    worse, reasons = _compared(context, graph, reference, now, failed)
    facts, unlisted = _named(context, graph, reference, now, worse, reasons) if reasons else ((), 0)
    check = GoCheck(
        id=context.new_id(GO_CHECKS),
        change=change.id,
        change_revision=change.revision,
        at=now.made_at,
        by=context.actor.id,
        answer=GoAnswer.NO_GO if reasons else GoAnswer.GO,
        approved=reference.id,
        assessment=now.id,
        graph_revision=now.graph_revision,
        failed=failed,
        reasons=tuple(code for code in REASONS if code in reasons),
        services=worse,
        facts=facts,
        facts_unlisted=unlisted,
        told=those_to_tell(context, change) if reasons else (),
    )
    return record_check(context, held, now, check)


def failed_at(context: Context, graph: Graph, assessment: Assessment) -> tuple[str, ...]:
    """Return the CIs that had failed when an assessment was made, as its revision knows it, sorted."""
    revision, moment = assessment.graph_revision, assessment.made_at
    named = {ci for incident in in_period(context, moment, moment, at=revision) for ci in incident.cis}
    missing = context.records.find(CIS, [Equals("status", CIStatus.MISSING.value)], at=revision)
    return tuple(sorted(shown(graph, named | {ci.id for ci in missing})))


def standing_of(context: Context, graph: Graph, assessment: Assessment, failed: Iterable[str]) -> Standing:
    """Return the worst of each service above the targets in the window, ``failed`` being down throughout."""
    from impact.answers import what_goes_down

    inputs = assessment.inputs
    there = shown(graph, {target.ci for target in inputs.targets})
    services = above(graph, there)
    drafts = drafts_in(context, graph, inputs.targets)
    rewired = None
    if drafts is not None:
        from impact.rewired import Rewired

        rewired = Rewired(drafts)
        services |= rewired.above(drafts.everything)
    phases = edited_phases_of(inputs.window, inputs.targets)
    found: dict[str, Stood] = {}
    asked = {(tuple(sorted({*(ci for ci in phase.failed if ci in there), *failed})), phase.edited) for phase in phases}
    for out, edited in sorted(asked):
        answer = what_goes_down(graph, out) if rewired is None else rewired.answer(out, edited)
        for service in answer.services:
            if service.id in services:
                was = found.get(service.id, Stood(service.name, Outcome.UNAFFECTED, frozenset()))
                worst = service.outcome if service.outcome.is_worse_than(was.outcome) else was.outcome
                found[service.id] = Stood(service.name, worst, was.points.union(service.new_single_points))
    return found


def _compared(
    context: Context, graph: Graph, reference: Assessment, now: Assessment, failed: tuple[str, ...]
) -> tuple[tuple[ServiceNow, ...], set[str]]:
    """Return the services that are worse off than when it was approved, and the codes of all that is worse."""
    standing = standing_of(context, graph, now, failed)
    told = {each.id: Stood(each.name, each.outcome, frozenset(each.new_single_points)) for each in reference.services}
    worse, reasons = _worse(standing, told)
    if reasons:
        # What had failed then already, or was out of order anyway, is no news; only now the older estate is needed.
        then = _graph_of(context, reference)
        worse, reasons = _worse(standing, standing_of(context, then, reference, failed_at(context, then, reference)))
    # A conflict that is over by now is none any more: the assessment leaves it out.
    if now.verdict.is_stricter_than(reference.verdict):
        reasons.add("earlier_method" if _by_method(context, graph, reference, now) else "worse_verdict")
    elif _blocked_anew(reference, now):
        reasons.add("worse_verdict")
    if set(_gone(now)) - set(_gone(reference)):
        reasons.add("target_gone")
    return worse, reasons


def _blocked_anew(reference: Assessment, now: Assessment) -> bool:
    """Tell whether a BLOCK that was overridden blocks for more by now than what two persons answered for."""
    blocking = BLOCKING & set(now.reasons)
    return now.verdict is Verdict.BLOCK and not blocking <= set(reference.reasons)


def _by_method(context: Context, graph: Graph, reference: Assessment, now: Assessment) -> bool:
    """Tell whether the verdict would be no stricter, were the change assessed now as it was when it was approved."""
    method = reference.inputs.method
    if method == now.inputs.method:
        return False
    inputs = replace(now.inputs, method=method, failure=None, notified=False)
    judged_by = now.inputs
    if method is None or method < 3:
        inputs = replace(inputs, retrospective=False, model=None, incidents=(), back_out_tested_on=None, seen_at=None)
        if isinstance(read_kept(kept(context, judged_by.policy_sha256)), FactsPolicy):
            # No such policy can judge what those methods find.
            judged_by = reference.inputs
    then = computed(
        context,
        graph,
        inputs,
        read_kept(kept(context, judged_by.policy_sha256)),
        assessment_id=now.id,
        change=now.change,
        number=now.number,
        change_revision=now.change_revision,
        made_at=now.made_at,
        made_by=now.made_by,
        previous=now.previous,
    )
    return not then.verdict.is_stricter_than(reference.verdict)


def _named(
    context: Context,
    graph: Graph,
    reference: Assessment,
    now: Assessment,
    worse: Iterable[ServiceNow],
    reasons: set[str],
) -> tuple[tuple[ChangedFact, ...], int | None]:
    """Return the changed facts, and how many more there are; whatever made the check NO-GO is never without one."""
    reckoned = stricter_facts(context, reference, now) if reasons & _OF_VERDICT else ()
    facts, unlisted = changed_facts(context, graph, reference, now, reckoned, first=reasons <= _OF_VERDICT)
    if facts:
        return facts, unlisted
    told = [Told("target_retired", ci=ci) for ci in sorted(set(_gone(now)) - set(_gone(reference)))]
    for each in worse:
        fields = (
            FieldChange("outcome", each.before, each.now),
            FieldChange("new_single_points", None, len(each.points)),
        )
        told.append(Told("outcome_worse", fields, each.service))
    return tuple(reckoned_fact(now, each, name_of(context, each.ci)) for each in told), unlisted


def _gone(assessment: Assessment) -> tuple[str, ...]:
    """Return what the change can no longer be done to: retired targets, and CIs that its edits name."""
    return (*assessment.retired, *(assessment.rewiring.gone if assessment.rewiring is not None else ()))


def _worse(now: Standing, then: Standing) -> tuple[tuple[ServiceNow, ...], set[str]]:
    found, reasons = [], set()
    for ci, stood in sorted(now.items()):
        was = then.get(ci, Stood(stood.name, Outcome.UNAFFECTED, frozenset()))
        points = tuple(sorted(stood.points - was.points)) if stood.outcome is not Outcome.DOWN else ()
        codes = set(_codes(stood, was, points))
        if codes:
            reasons |= codes
            found.append(ServiceNow(ci, stood.name, was.outcome, stood.outcome, points))
    return tuple(found), reasons


def _codes(now: Stood, then: Stood, points: tuple[str, ...]) -> Iterable[str]:
    if now.outcome.is_worse_than(then.outcome):
        if now.outcome is Outcome.DOWN:
            yield "service_goes_down"
        elif now.outcome is Outcome.DEGRADED:
            yield "service_worse_off"
        elif now.outcome is Outcome.REDUNDANCY_LOST:
            yield "spare_lost"
    if points:
        yield "spare_lost"


def _graph_of(context: Context, assessment: Assessment) -> Graph:
    revision = assessment.graph_revision
    return graph_at(context.store, defaults_at(context, revision), at=revision)
