"""Service hours minute by minute, as slow and as plain as it can be: what do the clocks of the zone show now?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta, tzinfo

from cmdb.model.intervals import Interval
from cmdb.model.service_hours import DAYS, ServiceHours

MINUTE = timedelta(minutes=1)


def minutes_of(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += MINUTE


def is_open(
    hours: ServiceHours, zone: tzinfo, moment: datetime, *, closed: Collection[date], worked: Collection[date]
) -> bool:
    """Tell whether the service is to be there in the minute that begins at a moment."""
    local = moment.astimezone(zone)
    day, clock = local.date(), f"{local.hour:02d}:{local.minute:02d}"
    special = [each for each in hours.opened if each.day == day]
    if special:
        return any(each.opens <= clock < each.closes for each in special)
    if day in hours.closed or day in closed:
        return False
    weekday = hours.worked_like if day in worked else DAYS[day.weekday()]
    return any(weekday in each.days and each.opens <= clock < each.closes for each in hours.weekly)


def holds(intervals: Collection[Interval], moment: datetime) -> bool:
    return any(each.start <= moment < each.end for each in intervals)
