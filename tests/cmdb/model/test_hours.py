"""Clocks that run inside of hours, against sets of minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.model.hours import ALWAYS, Clock
from cmdb.model.intervals import MINUTE, Interval, intersection
from tests.builders import moment

ORIGIN = moment("2026-03-28T22:00Z")
SPAN = 40
_edges = st.integers(0, SPAN)
_intervals = st.lists(st.tuples(_edges, _edges).map(lambda pair: between(*pair)), max_size=6)


def between(start: int, end: int) -> Interval:
    return Interval(ORIGIN + start * MINUTE, ORIGIN + end * MINUTE)


def minutes(intervals) -> set[int]:
    """Return the minutes that are in any of the intervals."""
    return {
        minute
        for minute in range(SPAN)
        for each in intervals
        if each.start <= ORIGIN + minute * MINUTE and ORIGIN + (minute + 1) * MINUTE <= each.end
    }


@given(_intervals, _edges, _edges)
def test_a_clock_counts_the_minutes_of_the_hours(some, start, end):
    """None where the end is not after the start."""
    read = Clock(some).between(ORIGIN + start * MINUTE, ORIGIN + end * MINUTE)

    assert read == len({minute for minute in minutes(some) if start <= minute < end}) * MINUTE


@given(_intervals, _intervals)
def test_what_is_in_several_intervals_counts_once(some, others):
    """As an outage of two CIs at the same time is one outage."""
    assert Clock(some).inside(others) == len(minutes(some) & minutes(others)) * MINUTE


@given(_intervals, _edges, st.integers(0, SPAN))
def test_a_clock_tells_when_so_much_of_the_hours_has_passed(some, start, wanted):
    """The first such moment, and None where the hours end before."""
    begin = ORIGIN + start * MINUTE
    found = Clock(some).due(begin, wanted * MINUTE)

    left = [minute for minute in sorted(minutes(some)) if minute >= start]
    if not wanted:
        assert found == begin
    elif wanted > len(left):
        assert found is None
    else:
        assert found == ORIGIN + (left[wanted - 1] + 1) * MINUTE


def test_around_the_clock_is_every_minute_there_is():
    """Also at the ends of the calendar."""
    clock = Clock(ALWAYS)

    assert clock.between(ORIGIN, ORIGIN + timedelta(days=366)) == timedelta(days=366)
    assert clock.due(ORIGIN, timedelta(hours=5)) == ORIGIN + timedelta(hours=5)
    assert intersection(ALWAYS, [between(1, 3)]) == (between(1, 3),)


@pytest.mark.parametrize("zone", ["+00:00", "+01:00"])
def test_an_hour_is_an_hour_in_whatever_offset_it_is_told(zone):
    """Moments of one offset and of another are compared as moments."""
    start = moment(f"2026-03-29T01:30{zone}")

    assert Clock([Interval(start, start + timedelta(hours=1))]).inside(ALWAYS) == timedelta(hours=1)
