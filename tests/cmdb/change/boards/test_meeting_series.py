"""Meetings in series: stated once by a rule in the clocks of a zone, laid out ahead, one moved or called off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cmdb.change.boards import boards, meeting_course, meeting_series, meetings
from cmdb.errors import InvalidInput, NotAllowed, WrongState
from cmdb.model.meeting import MeetingState
from cmdb.ports.errors import VersionConflict
from tests.builders import as_actor
from tests.cmdb.change.boards.boarding import member, the_board_case

FIRST = "2026-03-05T14:00[Europe/Berlin]"
WEEKLY = "FREQ=WEEKLY;BYDAY=TH"
NO = [("meeting.duration", "/duration"), ("schedule.frequency", "/rule")]


def starts(context, *, state=None):
    """When the meetings begin that are not called off, in UTC."""
    rows = [held.record for held in meetings.listing(context, limit=1000).rows]
    kept = [each for each in rows if (each.state is state if state else each.state is not MeetingState.CANCELLED)]
    return [f"{each.start:%Y-%m-%dT%H:%M}" for each in kept]


def by_rule(context, rule=WEEKLY, first=FIRST, **more):
    return meeting_series.plan(member(context), "cab", [first], rule=rule, **more).record


def faults(context, *given, **more):
    with pytest.raises(InvalidInput) as refused:
        meeting_series.plan(member(context), "cab", *given, **more)
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


def test_a_series_is_stated_once_and_summer_time_is_right():
    """It meets at two in the afternoon in Berlin, which is another hour in UTC from the end of March on."""
    context = the_board_case()
    series = by_rule(context, duration=45)
    found = starts(context)
    assert found[:5] == [
        f"2026-03-{day}T{hour}:00" for day, hour in (("05", 13), ("12", 13), ("19", 13), ("26", 13))
    ] + ["2026-04-02T12:00"]
    assert found[-1] == "2026-05-28T12:00"
    assert len(found) == 13
    assert {held.record.duration for held in meetings.listing(context).rows} == {45}
    assert (series.schedule.rule, series.schedule.zone) == (WEEKLY, "Europe/Berlin")
    assert [f"{each:%Y-%m-%dT%H:%M}" for each in series.starts] == found


def test_the_rest_is_laid_out_as_time_goes_by_and_nothing_twice():
    """Again at once nothing is added; a month later four more, whatever became of those before."""
    context = the_board_case()
    by_rule(context)
    secretary = as_actor(context, "change_manager")
    assert meeting_series.lay_out(secretary) == ()
    context.clock.forward(minutes=4 * 7 * 24 * 60)
    made = meeting_series.lay_out(secretary)
    assert [f"{meetings.get(context, each).record.start:%m-%dT%H}" for each in made] == [
        "06-04T12", "06-11T12", "06-18T12", "06-25T12",
    ]  # fmt: skip
    assert meeting_series.lay_out(secretary) == ()
    assert len(set(starts(context))) == len(starts(context)) == 17


def test_a_series_without_an_end_goes_on_for_years():
    """What was expanded when it was stated does not run out; of a rule that comes once a year one is always there."""
    context = the_board_case()
    by_rule(context, rule="FREQ=YEARLY", first="2026-06-30T14:00[Europe/Berlin]")
    assert starts(context) == ["2026-06-30T12:00"]
    for _ in range(5 * 12):
        context.clock.forward(minutes=30 * 24 * 60)
        meeting_series.lay_out(as_actor(context, "change_manager"))
    assert [each[:4] for each in starts(context)] == [str(year) for year in range(2026, 2032)]


def test_one_is_moved_and_one_is_called_off_and_the_others_stay():
    """The moved one says when it was planned for; neither its old time nor the one called off is laid out again."""
    context = the_board_case()
    by_rule(context)
    first, second, third = (held.record.id for held in meetings.listing(context, limit=3).rows)
    moved = meeting_series.move(member(context), second, "2026-03-13T09:00[Europe/Berlin]", duration=30).record
    assert (f"{moved.start:%dT%H:%M}", moved.duration, f"{moved.planned_start:%dT%H}") == ("13T08:00", 30, "12T13")
    meeting_course.cancel(member(context), third)
    meeting_series.lay_out(as_actor(context, "change_manager"))
    assert starts(context)[:3] == ["2026-03-05T13:00", "2026-03-13T08:00", "2026-03-26T13:00"]
    back = meeting_series.move(member(context), second, "2026-03-12T14:00[Europe/Berlin]").record
    assert back.planned_start is None
    with pytest.raises(InvalidInput) as refused:
        meeting_series.move(member(context), first, "2026-03-12T13:00Z", duration=0)
    assert [(p.code, p.pointer) for p in refused.value.problems] == [
        ("meeting.there", "/start"),
        ("meeting.duration", "/duration"),
    ]
    with pytest.raises(WrongState):
        meeting_series.move(member(context), third, "2026-03-20T13:00Z")
    with pytest.raises(VersionConflict):
        meeting_series.move(member(context), first, "2026-03-06T13:00Z", expected_version=9)


def test_a_meeting_whose_agenda_is_frozen_can_still_be_moved_but_none_that_is_held():
    """Its pack stays what it is."""
    context = the_board_case()
    by_rule(context)
    meeting = meetings.listing(context, limit=1).rows[0].record.id
    pack = meetings.freeze(member(context), meeting).record.pack
    assert meeting_series.move(member(context), meeting, "2026-03-06T13:00Z").record.pack == pack
    meeting_course.open_meeting(member(context), meeting)
    with pytest.raises(WrongState):
        meeting_series.move(member(context), meeting, "2026-03-07T13:00Z")


def test_some_starts_are_left_out_and_a_series_has_an_end():
    """By exclusion, by ``until``, and by the rule's own end; what is over is not laid out later either."""
    context = the_board_case()
    by_rule(context, excluded=["2026-03-12T14:00[Europe/Berlin]"], until="2026-04-01T00:00Z")
    by_rule(context, rule="FREQ=MONTHLY;COUNT=2", first="2026-03-09T10:00Z")
    expected = ["2026-03-05T13:00", "2026-03-09T10:00", "2026-03-19T13:00", "2026-03-26T13:00", "2026-04-09T09:00"]
    by_clock = [each if each != "2026-04-09T09:00" else "2026-04-09T10:00" for each in expected]
    assert starts(context) == by_clock
    context.clock.forward(minutes=300 * 24 * 60)
    assert meeting_series.lay_out(as_actor(context, "change_manager")) == ()


def test_the_clocks_are_those_of_the_board_where_the_start_names_none():
    """An offset knows no summer time, so the board's zone is what the rule counts in; one that is given wins."""
    context = the_board_case()
    boards.edit(as_actor(context, "administrator"), "cab", zone="Asia/Shanghai")
    assert by_rule(context, first="2026-03-05T09:00+08:00").schedule.zone == "Asia/Shanghai"
    assert by_rule(context, first="2026-03-06T09:00Z", rule="FREQ=WEEKLY", zone="Europe/Berlin").schedule.zone == (
        "Europe/Berlin"
    )


def test_a_series_is_ended_with_a_reason_and_what_is_only_planned_is_called_off():
    """What is frozen stays, nothing more is laid out, and it ends once."""
    context = the_board_case()
    series = by_rule(context)
    first = meetings.listing(context, limit=1).rows[0].record.id
    meetings.freeze(member(context), first)
    with pytest.raises(InvalidInput):
        meeting_series.end(member(context), series.id, reason=" ")
    ended = meeting_series.end(member(context), series.id, reason="It meets monthly now").record
    assert (ended.ended.by, ended.ended.reason) == ("chair", "It meets monthly now")
    assert starts(context) == ["2026-03-05T13:00"]
    context.clock.forward(minutes=60 * 24 * 60)
    assert meeting_series.lay_out(as_actor(context, "change_manager")) == ()
    with pytest.raises(InvalidInput):
        meeting_series.end(member(context), series.id, reason="Again")


def test_a_board_does_not_meet_twice_at_once():
    """Where it meets already a rule is refused by name; later what is taken is passed over."""
    context = the_board_case()
    meeting_series.plan(member(context), "cab", ["2026-03-12T13:00Z", "2026-06-04T12:00Z"])
    assert faults(context, [FIRST], rule=WEEKLY) == [("meeting.there", "/rule")]
    by_rule(context, excluded=["2026-03-12T13:00Z"])
    context.clock.forward(minutes=7 * 24 * 60)
    assert meeting_series.lay_out(as_actor(context, "change_manager")) == ()
    context.clock.forward(minutes=7 * 24 * 60)
    assert len(meeting_series.lay_out(as_actor(context, "change_manager"))) == 1
    assert len(set(starts(context))) == len(starts(context))


def test_a_board_that_is_not_in_use_waits_with_its_series():
    """Nothing is laid out meanwhile, and all of it afterwards."""
    context = the_board_case()
    by_rule(context)
    keeper = as_actor(context, "administrator")
    boards.edit(keeper, "cab", active=False)
    context.clock.forward(minutes=14 * 24 * 60)
    assert meeting_series.lay_out(keeper) == ()
    boards.edit(keeper, "cab", active=True)
    assert len(meeting_series.lay_out(keeper)) == 2


@pytest.mark.parametrize(
    ("given", "more", "expected"),
    [
        ([FIRST, "2026-03-06T13:00Z"], {"rule": WEEKLY}, [("meeting.rule_start", "/starts")]),
        ([], {"rule": WEEKLY}, [("meeting.no_start", "/starts")]),
        ([FIRST], {"rule": "FREQ=WEEKLY;BYDAY=FR"}, [("schedule.first", "/starts/0")]),
        ([FIRST], {"rule": "FREQ=NO", "duration": 0}, NO),
        ([FIRST], {"rule": "FREQ=HOURLY;INTERVAL=8", "duration": 30}, [("change.too_many", "/rule")]),
        ([FIRST], {"rule": WEEKLY, "excluded": ["2026-03-06T13:00Z"]}, [("schedule.excluded", "/excluded/0")]),
        ([FIRST], {"rule": WEEKLY, "zone": "Mars/Olympus"}, [("time.unknown_zone", "/zone")]),
        ([FIRST], {"rule": WEEKLY, "until": "soon"}, [("time.unreadable", "/until")]),
        ([FIRST], {"zone": "Europe/Berlin"}, [("meeting.no_rule", "/rule")]),
        (["2026-03-29T02:30[Europe/Berlin]"], {"rule": WEEKLY}, [("time.skipped", "/starts/0")]),
        (["2026-03-01T12:00Z"], {"rule": "FREQ=WEEKLY"}, [("meeting.past", "/starts/0")]),
    ],
)  # fmt: skip
def test_every_fault_of_a_rule_is_told_at_its_place_and_nothing_is_planned(given, more, expected):
    """Together, with the field that is to be mended."""
    context = the_board_case()
    assert faults(context, given, **more) == expected
    assert meetings.listing(context).rows == ()
    assert meeting_series.listing(context).rows == ()


def test_who_does_not_convene_plans_moves_and_ends_nothing():
    """A viewer reads the series and writes nothing."""
    context = the_board_case()
    series = by_rule(context)
    viewer = as_actor(context, "viewer")
    assert meeting_series.get(viewer, series.id).record == series
    assert [held.record.id for held in meeting_series.listing(viewer, board="cab").rows] == [series.id]
    assert meeting_series.listing(viewer, board="other").rows == ()
    for act in (
        lambda: meeting_series.plan(viewer, "cab", [FIRST]),
        lambda: meeting_series.lay_out(viewer),
        lambda: meeting_series.end(viewer, series.id, reason="No"),
        lambda: meeting_series.move(viewer, "MTG-1001", FIRST),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_every_start_is_what_the_clocks_of_the_zone_show():
    """Over two changes of the clocks, by the zone's own arithmetic."""
    from zoneinfo import ZoneInfo

    context = the_board_case()
    series = by_rule(context, rule="FREQ=DAILY;BYDAY=MO,TH", zone="Europe/Berlin", first="2026-03-05T02:15+01:00")
    for _ in range(3):
        context.clock.forward(minutes=80 * 24 * 60)
        meeting_series.lay_out(as_actor(context, "change_manager"))
    found = meeting_series.get(context, series.id).record.starts
    local = [each.astimezone(ZoneInfo("Europe/Berlin")) for each in found]
    assert {(each.hour, each.minute) for each in local} == {(2, 15)}
    assert {each.weekday() for each in local} == {0, 3}
    assert {each.utcoffset() for each in local} == {timedelta(hours=1), timedelta(hours=2)}
    assert len(found) == len(set(found)) > 90
