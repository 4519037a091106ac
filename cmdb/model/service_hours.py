"""
A calendar of service hours: when a service is agreed to be there, week by week and on days that are otherwise.

What people agree on is :class:`ServiceHours`. What it means for a year is a record too, :class:`ServiceHoursYear`:
whatever is computed from service hours rests on those intervals, and no later edition of a calendar changes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cmdb.model.intervals import Intervals
from cmdb.model.kind import Kind

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKING_WEEKENDS = "CN"
"""The calendar whose weekends are sometimes worked, in lieu of days between holidays."""


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """On these days of every week, from ``opens`` until before ``closes``: local times ``HH:MM``, up to ``24:00``."""

    days: tuple[str, ...]
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class OpenDate:
    """On this day from ``opens`` until before ``closes``, whatever else is said of it."""

    day: date
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """
    A calendar of service hours, in the local time of ``zone`` (IANA).

    Of a day counts the first that says something: ``opened``, ``closed``, ``holidays`` (ISO 3166 codes of countries or
    subdivisions whose public holidays are closed: ``DE-BY``), ``weekly``. Where ``CN`` is among the holidays, a weekend
    day that is worked has the hours of ``worked_like``.
    """

    id: str
    zone: str
    weekly: tuple[WeeklyHours, ...]
    holidays: tuple[str, ...] = ()
    closed: tuple[date, ...] = ()
    opened: tuple[OpenDate, ...] = ()
    worked_like: str = "mon"


@dataclass(frozen=True, slots=True)
class ServiceHoursYear:
    """
    What a calendar means for one year of its zone, as it was expanded.

    ``intervals`` are its hours in UTC, None where that is not known: ``uncovered`` names the holidays of which nobody
    knows that year. ``estimated`` are holidays whose day the library only reckons (those that go by the moon).
    ``definition`` is the version of the calendar that was expanded, ``libraries`` by which editions.
    """

    id: str
    hours: str
    year: int
    definition: int
    intervals: Intervals | None
    uncovered: tuple[str, ...] = ()
    estimated: tuple[date, ...] = ()
    libraries: tuple[str, ...] = ()


SERVICE_HOURS = Kind(ServiceHours, name="service_hours", text=("id",))

SERVICE_HOURS_YEARS = Kind(
    ServiceHoursYear,
    name="service_hours_year",
    indexed=("hours", "year"),
    refers_to={"hours": "service_hours"},
)


def year_key(hours: str, year: int) -> str:
    """Return the key of what a calendar means for a year."""
    return f"{hours}/{year}"
