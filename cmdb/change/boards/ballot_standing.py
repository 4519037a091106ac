"""
How a ballot stands: void or not, who is recused, who counts, and what the votes come to.

Nothing of it is stored while the ballot is open: it is worked out when it is asked, from the votes and from who has a
part in the change by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmdb.change import decisions
from cmdb.change.authority import part_in
from cmdb.change.boards.errors import BallotClosed, BallotVoid
from cmdb.change.boards.tally import tally
from cmdb.context import Context
from cmdb.model.ballot import APPROVING, VOTES, Ballot, Vote, VoteChoice
from cmdb.model.ballot_standing import VOID, BallotStanding, Recusal
from cmdb.model.board import AuthorityRule
from cmdb.model.change import CHANGES, Change, ChangeState
from cmdb.model.meeting import ATTENDANCES, MEETINGS, Meeting, MeetingState
from cmdb.people.persons import hands
from cmdb.ports.store import Equals

CLOSED: dict[str, str] = {
    "decided": "it is closed",
    "deadline": "its deadline has passed",
    "meeting_not_open": "its meeting is not open",
}
"""Code of why nobody votes in a ballot (any more), and its meaning."""


def standing(context: Context, ballot: Ballot) -> BallotStanding:
    """Return how a ballot stands by what is recorded now."""
    change = context.records.get(CHANGES, ballot.change)
    votes = votes_of(context, ballot.id)
    parts = {name: part_in(change, hands(context.store, name)) for name in {*ballot.members, *(v.by for v in votes)}}
    recused = _recused(ballot, votes, parts)
    out = {each.seat for each in recused}
    counted = {vote.seat: vote for vote in votes if vote.seat not in out}
    present = _present(context, ballot, counted, out)
    may_vote = present if ballot.meeting else [seat for seat in ballot.members if seat not in out]
    over = not ballot.is_open or (ballot.deadline is not None and ballot.deadline <= context.clock.now())
    outstanding = () if over else tuple(sorted(seat for seat in may_vote if seat not in counted))
    presiding = tuple(seat for seat in (ballot.chair, ballot.deputy) if seat is not None and seat not in out)
    choices = {seat: vote.choice for seat, vote in counted.items()}
    authority = presiding[0] if presiding else None
    came_to = tally(ballot.rule, ballot.quorum, authority, present, choices, outstanding)
    everybody = tuple(seat for seat in ballot.members if seat not in out)
    if not presiding and ballot.rule is not AuthorityRule.CHAIR:
        presiding = everybody
    because = _void(ballot, change)
    return BallotStanding(
        ballot=ballot,
        void=because is not None,
        because=because,
        votes=votes,
        recused=recused,
        counting=tuple(sorted(counted)),
        outstanding=() if because else outstanding,
        presiding=presiding,
        tally=came_to,
        conditions=_conditions(ballot, counted, authority),
    )


def votes_of(context: Context, ballot_id: str) -> tuple[Vote, ...]:
    """Return the votes of a ballot, by seat; raises NotAllowed."""
    context.allow("board:read")
    return tuple(sorted(context.records.find(VOTES, [Equals("ballot", ballot_id)]), key=lambda vote: vote.seat))


def _recused(ballot: Ballot, votes: Sequence[Vote], parts: Mapping[str, str | None]) -> tuple[Recusal, ...]:
    found = {}
    for seat in ballot.members:
        part = parts[seat]
        if part is not None:
            found[seat] = part
    for vote in votes:
        part = parts[vote.by]
        if vote.choice is VoteChoice.RECUSE:
            found.setdefault(vote.seat, "recused")
        elif part is not None:
            found.setdefault(vote.seat, part)
    return tuple(Recusal(seat, found[seat]) for seat in sorted(found))


def _present(context: Context, ballot: Ballot, counted: Mapping[str, Vote], out: set[str]) -> dict[str, str]:
    """Return who takes part that is not recused: in a meeting those who are there, otherwise those who voted."""
    present: dict[str, str] = {}
    if ballot.meeting is not None:
        there = context.records.find(ATTENDANCES, [Equals("meeting", ballot.meeting)])
        present = {each.seat: each.person for each in there if each.seat in ballot.members and each.seat not in out}
    return present | {seat: vote.person for seat, vote in counted.items()}


def _conditions(ballot: Ballot, counted: Mapping[str, Vote], authority: str | None) -> tuple[str, ...]:
    """Return what an approval would ask for: of the authority alone where it decides alone, else of all who approve."""
    said = [vote for seat, vote in sorted(counted.items()) if vote.choice in APPROVING]
    if ballot.rule is AuthorityRule.CHAIR:
        said = [vote for vote in said if vote.seat == authority]
    return tuple(dict.fromkeys(condition for vote in said for condition in vote.conditions))


def _void(ballot: Ballot, change: Change) -> str | None:
    if ballot.decision is not None:
        return None
    if not ballot.is_open:
        return "meeting_over"
    if change.revision != ballot.change_revision:
        return "edited"
    if change.assessment != ballot.assessment:
        return "assessed_again"
    return None if change.state is ChangeState.ASSESSED else "decided_elsewhere"


# voting is open ------------------------------------------------------------------------------------------------------
def ask_open(context: Context, ballot: Ballot, move: str) -> None:
    """
    Return if the ballot may still be voted in.

    Raises:
        BallotVoid: what it was about has moved on.
        BallotClosed: it is decided, or past its deadline, or its meeting is not open.
    """
    refuse_void(context, ballot)
    because = not_voting(context, ballot)
    if because is not None:
        raise BallotClosed(subject=ballot.id, move=move, because=because, what=CLOSED[because])


def refuse_void(context: Context, ballot: Ballot) -> None:
    """Return if the ballot is not void; raises BallotVoid, which names a decision that was made elsewhere."""
    change = context.records.get(CHANGES, ballot.change)
    because = _void(ballot, change)
    if because is None:
        return
    what = VOID[because]
    if because == "decided_elsewhere":
        made = [each.decision for each in decisions.of_change(context, change.id)]
        what = f"{what}: {change.id} is {change.state.value}"
        what += f" by {made[-1].id} of {made[-1].by}" if made else ""
    raise BallotVoid(ballot=ballot.id, change=change.id, because=because, what=what)


def not_voting(context: Context, ballot: Ballot) -> str | None:
    """Return the code of :data:`CLOSED` of why nobody votes in the ballot, None where it is open."""
    if not ballot.is_open:
        return "decided"
    if ballot.deadline is not None and ballot.deadline <= context.clock.now():
        return "deadline"
    if ballot.meeting is not None and _meeting(context, ballot).state is not MeetingState.OPEN:
        return "meeting_not_open"
    return None


def _meeting(context: Context, ballot: Ballot) -> Meeting:
    assert ballot.meeting is not None
    return context.records.get(MEETINGS, ballot.meeting)
