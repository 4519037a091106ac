"""A meeting from its plan to its minutes: an agenda by rule and by hand, the same bytes for all, timers, the record."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cmdb.chain import canonical
from cmdb.change import change_models, changes, telling
from cmdb.change.boards import (
    attending,
    ballots,
    boards,
    meeting_course,
    meeting_series,
    meetings,
    minutes,
    pack,
    votes,
)
from cmdb.change.boards.errors import BallotClosed, BallotVoid, NoSeat
from cmdb.change.boards.pack import written_minutes
from cmdb.change.record import tasks
from cmdb.errors import InvalidInput, NotAllowed, NotFound, WrongState
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import ChangeState, ChangeType
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIS
from cmdb.model.facts import LossFacts
from cmdb.model.meeting import MeetingState
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, a_window, add, as_actor, depends
from tests.cmdb.change.boards.boarding import MEMBERS, asked, member, say, stand_in, the_board_case

START = "2026-03-02T14:00+01:00[Europe/Berlin]"


def planned(context, *starts, board="cab"):
    """The ids of meetings, in the order they begin."""
    series = meeting_series.plan(member(context), board, starts or (START,)).record
    return [held.record.id for held in meetings.listing(context, series=series.id).rows]


def frozen(context):
    """A meeting that is ready to be held."""
    (meeting,) = planned(context)
    meetings.freeze(member(context), meeting)
    return meeting


def held_open(context, *names):
    """A meeting that is held, with these members there."""
    meeting = frozen(context)
    meeting_course.open_meeting(member(context), meeting)
    for name in names:
        attending.attend(member(context, name), meeting)
    return meeting


def agenda(context, meeting):
    return [(item.kind.value, item.ref, item.because) for item in meetings.agenda(context, meeting)]


def the_past(context):
    """Changes that ended before the meeting: one failed, one urgent, one unauthorised, one that went well."""
    at = context.clock.now() - timedelta(days=1)
    long_ago = at - timedelta(days=40)
    done = {"state": ChangeState.CLOSED, "outcome_at": at, "started_at": at, "raised_at": at}
    add(
        context,
        a_change("web2", id="CHG-2", outcome=ChangeOutcome.FAILED, **done),
        a_change("web2", id="CHG-3", type=ChangeType.EMERGENCY, outcome=ChangeOutcome.SUCCESS, **done),
        a_change("web2", id="CHG-4", retrospective=True, outcome=ChangeOutcome.SUCCESS, **done),
        a_change("web2", id="CHG-5", outcome=ChangeOutcome.SUCCESS, **done),
        a_change("web2", id="CHG-6", outcome=ChangeOutcome.BACKED_OUT, **{**done, "outcome_at": long_ago}),
    )


def test_the_agenda_makes_itself():
    """What went wrong since, what waits for the board, what lies ahead: by rule, each with its timer and why."""
    context = the_board_case()
    the_past(context)
    add(context, a_change("web2", id="CHG-7", state=ChangeState.SCHEDULED))
    (meeting,) = planned(context)
    assert agenda(context, meeting) == [
        ("look_back", "CHG-2", "failed"),
        ("look_back", "CHG-3", "emergency"),
        ("look_back", "CHG-4", "unauthorised"),
        ("decision", "CHG-1", "verdict_cab"),
        ("forward", "CHG-7", "granted"),
    ]
    assert [item.minutes for item in meetings.agenda(context, meeting)] == [2, 2, 2, 3, 0]


def test_persons_put_things_on_the_agenda_and_take_them_off():
    """A topic, a change no rule asks for, another timer; and what is taken off stays off."""
    context = the_board_case()
    the_past(context)
    (meeting,) = planned(context)
    secretary = as_actor(context, "change_manager")
    meetings.put_on(secretary, meeting, topic="Holidays", minutes=7)
    meetings.put_on(secretary, meeting, change="CHG-5")
    meetings.put_on(secretary, meeting, change="CHG-1", minutes=20)
    before = agenda(context, meeting)
    assert ("topic", None, "by_hand") in before
    assert ("topic", "CHG-5", "by_hand") in before
    assert ("decision", "CHG-1", "by_hand") in before
    assert [item.minutes for item in meetings.agenda(context, meeting) if item.ref == "CHG-1"] == [20]
    meetings.take_off(secretary, meeting, before.index(("look_back", "CHG-2", "failed")) + 1)
    after = agenda(context, meeting)
    assert after == [item for item in before if item[1] != "CHG-2"]
    meetings.take_off(secretary, meeting, after.index(("topic", None, "by_hand")) + 1)
    assert ("topic", None, "by_hand") not in agenda(context, meeting)
    with pytest.raises(InvalidInput):
        meetings.take_off(secretary, meeting, 99)


def with_loss(context, change, expected):
    """The newest assessment of a change, as if it had said this expected loss; None: nobody knows."""
    held = context.records.held(ASSESSMENTS, changes.get(context, change).record.assessment)
    loss = None if expected is None else LossFacts(expected, expected, expected, expected, expected)
    judged = replace(held.record, facts=replace(held.record.facts, loss=loss))
    context.records.put(ASSESSMENTS, judged, because="test:loss", expected_version=held.version)


def test_what_waits_is_ordered_by_expected_loss_then_verdict_then_window():
    """The largest loss first, and before it what nobody knows the loss of; then BLOCK before CAB; then who begins."""
    wiki = (a_service("wiki", tier=3), a_server("db1"), *depends("wiki", "db1"))
    context = the_board_case(*(a_change("web1", id=f"CHG-{number}") for number in (1, 2, 3, 4)))
    late = a_change("web1", id="CHG-0", window=a_window("2026-03-09T22:00Z"))
    add(context, *wiki, a_change("db1", id="CHG-9", back_out=None), late)
    for change in ("CHG-9", "CHG-0"):
        assess(as_actor(context, "change_manager"), change)
    losses = {"CHG-1": 0.5, "CHG-2": None, "CHG-3": 700.0, "CHG-4": 2.0, "CHG-9": 2.0, "CHG-0": 2.0}
    for change, loss in losses.items():
        with_loss(context, change, loss)
    (meeting,) = planned(context)
    decided = [(ref, because) for kind, ref, because in agenda(context, meeting) if kind == "decision"]
    assert [ref for ref, _ in decided] == ["CHG-2", "CHG-3", "CHG-9", "CHG-4", "CHG-0", "CHG-1"]
    assert dict(decided)["CHG-9"] == "verdict_block"
    meetings.put_on(member(context), meeting, change="CHG-2", minutes=20)
    assert [(i.ref, i.minutes) for i in meetings.agenda(context, meeting)][:2] == [("CHG-2", 20), ("CHG-3", 3)]
    with_loss(context, "CHG-1", None)
    assert [ref for kind, ref, _ in agenda(context, meeting) if kind == "decision"][:2] == ["CHG-1", "CHG-2"]


def test_the_order_is_that_of_the_losses_that_were_assessed():
    """Taking both web servers out stops the shop, taking one does not: the later number is spoken about first."""
    context = the_board_case(a_change("web1", id="CHG-1"), a_change("web1", "web2", id="CHG-2"))
    losses = [context.records.get(ASSESSMENTS, changes.get(context, f"CHG-{n}").record.assessment) for n in (1, 2)]
    one, both = (each.facts.loss.expected for each in losses)
    assert one < both
    (meeting,) = planned(context)
    assert [ref for kind, ref, _ in agenda(context, meeting) if kind == "decision"] == ["CHG-2", "CHG-1"]


def test_an_emergency_is_looked_back_at_once_it_was_begun_however_old_it_is():
    """One raised long ago and begun since counts, one still going on too; one that was only raised does not."""
    context = the_board_case()
    now = context.clock.now()
    urgent = {"type": ChangeType.EMERGENCY, "raised_at": now - timedelta(days=90)}
    going_on = {**urgent, "state": ChangeState.IMPLEMENTING}
    add(
        context,
        a_change("web2", id="CHG-2", **going_on, started_at=now - timedelta(hours=1)),
        a_change("web2", id="CHG-3", **going_on, started_at=now - timedelta(days=80)),
        a_change("web2", id="CHG-4", **{**urgent, "raised_at": now}, state=ChangeState.SUBMITTED),
    )
    (meeting,) = planned(context)
    looked = [(ref, because) for kind, ref, because in agenda(context, meeting) if kind == "look_back"]
    assert looked == [("CHG-2", "emergency")]


def test_models_to_make_and_to_withdraw_stand_on_the_agenda():
    """One that somebody drew up is to be approved, one whose changes fail too often to be withdrawn, others are not."""
    context = the_board_case()
    for name in ("drawn-up", "failing", "sound"):
        change_models.define(as_actor(context, "engineer"), name, title=name)
    for name in ("failing", "sound"):
        change_models.approve(as_actor(context, "change_manager"), name)
    failed = {"state": ChangeState.CLOSED, "outcome": ChangeOutcome.FAILED, "outcome_at": context.clock.now()}
    add(context, *(a_change("web2", id=f"CHG-{number}", model="failing", **failed) for number in range(20, 30)))
    (meeting,) = planned(context)
    assert [row for row in agenda(context, meeting) if row[0] == "model"] == [
        ("model", "drawn-up", "to_approve"),
        ("model", "failing", "to_withdraw"),
    ]
    change_models.withdraw_failing(as_actor(context, "change_manager"))
    assert ("model", "failing", "withdrawn") in agenda(context, meeting)


def test_all_members_read_the_same_bytes():
    """The pack is one document under its hash; a later renewal leaves the earlier one to be read."""
    context = the_board_case()
    meeting = frozen(context)
    first = meetings.get(context, meeting).record
    read = {pack.read(member(context, name), meeting) for name in MEMBERS}
    assert len(read) == 1
    document = json.loads(read.pop())
    assert document["meeting"]["graph_revision"] == first.graph_revision
    assert (
        document["changes"]["CHG-1"]["assessment"]["hash"]
        == ballots.of_meeting(context, meeting)[0].ballot.assessment_hash
    )
    attending.mark_read(member(context, "ops"), meeting, seen=first.pack)
    assess(as_actor(context, "change_manager"), "CHG-1")
    meetings.freeze(member(context), meeting)
    second = meetings.get(context, meeting).record
    assert second.pack != first.pack
    assert json.loads(pack.read(context, meeting, pack=first.pack)) == document
    with pytest.raises(InvalidInput):
        attending.mark_read(member(context, "ops"), meeting, seen=first.pack)
    with pytest.raises(NotFound):
        pack.read(context, meeting, pack="0" * 64)
    assert [(each.because, each.void) for each in ballots.of_meeting(context, meeting)] == [
        ("assessed_again", True),
        (None, False),
    ]


def test_freezing_again_without_news_opens_no_second_ballot():
    """The ballots of what has not moved on stay as they are."""
    context = the_board_case()
    meeting = frozen(context)
    meetings.freeze(member(context), meeting)
    assert len(ballots.of_meeting(context, meeting)) == 1


def test_a_meeting_decides_with_those_who_are_there():
    """Votes are given while it is held; whoever is not there is not waited for, and the quorum is of those who are."""
    context = the_board_case(rule="majority", quorum=3)
    meeting = frozen(context)
    (found,) = ballots.of_meeting(context, meeting)
    with pytest.raises(BallotClosed):
        say(context, found.ballot.id, ops="approve")
    meeting_course.open_meeting(member(context), meeting)
    stand_in(context, "second", "security")
    for name in ("chair", "ops", "second"):
        attending.attend(member(context, name), meeting)
    say(context, found.ballot.id, chair="approve", ops="abstain")
    assert ballots.show(context, found.ballot.id).outstanding == ("security",)
    votes.vote(member(context, "second"), found.ballot.id, "approve")
    ballots.decide(member(context), found.ballot.id)
    assert changes.get(context, "CHG-1").record.state is ChangeState.APPROVED


def test_minutes_write_themselves_and_are_the_same_bytes_each_time():
    """Attendance, items with their times, votes, the decision, its conditions and what was left undecided."""
    context = the_board_case(
        a_change("web1", id="CHG-1"),
        a_change("web2", id="CHG-2", window=a_window("2026-03-04T22:00Z")),
        rule="majority",
        quorum=2,
    )
    meeting = held_open(context, "chair", "ops")
    attending.mark_read(member(context, "ops"), meeting)
    one, two = (each.ballot for each in ballots.of_meeting(context, meeting))
    meeting_course.call(member(context), meeting, 1)
    context.clock.forward(minutes=4)
    say(context, one.id, chair="approve_with_conditions", ops="approve")
    made = ballots.decide(member(context), one.id).record
    meeting_course.call(member(context), meeting, 2)
    context.clock.forward(minutes=2)
    say(context, two.id, ops="reject")
    closed = meeting_course.close(member(context), meeting).record
    kept = written_minutes(context, meeting)
    document = json.loads(kept)
    assert [each["seat"] for each in document["present"]] == ["chair", "ops"]
    assert (document["absent"], document["read_ahead"]) == (["deputy", "security"], ["ops"])
    first, second = document["items"]
    assert first["called"] == [{"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T12:04:00Z", "by": "chair"}]
    assert first["ballots"][0]["decision"]["id"] == made.id
    assert [each["title"] for each in first["ballots"][0]["conditions"]] == ["Tell the shop floor"]
    assert second["called"][0]["to"] == "2026-03-02T12:06:00Z"
    assert (second["ballots"][0]["decision"], second["ballots"][0]["undecided"]) == (None, "votes_outstanding")
    assert ballots.show(context, two.id).because == "meeting_over"
    again = replace(closed, minutes=None)
    assert canonical(minutes.made(context, again)) == canonical(minutes.made(context, again))
    assert written_minutes(member(context, "ops"), meeting) == kept


def test_the_next_meeting_begins_with_what_was_to_be_done():
    """Open actions of what the last meeting was about come first; what was left undecided comes again."""
    context = the_board_case(rule="majority", quorum=2)
    meeting = held_open(context, "chair", "ops")
    (found,) = ballots.of_meeting(context, meeting)
    say(context, found.ballot.id, chair="approve_with_conditions", ops="approve")
    ballots.decide(member(context), found.ballot.id)
    meeting_course.close(member(context), meeting)
    (task,) = tasks.open_conditions(context, "CHG-1")
    (following,) = planned(context, "2026-03-02T16:00Z")
    assert agenda(context, following) == [("action", task.id, "open"), ("forward", "CHG-1", "granted")]
    tasks.finish(as_actor(context, "engineer"), task.id)
    assert agenda(context, following) == [("forward", "CHG-1", "granted")]


def test_of_two_meetings_at_once_one_decides_and_the_other_sees_why_its_votes_are_void():
    """The same assessment on two agendas: the first decision moves the change, the other ballot is void and says so."""
    context = the_board_case(quorum=1)
    boards.add(as_actor(context, "administrator"), "ecab", name="Other", chair="ops", members=["ops"], quorum=1)
    one = held_open(context, "chair")
    (other,) = planned(context, board="ecab")
    meetings.freeze(member(context, "ops"), other)
    meeting_course.open_meeting(member(context, "ops"), other)
    (first,), (second,) = (ballots.of_meeting(context, meeting) for meeting in (one, other))
    say(context, first.ballot.id, chair="reject")
    say(context, second.ballot.id, ops="approve")
    made = ballots.decide(member(context), first.ballot.id).record
    with pytest.raises(BallotVoid) as refused:
        ballots.decide(member(context, "ops"), second.ballot.id)
    assert made.id in str(refused.value)
    closed = meeting_course.close(member(context, "ops"), other).record
    assert closed.state is MeetingState.CLOSED
    assert json.loads(written_minutes(context, other))["items"][0]["ballots"][0]["void"] == "decided_elsewhere"


def test_a_meeting_is_frozen_opened_and_closed_in_this_order():
    """Each act has its states, and is refused with them elsewhere."""
    context = the_board_case()
    (meeting,) = planned(context)
    for act in (meeting_course.open_meeting, meeting_course.close, lambda c, m: meeting_course.call(c, m, 1)):
        with pytest.raises(WrongState):
            act(member(context), meeting)
    for act in (attending.attend, attending.mark_read):
        with pytest.raises(WrongState):
            act(member(context), meeting)
    meetings.freeze(member(context), meeting)
    with pytest.raises(WrongState):
        meetings.put_on(member(context), meeting, topic="Late")
    with pytest.raises(NoSeat):
        attending.attend(member(context, "stranger"), meeting)
    meeting_course.cancel(member(context), meeting)
    assert [each.because for each in ballots.of_meeting(context, meeting)] == ["meeting_over"]
    with pytest.raises(WrongState):
        meetings.freeze(member(context), meeting)
    with pytest.raises(NotAllowed):
        meeting_series.plan(as_actor(context, "engineer"), "cab", [START])


def test_every_fault_of_a_series_is_told_at_once_and_nothing_is_planned():
    """A time in the missing hour, one that is past, one named twice, one without an offset."""
    context = the_board_case()
    starts = ["2026-03-29T02:30[Europe/Berlin]", "2026-03-01T12:00Z", START, START, "2026-03-03T12:00"]
    with pytest.raises(InvalidInput) as refused:
        meeting_series.plan(member(context), "cab", starts, duration=0)
    assert [(p.code, p.pointer) for p in refused.value.problems] == [
        ("time.skipped", "/starts/0"),
        ("meeting.past", "/starts/1"),
        ("meeting.there", "/starts/3"),
        ("time.without_offset", "/starts/4"),
        ("meeting.duration", "/duration"),
    ]
    assert meetings.listing(context).rows == ()


def test_those_to_be_told_are_the_owners_and_the_customers():
    """From the assessment: who answers for the targets and the affected services, and who uses these."""
    context = the_board_case()
    shop = replace(context.records.get(CIS, "shop"), attributes={"tier": 1, "owner": "sales", "customers": "Ann; Bo"})
    add(context, shop, a_server("web1", attributes={"owner": "ops"}))
    found = telling.notice(context, "CHG-1")
    assert [(each.name, each.part, each.cis) for each in found.tell] == [
        ("Ann", "customer", ("shop",)),
        ("Bo", "customer", ("shop",)),
        ("ops", "owner", ("web1",)),
        ("sales", "owner", ("shop",)),
    ]
    assert found.unowned == ()


def test_who_has_no_seat_reads_but_does_not_take_part():
    """A viewer sees ballots and agenda and changes nothing."""
    context = the_board_case()
    ballot = asked(context)
    viewer = as_actor(context, "viewer")
    assert ballots.show(viewer, ballot).ballot.id == ballot
    with pytest.raises(NotAllowed):
        ballots.decide(viewer, ballot)
    with pytest.raises(NotAllowed):
        ballots.ask(viewer, "cab", "CHG-1", until=START)
