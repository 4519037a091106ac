"""Local hours as moments: every minute of the days around a change of the clocks, in zones that make it hard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.hours import Clock
from cmdb.model.intervals import in_minutes, length_of
from cmdb.model.service_hours import DAYS, OpenDate, ServiceHours, WeeklyHours
from cmdb.service.expanding import expanded, midnight, year_of
from tests.oracles import hours as oracle

# Where clocks jump or stand: a day on which they do.
HARD = (
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("America/St_Johns", "2026-03-08"),
    ("Australia/Lord_Howe", "2026-04-05"),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Sao_Paulo", "2018-02-18"),  # midnight comes twice
    ("America/Sao_Paulo", "2018-11-04"),  # midnight is left out
    ("America/Havana", "2026-11-01"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Asia/Pyongyang", "2018-05-05"),
    ("Pacific/Apia", "2011-12-30"),  # the day was left out
    ("Pacific/Kwajalein", "1993-08-21"),
    ("Asia/Kathmandu", "2026-01-01"),
    ("Asia/Kolkata", "2026-06-01"),
    ("America/Caracas", "2016-05-01"),
)
_times = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(sorted)


def clock(quarter: int) -> str:
    return f"{quarter // 4:02d}:{quarter % 4 * 15:02d}"


@st.composite
def calendars(draw, day: date):
    """Weekly hours to the quarter of an hour, and special days near a day."""
    weekly = []
    for days in draw(st.lists(st.sets(st.sampled_from(DAYS), min_size=1), max_size=1)):
        edges = draw(_times)
        weekly += [
            WeeklyHours(tuple(sorted(days)), clock(a), clock(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)
        ]
    near = [day + timedelta(days=offset) for offset in range(-2, 3)]
    special = draw(st.lists(st.sampled_from(near), max_size=2, unique=True))
    opened = tuple(OpenDate(each, "00:30", "23:15") for each in special[:1])
    return ServiceHours("h", "", tuple(weekly), closed=tuple(special[1:]), opened=opened, worked_like="tue")


@pytest.mark.parametrize(("zone", "day"), HARD)
def test_every_minute_is_in_the_hours_exactly_if_clocks_show_such_a_time(zone, day):
    """A missing hour is not counted, an hour that comes twice counts twice, a day that was left out has none."""
    there, of = ZoneInfo(zone), date.fromisoformat(day)
    around = datetime.combine(of, datetime.min.time(), UTC)
    minutes = list(oracle.minutes_of(around - timedelta(days=1), around + timedelta(days=2)))
    years = sorted({around.year, minutes[0].astimezone(there).year, minutes[-1].astimezone(there).year})

    @settings(max_examples=6, deadline=None)
    @given(calendars(of), st.sets(st.sampled_from([of, of + timedelta(days=1)])), st.booleans())
    def check(hours, days, are_worked):
        special = {"closed": set() if are_worked else days, "worked": days if are_worked else set()}
        found = [each for year in years for each in expanded(hours, there, year, **special)]
        wanted = [oracle.is_open(hours, there, each, **special) for each in minutes]
        assert in_minutes(Clock(found).between(minutes[0], minutes[-1] + oracle.MINUTE)) == sum(wanted)
        for each, is_open in list(zip(minutes, wanted, strict=True))[::37]:
            assert oracle.holds(found, each) == is_open

    check()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Pacific/Apia", "2011-12-30", 0),
        ("Pacific/Apia", "2011-12-31", 24),
        ("Asia/Kolkata", "2026-03-29", 24),
        ("UTC", "2026-03-29", 24),
    ],
)
def test_a_day_has_as_many_hours_as_its_clocks_show(zone, day, hours):
    """What around the clock means on the days that everybody gets wrong."""
    of = date.fromisoformat(day)
    whole_day = ServiceHours("h", zone, (), opened=(OpenDate(of, "00:00", "24:00"),))

    assert length_of(expanded(whole_day, ZoneInfo(zone), of.year)) == timedelta(hours=hours)


@pytest.mark.parametrize("zone", sorted({zone for zone, _ in HARD}))
def test_a_day_begins_with_the_first_moment_of_its_date(zone):
    """In every zone there is a midnight, or what comes in its place."""
    there = ZoneInfo(zone)
    for _, day in (each for each in HARD if each[0] == zone):
        for offset in (-1, 0, 1):
            of = date.fromisoformat(day) + timedelta(days=offset)
            found = midnight(of, there)
            assert found.astimezone(there).date() >= of
            assert (found - timedelta(seconds=1)).astimezone(there).date() < of


def test_the_years_of_a_zone_meet():
    """The last moment of one is the first of the next."""
    for zone, _ in HARD:
        there = ZoneInfo(zone)
        assert year_of(there, 2025).end == year_of(there, 2026).start


def test_hours_of_a_whole_year_are_found_whole():
    """5 days of 10 hours each week: 261 working days in 2026."""
    office = ServiceHours("h", "Europe/Berlin", (WeeklyHours(DAYS[:5], "08:00", "18:00"),))

    found = expanded(office, ZoneInfo("Europe/Berlin"), 2026)

    assert len(found) == 261
    assert length_of(found) == timedelta(hours=2610)
