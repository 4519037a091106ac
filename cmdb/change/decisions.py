"""
The decision desk: approve, reject, defer, recall, suspend, confirm and override, by somebody whose change it is not.

A decision is never altered. Whether it still counts is worked out when it is read: an edit after it, a recall, or a
later assessment with another result, makes it void, and both stay to be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cmdb.change import assessments, go_checks, overriding
from cmdb.change.authority import AUTHORITY, part_in
from cmdb.change.boards.boards import deciding_on
from cmdb.change.boards.errors import BoardDecides
from cmdb.change.changes import held_change
from cmdb.change.guarding import TAKING_BACK, ask
from cmdb.change.moves import move_of
from cmdb.change.record import tasks
from cmdb.context import Context
from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.change import CHANGES, Change, ChangeState, ChangeType, Suspension
from cmdb.model.decision import DECISIONS, Choice, Decision
from cmdb.ports.store import Equals, Put, Unwritten
from cmdb.records import Held, to_document

__all__ = [
    "AUTHORITY",
    "VOID",
    "Standing",
    "approve",
    "confirm",
    "defer",
    "for_board",
    "of_change",
    "part_in",
    "recall",
    "reject",
]

VOID: dict[str, str] = {
    "edited": "the change was edited after it",
    "assessed_again": "a later assessment found another result",
    "recalled": "it was recalled",
    "put_off": "given before an assessment, and the decision was put off after it",
}
"""Code of what makes a decision void, and its meaning."""

_ON_AN_ASSESSMENT = (Choice.APPROVE, Choice.REJECT, Choice.CONFIRM, Choice.ASK_OVERRIDE, Choice.OVERRIDE)


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision and whether it still counts; ``because`` is a code of :data:`VOID`, or None."""

    decision: Decision
    void: bool
    because: str | None


def approve(
    context: Context,
    change_id: str,
    *,
    expected_version: int | None = None,
    assessment: str | None = None,
    comment: str = "",
    conditions: Sequence[str] = (),
) -> Held[Decision]:
    """
    Approve the change's present revision on its newest assessment; an emergency also before it is assessed.

    ``expected_version`` is the version of the change, and ``assessment`` the hash of the assessment, that the actor has
    seen; left out, the present ones. Each of ``conditions`` becomes a task that blocks the implementation until it is
    done.

    Raises:
        NotAllowed, OwnChange, NotTheAuthority, NotTheEmergencyBoard: the actor may not approve this.
        BoardDecides: the verdict is CAB, or BLOCK and overridden, and there is a board.
        NotFound: there is no such change.
        VersionConflict: somebody else edited, assessed or decided meanwhile.
        WrongState: it is not waiting for a decision.
        IllegalMove: a guard does not hold; ``because`` is its code in :data:`cmdb.change.moves.GUARDS`.
        InvalidInput: the comment or a condition is too long.
    """
    context.allow("change:approve")
    return _decide(context, change_id, Choice.APPROVE, expected_version, assessment, comment, conditions=conditions)


def reject(
    context: Context,
    change_id: str,
    *,
    comment: str,
    expected_version: int | None = None,
    assessment: str | None = None,
) -> Held[Decision]:
    """Reject the change's present revision; the comment says why. Raises as :func:`approve`, the authority aside."""
    context.allow("change:reject")
    return _decide(context, change_id, Choice.REJECT, expected_version, assessment, comment)


def defer(
    context: Context,
    change_id: str,
    *,
    comment: str,
    expected_version: int | None = None,
    assessment: str | None = None,
) -> Held[Decision]:
    """Put the decision off; the comment says until what. Raises as :func:`reject`."""
    context.allow("change:defer")
    return _decide(context, change_id, Choice.DEFER, expected_version, assessment, comment)


def recall(context: Context, change_id: str, *, comment: str, expected_version: int | None = None) -> Held[Decision]:
    """
    Take an approval back: the change is to be assessed and decided about anew. The comment says why.

    Raises as :func:`approve`; whoever may decide at all may recall, also a change of their own.
    """
    context.allow("change:recall")
    return _decide(context, change_id, Choice.RECALL, expected_version, None, comment)


def suspend(context: Context, change_id: str, *, comment: str, expected_version: int | None = None) -> Held[Decision]:
    """Let an approval rest until it is confirmed; the comment names what has changed. Raises as :func:`recall`."""
    context.allow("change:suspend")
    return _decide(context, change_id, Choice.SUSPEND, expected_version, None, comment)


def confirm(
    context: Context,
    change_id: str,
    *,
    expected_version: int | None = None,
    assessment: str | None = None,
    comment: str = "",
) -> Held[Decision]:
    """
    Confirm an approval that was suspended; for those who may approve the newest verdict.

    Raises as :func:`approve`, and:
        BoardDecides: what no board had to decide when it was approved is now for one; recall it.
    """
    context.allow("change:confirm")
    return _decide(context, change_id, Choice.CONFIRM, expected_version, assessment, comment)


def ask_override(
    context: Context,
    change_id: str,
    *,
    comment: str,
    expected_version: int | None = None,
    assessment: str | None = None,
) -> Held[Decision]:
    """Ask that the BLOCK of the newest assessment be overridden; the comment says why. Raises as :func:`reject`."""
    context.allow("change:override")
    return _decide(context, change_id, Choice.ASK_OVERRIDE, expected_version, assessment, comment)


def override(
    context: Context,
    change_id: str,
    *,
    comment: str,
    expected_version: int | None = None,
    assessment: str | None = None,
) -> Held[Decision]:
    """
    Override the BLOCK of the newest assessment, which another person asked for; the comment says why.

    The change is then the board's to decide, by its votes where one is in use, for as long as it is not edited and no
    assessment has another result.

    Raises:
        NotTheAuthority: the actor may not override.
        and as :func:`reject`.
    """
    context.allow("change:override")
    return _decide(context, change_id, Choice.OVERRIDE, expected_version, assessment, comment)


def for_board(
    context: Context,
    change_id: str,
    choice: Choice,
    *,
    ballot: str,
    assessment: str,
    comment: str,
    conditions: Sequence[str],
    along: Callable[[Decision], Sequence[Put]],
    unwritten: Unwritten,
) -> Held[Decision]:
    """
    Make the decision that the votes of a ballot came to, in the hands of whoever presides.

    ``along`` gives what is written together with the decision, and ``unwritten`` what it was counted from.

    Raises as :func:`approve`, and:
        WrittenMeanwhile: a vote was given at the same moment.
    """
    context.allow("board:decide")
    board = _Board(ballot, along, unwritten)
    return _decide(context, change_id, choice, None, assessment, comment, conditions=conditions, board=board)


def of_change(context: Context, change_id: str) -> tuple[Standing, ...]:
    """Return every decision on a change, oldest first, each with whether it still counts; raises NotFound."""
    context.allow("change:read")
    change = context.records.get(CHANGES, change_id)
    made = {assessment.id: assessment for assessment in assessments.of_change(context, change_id)}
    # What a go or no-go check found suspends an approval, and never makes it void.
    checking = {check.assessment for check in go_checks.of_change(context, change_id)}
    asked = [assessment for assessment in made.values() if assessment.id not in checking]
    found = sorted(context.records.find(DECISIONS, [Equals("change", change_id)]), key=lambda d: _order(d, made))
    return tuple(_standing(decision, change, made, asked, found[place + 1 :]) for place, decision in enumerate(found))


@dataclass(frozen=True, slots=True)
class _Board:
    """The ballot a decision comes from, and what is written together with it."""

    ballot: str
    along: Callable[[Decision], Sequence[Put]]
    unwritten: Unwritten


def _decide(
    context: Context,
    change_id: str,
    choice: Choice,
    expected_version: int | None,
    seen: str | None,
    comment: str,
    *,
    conditions: Sequence[str] = (),
    board: _Board | None = None,
) -> Held[Decision]:
    held = held_change(context, change_id, expected_version)
    change = held.record
    move = move_of(change, _move_name(change, choice))
    ask(context, change, move, seen=seen, comment=comment)
    early = move.name == "approve as emergency"
    assessment = None if early else assessments.newest(context, change)
    if board is None and choice is Choice.APPROVE and assessment is not None:
        _refuse_beside_board(context, change, assessment)
    if choice is Choice.CONFIRM and assessment is not None:
        _refuse_confirming_alone(context, change, assessment)
    decision = Decision(
        id=context.new_id(DECISIONS),
        change=change.id,
        change_revision=change.revision,
        assessment=None if assessment is None else assessment.id,
        assessment_hash=None if assessment is None else assessment.hash,
        verdict=None if assessment is None else assessment.verdict,
        choice=choice,
        by=context.actor.id,
        at=context.clock.now(),
        comment=comment,
        ballot=None if board is None else board.ballot,
    )
    conditioned, _ = tasks.puts_of(context, change_id, conditions, decision=decision.id)
    moved = replace(change, state=move.to, suspended=_suspension(context, choice, comment))
    puts = [
        Put(DECISIONS, to_document(DECISIONS, decision), 0),
        Put(CHANGES, to_document(CHANGES, moved), held.version),
        *conditioned,
        *(() if board is None else board.along(decision)),
    ]
    unwritten = None if board is None else board.unwritten
    context.records.put_all(puts, because=f"change:{_TAGS[choice]}", unwritten=unwritten)
    return context.records.held(DECISIONS, decision.id)


def _refuse_beside_board(context: Context, change: Change, assessment: Assessment) -> None:
    boards = deciding_on(context, overriding.verdict_to_answer(context, change, assessment))
    if boards:
        raise BoardDecides(
            actor=context.actor.id, change=assessment.change, verdict=assessment.verdict.value, boards=boards
        )


def _refuse_confirming_alone(context: Context, change: Change, assessment: Assessment) -> None:
    """Refuse to make of what no board had to decide, by a confirmation, what one would have to."""
    mild = assessments.approved(context, change).verdict in (Verdict.PEER, Verdict.AUTO)
    boards = deciding_on(context, assessment.verdict)
    if mild and boards and not go_checks.is_go(context, change):
        raise BoardDecides(
            actor=context.actor.id, change=change.id, verdict=assessment.verdict.value, boards=boards, move="confirm"
        )


_TAGS = {
    Choice.APPROVE: "approved",
    Choice.REJECT: "rejected",
    Choice.DEFER: "deferred",
    Choice.RECALL: "recalled",
    Choice.SUSPEND: "suspended",
    Choice.CONFIRM: "confirmed",
    Choice.ASK_OVERRIDE: "override_asked",
    Choice.OVERRIDE: "overridden",
}


def _move_name(change: Change, choice: Choice) -> str:
    before = change.state is ChangeState.SUBMITTED and change.type is ChangeType.EMERGENCY
    return "approve as emergency" if choice is Choice.APPROVE and before else choice.value


def _suspension(context: Context, choice: Choice, comment: str) -> Suspension | None:
    if choice is not Choice.SUSPEND:
        return None
    return Suspension(context.clock.now(), context.actor.id, comment)


def _order(decision: Decision, made: dict[str, Assessment]) -> tuple[datetime, int, int, str]:
    number = 0 if decision.assessment is None else made[decision.assessment].number
    return decision.at, number, len(decision.id), decision.id


def _standing(
    decision: Decision,
    change: Change,
    made: dict[str, Assessment],
    asked: Sequence[Assessment],
    later: Sequence[Decision],
) -> Standing:
    if decision.change_revision != change.revision:
        return Standing(decision, True, "edited")
    if decision.choice not in _ON_AN_ASSESSMENT:
        return Standing(decision, False, None)
    if decision.choice is not Choice.REJECT and any(each.choice is Choice.RECALL for each in later):
        return Standing(decision, True, "recalled")
    if decision.assessment is None:
        put_off = any(each.choice in TAKING_BACK for each in later)
        return Standing(decision, put_off, "put_off" if put_off else None)
    judged = made[decision.assessment]
    after = (a for a in asked if a.number > judged.number)
    if any(not assessments.same_result(judged, a) for a in after):
        return Standing(decision, True, "assessed_again")
    return Standing(decision, False, None)
