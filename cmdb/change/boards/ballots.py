"""
The desk of ballots: opened on one assessment of a change, void when that moves on, decided by the change authority.

How it stands meanwhile is :mod:`cmdb.change.boards.ballot_standing`'s to say.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cmdb.change import assessments, decisions
from cmdb.change.boards.ballot_standing import CLOSED, not_voting, refuse_void, standing
from cmdb.change.boards.boards import seats_of
from cmdb.change.boards.convened import not_in_use
from cmdb.change.boards.errors import BallotClosed, NoSeat, NotDecided
from cmdb.change.moves import GUARDS, move_of
from cmdb.change.text_input import Unreadable, read_moment
from cmdb.context import Context
from cmdb.errors import IllegalMove, InvalidInput, Problem
from cmdb.model.assessment import Assessment
from cmdb.model.ballot import APPROVING, BALLOTS, VOTES, Ballot, BallotState
from cmdb.model.ballot_standing import UNDECIDED, BallotStanding
from cmdb.model.board import BOARDS, Board
from cmdb.model.change import CHANGES, Change
from cmdb.model.decision import Choice, Decision
from cmdb.model.meeting import ATTENDANCES
from cmdb.ports.errors import VersionConflict, WrittenMeanwhile
from cmdb.ports.store import Equals, Put, Unwritten
from cmdb.records import Held, Listing, to_document

_TRIES = 3
_OF_THIS_REVISION, _AS_SEEN = "assessment_of_this_revision", "assessment_as_seen"


def ask(context: Context, board_id: str, change_id: str, *, until: str) -> Held[Ballot]:
    """
    Ask the members between meetings: they vote from their inbox until ``until`` (RFC 3339, or with a zone's name).

    Raises:
        NotAllowed: the actor may not ask a board.
        NotFound: there is no such board or change, or the change was never assessed.
        WrongState: the change is not waiting for a decision.
        IllegalMove: its newest assessment is not of its present revision.
        InvalidInput: the board is not in use, has such a ballot, or the deadline is no time to come.
    """
    context.allow("board:ask")
    board = context.records.get(BOARDS, board_id)
    change = context.records.get(CHANGES, change_id)
    assessment = to_be_decided(context, change)
    since = context.store.revision()
    problems = not_in_use(board)
    deadline = _deadline(until, context.clock.now(), problems)
    for other in context.records.find(BALLOTS, [Equals("change", change_id)]):
        if other.board == board_id and other.is_open and other.assessment == assessment.id and other.meeting is None:
            facts = {"board": board_id, "ballot": other.id, "change": change_id}
            problems.append(Problem("board.asked", "{board} votes on {change} in {ballot} already", facts, "/change"))
    if problems:
        raise InvalidInput(problems, what=f"the ballot on {change_id}")
    ballot = opened(context, board, change, assessment, deadline=deadline)
    unwritten = Unwritten((BALLOTS.name,), since)
    return context.records.put(BALLOTS, ballot, because="board:asked", expected_version=0, unwritten=unwritten)


def opened(
    context: Context,
    board: Board,
    change: Change,
    assessment: Assessment,
    *,
    meeting: str | None = None,
    deadline: datetime | None = None,
) -> Ballot:
    """Return a new ballot of the board as it is set up now; whoever calls writes it."""
    return Ballot(
        id=context.new_id(BALLOTS),
        board=board.id,
        change=change.id,
        state=BallotState.OPEN,
        change_revision=change.revision,
        assessment=assessment.id,
        assessment_hash=assessment.hash,
        members=board.members,
        chair=board.chair,
        rule=board.rule,
        quorum=board.quorum,
        opened_at=context.clock.now(),
        opened_by=context.actor.id,
        deputy=board.deputy,
        meeting=meeting,
        deadline=deadline,
    )


def to_be_decided(context: Context, change: Change) -> Assessment:
    """
    Return the assessment a board would decide on.

    Raises:
        WrongState: the change is not waiting for a decision.
        IllegalMove: its newest assessment is not of its present revision.
    """
    move = move_of(change, "approve")
    assessment = assessments.newest(context, change)
    if assessment.change_revision != change.revision:
        raise IllegalMove(subject=change.id, move=move.name, because=_OF_THIS_REVISION, rule=GUARDS[_OF_THIS_REVISION])
    return assessment


def get(context: Context, ballot_id: str) -> Held[Ballot]:
    """Return a ballot; raises NotAllowed and NotFound."""
    context.allow("board:read")
    return context.records.held(BALLOTS, ballot_id)


def show(context: Context, ballot_id: str) -> BallotStanding:
    """Return a ballot and how it stands; raises NotAllowed and NotFound."""
    return standing(context, get(context, ballot_id).record)


def listing(
    context: Context,
    *,
    board: str | None = None,
    change: str | None = None,
    meeting: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Listing[Ballot]:
    """Return one page of the ballots, of a board, a change or a meeting, by id; raises NotAllowed."""
    context.allow("board:read")
    given = {"board": board, "change": change, "meeting": meeting}
    where = [Equals(name, value) for name, value in given.items() if value is not None]
    return context.records.listing(BALLOTS, where, after=after, limit=limit)


def of_meeting(context: Context, meeting_id: str) -> tuple[BallotStanding, ...]:
    """Return the ballots of a meeting, oldest first, each with how it stands; raises NotAllowed."""
    context.allow("board:read")
    found = context.records.find(BALLOTS, [Equals("meeting", meeting_id)])
    return tuple(standing(context, each) for each in sorted(found, key=lambda each: (len(each.id), each.id)))


def inbox(context: Context) -> tuple[BallotStanding, ...]:
    """
    Return the ballots that wait for the actor, by deadline: where a seat of theirs may vote and has not, or where they
    preside and the votes have come to a decision. Raises NotAllowed.
    """
    context.allow("board:read")
    waiting = []
    for ballot in context.records.find(BALLOTS, [Equals("state", BallotState.OPEN.value)]):
        seats = seats_of(context, ballot.members, context.actor.id)
        if not seats or (ballot.meeting is not None and not_voting(context, ballot)):
            continue
        found = standing(context, ballot)
        decides = found.tally.choice is not None and set(seats) & set(found.presiding)
        if not found.void and (decides or (set(seats) & set(found.outstanding))):
            waiting.append(found)
    return tuple(sorted(waiting, key=lambda each: (each.ballot.deadline or each.ballot.opened_at, each.ballot.id)))


# the decision --------------------------------------------------------------------------------------------------------
def decide(
    context: Context,
    ballot_id: str,
    *,
    expected_version: int | None = None,
    assessment: str | None = None,
    comment: str = "",
) -> Held[Decision]:
    """
    Make the decision that the votes came to: the move of the change, its conditions and the end of the ballot at once.

    It is for whoever presides: the chair or the deputy, or their delegate; any member where both are recused.
    ``assessment`` is the hash the actor has seen. ``comment`` left out is the reason of the vote that decided.

    Raises:
        NotAllowed, NoSeat, OwnChange: the actor does not preside, or has a part in the change.
        NotFound: there is no such ballot.
        VersionConflict: the ballot or the change was written meanwhile, such as by another board.
        BallotVoid: the change was edited, assessed anew or decided elsewhere.
        BallotClosed: the ballot is decided, or its meeting is not open.
        NotDecided: the votes come to nothing yet.
        IllegalMove: a guard of the move does not hold, such as ``verdict_not_block``.
        WrittenMeanwhile: votes kept coming in at the same moment; try again.
    """
    context.allow("board:decide")
    for attempt in range(_TRIES):
        try:
            return _decided(context, ballot_id, expected_version, assessment, comment)
        except WrittenMeanwhile:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _decided(
    context: Context, ballot_id: str, expected_version: int | None, seen: str | None, comment: str
) -> Held[Decision]:
    since = context.store.revision()
    held = context.records.held(BALLOTS, ballot_id)
    ballot = held.record
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=BALLOTS.name, key=ballot_id, expected=expected_version, actual=held.version)
    if not ballot.is_open:
        raise BallotClosed(subject=ballot.id, move="decide", because="decided", what=CLOSED["decided"])
    refuse_void(context, ballot)
    if not_voting(context, ballot) == "meeting_not_open":
        what = CLOSED["meeting_not_open"]
        raise BallotClosed(subject=ballot.id, move="decide", because="meeting_not_open", what=what)
    if seen is not None and seen != ballot.assessment_hash:
        raise IllegalMove(subject=ballot.id, move="decide", because=_AS_SEEN, rule=GUARDS[_AS_SEEN])
    found = standing(context, ballot)
    _refuse_not_presiding(context, found)
    choice = found.tally.choice
    if choice is None:
        code = found.tally.because or ""
        raise NotDecided(
            subject=ballot.id,
            because=code,
            what=UNDECIDED[code],
            persons=found.tally.persons,
            quorum=ballot.quorum,
        )
    return decisions.for_board(
        context,
        ballot.change,
        choice,
        ballot=ballot.id,
        assessment=ballot.assessment_hash,
        comment=comment or _reason(found, choice),
        conditions=found.conditions if choice is Choice.APPROVE else (),
        along=lambda decision: [_closing(context, held, decision)],
        unwritten=Unwritten((VOTES.name, ATTENDANCES.name), since),
    )


def _closing(context: Context, held: Held[Ballot], decision: Decision) -> Put:
    closed = replace(
        held.record,
        state=BallotState.CLOSED,
        closed_at=context.clock.now(),
        closed_by=context.actor.id,
        decision=decision.id,
        choice=decision.choice,
    )
    return Put(BALLOTS, to_document(BALLOTS, closed), held.version)


def _refuse_not_presiding(context: Context, found: BallotStanding) -> None:
    filled = seats_of(context, found.presiding, context.actor.id)
    if not filled:
        needed = found.presiding or (found.ballot.chair,)
        raise NoSeat(actor=context.actor.id, move="decide", subject=found.ballot.id, needed=needed)


def _reason(found: BallotStanding, choice: Choice) -> str:
    """Return the reason of the vote that decided: of the authority first, then by seat."""
    order = [*found.presiding, *found.counting]
    for vote in sorted((v for v in found.votes if v.seat in found.counting), key=lambda v: order.index(v.seat)):
        same = vote.choice in APPROVING if choice is Choice.APPROVE else vote.choice.value == choice.value
        if same and vote.reason:
            return vote.reason
    return ""


def _deadline(text: str, now: datetime, problems: list[Problem]) -> datetime | None:
    try:
        moment, _ = read_moment(text)
    except Unreadable as wrong:
        problems.append(wrong.at("/until"))
        return None
    if moment <= now:
        problems.append(Problem("board.deadline_past", "the deadline is over already", pointer="/until"))
    return moment
