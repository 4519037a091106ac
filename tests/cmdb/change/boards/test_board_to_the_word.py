"""What a board is for, sentence by sentence, through the desks: who takes part, what is decided, what comes of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cmdb.change import changes, decisions, lifecycle, telling
from cmdb.change.boards import attending, ballots, boards, meeting_course, meeting_series, meetings, pack, votes
from cmdb.change.boards.errors import NoSeat, NotDecided
from cmdb.change.errors import NotReady, OwnChange
from cmdb.change.record import tasks
from cmdb.errors import InvalidInput
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES, ChangeState
from cmdb.model.ci import CIS
from cmdb.model.decision import Choice
from cmdb.model.meeting import MeetingState
from impact.questions import begin, board_pack
from impact.questions.assess import assess
from impact.questions.go import go
from tests.builders import a_change, a_server, a_window, add, as_actor
from tests.cmdb.change.boards.boarding import (
    FULL_AGENDA,
    MEMBERS,
    a_full_agenda,
    asked,
    member,
    say,
    stand_in,
    the_board_case,
)
from web.languages import Language
from web.wording_notice import notice_of


def a_meeting(context, *there):
    """A meeting that is held on the changes that wait, with these members there."""
    meeting_series.plan(member(context), "cab", ["2026-03-02T14:00Z"])
    meeting = meetings.listing(context).rows[-1].record.id
    board_pack.freeze(member(context), meeting)
    meeting_course.open_meeting(member(context), meeting)
    for name in there:
        attending.attend(member(context, name), meeting)
    return meeting


def the_ballot(context, meeting, change="CHG-1"):
    (found,) = [each for each in ballots.of_meeting(context, meeting) if each.ballot.change == change]
    return found.ballot.id


@pytest.mark.parametrize(
    ("rule", "choice"), [("chair", Choice.REJECT), ("majority", Choice.APPROVE), ("veto", Choice.REJECT)]
)
def test_the_board_advises_and_the_named_authority_decides(rule, choice):
    """Of the same votes, two for and the chair against, each authority makes its own decision; all votes stay."""
    context = the_board_case(rule=rule, quorum=3)
    meeting = a_meeting(context, "chair", "ops", "security")
    ballot = the_ballot(context, meeting)
    say(context, ballot, chair="reject", ops="approve", security="approve")
    made = ballots.decide(member(context), ballot).record
    assert (made.choice, made.by) == (choice, "chair")
    assert len(ballots.show(context, ballot).votes) == 3


def test_only_the_change_authority_makes_the_decision():
    """A member whose vote was on the winning side does not; where the chair is recused the deputy does."""
    context = the_board_case(rule="majority", requester="chair")
    ballot = asked(context)
    say(context, ballot, ops="approve", security="approve", deputy="approve")
    for name, refusal in (("ops", NoSeat), ("chair", NoSeat)):
        with pytest.raises(refusal):
            ballots.decide(member(context, name), ballot)
    assert ballots.decide(member(context, "deputy"), ballot).record.by == "deputy"


def test_a_delegate_takes_the_seat_reads_ahead_votes_and_has_it_in_the_inbox():
    """For the member who is away, under their own name; the quorum counts them, and the minutes name both."""
    context = the_board_case(rule="majority", quorum=2)
    stand_in(context, "night", "ops")
    between = asked(context)
    assert [each.ballot.id for each in ballots.inbox(member(context, "night"))] == [between]
    meeting = a_meeting(context, "chair", "night")
    attending.mark_read(member(context, "night"), meeting)
    ballot = the_ballot(context, meeting)
    say(context, ballot, chair="approve")
    votes.vote(member(context, "night"), ballot, "approve")
    ballots.decide(member(context), ballot)
    meeting_course.close(member(context), meeting)
    document = json.loads(pack.written_minutes(context, meeting))
    assert [(each["seat"], each["person"]) for each in document["present"]] == [("chair", "chair"), ("ops", "night")]
    assert document["read_ahead"] == ["night"]
    given = [(vote["seat"], vote["person"]) for vote in document["items"][0]["ballots"][0]["votes"]]
    assert given == [("chair", "chair"), ("ops", "night")]


def test_abstaining_takes_part_and_recusing_does_not():
    """Of three who came one abstains: three of three; the one who steps back instead leaves two."""
    for choice, decided in (("abstain", True), ("recuse", False)):
        context = the_board_case(rule="majority", quorum=3)
        meeting = a_meeting(context, "chair", "ops", "security")
        ballot = the_ballot(context, meeting)
        say(context, ballot, chair="approve", ops="approve", security=choice)
        if decided:
            assert ballots.decide(member(context), ballot).record.choice is Choice.APPROVE
        else:
            with pytest.raises(NotDecided) as refused:
                ballots.decide(member(context), ballot)
            assert refused.value.facts["because"] == "no_quorum"


@pytest.mark.parametrize("part", ["requester", "implementer"])
def test_whoever_requests_or_implements_does_not_approve_nor_does_their_delegate(part):
    """Not by a vote, not alone, not by standing in; and nobody waits for them."""
    context = the_board_case(**{part: "ops"})
    stand_in(context, "night", "ops")
    ballot = asked(context)
    for name in ("ops", "night"):
        with pytest.raises(OwnChange):
            votes.vote(member(context, name), ballot, "approve")
        with pytest.raises(OwnChange):
            decisions.approve(member(context, name), "CHG-1")
    found = ballots.show(context, ballot)
    assert [each.seat for each in found.recused] == ["ops"]
    assert "ops" not in found.outstanding
    assert ballots.inbox(member(context, "night")) == ()


@pytest.mark.parametrize("choice", ["reject", "defer"])
def test_a_reason_is_needed_for_all_but_approving(choice):
    """Without one nothing is kept; with one it becomes that of the decision, and the change's move."""
    context = the_board_case()
    ballot = asked(context)
    with pytest.raises(InvalidInput):
        votes.vote(member(context), ballot, choice)
    votes.vote(member(context), ballot, choice, reason="The shop is on sale")
    say(context, ballot, ops="approve")
    made = ballots.decide(member(context), ballot).record
    assert made.comment == "The shop is on sale"
    state = changes.get(context, "CHG-1").record.state
    assert state is {"reject": ChangeState.REJECTED, "defer": ChangeState.DEFERRED}[choice]


def test_conditions_block_the_implementation_until_they_are_done():
    """Approved with one, scheduled, in its window, with a GO: not before the condition is done."""
    context = the_board_case()
    ballot = asked(context)
    say(context, ballot, chair="approve_with_conditions", ops="approve")
    ballots.decide(member(context), ballot)
    engineer = as_actor(context, "engineer")
    lifecycle.schedule(engineer, "CHG-1")
    context.clock.forward(hours=10)
    go(engineer, "CHG-1")
    with pytest.raises(NotReady) as refused:
        begin.implement(engineer, "CHG-1")
    assert refused.value.facts["because"] == "conditions_done"
    assert "Tell the shop floor" in str(refused.value)
    (task,) = tasks.open_conditions(context, "CHG-1")
    tasks.finish(engineer, task.id)
    begin.implement(engineer, "CHG-1")
    assert changes.get(context, "CHG-1").record.state is ChangeState.IMPLEMENTING


def test_pre_authorised_changes_are_one_line_each_and_nothing_is_voted_on_them():
    """Without a timer, after what is to be decided; they have no page of their own in the pack and no ballot."""
    context = the_board_case(
        a_change("web1", id="CHG-1"), a_change("web2", id="CHG-2", window=a_window("2026-03-04T22:00Z"))
    )
    held = context.records.held(ASSESSMENTS, changes.get(context, "CHG-2").record.assessment)
    context.records.put(ASSESSMENTS, replace(held.record, verdict=Verdict.AUTO), because="test:auto")
    change = changes.get(context, "CHG-2").record
    context.records.put(CHANGES, replace(change, state=ChangeState.SCHEDULED), because="test:auto")
    meeting = a_meeting(context)
    items = [(item.kind.value, item.ref, item.minutes, item.because) for item in meetings.agenda(context, meeting)]
    assert items == [("decision", "CHG-1", 3, "verdict_cab"), ("pre_authorised", "CHG-2", 0, "policy")]
    assert [each.ballot.change for each in ballots.of_meeting(context, meeting)] == ["CHG-1"]
    summaries = {key: entry["summary"] for key, entry in json.loads(pack.read(context, meeting))["changes"].items()}
    assert summaries["CHG-1"] is not None
    assert summaries["CHG-2"] is None


def test_between_meetings_the_same_people_decide_from_their_inbox():
    """Each finds it, votes, and it is gone; whoever presides finds it again when the votes have come to a decision."""
    context = the_board_case(rule="majority", quorum=2)
    ballot = asked(context)
    for name in ("ops", "security", "deputy"):
        assert [each.ballot.id for each in ballots.inbox(member(context, name))] == [ballot]
        say(context, ballot, **{name: "approve"})
    assert ballots.inbox(member(context, "ops")) == ()
    say(context, ballot, chair="abstain")
    assert [each.ballot.id for each in ballots.inbox(member(context))] == [ballot]
    ballots.decide(member(context), ballot)
    assert ballots.inbox(member(context)) == ()
    assert changes.get(context, "CHG-1").record.state is ChangeState.APPROVED


def test_all_members_see_the_same_bytes_and_say_which_they_read():
    """Of the pack and of the minutes; who read an earlier pack has not read this one."""
    context = the_board_case()
    meeting = a_meeting(context, "chair")
    first = meetings.get(context, meeting).record.pack
    attending.mark_read(member(context, "ops"), meeting, seen=first)
    assess(as_actor(context, "change_manager"), "CHG-1")
    board_pack.freeze(member(context), meeting)
    attending.mark_read(member(context, "security"), meeting)
    assert len({pack.read(member(context, name), meeting) for name in MEMBERS}) == 1
    assert json.loads(pack.written_minutes(context, meeting))["read_ahead"] == ["security"]
    closed = meeting_course.close(member(context), meeting).record
    assert closed.state is MeetingState.CLOSED
    assert len({pack.written_minutes(member(context, name), meeting) for name in MEMBERS}) == 1


def test_those_to_be_told_and_the_notice_in_both_languages():
    """Owners and customers of what the change touches, and the same window, services and minutes in each draft."""
    context = the_board_case()
    shop = context.records.get(CIS, "shop")
    add(context, replace(shop, attributes={"tier": 1, "owner": "sales", "customers": "Retail; Wholesale"}))
    add(context, a_server("web1", attributes={"owner": "operations"}))
    found = telling.notice(context, "CHG-1")
    assert {(each.name, each.part) for each in found.tell} == {
        ("Retail", "customer"),
        ("Wholesale", "customer"),
        ("operations", "owner"),
        ("sales", "owner"),
    }
    english, chinese = (notice_of(found, language) for language in (Language.EN, Language.ZH))
    for draft in (english, chinese):
        assert "22:00" in draft.text
        assert "shop" in draft.text
        assert "60" in draft.text
        assert "CHG-1" in draft.text
    assert english.subject.startswith("Planned")
    assert chinese.subject.startswith("计划")


def test_a_board_that_is_not_in_use_is_not_asked():
    """Neither between meetings nor in one."""
    context = the_board_case()
    boards.edit(as_actor(context, "administrator"), "cab", active=False)
    with pytest.raises(InvalidInput):
        asked(context)
    with pytest.raises(InvalidInput):
        meeting_series.plan(member(context), "cab", ["2026-03-02T14:00Z"])


def test_the_agenda_holds_all_that_a_board_speaks_about_each_with_its_timer():
    """As it is made now, as it is frozen, and with what all changes ahead take out of each service."""
    context = the_board_case()
    meeting = a_full_agenda(context)
    now = [(item.kind.value, item.minutes, item.because) for item in meetings.agenda(context, meeting)]
    assert now == FULL_AGENDA
    board_pack.freeze(member(context), meeting)
    document = json.loads(pack.read(context, meeting))
    frozen = [(row["kind"], row["minutes"], row["because"]) for row in document["meeting"]["agenda"]]
    assert frozen == FULL_AGENDA
    (shop,) = document["projected_outage"]["services"]
    assert shop["planned_minutes"] == 60.0
    assert shop["joint_minutes"] == 60.0
