"""The desk that keeps assessments: each is written once, chained to the one before, together with its change's move."""

from __future__ import annotations

from dataclasses import replace

from cmdb.chain import START, digest
from cmdb.change.moves import move_of
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.assessment import ASSESSMENTS, Assessment, Verdict, result_of, unsigned
from cmdb.model.baseline import BASELINES
from cmdb.model.change import CHANGES, Change, ChangeState
from cmdb.model.decision import DECISIONS, POLICY, Choice, Decision
from cmdb.ports.store import Equals, Put, Unwritten
from cmdb.records import Held, to_document


def signed(assessment: Assessment) -> Assessment:
    """Return the assessment with its hash."""
    return replace(assessment, hash=digest(unsigned(to_document(ASSESSMENTS, assessment))))


def link(context: Context, change: Change) -> tuple[int, str]:
    """Return the number and the ``previous`` hash of the change's next assessment."""
    if change.assessment is None:
        return 1, START
    newest = context.records.get(ASSESSMENTS, change.assessment)
    return newest.number + 1, newest.hash


def record_assessment(context: Context, held: Held[Change], assessment: Assessment) -> Held[Assessment]:
    """
    Keep a signed assessment and move its change, both in one revision of the store.

    The move is ``assess``, or with verdict AUTO (and a window that has not ended) ``assess and schedule``, which also
    records the decision of the policy. An approved or scheduled change whose result is the same in every byte stays so;
    otherwise its approval is void and the change is to be decided anew. ``held`` is the change as it was assessed.

    Raises:
        NotAllowed: the actor may not assess changes.
        WrongState: the change can not be assessed in its state.
        VersionConflict: the change was edited, assessed or decided meanwhile.
        WrittenMeanwhile: history was let go since the assessment's graph revision.
    """
    context.allow("change:assess")
    change = held.record
    name = _move_name(context, change, assessment)
    move = move_of(change, name)
    confirmed = name == "assess and confirm"
    moved = replace(change, state=move.to, assessment=assessment.id, suspended=change.suspended if confirmed else None)
    puts = [
        Put(ASSESSMENTS, to_document(ASSESSMENTS, assessment), 0),
        Put(CHANGES, to_document(CHANGES, moved), held.version),
    ]
    if name == "assess and schedule":
        puts.append(Put(DECISIONS, to_document(DECISIONS, _policy_decision(context, assessment)), 0))
    # History that was let go since would leave it without the graph it was computed from.
    whole = Unwritten((BASELINES.name,), assessment.graph_revision)
    context.records.put_all(puts, because="change:assessed", unwritten=whole)
    return context.records.held(ASSESSMENTS, assessment.id)


def of_change(context: Context, change_id: str) -> tuple[Assessment, ...]:
    """Return every assessment of a change, oldest first; raises NotAllowed."""
    context.allow("change:read")
    found = context.records.find(ASSESSMENTS, [Equals("change", change_id)])
    return tuple(sorted(found, key=lambda assessment: assessment.number))


def newest(context: Context, change: Change) -> Assessment:
    """
    Return the newest assessment of the change; raises NotAllowed.

    Raises:
        NotFound: it was never assessed.
    """
    context.allow("change:read")
    if change.assessment is None:
        raise NotFound(kind="assessment of change", ids=(change.id,))
    return context.records.get(ASSESSMENTS, change.assessment)


def same_result(one: Assessment, other: Assessment) -> bool:
    """Tell whether an approval given on the one holds for the other: the same result in every byte."""
    results = [digest(result_of(to_document(ASSESSMENTS, assessment))) for assessment in (one, other)]
    return results[0] == results[1]


def approved(context: Context, change: Change) -> Assessment:
    """
    Return the assessment that the change's approval rests on: the one approved, or confirmed after that.

    Raises:
        NotFound: it was never assessed.
    """
    found = [each.assessment for each in granting(context, change) if each.assessment is not None]
    return context.records.get(ASSESSMENTS, found[-1]) if found else newest(context, change)


def granting(context: Context, change: Change) -> list[Decision]:
    """Return the approvals and confirmations of the present revision since the last recall, oldest first."""
    found = context.records.find(DECISIONS, [Equals("change", change.id)])
    ours = sorted(
        (each for each in found if each.change_revision == change.revision),
        key=lambda each: (each.at, len(each.id), each.id),
    )
    recalled = [place for place, each in enumerate(ours, 1) if each.choice is Choice.RECALL]
    return [each for each in ours[recalled[-1] if recalled else 0 :] if each.choice in (Choice.APPROVE, Choice.CONFIRM)]


def _move_name(context: Context, change: Change, assessment: Assessment) -> str:
    granted = change.state in (ChangeState.APPROVED, ChangeState.SCHEDULED)
    if granted and same_result(approved(context, change), assessment):
        return "assess and confirm"
    if assessment.verdict is Verdict.AUTO and context.clock.now() < assessment.inputs.window.end:
        return "assess and schedule"
    return "assess"


def _policy_decision(context: Context, assessment: Assessment) -> Decision:
    return Decision(
        id=context.new_id(DECISIONS),
        change=assessment.change,
        change_revision=assessment.change_revision,
        assessment=assessment.id,
        assessment_hash=assessment.hash,
        verdict=assessment.verdict,
        choice=Choice.APPROVE,
        by=POLICY,
        at=assessment.made_at,
    )
