"""A board decides: on what its members saw, without those who have a part in the change, once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cmdb.change import changes, decisions, lifecycle
from cmdb.change.boards import ballots, boards, votes
from cmdb.change.boards.errors import BallotClosed, BallotVoid, BoardDecides, NoSeat, NotDecided
from cmdb.change.errors import OwnApproval, OwnChange
from cmdb.change.record import tasks
from cmdb.errors import ForeshockError, IllegalMove, InvalidInput, NotAllowed, WrongState
from cmdb.model.change import ChangeState, Effect, Target
from cmdb.model.decision import Choice
from cmdb.people import persons
from cmdb.ports.errors import VersionConflict
from impact.questions.assess import assess
from impact.questions.begin import implement
from impact.questions.go import go
from tests.builders import a_change, as_actor
from tests.cmdb.change.boards.boarding import MEMBERS, asked, member, say, stand_in, the_board_case


def state_of(context, change="CHG-1"):
    return changes.get(context, change).record.state


def test_the_members_advise_and_the_chair_decides():
    """Three against one: the chair's vote is the decision, and every voice stays in the record."""
    context = the_board_case()
    ballot = asked(context)
    say(context, ballot, ops="reject", security="reject", deputy="abstain", chair="approve")
    made = ballots.decide(member(context), ballot).record
    assert (made.choice, made.by, made.ballot) == (Choice.APPROVE, "chair", ballot)
    assert state_of(context) is ChangeState.APPROVED
    found = ballots.show(context, ballot)
    assert (found.ballot.decision, found.ballot.choice, found.void) == (made.id, Choice.APPROVE, False)
    assert [vote.choice.value for vote in found.votes] == ["approve", "abstain", "reject", "reject"]


@pytest.mark.parametrize(
    ("rule", "said", "state"),
    [
        ("majority", {"ops": "approve", "security": "approve", "deputy": "approve", "chair": "reject"}, "approved"),
        ("majority", {"ops": "reject", "security": "reject", "deputy": "reject"}, "rejected"),
        ("majority", {"ops": "defer", "security": "defer", "chair": "abstain", "deputy": "approve"}, "deferred"),
        ("veto", {"ops": "approve", "security": "reject"}, "rejected"),
        ("veto", {"ops": "approve", "security": "approve", "deputy": "abstain", "chair": "approve"}, "approved"),
    ],
)
def test_majority_and_veto_make_the_move_that_was_voted(rule, said, state):
    """The move of the change is the choice of the votes, whoever presides thinks otherwise or not."""
    context = the_board_case(rule=rule)
    ballot = asked(context)
    say(context, ballot, **said)
    made = ballots.decide(member(context), ballot).record
    assert state_of(context).value == state
    assert made.comment or state == "approved"


def test_conditions_of_an_approval_block_the_implementation():
    """Approving with conditions makes tasks of the change, bound to the decision."""
    context = the_board_case(rule="majority")
    ballot = asked(context)
    say(context, ballot, ops="approve_with_conditions", security="approve", chair="approve_with_conditions")
    made = ballots.decide(member(context), ballot).record
    waiting = tasks.open_conditions(context, "CHG-1")
    assert [(task.title, task.decision) for task in waiting] == [("Tell the shop floor", made.id)]


def test_too_few_decide_nothing():
    """Abstaining counts for the quorum, recusing oneself does not."""
    context = the_board_case(quorum=3)
    ballot = asked(context)
    say(context, ballot, chair="approve", ops="recuse", security="abstain")
    with pytest.raises(NotDecided) as refused:
        ballots.decide(member(context), ballot)
    assert (refused.value.facts["because"], refused.value.facts["persons"]) == ("no_quorum", 2)
    say(context, ballot, deputy="abstain")
    ballots.decide(member(context), ballot)
    assert state_of(context) is ChangeState.APPROVED


@pytest.mark.parametrize("part", ["requester", "implementer", "authors"])
def test_whoever_has_a_part_in_the_change_neither_votes_nor_counts(part):
    """A member who requested, wrote or implements it is recused by itself, and the deputy presides for the chair."""
    context = the_board_case(**{part: ("chair",) if part == "authors" else "chair"})
    ballot = asked(context)
    with pytest.raises(OwnChange):
        votes.vote(member(context), ballot, "approve")
    found = ballots.show(context, ballot)
    assert [each.seat for each in found.recused] == ["chair"]
    assert "chair" not in found.outstanding
    assert found.presiding == ("deputy",)
    say(context, ballot, ops="reject", deputy="approve")
    with pytest.raises(NoSeat):
        ballots.decide(member(context, "chair"), ballot)
    assert ballots.decide(member(context, "deputy"), ballot).record.choice is Choice.APPROVE


def test_a_second_account_and_a_delegate_of_the_requester_are_no_way_around():
    """The person behind the account counts, and so does whom they stand in for."""
    context = the_board_case(requester="ann")
    stand_in(context, "ann", accounts=["ann-admin"])
    stand_in(context, "max", "ann")
    keeper = as_actor(context, "administrator")
    boards.edit(keeper, "cab", members=[*MEMBERS, "ann", "max"])
    ballot = asked(context)
    for account in ("ann", "ann-admin", "max"):
        with pytest.raises(OwnChange):
            votes.vote(member(context, account), ballot, "approve")
    assert [each.seat for each in ballots.show(context, ballot).recused] == ["ann", "max"]


def test_a_delegate_of_a_member_votes_once_and_not_against_their_word():
    """One vote a seat: the delegate's until the member votes in person, and never again after."""
    context = the_board_case(rule="majority")
    stand_in(context, "second", "ops")
    ballot = asked(context)
    votes.vote(member(context, "second"), ballot, "reject", reason="No")
    votes.vote(member(context, "second"), ballot, "approve")
    found = ballots.show(context, ballot)
    assert [(vote.seat, vote.person, vote.choice.value) for vote in found.votes] == [("ops", "second", "approve")]
    say(context, ballot, ops="reject")
    with pytest.raises(IllegalMove) as refused:
        votes.vote(member(context, "second"), ballot, "approve")
    assert refused.value.facts["because"] == "voted_in_person"
    assert ballots.show(context, ballot).tally.rejecting == 1


def test_a_delegate_of_several_says_for_whom_and_counts_as_one_person():
    """Two seats in one hand are two votes, but one person of the quorum."""
    context = the_board_case(rule="majority", quorum=2)
    stand_in(context, "second", "ops", "security")
    ballot = asked(context)
    with pytest.raises(InvalidInput) as refused:
        votes.vote(member(context, "second"), ballot, "approve")
    assert refused.value.problems[0].pointer == "/seat"
    for seat in ("ops", "security"):
        votes.vote(member(context, "second"), ballot, "approve", seat=seat)
    found = ballots.show(context, ballot).tally
    assert (found.approving, found.persons, found.because) == (2, 1, "no_quorum")


def test_nobody_votes_without_a_seat_or_the_right():
    """A seat is filled by its member or their delegate; a delegate needs the right to vote as well."""
    context = the_board_case()
    ballot = asked(context)
    with pytest.raises(NoSeat):
        votes.vote(member(context, "stranger"), ballot, "approve")
    with pytest.raises(NoSeat):
        votes.vote(member(context, "ops"), ballot, "approve", seat="security")
    with pytest.raises(NotAllowed):
        votes.vote(as_actor(context, "engineer", "ops"), ballot, "approve")


def test_where_there_is_a_board_no_member_approves_alone():
    """The verdict CAB is for the board then; without a board in use it is for its members as before."""
    context = the_board_case()
    with pytest.raises(BoardDecides):
        decisions.approve(member(context), "CHG-1")
    boards.edit(as_actor(context, "administrator"), "cab", active=False)
    decisions.approve(member(context), "CHG-1")
    assert state_of(context) is ChangeState.APPROVED


@pytest.mark.parametrize("moved", ["edited", "assessed_again", "decided_elsewhere"])
def test_a_vote_on_what_has_moved_on_is_void_and_stays_to_be_seen(moved):
    """Another revision, a newer assessment or a decision elsewhere: no vote counts any more, and all are told why."""
    context = the_board_case()
    ballot = asked(context)
    say(context, ballot, chair="approve", ops="approve")
    if moved == "edited":
        changes.edit(as_actor(context, "engineer"), "CHG-1", steps=["Another way"])
    elif moved == "assessed_again":
        assess(as_actor(context, "change_manager"), "CHG-1")
    else:
        decisions.reject(member(context, "security"), "CHG-1", comment="No")
    found = ballots.show(context, ballot)
    assert (found.void, found.because, len(found.votes), found.outstanding) == (True, moved, 2, ())
    for act in (
        lambda: votes.vote(member(context, "deputy"), ballot, "approve"),
        lambda: ballots.decide(member(context), ballot),
    ):
        with pytest.raises(BallotVoid) as refused:
            act()
        assert refused.value.facts["because"] == moved


def test_a_vote_names_what_was_seen():
    """Whoever looked at another assessment than the ballot's is told, and nothing is kept."""
    context = the_board_case()
    ballot = asked(context)
    with pytest.raises(IllegalMove) as refused:
        votes.vote(member(context), ballot, "approve", assessment="0" * 64)
    assert refused.value.facts["because"] == "assessment_as_seen"
    assert ballots.show(context, ballot).votes == ()


def test_of_two_boards_at_once_one_wins_and_the_other_is_told():
    """Both saw the same assessment and both decide at the same moment: one decision, and its name for the other."""
    context = the_board_case()
    keeper = as_actor(context, "administrator")
    boards.add(keeper, "ecab", name="Other board", chair="ops", members=["ops", "security"], quorum=1)
    one, other = asked(context), asked(context, board="ecab")
    say(context, one, chair="approve", security="approve")
    say(context, other, ops="reject")
    start = threading.Barrier(2)

    def decide(name, ballot):
        start.wait()
        try:
            return ballots.decide(member(context, name), ballot).record
        except ForeshockError as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(decide, ("chair", "ops"), (one, other)))
    won = [each for each in ends if not isinstance(each, ForeshockError)]
    assert len(won) == 1
    told = next(each for each in ends if isinstance(each, ForeshockError))
    assert isinstance(told, BallotVoid | VersionConflict | WrongState), told
    lost = other if won[0].ballot == one else one
    with pytest.raises(BallotVoid) as refused:
        ballots.decide(member(context, "ops" if lost == other else "chair"), lost)
    assert won[0].id in str(refused.value)


def test_after_the_deadline_nobody_votes_and_what_was_voted_is_decided():
    """Between meetings the deadline ends the voting: who did not vote is no longer waited for."""
    context = the_board_case(rule="majority", quorum=1)
    ballot = asked(context, until="2026-03-02T13:00Z")
    say(context, ballot, ops="approve")
    with pytest.raises(NotDecided):
        ballots.decide(member(context), ballot)
    context.clock.forward(minutes=61)
    with pytest.raises(BallotClosed):
        votes.vote(member(context, "security"), ballot, "reject", reason="Late")
    assert ballots.decide(member(context), ballot).record.choice is Choice.APPROVE


def test_the_inbox_holds_what_waits_for_somebody_and_nothing_else():
    """A ballot is in the inbox of who has not voted, then of who presides once it is decided by its votes."""
    context = the_board_case()
    stand_in(context, "second", "ops")
    ballot = asked(context)

    def waits(*names):
        return [name for name in names if ballots.inbox(member(context, name))]

    assert waits(*MEMBERS, "second", "stranger") == [*MEMBERS, "second"]
    say(context, ballot, ops="approve", security="approve")
    assert waits(*MEMBERS, "second") == ["chair", "deputy"]
    say(context, ballot, chair="approve")
    assert waits(*MEMBERS) == ["chair", "deputy"]
    ballots.decide(member(context), ballot)
    assert waits(*MEMBERS) == []


def test_a_blocked_change_is_rejected_or_deferred_but_not_approved():
    """The verdict BLOCK holds for a board too."""
    change = a_change("web1", id="CHG-1", back_out=None)
    targets = (Target("web1", Effect.DOWN, 0, 60), Target("web2", Effect.DOWN, 0, 60))
    context = the_board_case(replace(change, targets=targets))
    ballot = asked(context)
    say(context, ballot, chair="approve", ops="approve")
    with pytest.raises(IllegalMove) as refused:
        ballots.decide(member(context), ballot)
    assert refused.value.facts["because"] == "verdict_not_block"
    say(context, ballot, chair="reject")
    ballots.decide(member(context), ballot)
    assert state_of(context) is ChangeState.REJECTED


def test_every_fault_of_a_vote_is_told_at_once():
    """A reason for all but approving, conditions where they belong, and a choice that there is."""
    context = the_board_case()
    ballot = asked(context)

    def faults(*given, **more):
        with pytest.raises(InvalidInput) as refused:
            votes.vote(member(context), ballot, *given, **more)
        return [(problem.code, problem.pointer) for problem in refused.value.problems]

    assert faults("approve_with_conditions") == [("change.missing", "/reason"), ("vote.no_condition", "/conditions")]
    assert faults("perhaps") == [("vote.unknown_choice", "/choice"), ("change.missing", "/reason")]
    assert faults("approve", conditions=["Ask"]) == [("vote.conditions", "/conditions")]
    for choice in ("reject", "defer", "abstain", "recuse"):
        assert faults(choice) == [("change.missing", "/reason")]


def test_every_fault_of_a_board_is_told_at_once():
    """Unknown persons, those who may not vote, a quorum nobody reaches, a rule there is not."""
    context = the_board_case()
    keeper = as_actor(context, "administrator")
    persons.add(keeper, "viewer", name="Viewer", roles=["viewer"])
    with pytest.raises(InvalidInput) as refused:
        boards.add(
            keeper,
            "cab",
            name=" ",
            chair="nobody",
            members=["viewer"],
            rule="dice",
            quorum=9,
            deputy="nobody",
            zone="Mars/North",
        )
    assert sorted(problem.code for problem in refused.value.problems) == [
        "board.missing",
        "board.no_vote",
        "board.own_deputy",
        "board.quorum",
        "board.there",
        "board.unknown_person",
        "board.unknown_rule",
        "board.zone",
    ]


def test_a_ballot_is_opened_once_and_with_a_time_to_come():
    """The same question is not asked twice at once; a deadline lies ahead; a decided change is not asked about."""
    context = the_board_case()
    asked(context)
    with pytest.raises(InvalidInput) as refused:
        asked(context, until="2026-03-01T12:00Z")
    assert sorted(problem.code for problem in refused.value.problems) == ["board.asked", "board.deadline_past"]
    decisions.reject(member(context), "CHG-1", comment="No")
    with pytest.raises(WrongState):
        asked(context)


def test_who_voted_for_it_does_not_implement_it():
    """Whoever presides made the decision, but all who voted for it approved it; who rejected may."""
    context = the_board_case(rule="majority")
    ballot = asked(context)
    say(context, ballot, ops="approve", security="reject", deputy="approve", chair="approve")
    ballots.decide(member(context), ballot)
    lifecycle.schedule(as_actor(context, "engineer"), "CHG-1")
    context.clock.forward(hours=10)
    for name in ("chair", "ops", "deputy"):
        with pytest.raises(OwnApproval):
            implement(as_actor(context, "engineer", name), "CHG-1")
    go(as_actor(context, "engineer"), "CHG-1")
    implement(as_actor(context, "engineer", "security"), "CHG-1")
    assert state_of(context) is ChangeState.IMPLEMENTING
