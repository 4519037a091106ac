"""The desk of votes: a member, or a delegate for them, says what the board should do, on what all members see."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.change.authority import refuse_own
from cmdb.change.boards.ballot_standing import ask_open
from cmdb.change.boards.boards import seats_of
from cmdb.change.boards.errors import NoSeat
from cmdb.change.checks import text_problems, too_many
from cmdb.change.moves import GUARDS
from cmdb.context import Context
from cmdb.errors import IllegalMove, InvalidInput, Problem
from cmdb.model.ballot import BALLOTS, VOTES, Ballot, Vote, VoteChoice
from cmdb.model.change import CHANGES
from cmdb.people.persons import person_of
from cmdb.ports.errors import WrittenMeanwhile
from cmdb.ports.store import Unwritten
from cmdb.records import Held, from_document

MOST_CONDITIONS = 50
_TRIES = 3


def vote(
    context: Context,
    ballot_id: str,
    choice: VoteChoice | str,
    *,
    reason: str = "",
    conditions: Sequence[str] = (),
    seat: str | None = None,
    assessment: str | None = None,
) -> Held[Vote]:
    """
    Vote, or vote anew while the ballot is open: a seat has one vote, whoever gives it.

    ``seat`` is the member a delegate votes for; left out, the actor's own, or the only one they fill. What a member
    said in person no delegate overrides. ``assessment`` is the hash of the assessment the actor has seen. A reason is
    needed for all but approving, conditions for approving with conditions alone.

    Raises:
        NotAllowed, NoSeat, OwnChange: the actor may not vote here, or has a part in the change.
        NotFound: there is no such ballot.
        BallotVoid: the change was edited, assessed anew or decided elsewhere.
        BallotClosed: the ballot is decided, past its deadline, or its meeting is not open.
        IllegalMove: the actor has seen another assessment (``assessment_as_seen``), or the member has voted in person
            (``voted_in_person``).
        InvalidInput: something given is wrong; every problem is named.
        WrittenMeanwhile: ballots kept being written at the same moment; try again.
    """
    context.allow("board:vote")
    for attempt in range(_TRIES):
        since = context.store.revision()
        ballot = context.records.get(BALLOTS, ballot_id)
        if choice != VoteChoice.RECUSE:
            refuse_own(context, context.records.get(CHANGES, ballot.change), "vote")
        filled = _seat(context, ballot, seat)
        ask_open(context, ballot, "vote")
        if assessment is not None and assessment != ballot.assessment_hash:
            raise IllegalMove(
                subject=ballot.id, move="vote", because="assessment_as_seen", rule=GUARDS["assessment_as_seen"]
            )
        given = _made(context, ballot, filled, choice, reason, tuple(conditions))
        version = _version(context, given)
        try:
            # A ballot that is closed meanwhile must not get a vote that nobody counted.
            unwritten = Unwritten((BALLOTS.name,), since)
            return context.records.put(
                VOTES, given, because="board:voted", expected_version=version, unwritten=unwritten
            )
        except WrittenMeanwhile:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _seat(context: Context, ballot: Ballot, named: str | None) -> str:
    """Return the seat the actor votes for; raises NoSeat and InvalidInput."""
    filled = seats_of(context, ballot.members, context.actor.id)
    own = [seat for seat, way in filled.items() if way == "self"]
    if named is None:
        found = own or list(filled)
        if len(found) == 1:
            return found[0]
        if found:
            facts = {"seats": ", ".join(found)}
            problem = Problem("vote.for_whom", "you stand in for {seats}: name for whom you vote", facts, "/seat")
            raise InvalidInput([problem], what=f"the vote in {ballot.id}")
    elif named in filled:
        return named
    needed = ballot.members if named is None else (named,)
    raise NoSeat(actor=context.actor.id, move="vote", subject=ballot.id, needed=needed)


def _version(context: Context, given: Vote) -> int:
    """Return the version of the vote this one replaces, 0 for none; a delegate replaces none given in person."""
    stored = context.store.get(VOTES, VOTES.key({"ballot": given.ballot, "seat": given.seat}))
    if stored is None:
        return 0
    before = from_document(VOTES, stored.document)
    if before.person == before.seat and given.person != given.seat:
        raise IllegalMove(subject=given.ballot, move="vote", because="voted_in_person")
    return stored.version


def _made(
    context: Context, ballot: Ballot, seat: str, choice: VoteChoice | str, reason: str, conditions: tuple[str, ...]
) -> Vote:
    problems: list[Problem] = []
    if choice not in tuple(VoteChoice):
        facts = {"choice": str(choice)[:80], "known": ", ".join(VoteChoice)}
        problems.append(Problem("vote.unknown_choice", "{choice!r} is none of {known}", facts, "/choice"))
        choice = VoteChoice.ABSTAIN
    said = VoteChoice(choice)
    if reason or said is not VoteChoice.APPROVE:
        problems += text_problems("/reason", "reason", reason)
    if said is VoteChoice.APPROVE_WITH_CONDITIONS and not conditions:
        sentence = "which conditions? Name at least one"
        problems.append(Problem("vote.no_condition", sentence, pointer="/conditions"))
    elif conditions and said is not VoteChoice.APPROVE_WITH_CONDITIONS and not problems:
        sentence = "conditions go with approve_with_conditions, not with {choice}"
        problems.append(Problem("vote.conditions", sentence, {"choice": said.value}, "/conditions"))
    if len(conditions) > MOST_CONDITIONS:
        problems.append(too_many("/conditions", len(conditions), MOST_CONDITIONS))
    for place, condition in enumerate(conditions[:MOST_CONDITIONS]):
        problems += text_problems(f"/conditions/{place}", "task", condition)
    if problems:
        raise InvalidInput(problems, what=f"the vote in {ballot.id}")
    person = person_of(context.store, context.actor.id)
    return Vote(
        ballot=ballot.id,
        seat=seat,
        choice=said,
        by=context.actor.id,
        person=context.actor.id if person is None else person.id,
        at=context.clock.now(),
        assessment_hash=ballot.assessment_hash,
        reason=reason,
        conditions=tuple(dict.fromkeys(conditions)),
    )
