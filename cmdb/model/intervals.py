"""Arithmetic on half-open intervals of time: aware datetimes, from a start until before an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple


class Interval(NamedTuple):
    """From ``start`` until before ``end``, both aware, ``start`` before ``end``."""

    start: datetime
    end: datetime

    def meets(self, start: datetime, end: datetime) -> bool:
        """Tell whether it shares some time with [start, end)."""
        return self.start < end and start < self.end

    @property
    def text(self) -> str:
        """The interval as ISO 8601 writes it, in UTC; of whole seconds, so that texts sort as the moments do."""
        return "/".join(utc_text(each) for each in self)


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


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the union: in order, what overlaps or touches as one."""
    found: list[Interval] = []
    for interval in sorted(intervals):
        if found and interval.start <= found[-1].end:
            if found[-1].end < interval.end:
                found[-1] = Interval(found[-1].start, interval.end)
        else:
            found.append(interval)
    return found


def clipped(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """Return what of each interval lies in [start, end), as far as any does."""
    return [Interval(max(each.start, start), min(each.end, end)) for each in intervals if each.meets(start, end)]


def common(some: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """Return the time that is in both unions, in order."""
    found, left, right = [], merged(some), merged(others)
    here = there = 0
    while here < len(left) and there < len(right):
        start, end = max(left[here].start, right[there].start), min(left[here].end, right[there].end)
        if start < end:
            found.append(Interval(start, end))
        if left[here].end <= right[there].end:
            here += 1
        else:
            there += 1
    return found


def beyond(some: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """Return the time that is in the first union and not in the second, in order."""
    found, holes = [], merged(others)
    for each in merged(some):
        start = each.start
        for hole in holes:
            if hole.meets(start, each.end):
                if start < hole.start:
                    found.append(Interval(start, hole.start))
                start = hole.end
        if start < each.end:
            found.append(Interval(start, each.end))
    return found


def covers(intervals: Iterable[Interval], start: datetime, end: datetime) -> bool:
    """Tell whether all of [start, end) lies in the union."""
    return any(each.start <= start and end <= each.end for each in merged(intervals))


def minutes_in(intervals: Iterable[Interval]) -> float:
    """Return how many minutes the union lasts; exact for whole seconds as far as a double is."""
    return sum((each.end - each.start for each in merged(intervals)), timedelta()) / timedelta(minutes=1)


def crowded(intervals: Sequence[Interval], most: int) -> list[Interval]:
    """
    Return when more than ``most`` of the intervals go on at once, in order; neighbours that touch are one.

    An interval that stands twice counts twice.
    """
    steps: dict[datetime, int] = {}
    for start, end in intervals:
        steps[start] = steps.get(start, 0) + 1
        steps[end] = steps.get(end, 0) - 1
    return merged(_above(sorted(steps.items()), most))


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
    times = merged(outages)
    given = sorted(((each, room) for each, room in allowances), key=lambda pair: (pair[0].end, pair[0].start))
    left = [float("inf") if room is None else room for _, room in given]
    moments = sorted({moment for each in (*times, *(each for each, _ in given)) for moment in each})
    total = 0.0
    for start, end in pairwise(moments):
        if not any(each.meets(start, end) for each in times):
            continue
        length = (end - start) / timedelta(minutes=1)
        for place, (each, _) in enumerate(given):
            if each.meets(start, end) and length > 0:
                taken = min(length, left[place])
                left[place] -= taken
                length -= taken
                total += taken
    return total
