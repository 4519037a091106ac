"""
Arithmetic on intervals of time.

An interval reaches from its start until before its end, both aware; several are in *normal form* when they are sorted,
none is empty and no two of them meet. All lengths are exact: an hour of UTC is an hour, whatever clocks on walls do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

MINUTE = timedelta(minutes=1)
NOTHING = timedelta()


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From ``start`` until before ``end``, aware datetimes; empty where the end is not after the start."""

    start: datetime
    end: datetime

    def meets(self, start: datetime, end: datetime) -> bool:
        """Tell whether it shares some time with [start, end), neither of them being empty."""
        return self.start < end and start < self.end

    @property
    def text(self) -> str:
        """The interval as ISO 8601 writes it, in UTC; of whole seconds, so that texts sort as the moments do."""
        return f"{utc_text(self.start)}/{utc_text(self.end)}"


Intervals = tuple[Interval, ...]
"""Intervals in normal form."""


def utc_text(moment: datetime) -> str:
    """Return an aware moment of whole seconds in UTC: ``2026-03-02T22:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def interval_of(text: str) -> Interval:
    """
    Return the interval a text of :attr:`Interval.text` stands for.

    >>> interval_of("2026-03-02T22:00:00Z/2026-03-02T23:00:00Z").end.hour
    23
    """
    start, end = text.split("/")
    return Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))


def union(intervals: Iterable[Interval]) -> Intervals:
    """Return the times that are in any of the intervals, in normal form."""
    found: list[Interval] = []
    for each in sorted(each for each in intervals if each.start < each.end):
        if found and each.start <= found[-1].end:
            if each.end > found[-1].end:
                found[-1] = Interval(found[-1].start, each.end)
        else:
            found.append(each)
    return tuple(found)


def intersection(some: Iterable[Interval], others: Iterable[Interval]) -> Intervals:
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


def difference(some: Iterable[Interval], without: Iterable[Interval]) -> Intervals:
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


def clipped(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """Return what of each interval lies in [start, end), as far as any does; what overlaps or touches stays apart."""
    return [Interval(max(each.start, start), min(each.end, end)) for each in intervals if each.meets(start, end)]


def covers(intervals: Iterable[Interval], start: datetime, end: datetime) -> bool:
    """Tell whether all of [start, end) lies in the union."""
    return any(each.start <= start and end <= each.end for each in union(intervals))


def length_of(intervals: Intervals) -> timedelta:
    """Return how long intervals in normal form last together."""
    return sum((each.end - each.start for each in intervals), NOTHING)


def in_minutes(length: timedelta) -> float:
    """Return a length in minutes."""
    return length / MINUTE


def minutes_in(intervals: Iterable[Interval]) -> float:
    """Return how many minutes the union lasts; exact for whole seconds as far as a double is."""
    return in_minutes(length_of(union(intervals)))


def crowded(intervals: Iterable[Interval], most: int) -> Intervals:
    """
    Return when more than ``most`` of the intervals go on at once, in order; neighbours that touch are one.

    An interval that stands twice counts twice.
    """
    steps: dict[datetime, int] = {}
    for each in intervals:
        steps[each.start] = steps.get(each.start, 0) + 1
        steps[each.end] = steps.get(each.end, 0) - 1
    return union(_above(sorted(steps.items()), most))


def _above(steps: Sequence[tuple[datetime, int]], most: int) -> Iterator[Interval]:
    going_on = 0
    for (start, more), (end, _) in pairwise(steps):
        going_on += more
        if going_on > most:
            yield Interval(start, end)


def charged(outages: Iterable[Interval], allowances: Iterable[tuple[Interval, float | None]]) -> float:
    """
    Return the minutes of ``outages`` that ``allowances`` cover at most: intervals, each with its minutes (None: all).

    A minute is covered once, by one allowance. Whichever covers is the one that ends first, which leaves the most for
    what follows (the greedy matching of convex bipartite graphs: Glover, Naval Research Logistics 14, 1967).
    """
    times = union(outages)
    given = sorted(((each, room) for each, room in allowances), key=lambda pair: (pair[0].end, pair[0].start))
    left = [float("inf") if room is None else room for _, room in given]
    moments = sorted({moment for each in (*times, *(each for each, _ in given)) for moment in (each.start, each.end)})
    total = 0.0
    for start, end in pairwise(moments):
        if not any(each.meets(start, end) for each in times):
            continue
        length = in_minutes(end - start)
        for place, (each, _) in enumerate(given):
            if each.meets(start, end) and length > 0:
                taken = min(length, left[place])
                left[place] -= taken
                length -= taken
                total += taken
    return total


def _end(interval: Interval) -> datetime:
    return interval.end
