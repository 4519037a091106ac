"""
The desk of service hours: define a calendar, expand it into dated intervals, and tell what is known of a time.

The expansion is written together with the calendar, a record for each year, so what is reckoned in service hours rests
on intervals that no later edition of a library changes. A year that nobody expanded, or of which a library does not
know the holidays, is unknown, which is not the same as closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from cmdb.change.text_input import zone_of
from cmdb.context import Context
from cmdb.errors import InvalidInput
from cmdb.model.hours import ALWAYS
from cmdb.model.intervals import Interval, Intervals, difference, intersection, union
from cmdb.model.service_hours import (
    DAYS,
    SERVICE_HOURS,
    SERVICE_HOURS_YEARS,
    ServiceHours,
    ServiceHoursYear,
    year_key,
)
from cmdb.model.sla import Period, days_of
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Equals, Put, Unwritten
from cmdb.records import Held, Listing, to_document
from cmdb.service import holiday_calendars
from cmdb.service.expanding import expanded, midnight, year_of
from cmdb.service.hours_text import YEARS, library_problems, read_hours, year_problem

BEFORE, AFTER = 1, 2
"""So many years before and after the present one are expanded with a calendar."""


class KnownHours(NamedTuple):
    """The service hours of some time, and the parts of it of which they are not known; both in normal form."""

    hours: Intervals
    unknown: Intervals


class Ahead(NamedTuple):
    """How many years of calendars became known, and how many around the present one are not."""

    made: int
    unknown: int


# writing -------------------------------------------------------------------------------------------------------------
def define(
    context: Context,
    hours_id: str,
    *,
    zone: str,
    weekly: Sequence[str],
    holidays: Sequence[str] = (),
    closed: Sequence[str] = (),
    opened: Sequence[str] = (),
    worked_like: str = DAYS[0],
    expected_version: int | None = None,
) -> Held[ServiceHours]:
    """
    Define a calendar of service hours, or define it anew, and expand it.

    Texts are as in :mod:`cmdb.service.hours_text`. Expanded are the years around the present one and those that were
    expanded before, all in the same revision. ``expected_version`` is the version the actor has seen, 0 for none.

    Raises:
        NotAllowed: the actor may not define service hours.
        InvalidInput: something given is wrong; every problem is named at its JSON pointer, nothing is written.
        VersionConflict: somebody else defined it meanwhile.
    """
    context.allow("service_hours:define")
    given = {"weekly": weekly, "holidays": holidays, "closed": closed, "opened": opened}
    made, problems = read_hours(hours_id, zone=zone, worked_like=worked_like, **given)
    if made is None:
        raise InvalidInput(problems, what=f"service hours {hours_id[:100]}")
    stored = context.store.get(SERVICE_HOURS, hours_id)
    seen = 0 if stored is None else stored.version
    if expected_version is not None and expected_version != seen:
        raise VersionConflict(kind=SERVICE_HOURS.name, key=hours_id, expected=expected_version, actual=seen)
    present = context.clock.now().year
    before = [year.year for year in _years(context, hours_id)]
    years = sorted({*before, *(year for year in range(present - BEFORE, present + AFTER + 1) if year in YEARS)})
    puts = [Put(SERVICE_HOURS, to_document(SERVICE_HOURS, made), seen)]
    puts += [_put(expansion_of(made, year, definition=seen + 1)) for year in years]
    applied = context.records.put_all(puts, because="service_hours:defined")
    return context.records.held(SERVICE_HOURS, hours_id, at=applied.revision)


def expand(context: Context, hours_id: str, years: Sequence[int]) -> tuple[ServiceHoursYear, ...]:
    """
    Expand a calendar for years, also such as were expanded before, and return what each means now, in order.

    Nothing is written of a year that means what it meant.

    Raises:
        NotAllowed: the actor may not define service hours.
        NotFound: there is no such calendar.
        InvalidInput: years are not between 1970 and 2100, or the libraries of its holidays are not there.
        VersionConflict: somebody else defined the calendar meanwhile.
    """
    context.allow("service_hours:define")
    problems = [found for place, year in enumerate(years) if (found := year_problem(year, f"/years/{place}"))]
    revision = context.store.revision()
    held = context.records.held(SERVICE_HOURS, hours_id, at=revision)
    problems += library_problems(held.record.holidays)
    if problems:
        raise InvalidInput(problems, what=f"service hours {hours_id}")
    made = [expansion_of(held.record, year, definition=held.version) for year in sorted(set(years))]
    keys = [each.id for each in made]
    there = context.store.get_many(SERVICE_HOURS_YEARS, keys)
    puts = [
        _put(each)
        for each in made
        if each.id not in there or there[each.id].document != to_document(SERVICE_HOURS_YEARS, each)
    ]
    if puts:
        same = Unwritten((SERVICE_HOURS.name,), revision)
        context.records.put_all(puts, because="service_hours:expanded", unwritten=same)
    return tuple(made)


def keep_ahead(context: Context) -> Ahead:
    """
    Expand every calendar for those years around the present one that are not known yet; what is known stays as it is.

    Raises:
        NotAllowed: the actor may not define service hours.
        VersionConflict: somebody defined a calendar meanwhile.
    """
    context.allow("service_hours:define")
    present = context.clock.now().year
    made, unknown = 0, 0
    for calendar in list(context.records.find(SERVICE_HOURS)):
        known = {year.year for year in _years(context, calendar.id) if year.intervals is not None}
        wanted = [year for year in range(present - BEFORE, present + AFTER + 1) if year in YEARS and year not in known]
        if library_problems(calendar.holidays):
            unknown += len(wanted)
            continue
        found = expand(context, calendar.id, wanted)
        made += sum(year.intervals is not None for year in found)
        unknown += sum(year.intervals is None for year in found)
    return Ahead(made, unknown)


def expansion_of(hours: ServiceHours, year: int, *, definition: int) -> ServiceHoursYear:
    """Return what a calendar means for a year, by the libraries that are installed; nothing is written."""
    zone = _zone(hours)
    known = {code: holiday_calendars.days_off(code, year) for code in hours.holidays}
    days = [each for each in known.values() if each is not None]
    uncovered = tuple(code for code, each in known.items() if each is None)
    closed = frozenset[date]().union(*(each.closed for each in days))
    worked = frozenset[date]().union(*(each.worked for each in days))
    return ServiceHoursYear(
        id=year_key(hours.id, year),
        hours=hours.id,
        year=year,
        definition=definition,
        intervals=None if uncovered else expanded(hours, zone, year, closed=closed, worked=worked),
        uncovered=uncovered,
        estimated=tuple(sorted(frozenset[date]().union(*(each.estimated for each in days)))),
        libraries=tuple(sorted({each.library for each in days})),
    )


# reading -------------------------------------------------------------------------------------------------------------
def get(context: Context, hours_id: str, *, at: int | None = None) -> Held[ServiceHours]:
    """Return a calendar; raises NotAllowed and NotFound."""
    context.allow("service_level:read")
    return context.records.held(SERVICE_HOURS, hours_id, at=at)


def listing(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[ServiceHours]:
    """Return one page of the calendars, by id; raises NotAllowed."""
    context.allow("service_level:read")
    return context.records.listing(SERVICE_HOURS, after=after, limit=limit)


def years_of(context: Context, hours_id: str, *, at: int | None = None) -> tuple[ServiceHoursYear, ...]:
    """Return what a calendar means for each year that was expanded, in order; raises NotAllowed and NotFound."""
    context.allow("service_level:read")
    context.records.held(SERVICE_HOURS, hours_id, at=at)
    return tuple(_years(context, hours_id, at=at))


def hours_between(
    context: Context, hours_id: str | None, start: datetime, end: datetime, *, at: int | None = None
) -> KnownHours:
    """
    Return the service hours from ``start`` until before ``end`` as they were expanded, None being around the clock.

    Raises:
        NotAllowed: the actor may not read service levels.
        NotFound: there is no such calendar.
    """
    context.allow("service_level:read")
    asked = (Interval(start, end),)
    if hours_id is None:
        return KnownHours(intersection(asked, ALWAYS), ())
    hours = context.records.get(SERVICE_HOURS, hours_id, at=at)
    zone = _zone(hours)
    first, last = start.astimezone(zone).year, end.astimezone(zone).year
    keys = [year_key(hours_id, year) for year in range(first, last + 1)]
    there = context.store.get_many(SERVICE_HOURS_YEARS, keys, at=at)
    held = context.records.get_many(SERVICE_HOURS_YEARS, sorted(there), at=at)
    known = [each.record for each in held.values() if each.record.intervals is not None]
    found = union(interval for year in known for interval in year.intervals or ())
    return KnownHours(intersection(asked, found), difference(asked, (year_of(zone, year.year) for year in known)))


def period_at(period: Period, zone_name: str, moment: datetime) -> Interval:
    """Return the period of a zone's calendar that a moment lies in, as moments of UTC."""
    zone = zone_of(zone_name)
    assert zone is not None
    first, after = days_of(period, moment.astimezone(zone).date())
    return Interval(midnight(first, zone), midnight(after, zone))


def periods_between(period: Period, zone_name: str, start: datetime, end: datetime) -> Iterator[Interval]:
    """Yield the periods of a zone's calendar that a time from ``start`` until before ``end`` lies in, in order."""
    found = period_at(period, zone_name, start)
    yield found
    while found.end < end:
        found = period_at(period, zone_name, found.end + timedelta(hours=1))
        yield found


# how -----------------------------------------------------------------------------------------------------------------
def _years(context: Context, hours_id: str, *, at: int | None = None) -> list[ServiceHoursYear]:
    found = context.records.find(SERVICE_HOURS_YEARS, [Equals("hours", hours_id)], at=at)
    return sorted(found, key=lambda year: year.year)


def _put(year: ServiceHoursYear) -> Put:
    return Put(SERVICE_HOURS_YEARS, to_document(SERVICE_HOURS_YEARS, year))


def _zone(hours: ServiceHours) -> tzinfo:
    zone = zone_of(hours.zone)
    # Judged when it was defined; a list of zones that has lost it since is a broken installation.
    assert zone is not None, hours.zone
    return zone
