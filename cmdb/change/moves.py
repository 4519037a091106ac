"""The moves of a change: one table of what leads from which state to which, and what guards it."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.errors import WrongState
from cmdb.model.change import Change, ChangeState, ChangeType
from cmdb.model.change_outcome import ChangeOutcome

S = ChangeState

GUARDS: dict[str, str] = {
    "complete": "title, reason, window and at least one target are there and right",
    "window_ahead": "the window starts in the future; an emergency's has not ended, a retrospective one's has begun",
    "window_not_over": "the window has not ended, or the change is retrospective",
    "window_open": "the window has begun and has not ended",
    "window_over": "the window has ended, and the change is not retrospective",
    "policy_approves": "the verdict is AUTO and the window has not ended: the policy itself approves and schedules",
    "policy_leaves_it": "the verdict is BLOCK, CAB or PEER, or the window has ended",
    "same_result": "the result is the one that was approved, byte for byte",
    "other_result": "the result is not the one that was approved, so the approval is void",
    "assessment_of_this_revision": "the newest assessment is of the change's present revision",
    "assessment_as_seen": "the assessment decided on is the newest one",
    "verdict_not_block": "the verdict is not BLOCK, or two persons have overridden it on this result",
    "verdict_block": "the verdict is BLOCK",
    "override_asked": "somebody has asked to override this result",
    "another_person": "the actor is not who asked to override it, by another account or as a delegate either",
    "override_authority": "one of the actor's roles may override what is blocked",
    "not_own_change": "the actor neither requested nor wrote nor implements the change, nor is a delegate of who does",
    "not_approver": "nobody who approved it, or overrode its BLOCK, acts for the actor",
    "authority": "one of the actor's roles may approve this verdict",
    "emergency": "it is an emergency change",
    "emergency_board": "the actor is of the emergency board",
    "board_approved": "the emergency board has approved this revision, and nobody recalled or put that off since",
    "not_suspended": "its approval is not suspended",
    "suspended": "its approval is suspended",
    "conditions_done": "every condition is done",
    "predecessors_succeeded": "every change it comes after has succeeded",
    "targets_present": "no target has been retired meanwhile",
    "go_recent": "the newest check of this revision said GO, at most 15 minutes ago, and nothing moved near it since",
    "not_retrospective": "the change is not retrospective",
    "retrospective": "the change is retrospective, so what it says is done already",
    "step_open": "the step is one of the change's and is not done yet",
    "went_well": "the outcome is success or issues",
    "went_in_part": "the outcome is issues, and a part is not done",
    "was_backed_out": "it was backed out",
    "has_failed": "it failed",
    "papers_complete": "an emergency change has its papers: steps, back-out and test evidence",
    "comment": "a comment says why",
}
"""Code of each guard, and what must hold. A refused guard is told by this code (:class:`cmdb.errors.IllegalMove`)."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row: ``name`` leads from ``origin`` to ``to`` for whoever may do ``act``, if every guard holds."""

    name: str
    origin: ChangeState
    to: ChangeState
    act: str
    guards: tuple[str, ...] = ()


_DECIDING = ("assessment_of_this_revision", "assessment_as_seen", "not_own_change")
_APPROVING = (*_DECIDING, "verdict_not_block", "authority", "window_not_over")
_OVERRIDING = (*_DECIDING, "verdict_block", "window_not_over", "comment")
_WHOLE = ("complete", "window_ahead")
_READY = (
    "not_approver",
    "conditions_done",
    "predecessors_succeeded",
    "not_suspended",
    "targets_present",
    "window_open",
)
_CONFIRMING = ("suspended", "assessment_as_seen", "not_own_change", "verdict_not_block", "authority", "window_not_over")

_CHECKING = ("not_retrospective", "window_not_over")

FINISHES: dict[str, tuple[ChangeState, str]] = {
    "finish": (S.IMPLEMENTED, "went_well"),
    "finish in part": (S.PARTLY_IMPLEMENTED, "went_in_part"),
    "finish backed out": (S.BACKED_OUT, "was_backed_out"),
    "finish failed": (S.FAILED, "has_failed"),
}
"""The moves an outcome may make, by name: where each leads, and the guard that says which outcome it is of."""

_BEFORE_IMPLEMENTING = (S.DRAFT, S.SUBMITTED, S.ASSESSED, S.APPROVED, S.REJECTED, S.DEFERRED, S.SCHEDULED)


def _finishing(origin: ChangeState, *more: str) -> tuple[Move, ...]:
    return tuple(Move(name, origin, to, "change:finish", (*more, guard)) for name, (to, guard) in FINISHES.items())


MOVES: tuple[Move, ...] = (
    Move("edit", S.DRAFT, S.DRAFT, "change:edit"),
    Move("reword", S.DRAFT, S.DRAFT, "change:edit"),
    Move("submit", S.DRAFT, S.SUBMITTED, "change:submit", _WHOLE),
    Move("edit", S.SUBMITTED, S.SUBMITTED, "change:edit", _WHOLE),
    Move("reword", S.SUBMITTED, S.SUBMITTED, "change:edit"),
    Move("assess", S.SUBMITTED, S.ASSESSED, "change:assess", ("policy_leaves_it",)),
    Move("assess and schedule", S.SUBMITTED, S.SCHEDULED, "change:assess", ("policy_approves",)),
    Move(
        "approve as emergency",
        S.SUBMITTED,
        S.SUBMITTED,
        "change:approve",
        ("emergency", "not_own_change", "emergency_board", "window_not_over"),
    ),
    Move("implement", S.SUBMITTED, S.IMPLEMENTING, "change:implement", ("emergency", "board_approved", *_READY)),
    Move("edit", S.ASSESSED, S.SUBMITTED, "change:edit", _WHOLE),
    Move("reword", S.ASSESSED, S.ASSESSED, "change:edit"),
    Move("assess", S.ASSESSED, S.ASSESSED, "change:assess", ("policy_leaves_it",)),
    Move("assess and schedule", S.ASSESSED, S.SCHEDULED, "change:assess", ("policy_approves",)),
    Move("approve", S.ASSESSED, S.APPROVED, "change:approve", _APPROVING),
    Move("reject", S.ASSESSED, S.REJECTED, "change:reject", (*_DECIDING, "comment")),
    Move("ask for override", S.ASSESSED, S.ASSESSED, "change:override", _OVERRIDING),
    Move(
        "override",
        S.ASSESSED,
        S.ASSESSED,
        "change:override",
        (*_OVERRIDING, "override_asked", "another_person", "override_authority"),
    ),
    Move("defer", S.ASSESSED, S.DEFERRED, "change:defer", (*_DECIDING, "comment")),
    Move("edit", S.APPROVED, S.SUBMITTED, "change:edit", _WHOLE),
    Move("reword", S.APPROVED, S.APPROVED, "change:edit"),
    Move("assess", S.APPROVED, S.ASSESSED, "change:assess", ("other_result", "policy_leaves_it")),
    Move("assess and confirm", S.APPROVED, S.APPROVED, "change:assess", ("same_result",)),
    Move("assess and schedule", S.APPROVED, S.SCHEDULED, "change:assess", ("other_result", "policy_approves")),
    Move(
        "schedule",
        S.APPROVED,
        S.SCHEDULED,
        "change:schedule",
        ("not_retrospective", "not_suspended", "window_not_over"),
    ),
    Move("recall", S.APPROVED, S.SUBMITTED, "change:recall", ("comment",)),
    Move("suspend", S.APPROVED, S.APPROVED, "change:suspend", ("not_suspended", "comment")),
    Move("confirm", S.APPROVED, S.APPROVED, "change:confirm", _CONFIRMING),
    Move("go", S.APPROVED, S.APPROVED, "change:go", _CHECKING),
    Move("expire", S.APPROVED, S.EXPIRED, "change:expire", ("window_over",)),
    *_finishing(S.APPROVED, "retrospective", "not_approver"),
    Move("edit", S.SCHEDULED, S.SUBMITTED, "change:edit", _WHOLE),
    Move("reword", S.SCHEDULED, S.SCHEDULED, "change:edit"),
    Move("assess", S.SCHEDULED, S.ASSESSED, "change:assess", ("other_result", "policy_leaves_it")),
    Move("assess and confirm", S.SCHEDULED, S.SCHEDULED, "change:assess", ("same_result",)),
    Move("assess and schedule", S.SCHEDULED, S.SCHEDULED, "change:assess", ("other_result", "policy_approves")),
    Move("recall", S.SCHEDULED, S.SUBMITTED, "change:recall", ("comment",)),
    Move("suspend", S.SCHEDULED, S.SCHEDULED, "change:suspend", ("not_suspended", "comment")),
    Move("confirm", S.SCHEDULED, S.SCHEDULED, "change:confirm", _CONFIRMING),
    Move("go", S.SCHEDULED, S.SCHEDULED, "change:go", _CHECKING),
    Move("implement", S.SCHEDULED, S.IMPLEMENTING, "change:implement", (*_READY, "go_recent")),
    Move("expire", S.SCHEDULED, S.EXPIRED, "change:expire", ("window_over",)),
    Move("edit", S.REJECTED, S.DRAFT, "change:edit"),
    Move("reword", S.REJECTED, S.DRAFT, "change:edit"),
    Move("reopen", S.REJECTED, S.DRAFT, "change:edit"),
    Move("edit", S.DEFERRED, S.SUBMITTED, "change:edit", _WHOLE),
    Move("reword", S.DEFERRED, S.DEFERRED, "change:edit"),
    Move("resubmit", S.DEFERRED, S.SUBMITTED, "change:submit", _WHOLE),
    *(Move("cancel", state, S.CANCELLED, "change:cancel", ("comment",)) for state in _BEFORE_IMPLEMENTING),
    Move("tick", S.IMPLEMENTING, S.IMPLEMENTING, "change:implement", ("not_approver", "step_open")),
    *_finishing(S.IMPLEMENTING),
    *(
        Move("document", state, state, "change:edit", ("emergency",))
        for state in (S.IMPLEMENTING, *(to for to, _ in FINISHES.values()))
    ),
    *(
        Move("review", to, S.REVIEWED, "change:review", ("not_own_change", "papers_complete", "comment"))
        for to, _ in FINISHES.values()
    ),
    Move("close", S.REVIEWED, S.CLOSED, "change:close"),
)
"""Every move there is. What is not in it is refused; the documentation's page of moves is made from it."""

_BY_NAME = {(move.name, move.origin): move for move in MOVES}


def move_of(change: Change, name: str) -> Move:
    """
    Return the row of the move from the change's state; its guards are still to be asked.

    Raises:
        WrongState: the table has none.
    """
    found = _BY_NAME.get((name, change.state))
    if found is None:
        named = [move for move in MOVES if move.name == name]
        possible = [move.origin.value for move in named if _is_for(change, move)] or [m.origin.value for m in named]
        raise WrongState(subject=change.id, move=name, state=change.state.value, possible=possible)
    return found


def _is_for(change: Change, move: Move) -> bool:
    """Tell whether the row is for such a change at all: some are for emergencies, or retrospective ones, alone."""
    is_emergency = change.type is ChangeType.EMERGENCY
    return (is_emergency or "emergency" not in move.guards) and (
        change.retrospective or "retrospective" not in move.guards
    )


def finish_of(outcome: ChangeOutcome, *, in_part: bool) -> str:
    """Return the name of the move that an outcome makes; only what was done with issues can be done in part."""
    if outcome is ChangeOutcome.BACKED_OUT:
        return "finish backed out"
    if outcome is ChangeOutcome.FAILED:
        return "finish failed"
    return "finish in part" if in_part else "finish"


def possible_moves(change: Change) -> tuple[str, ...]:
    """Return the names of the moves the table has from the change's state, in its order."""
    return tuple(move.name for move in MOVES if move.origin is change.state)


def rows() -> list[tuple[str, str, str, str, str]]:
    """Return the table for people: move, from, to, act, and what must hold."""
    return [(m.name, m.origin.value, m.to.value, m.act, "; ".join(GUARDS[guard] for guard in m.guards)) for m in MOVES]
