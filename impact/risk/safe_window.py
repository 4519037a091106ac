"""
The next window for a change at which nothing speaks against it, exactly, and what speaks against all before it.

Candidates are starts on a grid, numbered from 0; the length is that of the change's window. Whatever speaks against
some of them rules out ranges of numbers, which are computed and never tried one by one; so the answer is the first
number in none of them, and how many each reason rules out is known without looking at a single one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil, floor
from typing import NamedTuple

from cmdb.model.calendar_entry import Schedule
from cmdb.model.intervals import Interval, Intervals, crowded, minutes_in, union
from cmdb.model.maintenance_window import MaintenanceWindow
from impact.risk.calendar import Applying, Reach, planned_of
from impact.risk.conflicts import CHANGE, Calendar
from impact.risk.moves import ruled_out_shifts
from impact.risk.overlaps import Who


class Against(StrEnum):
    """What rules a start out."""

    FREEZE = "freeze"
    MAINTENANCE = "maintenance"
    TEAM_BUSY = "team_busy"
    TEAM_OFF = "team_off"
    CONFLICT = "conflict"
    NOT_EXAMINED = "not_examined"
    NOT_KNOWN_YET = "not_known_yet"


Range = tuple[int, int]
"""Numbers of candidates, the last one included."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Candidates: ``count`` starts from ``first`` on, each ``minutes`` after the one before."""

    first: datetime
    minutes: int
    count: int

    @classmethod
    def between(cls, since: datetime, until: datetime, minutes: int) -> Grid:
        """Return the starts of the grid from ``since`` until before ``until``; it is counted from midnight UTC."""
        step = timedelta(minutes=minutes)
        midnight = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        first = midnight + -(-(since - midnight) // step) * step
        return cls(first, minutes, max(0, -(-(until - first) // step)))

    def start(self, number: int) -> datetime:
        """Return the moment of a candidate."""
        return self.first + timedelta(minutes=self.minutes) * number

    def strictly_between(self, low: datetime, high: datetime) -> Range:
        """Return the candidates after ``low`` and before ``high``; the range may be empty, or reach beyond the grid."""
        step = timedelta(minutes=self.minutes)
        return (low - self.first) // step + 1, -(-(high - self.first) // step) - 1

    def from_to(self, low: datetime, high: datetime) -> Range:
        """Return the candidates from ``low`` to ``high``, both included."""
        step = timedelta(minutes=self.minutes)
        return -(-(low - self.first) // step), (high - self.first) // step

    def shifted_by(self, start: datetime, low: float, high: float) -> Range:
        """Return the candidates more than ``low`` and less than ``high`` seconds (or infinitely) after ``start``."""
        step, base = self.minutes * 60, (start - self.first).total_seconds()
        # An incident that goes on rules out all there is from its beginning on.
        least, most = max(base + low, -2.0 * step), min(base + high, (self.count + 1.0) * step)
        return floor(least / step) + 1, ceil(most / step) - 1


class Ruled(NamedTuple):
    """A reason that rules candidates out, what it is about, and the ranges."""

    against: Against
    by: tuple[str, ...]
    ranges: list[Range]


class Rejected(NamedTuple):
    """How many candidates before the answer a reason rules out, and how many of them each of what it is about does."""

    against: Against
    total: int
    by: tuple[tuple[tuple[str, ...], int], ...]


class SafeWindow(NamedTuple):
    """The number of the first candidate that nothing rules out (None: there is none), and what rules out the others."""

    number: int | None
    rejected: tuple[Rejected, ...]


def first_safe(grid: Grid, ruled: Iterable[Ruled]) -> SafeWindow:
    """Return the first candidate in none of the ranges, and how many each reason rules out before it."""
    reasons = [each._replace(ranges=joined(each.ranges, grid.count)) for each in ruled]
    number = 0
    for low, high in joined((r for each in reasons for r in each.ranges), grid.count):
        if low > number:
            break
        number = high + 1
    looked_at = min(number, grid.count)
    rejected = []
    for against in Against:
        own = [each for each in reasons if each.against is against]
        count = _count((r for each in own for r in each.ranges), looked_at)
        if count:
            by = [(each.by, _count(each.ranges, looked_at)) for each in own]
            named = sorted((pair for pair in by if pair[1]), key=lambda pair: (-pair[1], pair[0]))
            rejected.append(Rejected(against, count, tuple(named)))
    return SafeWindow(number if number < grid.count else None, tuple(rejected))


def joined(ranges: Iterable[Range], count: int) -> list[Range]:
    """Return the union of ranges within 0 to ``count`` - 1, in order, neighbours as one."""
    found: list[Range] = []
    for low, high in sorted((max(0, low), min(high, count - 1)) for low, high in ranges):
        if low > high:
            continue
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return found


def _count(ranges: Iterable[Range], count: int) -> int:
    return sum(high - low + 1 for low, high in joined(ranges, count))


# what rules out ------------------------------------------------------------------------------------------------------
def ruled_by_calendar(
    grid: Grid, length: timedelta, reach: Reach, applies: Applying, *, emergency: bool
) -> Iterator[Ruled]:
    """Yield what freezes, maintenance windows and the team rule out."""
    end = grid.start(grid.count) + length
    for entry, _ in applies.freezes:
        if not (emergency and entry.emergency_passes):
            times = entry.schedule.within(grid.first, end)
            yield Ruled(Against.FREEZE, (entry.id,), [_meeting(grid, length, each) for each in times])
            yield from _unknown(grid, length, entry.id, entry.schedule)
    for ci, windows in applies.maintenance.items():
        if windows:
            planned = minutes_in(planned_of(reach, ci, grid.first))
            yield Ruled(Against.MAINTENANCE, (ci,), _outside(grid, length, _usable(windows, planned, grid.first, end)))
            # Beyond what is known of them they have no window, which rules a start out; only why is another matter.
            for each in windows:
                yield from _unknown(grid, length, each.id, each.schedule)
    yield from _ruled_by_team(grid, length, applies, end)


def _ruled_by_team(grid: Grid, length: timedelta, applies: Applying, end: datetime) -> Iterator[Ruled]:
    capacity = applies.capacity
    if capacity is None:
        return
    if capacity.hours is not None:
        times = union(capacity.hours.within(grid.first, end))
        yield Ruled(Against.TEAM_OFF, (capacity.team,), _outside(grid, length, times))
        yield from _unknown(grid, length, capacity.id, capacity.hours)
    full = crowded([each for _, each in applies.busy], capacity.at_once - 1)
    yield Ruled(Against.TEAM_BUSY, (capacity.team,), [_meeting(grid, length, each) for each in full])


def _usable(windows: Sequence[MaintenanceWindow], planned: float, start: datetime, end: datetime) -> Intervals:
    """Return the union of those windows in which an outage may last as long as planned."""
    enough = (each for each in windows if each.minutes is None or planned <= each.minutes)
    return union(interval for each in enough for interval in each.schedule.within(start, end))


def _meeting(grid: Grid, length: timedelta, interval: Interval) -> Range:
    """Return the candidates whose window meets the interval."""
    return grid.strictly_between(interval.start - length, interval.end)


def _outside(grid: Grid, length: timedelta, intervals: Sequence[Interval]) -> list[Range]:
    """Return the candidates whose window does not lie wholly in one of the merged intervals."""
    inside = joined((grid.from_to(each.start, each.end - length) for each in intervals), grid.count)
    found, free = [], 0
    for low, high in inside:
        found.append((free, low - 1))
        free = high + 1
    return [*found, (free, grid.count - 1)]


def _unknown(grid: Grid, length: timedelta, entry: str, schedule: Schedule) -> Iterator[Ruled]:
    if schedule.known_until is not None:
        low, _ = grid.strictly_between(schedule.known_until - length, schedule.known_until)
        if low < grid.count:
            yield Ruled(Against.NOT_KNOWN_YET, (entry,), [(low, grid.count - 1)])


def ruled_by_conflicts(grid: Grid, calendar: Calendar, change: str, window: Interval) -> Iterator[Ruled]:
    """
    Yield what joint conflicts with the others of ``calendar`` rule out, and what is not known for a budget.

    The change is in the calendar with its outages of now, in ``window``.
    """
    if grid.count == 0:
        return
    who: Who = (CHANGE, change)
    first, last = grid.start(0), grid.start(grid.count - 1)
    least, most = ((each - window.start).total_seconds() for each in (first, last))
    found = ruled_out_shifts(calendar, who, calendar.times(who), least, most)
    by: dict[tuple[str, ...], list[Range]] = {}
    for low, high, others in found.known:
        names = tuple(key for _, key in others)
        by.setdefault(names, []).append(grid.shifted_by(window.start, low, high))
    yield from (Ruled(Against.CONFLICT, names, by[names]) for names in sorted(by))
    if found.unknown:
        ranges = [grid.shifted_by(window.start, low, high) for low, high in found.unknown]
        yield Ruled(Against.NOT_EXAMINED, (), ranges)
