"""
Service hours as dated intervals: their union, what is inside of them, and clocks that run in them alone.

An interval reaches from its start until before its end, both aware; several are in *normal form* when they are sorted,
none is empty and no two of them meet. All lengths are exact: an hour of UTC is an hour, whatever clocks on walls do.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)
NOTHING = timedelta()


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From ``start`` until before ``end``, aware datetimes; empty where the end is not after the start."""

    start: datetime
    end: datetime


Hours = tuple[Interval, ...]
"""Intervals in normal form."""

ALWAYS: Hours = (Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),)
"""Around the clock, every day."""


def union(intervals: Iterable[Interval]) -> Hours:
    """Return the times that are in any of the intervals, in normal form."""
    found: list[Interval] = []
    for each in sorted(each for each in intervals if each.start < each.end):
        if found and each.start <= found[-1].end:
            if each.end > found[-1].end:
                found[-1] = Interval(found[-1].start, each.end)
        else:
            found.append(each)
    return tuple(found)


def intersection(some: Iterable[Interval], others: Iterable[Interval]) -> Hours:
    """Return the times that are in some and in others, in normal form."""
    left, right = union(some), union(others)
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            found.append(Interval(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return tuple(found)


def difference(some: Iterable[Interval], without: Iterable[Interval]) -> Hours:
    """Return the times that are in some and not in those without which, in normal form."""
    holes = union(without)
    found = []
    for each in union(some):
        start = each.start
        for hole in holes[bisect_right(holes, start, key=_end) :]:
            if hole.start >= each.end:
                break
            if start < hole.start:
                found.append(Interval(start, hole.start))
            start = max(start, hole.end)
        if start < each.end:
            found.append(Interval(start, each.end))
    return tuple(found)


def length_of(hours: Hours) -> timedelta:
    """Return how long intervals in normal form last together."""
    return sum((each.end - each.start for each in hours), NOTHING)


def in_minutes(length: timedelta) -> float:
    """Return a length in minutes."""
    return length / MINUTE


class Clock:
    """
    A clock that runs inside some hours and stands still outside of them.

    Cost: O(n) to make of n intervals, O(log n) to read.
    """

    def __init__(self, hours: Iterable[Interval]) -> None:
        self.hours = union(hours)
        self._passed = [NOTHING]
        for each in self.hours:
            self._passed.append(self._passed[-1] + (each.end - each.start))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the hours lies from ``start`` until before ``end``; nothing where that is not later."""
        return max(NOTHING, self._read(end) - self._read(start))

    def inside(self, intervals: Iterable[Interval]) -> timedelta:
        """Return how much of the hours lies in the intervals; what is in several of them counts once."""
        return sum((self.between(each.start, each.end) for each in union(intervals)), NOTHING)

    def due(self, start: datetime, length: timedelta) -> datetime | None:
        """
        Return the first moment, not before ``start``, at which ``length`` of the hours has passed since ``start``.

        None where the hours end before that.
        """
        if length <= NOTHING:
            return start
        wanted = self._read(start) + length
        place = bisect_left(self._passed, wanted)
        if place >= len(self._passed):
            return None
        return self.hours[place - 1].end - (self._passed[place] - wanted)

    def _read(self, moment: datetime) -> timedelta:
        """Return how much of the hours lies before a moment."""
        place = bisect_right(self.hours, moment, key=_start)
        if not place:
            return NOTHING
        within = self.hours[place - 1]
        return self._passed[place - 1] + (min(moment, within.end) - within.start)


def _start(interval: Interval) -> datetime:
    return interval.start


def _end(interval: Interval) -> datetime:
    return interval.end
