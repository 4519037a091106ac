"""
The desk that keeps go or no-go checks. An approval does not outlive its facts: a NO-GO suspends it by itself.

What is checked is computed by :mod:`impact.questions.go`; here it is recorded, together with the assessment it made and
the suspension that follows. The assessment that was approved stays, and so does the approval.
"""

from __future__ import annotations

from dataclasses import replace

from cmdb.change.guarding import ask
from cmdb.change.moves import move_of
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS, Assessment
from cmdb.model.baseline import BASELINES
from cmdb.model.change import CHANGES, Change, Suspension
from cmdb.model.decision import DECISIONS, GO_CHECK, Choice, Decision
from cmdb.model.go_check import GO_CHECKS, GoAnswer, GoCheck
from cmdb.ports.store import Put, Unwritten
from cmdb.records import Held, to_document


def record_check(context: Context, held: Held[Change], assessment: Assessment, check: GoCheck) -> Held[GoCheck]:
    """
    Keep a check and the assessment it made; a NO-GO suspends the approval, and says so to those it names.

    ``held`` is the change as it was checked. All of it is one revision of the store.

    Raises:
        NotAllowed: the actor may not check changes.
        WrongState: the change is neither approved nor scheduled.
        IllegalMove: its window has ended, or it is retrospective.
        VersionConflict: the change was edited, assessed or decided meanwhile.
    """
    context.allow("change:go")
    change = held.record
    move = move_of(change, "go")
    ask(context, change, move)
    puts: list[Put] = []
    suspended = change.suspended
    if check.answer is GoAnswer.NO_GO and suspended is None:
        suspended = Suspension(check.at, GO_CHECK, found=check.found)
        puts.append(Put(DECISIONS, to_document(DECISIONS, _suspending(context, assessment, suspended)), 0))
    check = replace(check, suspended=suspended is not None)
    moved = replace(change, state=move.to, assessment=assessment.id, suspended=suspended)
    puts += [
        Put(ASSESSMENTS, to_document(ASSESSMENTS, assessment), 0),
        Put(GO_CHECKS, to_document(GO_CHECKS, check), 0),
        Put(CHANGES, to_document(CHANGES, moved), held.version),
    ]
    # History that was let go since would leave the assessment without the graph it was computed from.
    whole = Unwritten((BASELINES.name,), assessment.graph_revision)
    context.records.put_all(puts, because="change:checked", unwritten=whole)
    return context.records.held(GO_CHECKS, check.id)


def _suspending(context: Context, assessment: Assessment, suspension: Suspension) -> Decision:
    return Decision(
        id=context.new_id(DECISIONS),
        change=assessment.change,
        change_revision=assessment.change_revision,
        assessment=assessment.id,
        assessment_hash=assessment.hash,
        verdict=assessment.verdict,
        choice=Choice.SUSPEND,
        by=suspension.by,
        at=suspension.at,
        found=suspension.found,
    )
