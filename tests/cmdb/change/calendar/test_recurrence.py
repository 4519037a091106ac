"""Rules that come again, expanded once: in the clocks of their zone, as far as a horizon, every fault at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.change.calendar.recurrence import HORIZON, MOST_INTERVALS, ScheduleGiven, scheduled, stated
from tests.builders import moment

NOW = moment("2026-03-02T12:00Z")
BERLIN = ZoneInfo("Europe/Berlin")
LONGEST = timedelta(days=31)


def expanded(start, end, rule=None, **more):
    schedule, problems = scheduled(ScheduleGiven(start, end, rule, **more), now=NOW, longest=LONGEST)
    assert problems == []
    return schedule


def codes(start, end, rule=None, **more):
    schedule, problems = scheduled(ScheduleGiven(start, end, rule, **more), now=NOW, longest=LONGEST)
    assert schedule is None
    assert all(problem.message for problem in problems)
    return [(problem.code, problem.pointer) for problem in problems]


def lengths(schedule):
    times = schedule.within(moment("2020-01-01T00:00Z"), moment("2040-01-01T00:00Z"))
    return [(each.end - each.start) / timedelta(minutes=1) for each in times]


def test_a_window_keeps_its_hours_when_summer_time_comes_and_goes():
    """From 22:00 until 06:00 by the clocks: one hour less in March, one more in October."""
    spring = expanded("2026-03-27T22:00[Europe/Berlin]", "2026-03-28T06:00[Europe/Berlin]", "FREQ=DAILY;COUNT=3")
    assert spring.intervals == (
        "2026-03-27T21:00:00Z/2026-03-28T05:00:00Z",
        "2026-03-28T21:00:00Z/2026-03-29T04:00:00Z",
        "2026-03-29T20:00:00Z/2026-03-30T04:00:00Z",
    )
    autumn = expanded("2026-10-23T22:00[Europe/Berlin]", "2026-10-24T06:00[Europe/Berlin]", "FREQ=DAILY;COUNT=3")
    assert lengths(autumn) == [480, 540, 480]


def test_the_hour_that_is_skipped():
    """What would begin or end in it does so as the clocks jump; what lies wholly in it does not take place."""
    half = expanded("2026-03-28T02:30[Europe/Berlin]", "2026-03-28T03:30[Europe/Berlin]", "FREQ=DAILY;COUNT=3")
    assert half.intervals[1] == "2026-03-29T01:00:00Z/2026-03-29T01:30:00Z"
    none = expanded("2026-03-28T02:10[Europe/Berlin]", "2026-03-28T02:50[Europe/Berlin]", "FREQ=DAILY;COUNT=3")
    assert [text[:10] for text in none.intervals] == ["2026-03-28", "2026-03-30"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["2026-03-27", "2026-10-23"]),
    st.integers(0, 24 * 4 - 1),
    st.integers(1, 23 * 4),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_every_quarter_of_an_hour_that_the_clocks_show(day, start, length, name):
    """A quarter lies in a window just when its clock time does; in the hour that comes twice, the first ends it."""
    zone = ZoneInfo(name)
    first = datetime.fromisoformat(f"{day}T00:00") + timedelta(minutes=15 * start)
    last = first + timedelta(minutes=15 * length)
    text = [f"{each.isoformat()}[{name}]" for each in (first, last)]
    if any(ambiguous_or_skipped(each, zone) for each in (first, last)):
        return
    schedule = expanded(*text, "FREQ=DAILY;COUNT=4")
    begins = moment(f"{day}T00:00Z") - timedelta(hours=14)
    for quarter in range(7 * 24 * 4):
        at = begins + timedelta(minutes=15 * quarter)
        local = at.astimezone(zone)
        nights = [first + timedelta(days=n) for n in range(4)]
        inside = any(each <= local.replace(tzinfo=None) < each + (last - first) for each in nights)
        repeated = ambiguous_or_skipped(local.replace(tzinfo=None), zone)
        if not repeated:
            assert bool(schedule.within(at, at + timedelta(seconds=1))) == inside, (at, local)


def ambiguous_or_skipped(local: datetime, zone: ZoneInfo) -> bool:
    return len({local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}) > 1


def test_a_rule_without_an_end_is_known_as_far_as_the_horizon():
    """And says how far; one that ends is complete."""
    endless = expanded("2026-03-07T02:00Z", "2026-03-07T04:00Z", "FREQ=WEEKLY;BYDAY=SA")
    assert endless.known_until == moment("2026-03-07T02:00Z") + HORIZON
    assert endless.knows(endless.known_until)
    assert not endless.knows(endless.known_until + timedelta(seconds=1))
    assert len(endless.intervals) == 105
    assert endless.intervals[-1] < endless.known_until.isoformat()
    for ending in ("COUNT=3", "UNTIL=20260321", "UNTIL=20260321T020000Z", "UNTIL=20260321T020000"):
        ended = expanded("2026-03-07T02:00Z", "2026-03-07T04:00Z", f"FREQ=WEEKLY;{ending}")
        assert (ended.known_until, len(ended.intervals)) == (None, 3), ending
    shorter = expanded("2026-03-07T02:00Z", "2026-03-07T04:00Z", "FREQ=WEEKLY", until="2026-04-01T00:00Z")
    assert (shorter.known_until, len(shorter.intervals)) == (moment("2026-04-01T00:00Z"), 4)


def test_dates_that_are_left_out_and_added():
    """EXDATE and RDATE: starts by the clocks of the zone."""
    found = expanded(
        "2026-03-27T22:00[Europe/Berlin]",
        "2026-03-27T23:00[Europe/Berlin]",
        "FREQ=DAILY;COUNT=3",
        excluded=["2026-03-29T22:00[Europe/Berlin]"],
        added=["2026-04-05T09:00[Europe/Berlin]"],
    )
    assert [text[:16] for text in found.intervals] == ["2026-03-27T21:00", "2026-03-28T21:00", "2026-04-05T07:00"]
    assert found == scheduled(stated(found), now=NOW, longest=LONGEST)[0], "stated again, it comes to the same"


START, END = "2026-03-07T02:00[Europe/Berlin]", "2026-03-07T04:00[Europe/Berlin]"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ((START, "2026-03-07T02:00[Europe/Berlin]"), "schedule.ends_first"),
        ((START, "2026-03-07T01:00[Europe/Berlin]"), "schedule.ends_first"),
        ((START, "2027-03-07T02:00[Europe/Berlin]"), "schedule.too_long"),
        (("2026-03-29T02:30[Europe/Berlin]", "2026-03-29T04:00[Europe/Berlin]"), "time.skipped"),
        (("2026-10-25T02:30[Europe/Berlin]", "2026-10-25T04:00[Europe/Berlin]"), "time.ambiguous"),
        (("2026-03-07T02:00[Europe/Nowhere]", END), "time.unknown_zone"),
        (("2026-03-07T02:00", END), "time.without_offset"),
        (("9998-03-07T02:00Z", "9998-03-07T03:00Z"), "schedule.year"),
        (("2026-03-07T02:00:00.5Z", "2026-03-07T03:00Z"), "schedule.fraction"),
        ((START, END, "FREQ=MINUTELY"), "schedule.frequency"),
        ((START, END, "FREQ=SECONDLY;INTERVAL=90000"), "schedule.frequency"),
        ((START, END, "BYDAY=SA"), "schedule.frequency"),
        ((START, "2026-03-07T02:10[Europe/Berlin]", "FREQ=HOURLY;BYMINUTE=0,20;COUNT=9"), "schedule.too_often"),
        ((START, "2026-03-07T02:10[Europe/Berlin]", "FREQ=HOURLY"), "schedule.too_many"),
        ((START, END, "FREQ=HOURLY;COUNT=9"), "schedule.overlaps"),
        ((START, END, "FREQ=WEEKLY;BYDAY=MO"), "schedule.first"),
        ((START, END, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "schedule.first"),
        ((START, END, "FREQ=DAILY;INTERVAL=0"), "schedule.rule_number"),
        ((START, END, "FREQ=DAILY;COUNT=99999999999999999999"), "schedule.rule_number"),
        ((START, END, "FREQ=DAILY;UNTIL=20260231"), "schedule.rule_until"),
        ((START, END, "FREQ=DAILY;COUNT=2;UNTIL=20270101"), "schedule.rule_ends"),
        ((START, END, "FREQ=DAILY;BYEASTER=0"), "schedule.rule_part"),
        ((START, END, "FREQ=DAILY;FREQ=DAILY"), "schedule.rule_part"),
        ((START, END, "FREQ=WEEKLY;BYDAY=XX"), "schedule.rule"),
        ((START, END, "F" * 501), "schedule.rule_length"),
        (("2026-03-07T02:00+01:00", "2026-03-07T04:00+01:00", "FREQ=DAILY"), "schedule.offset_rule"),
        (("2026-10-25T02:50+02:00[Europe/Berlin]", "2026-10-25T02:10+01:00[Europe/Berlin]", "FREQ=DAILY"),
         "schedule.clocks"),
    ],
)  # fmt: skip
def test_what_is_no_schedule(given, code):
    """Each fault is named by its code, at its place, and nothing is expanded."""
    assert code in [found for found, _ in codes(*given)]


def test_more_faults_of_dates():
    """What is excluded must be there; too far a horizon; exclusions need a rule."""
    weekly = (START, END, "FREQ=WEEKLY")
    assert codes(*weekly, excluded=["2026-03-08T02:00[Europe/Berlin]"]) == [
        ("schedule.excluded", "/schedule/excluded/0")
    ]
    assert codes(*weekly, until="2030-01-01T00:00Z") == [("schedule.horizon", "/schedule/until")]
    assert codes(START, END, excluded=[START]) == [("schedule.no_rule", "/schedule")]
    assert codes(START, END, "FREQ=WEEKLY;COUNT=1", excluded=[START]) == [("schedule.never", "/schedule")]
    assert codes(*weekly, excluded=[START] * 1001) == [("schedule.dates", "/schedule/excluded")]


def test_all_faults_at_once():
    """The start, the end and the rule of one schedule."""
    assert codes("soon", "2026-03-07T04:00", "FREQ=MINUTELY;INTERVAL=0") == [
        ("time.unreadable", "/schedule/start"),
        ("time.without_offset", "/schedule/end"),
        ("schedule.frequency", "/schedule/rule"),
        ("schedule.rule_number", "/schedule/rule"),
    ]


def test_intervals_are_found_by_time():
    """Those that share some time with a period, whole; also where a bound is no whole second."""
    schedule = expanded("2026-03-07T02:00Z", "2026-03-07T04:00Z", "FREQ=DAILY;COUNT=5")
    for since, until, days in (
        ("2026-03-08T03:00Z", "2026-03-08T03:01Z", ["08"]),
        ("2026-03-08T04:00Z", "2026-03-09T02:00Z", []),
        ("2026-03-08T03:59:59.5Z", "2026-03-09T02:00:00.5Z", ["08", "09"]),
        ("2020-01-01T00:00Z", "2030-01-01T00:00Z", ["07", "08", "09", "10", "11"]),
    ):
        found = schedule.within(moment(since), moment(until))
        assert [f"{each.start.astimezone(UTC):%d}" for each in found] == days


def test_the_most_there_may_be():
    """Twice a day for as long as is expanded is well within the limit."""
    twice = expanded("2026-03-07T02:00Z", "2026-03-07T03:00Z", "FREQ=DAILY;BYHOUR=2,14;BYMINUTE=0")
    assert 1460 <= len(twice.intervals) <= 1464 < MOST_INTERVALS
