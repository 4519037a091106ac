"""The moves of a change: one table of what leads from which state to which, and what guards it."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.change.errors import WrongState
from cmdb.model.change import Change, ChangeState

DRAFT, SUBMITTED, ASSESSED, APPROVED, REJECTED = ChangeState

GUARDS: dict[str, str] = {
    "complete": "title, reason, window and at least one target are there and right",
    "window_ahead": "the window starts in the future, or the change is retrospective",
    "window_not_over": "the window has not ended, or the change is retrospective",
    "policy_approves": "the verdict is AUTO and the window has not ended: the policy itself approves",
    "policy_leaves_it": "the verdict is BLOCK, CAB or PEER, or the window has ended",
    "same_result": "the result is the one that was approved, byte for byte",
    "other_result": "the result is not the one that was approved, so the approval is void",
    "assessment_of_this_revision": "the newest assessment is of the change's present revision",
    "assessment_as_seen": "the assessment decided on is the newest one",
    "verdict_not_block": "the verdict is not BLOCK",
    "not_own_change": "the actor neither requested nor wrote nor implements the change",
    "authority": "one of the actor's roles may approve this verdict",
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
_WHOLE = ("complete", "window_ahead")

MOVES: tuple[Move, ...] = (
    Move("edit", DRAFT, DRAFT, "change:edit"),
    Move("reword", DRAFT, DRAFT, "change:edit"),
    Move("submit", DRAFT, SUBMITTED, "change:submit", _WHOLE),
    Move("edit", SUBMITTED, SUBMITTED, "change:edit", _WHOLE),
    Move("reword", SUBMITTED, SUBMITTED, "change:edit"),
    Move("assess", SUBMITTED, ASSESSED, "change:assess", ("policy_leaves_it",)),
    Move("assess and approve", SUBMITTED, APPROVED, "change:assess", ("policy_approves",)),
    Move("edit", ASSESSED, SUBMITTED, "change:edit", _WHOLE),
    Move("reword", ASSESSED, ASSESSED, "change:edit"),
    Move("assess", ASSESSED, ASSESSED, "change:assess", ("policy_leaves_it",)),
    Move("assess and approve", ASSESSED, APPROVED, "change:assess", ("policy_approves",)),
    Move("approve", ASSESSED, APPROVED, "change:approve", _APPROVING),
    Move("reject", ASSESSED, REJECTED, "change:reject", (*_DECIDING, "comment")),
    Move("edit", APPROVED, SUBMITTED, "change:edit", _WHOLE),
    Move("reword", APPROVED, APPROVED, "change:edit"),
    Move("assess", APPROVED, ASSESSED, "change:assess", ("other_result", "policy_leaves_it")),
    Move("assess and confirm", APPROVED, APPROVED, "change:assess", ("same_result",)),
    Move("assess and approve", APPROVED, APPROVED, "change:assess", ("other_result", "policy_approves")),
    Move("edit", REJECTED, DRAFT, "change:edit"),
    Move("reword", REJECTED, DRAFT, "change:edit"),
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
        possible = [move.origin.value for move in MOVES if move.name == name]
        raise WrongState(subject=change.id, move=name, state=change.state.value, possible=possible)
    return found


def possible_moves(change: Change) -> tuple[str, ...]:
    """Return the names of the moves the table has from the change's state, in its order."""
    return tuple(move.name for move in MOVES if move.origin is change.state)


def rows() -> list[tuple[str, str, str, str, str]]:
    """Return the table for people: move, from, to, act, and what must hold."""
    return [(m.name, m.origin.value, m.to.value, m.act, "; ".join(GUARDS[guard] for guard in m.guards)) for m in MOVES]
