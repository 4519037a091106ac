"""
The decision desk: approve and reject, on the strength of one assessment, by somebody whose change it is not.

A decision is never altered. Whether it still counts is worked out when it is read: an edit after it, or a later
assessment with another result, makes it void, and both stay to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from cmdb.change import assessments, checks
from cmdb.change.changes import held_change
from cmdb.change.errors import NotTheAuthority, OwnChange
from cmdb.change.moves import Move, move_of
from cmdb.context import Context
from cmdb.errors import IllegalMove, InvalidInput
from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.change import CHANGES, Change
from cmdb.model.decision import DECISIONS, Choice, Decision
from cmdb.ports.store import Equals, Put
from cmdb.records import Held, to_document
from cmdb.roles import Actor, Role

AUTHORITY: dict[Verdict, frozenset[Role]] = {
    Verdict.BLOCK: frozenset(),
    Verdict.CAB: frozenset({Role.CAB_MEMBER}),
    Verdict.PEER: frozenset({Role.ENGINEER, Role.CHANGE_MANAGER, Role.CAB_MEMBER, Role.ADMINISTRATOR}),
    Verdict.AUTO: frozenset(),
}
"""
Which roles may approve a change of each verdict; rejecting, which only ever stops a change, is for all who may decide.

An administrator keeps the installation and stands in for a peer, but is not the board. Nobody approves BLOCK; what is
AUTO the policy approves itself, as it is assessed.
"""

VOID: dict[str, str] = {
    "edited": "the change was edited after it",
    "assessed_again": "a later assessment found another result",
}
"""Code of what makes a decision void, and its meaning."""


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
) -> Held[Decision]:
    """
    Approve the change's present revision on its newest assessment.

    ``expected_version`` is the version of the change, and ``assessment`` the hash of the assessment, that the actor has
    seen; left out, the present ones.

    Raises:
        NotAllowed, OwnChange, NotTheAuthority: the actor may not approve this.
        NotFound: there is no such change.
        VersionConflict: somebody else edited, assessed or decided meanwhile.
        WrongState: it is not waiting for a decision.
        IllegalMove: a guard does not hold; ``because`` is its code in :data:`cmdb.change.moves.GUARDS`.
        InvalidInput: the comment is too long.
    """
    context.allow("change:approve")
    return _decide(context, change_id, Choice.APPROVE, expected_version, assessment, comment)


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


def of_change(context: Context, change_id: str) -> tuple[Standing, ...]:
    """Return every decision on a change, oldest first, each with whether it still counts; raises NotFound."""
    context.allow("change:read")
    change = context.records.get(CHANGES, change_id)
    made = {assessment.id: assessment for assessment in assessments.of_change(context, change_id)}
    found = sorted(context.records.find(DECISIONS, [Equals("change", change_id)]), key=lambda d: _order(d, made))
    return tuple(_standing(decision, change, made) for decision in found)


def _decide(
    context: Context, change_id: str, choice: Choice, expected_version: int | None, seen: str | None, comment: str
) -> Held[Decision]:
    held = held_change(context, change_id, expected_version)
    change = held.record
    move = move_of(change, choice.value)
    assessment = assessments.newest(context, change)
    _guard(context, change, assessment, move, seen=seen, comment=comment)
    decision = Decision(
        id=context.new_id(DECISIONS),
        change=change.id,
        change_revision=change.revision,
        assessment=assessment.id,
        assessment_hash=assessment.hash,
        verdict=assessment.verdict,
        choice=choice,
        by=context.actor.id,
        at=context.clock.now(),
        comment=comment,
    )
    moved = replace(change, state=move.to)
    puts = [
        Put(DECISIONS, to_document(DECISIONS, decision), 0),
        Put(CHANGES, to_document(CHANGES, moved), held.version),
    ]
    context.records.put_all(puts, because=f"change:{move.to.value}")
    return context.records.held(DECISIONS, decision.id)


def _guard(
    context: Context, change: Change, assessment: Assessment, move: Move, *, seen: str | None, comment: str
) -> None:
    """Ask every guard of the move; what concerns the actor comes first, so that nobody learns more than they may."""
    guards, actor = set(move.guards), context.actor
    if "not_own_change" in guards and (part := part_in(actor, change)) is not None:
        raise OwnChange(actor=actor.id, move=move.name, change=change.id, part=part)
    refusals = {
        "assessment_of_this_revision": assessment.change_revision != change.revision,
        "assessment_as_seen": seen is not None and seen != assessment.hash,
        "verdict_not_block": assessment.verdict is Verdict.BLOCK,
        "window_not_over": not change.retrospective and _over(change, context.clock.now()),
    }
    for guard, refused in refusals.items():
        if refused and guard in guards:
            raise IllegalMove(subject=change.id, move=move.name, because=guard)
    if "authority" in guards and not actor.roles & AUTHORITY[assessment.verdict]:
        needed = [role.value for role in Role if role in AUTHORITY[assessment.verdict]]
        raise NotTheAuthority(actor=actor.id, change=change.id, verdict=assessment.verdict.value, needed=needed)
    if "comment" in guards or comment:
        problems = list(checks.text_problems("/comment", "comment", comment))
        if problems:
            raise InvalidInput(problems, what=f"the decision on {change.id}")


def part_in(actor: Actor, change: Change) -> str | None:
    """Return the part the actor has in the change (requester, implementer, author), None if they have none."""
    if actor.id == change.requester:
        return "requester"
    if actor.id == change.implementer:
        return "implementer"
    return "author" if actor.id in change.authors else None


def _over(change: Change, now: datetime) -> bool:
    return change.window is not None and change.window.end <= now


def _order(decision: Decision, made: dict[str, Assessment]) -> tuple[int, datetime, str]:
    return made[decision.assessment].number, decision.at, decision.id


def _standing(decision: Decision, change: Change, made: dict[str, Assessment]) -> Standing:
    if decision.change_revision != change.revision:
        return Standing(decision, True, "edited")
    judged = made[decision.assessment]
    later = (a for a in made.values() if a.number > judged.number)
    if any(not assessments.same_result(judged, a) for a in later):
        return Standing(decision, True, "assessed_again")
    return Standing(decision, False, None)
