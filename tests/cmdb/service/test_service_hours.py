"""The desk of service hours: what is defined, what is kept of it, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.intervals import Interval, length_of
from cmdb.model.service_hours import OpenDate
from cmdb.model.sla import Period
from cmdb.ports.errors import VersionConflict
from cmdb.service import holiday_calendars, hours
from cmdb.service.holiday_calendars import DaysOff
from tests.builders import as_actor, moment, the_context


@pytest.fixture
def desk():
    """A service owner on the second of March 2026."""
    return the_context(role="service_owner")


def defined(context, hours_id="office", **given):
    wanted = {"zone": "Europe/Berlin", "weekly": ["mon-fri 08:00-18:00"], **given}
    return hours.define(context, hours_id, **wanted)


def codes(refused) -> dict[str, str]:
    """Return the code of every problem by its place."""
    return {problem.pointer: problem.code for problem in refused.value.problems}


def test_a_calendar_is_expanded_around_the_present_year(desk):
    """With the calendar, in one revision; what it means is kept as dated intervals."""
    before = desk.store.revision()

    held = defined(desk, holidays=["DE-BY"], closed=["2026-12-24"], opened=["2026-12-27 09:00-12:00"])

    assert desk.store.revision() == before + 1
    assert held.record.closed == (date(2026, 12, 24),)
    assert held.record.opened == (OpenDate(date(2026, 12, 27), "09:00", "12:00"),)
    years = hours.years_of(desk, "office")
    assert [year.year for year in years] == [2025, 2026, 2027, 2028]
    days = {each.start.date() for each in years[1].intervals}
    assert date(2026, 12, 24) not in days
    assert date(2026, 1, 6) not in days
    assert date(2026, 12, 27) in days


def test_what_was_expanded_survives_another_edition_of_a_library(desk, monkeypatch):
    """Until a person asks for the year anew; and the year as it was is there still, by its revision."""
    defined(desk, holidays=["DE-BY"])
    start, end = moment("2026-07-01T00:00Z"), moment("2026-07-02T00:00Z")
    known, revision = hours.hours_between(desk, "office", start, end), desk.store.revision()
    other = DaysOff(frozenset({date(2026, 7, 1)}), frozenset(), frozenset(), "holidays 99")
    monkeypatch.setattr(holiday_calendars, "days_off", lambda _code, _year: other)

    assert hours.hours_between(desk, "office", start, end) == known
    (anew,) = hours.expand(desk, "office", [2026])
    assert anew.libraries == ("holidays 99",)
    assert length_of(hours.hours_between(desk, "office", start, end).hours) == timedelta(hours=0)
    assert hours.hours_between(desk, "office", start, end, at=revision) == known


def test_expanding_again_what_means_the_same_writes_nothing(desk):
    """A job may ask every day."""
    defined(desk)
    before = desk.store.revision()

    assert [year.year for year in hours.expand(desk, "office", [2027, 2026])] == [2026, 2027]
    assert desk.store.revision() == before
    hours.expand(desk, "office", [2030])
    assert desk.store.revision() == before + 1


def test_a_year_of_which_the_holidays_are_not_known_has_no_hours_to_reckon_with(desk):
    """It is unknown, which is not closed: whoever reckons counts all of it."""
    defined(desk, "cn", zone="Asia/Shanghai", weekly=["mon-fri 09:00-18:00"], holidays=["CN"])
    hours.expand(desk, "cn", [2090])
    start, end = moment("2026-12-30T16:00Z"), moment("2027-01-02T16:00Z")

    year = next(each for each in hours.years_of(desk, "cn") if each.year == 2090)
    assert (year.intervals, year.uncovered) == (None, ("CN",))
    monday = hours.hours_between(desk, "cn", moment("2090-01-02T00:00Z"), moment("2090-01-03T00:00Z"))
    assert monday.hours == ()
    assert monday.unknown == (Interval(moment("2090-01-02T00:00Z"), moment("2090-01-03T00:00Z")),)
    known = hours.hours_between(desk, "cn", start, end)
    assert known.unknown == () or known.unknown[0].start == moment("2026-12-31T16:00Z")


def test_a_year_that_nobody_expanded_is_unknown_from_its_first_moment_on(desk):
    """By the calendar of the zone, not by that of UTC."""
    defined(desk)

    found = hours.hours_between(desk, "office", moment("2028-12-29T00:00Z"), moment("2029-01-02T00:00Z"))

    assert found.unknown == (Interval(moment("2028-12-31T23:00Z"), moment("2029-01-02T00:00Z")),)
    assert length_of(found.hours) == timedelta(hours=10)


def test_a_working_weekend_has_the_hours_of_a_working_day(desk):
    """Saturday, 14 February 2026; the Saturday after it is a holiday."""
    defined(desk, "cn", zone="Asia/Shanghai", weekly=["mon 09:00-18:00", "tue-fri 10:00-16:00"], holidays=["CN"])

    def of(day: str) -> timedelta:
        start = moment(f"{day}T00:00+08:00")
        return length_of(hours.hours_between(desk, "cn", start, start + timedelta(days=1)).hours)

    assert [of(f"2026-02-{day}") for day in (13, 14, 15, 16, 21)] == [
        *(timedelta(hours=6), timedelta(hours=9), timedelta(0), timedelta(0), timedelta(0))
    ]


def test_no_calendar_is_around_the_clock(desk):
    """As services are that nobody agreed hours of."""
    start, end = moment("2026-03-29T00:00Z"), moment("2026-03-30T00:00Z")

    assert hours.hours_between(desk, None, start, end) == ((Interval(start, end),), ())


@pytest.mark.parametrize(
    ("period", "zone", "start", "end"),
    [
        (Period.MONTH, "Europe/Berlin", "2026-02-28T23:00Z", "2026-03-31T22:00Z"),
        (Period.QUARTER, "America/New_York", "2026-01-01T05:00Z", "2026-04-01T04:00Z"),
        (Period.YEAR, "Asia/Kolkata", "2025-12-31T18:30Z", "2026-12-31T18:30Z"),
    ],
)
def test_a_period_is_one_of_the_calendar_of_its_zone(period, zone, start, end):
    """Clocks that change within it make it an hour shorter or longer."""
    found = hours.period_at(period, zone, moment("2026-03-15T12:00Z"))

    assert found == Interval(moment(start), moment(end))
    months = list(hours.periods_between(period, zone, found.end - timedelta(minutes=1), found.end))
    assert months == [found]
    assert len(list(hours.periods_between(period, zone, found.start, found.end + timedelta(minutes=1)))) == 2


@pytest.mark.parametrize(
    ("given", "place", "code"),
    [
        ({"hours_id": "Büro"}, "/id", "service_hours.id"),
        ({"hours_id": ""}, "/id", "service_hours.id"),
        ({"hours_id": "x" * 101}, "/id", "service_hours.id"),
        ({"zone": "Mars/Base"}, "/zone", "service_hours.zone"),
        ({"zone": "+01:00"}, "/zone", "service_hours.zone"),
        ({"zone": "../etc/passwd"}, "/zone", "service_hours.zone"),
        ({"weekly": []}, "/weekly", "service_hours.never"),
        ({"weekly": ["always"]}, "/weekly/0", "service_hours.weekly"),
        ({"weekly": ["mon-fri 8-18"]}, "/weekly/0", "service_hours.weekly"),
        ({"weekly": ["mon-fri 08:00-24:01"]}, "/weekly/0", "service_hours.weekly"),
        ({"weekly": ["mon,mon 08:00-18:00"]}, "/weekly/0", "service_hours.twice"),
        ({"weekly": ["mon 22:00-06:00"]}, "/weekly/0", "service_hours.order"),
        ({"weekly": ["mon 08:00-08:00"]}, "/weekly/0", "service_hours.order"),
        ({"weekly": ["mon 08:00-12:00", "sun-tue 11:00-13:00"]}, "/weekly/1", "service_hours.overlap"),
        ({"weekly": ["mon 08:00-12:00"] * 1001}, "/weekly", "service_hours.too_many"),
        ({"holidays": ["DE-XX"]}, "/holidays/0", "service_hours.holidays"),
        ({"holidays": ["DE", "DE"]}, "/holidays/1", "service_hours.twice"),
        ({"closed": ["2026-02-29"]}, "/closed/0", "service_hours.closed"),
        ({"closed": ["2026-12-24", "2026-12-24"]}, "/closed/1", "service_hours.twice"),
        ({"closed": ["1600-01-01"]}, "/closed/0", "service_hours.year"),
        ({"opened": ["2026-12-27"]}, "/opened/0", "service_hours.opened"),
        ({"opened": ["2026-12-27 12:00-09:00"]}, "/opened/0", "service_hours.order"),
        ({"opened": ["9999-12-27 09:00-12:00"]}, "/opened/0", "service_hours.year"),
        ({"opened": ["2026-12-27 09:00-12:00", "2026-12-27 11:00-13:00"]}, "/opened/1", "service_hours.overlap"),
        (
            {"closed": ["2026-12-27"], "opened": ["2026-12-27 09:00-12:00"]},
            "/closed/0",
            "service_hours.contradiction",
        ),
        ({"worked_like": "monday"}, "/worked_like", "service_hours.worked_like"),
    ],
)
def test_bad_input_is_refused_at_its_place(desk, given, place, code):
    """One fault, one problem, nothing written."""
    before = desk.store.revision()

    with pytest.raises(InvalidInput) as refused:
        defined(desk, **given)

    assert codes(refused) == {place: code}
    assert desk.store.revision() == before


def test_everything_that_is_wrong_is_said_at_once(desk):
    """Each at its place."""
    with pytest.raises(InvalidInput) as refused:
        defined(desk, "X", zone="here", weekly=["x", "mon 09:00-08:00"], holidays=["XX"], closed=["never"])

    assert set(codes(refused)) == {"/id", "/zone", "/weekly/0", "/weekly/1", "/holidays/0", "/closed/0"}


def test_holidays_without_their_libraries_are_refused_with_what_to_install(desk, monkeypatch):
    """Nothing is guessed; and hours without holidays need no library."""
    defined(desk, "plain")
    defined(desk, "with", holidays=["DE"])
    monkeypatch.setattr(holiday_calendars, "is_installed", lambda: False)

    for ask in (lambda: defined(desk, holidays=["DE"]), lambda: hours.expand(desk, "with", [2030])):
        with pytest.raises(InvalidInput) as refused:
            ask()
        assert codes(refused) == {"/holidays": "service_hours.library"}
        assert "install foreshock[holidays]" in refused.value.problems[0].message
    assert hours.expand(desk, "plain", [2030])


def test_two_who_define_it_at_once_do_not_overwrite_each_other(desk):
    """One wins, the other is told."""
    held = defined(desk)
    defined(desk, weekly=["mon 08:00-10:00"], expected_version=held.version)

    with pytest.raises(VersionConflict):
        defined(desk, weekly=["tue 08:00-10:00"], expected_version=held.version)
    with pytest.raises(VersionConflict):
        defined(desk, expected_version=0)


def test_years_come_in_reach_by_themselves_and_those_that_are_known_stay(desk, monkeypatch):
    """A year later one more is expanded; a year whose holidays were not known is, once a library knows them."""
    defined(desk)
    defined(desk, "cn", zone="Asia/Shanghai", holidays=["CN"])
    before = hours.years_of(desk, "office")
    desk.clock.forward(days=366)
    known = DaysOff(frozenset(), frozenset(), frozenset(), "chinesecalendar 9")
    monkeypatch.setattr(holiday_calendars, "days_off", lambda _code, year: known if year < 2029 else None)

    found = hours.keep_ahead(desk)

    # 2029 of the office, and of China 2027 and 2028.
    assert found == (3, 1)
    assert hours.years_of(desk, "office")[:4] == before
    assert [year.year for year in hours.years_of(desk, "office")] == [2025, 2026, 2027, 2028, 2029]
    of_china = {year.year: year.libraries for year in hours.years_of(desk, "cn")}
    assert of_china[2026] != of_china[2028] == ("chinesecalendar 9",)
    revision = desk.store.revision()
    assert hours.keep_ahead(desk) == (0, 1)
    assert desk.store.revision() == revision


@pytest.mark.parametrize("years", [[1969], [2101], [2026, -5]])
def test_years_that_can_not_be_expanded_are_refused(desk, years):
    """All of them are named."""
    defined(desk)

    with pytest.raises(InvalidInput) as refused:
        hours.expand(desk, "office", years)

    assert codes(refused) == {f"/years/{len(years) - 1}": "service_hours.year"}


def test_who_only_reads_defines_nothing(desk):
    """An engineer reads them; who owns a service agrees on them."""
    engineer = as_actor(desk, "engineer")
    defined(desk)

    assert hours.get(engineer, "office").version == 1
    assert [held.record.id for held in hours.listing(engineer).rows] == ["office"]
    with pytest.raises(NotAllowed):
        defined(engineer)
    with pytest.raises(NotAllowed):
        hours.expand(engineer, "office", [2030])
    with pytest.raises(NotFound):
        hours.get(engineer, "nights")
    with pytest.raises(NotFound):
        hours.years_of(engineer, "nights")
