"""Clocks that run inside some hours and stand still outside of them: service hours, as dated intervals."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cmdb.model.intervals import NOTHING, Interval, Intervals, union

ALWAYS: Intervals = (Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),)
"""Around the clock, every day."""


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
