"""
Local hours as dated intervals, pure: what a week's pattern means in a year of a time zone, summer time and all.

A local time of a day stands for every moment at which clocks of the zone show it: none where clocks jump over it, both
where they show it twice. So an hour that is missing is not counted, one that comes twice counts twice, and a day that
a zone left out altogether has no hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from cmdb.model.intervals import Interval, Intervals, union
from cmdb.model.service_hours import DAYS, ServiceHours

_STEP = timedelta(hours=1)
_DAY = timedelta(days=1)
_MARGIN = timedelta(days=2)
"""No zone is further from UTC than this, a day it left out included."""


class Stretch(NamedTuple):
    """A time in UTC, from ``start`` until before ``end``, in which a zone is ``offset`` ahead of it."""

    start: datetime
    end: datetime
    offset: timedelta


class Opening(NamedTuple):
    """Hours of a day: minutes from midnight as clocks show them."""

    opens: int
    closes: int


def stretches(zone: tzinfo, start: datetime, end: datetime) -> list[Stretch]:
    """
    Return the stretches of one offset between two moments of UTC, in order.

    Offsets are looked at hour by hour, and where one differs the second is searched; two changes within an hour that
    undo each other would be missed, and no zone has had any.
    """
    found = []
    begins, offset = start, _offset(zone, start)
    moment = start
    while moment < end:
        following = min(moment + _STEP, end)
        other = _offset(zone, following)
        if other != offset:
            changed = _change(zone, moment, following)
            found.append(Stretch(begins, changed, offset))
            begins, offset = changed, other
        moment = following
    found.append(Stretch(begins, end, offset))
    return found


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first moment, in UTC, at which the calendar of a zone shows this day or a later one."""
    wanted = datetime.combine(day, time(), UTC)
    for stretch in stretches(zone, wanted - _MARGIN, wanted + _MARGIN):
        if stretch.end + stretch.offset > wanted:
            return max(stretch.start, wanted - stretch.offset)
    raise AssertionError("a zone is less than two days from UTC")


def year_of(zone: tzinfo, year: int) -> Interval:
    """Return the year of a zone's calendar as moments of UTC."""
    return Interval(midnight(date(year, 1, 1), zone), midnight(date(year + 1, 1, 1), zone))


def expanded(
    hours: ServiceHours, zone: tzinfo, year: int, *, closed: Iterable[date] = (), worked: Iterable[date] = ()
) -> Intervals:
    """
    Return the service hours of a year of the zone's calendar, in UTC.

    ``closed`` are its public holidays, ``worked`` the weekend days that are worked. Cost: hours of a year in looks at
    the zone, and its days.
    """
    whole = datetime(year, 1, 1, tzinfo=UTC)
    times = stretches(zone, whole - _MARGIN, datetime(year + 1, 1, 1, tzinfo=UTC) + _MARGIN)
    week = _week(hours)
    off, on = {*closed, *hours.closed}, set(worked)
    opened: dict[date, list[Opening]] = {}
    for each in hours.opened:
        opened.setdefault(each.day, []).append(Opening(minute_of(each.opens), minute_of(each.closes)))

    def of_day(day: date) -> Iterable[Opening]:
        if day in opened:
            return opened[day]
        if day in off:
            return ()
        return week[hours.worked_like if day in on else DAYS[day.weekday()]]

    day = date(year, 1, 1)
    found: list[Interval] = []
    while day.year == year:
        for opening in of_day(day):
            found += _moments(times, day, opening)
        day += _DAY
    return union(found)


def minute_of(text: str) -> int:
    """Return the minute of the day of ``HH:MM``."""
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _week(hours: ServiceHours) -> Mapping[str, list[Opening]]:
    week: dict[str, list[Opening]] = {day: [] for day in DAYS}
    for each in hours.weekly:
        for day in each.days:
            week[day].append(Opening(minute_of(each.opens), minute_of(each.closes)))
    return week


def _moments(times: list[Stretch], day: date, opening: Opening) -> Iterator[Interval]:
    """Yield when clocks show times of the day from the opening until before the closing."""
    start_of_day = datetime.combine(day, time(), UTC)
    first = start_of_day + timedelta(minutes=opening.opens)
    last = start_of_day + timedelta(minutes=opening.closes)
    place = max(0, bisect_right(times, first - _MARGIN, key=_begin) - 1)
    for stretch in times[place:]:
        if stretch.start > last + _MARGIN:
            return
        start, end = max(stretch.start, first - stretch.offset), min(stretch.end, last - stretch.offset)
        if start < end:
            yield Interval(start, end)


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Return the second at which the offset is no longer what it was ``before``."""
    offset = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _begin(stretch: Stretch) -> datetime:
    return stretch.start
