"""Public holidays: China's as they were arranged, others by subdivision, and what nobody knows is not guessed."""

from __future__ import annotations

from datetime import date

import pytest

from cmdb.service import holiday_calendars
from cmdb.service.holiday_calendars import days_off, is_known, near


@pytest.mark.parametrize(
    ("closed", "worked"),
    [
        # The State Council's arrangements of 2023, 2024, 2025 and 2026.
        (["2023-01-23", "2023-10-06"], ["2023-01-28", "2023-10-07"]),
        (["2024-02-12", "2024-10-07"], ["2024-02-04", "2024-10-12"]),
        (["2025-02-04", "2025-10-08"], ["2025-01-26", "2025-09-28"]),
        (["2026-02-16", "2026-02-23", "2026-10-07"], ["2026-02-14", "2026-02-28", "2026-10-10"]),
    ],
)
def test_china_works_on_weekends_in_lieu_of_days_between_holidays(closed, worked):
    """Real days: a Monday that is free, and the Saturday or Sunday that is worked for it."""
    found = days_off("CN", int(closed[0][:4]))

    assert found is not None
    assert {date.fromisoformat(day) for day in closed} <= found.closed
    assert {date.fromisoformat(day) for day in worked} <= found.worked
    assert all(day.weekday() >= 5 for day in found.worked)
    assert not found.closed & found.worked


def test_china_has_as_many_working_days_as_were_arranged():
    """2026: 248, by the list of the State Council."""
    found = days_off("CN", 2026)

    assert found is not None
    weekdays = {day for day in _days(2026) if day.weekday() < 5}
    assert len(weekdays - found.closed | found.worked) == 248


@pytest.mark.parametrize(("code", "year"), [("CN", 2003), ("CN", 2090), ("DE", 1980), ("DE-BY", 2200)])
def test_a_year_that_a_library_does_not_cover_is_not_known(code, year):
    """None, which is something else than a year without holidays."""
    assert days_off(code, year) is None


def test_a_subdivision_has_holidays_of_its_own():
    """Epiphany is one in Bavaria, and none in Berlin."""
    epiphany = date(2026, 1, 6)

    assert epiphany in days_off("DE-BY", 2026).closed
    assert epiphany not in days_off("DE-BE", 2026).closed
    assert not days_off("DE-BY", 2026).estimated


def test_holidays_that_are_only_reckoned_are_named():
    """Those that go by the moon are known for certain only when it was seen."""
    found = days_off("EG", 2027)

    assert found is not None
    assert found.estimated
    assert found.estimated < found.closed


@pytest.mark.parametrize("code", ["de", "DE-XX", "XX", "CN-GD", "", "Germany"])
def test_a_code_that_is_none_is_not_known(code):
    """Codes are those of ISO 3166, as they are written there."""
    assert not is_known(code)


def test_codes_that_may_have_been_meant_are_of_the_same_country():
    """DE-XX is a subdivision of DE that there is not."""
    assert all(each.startswith("DE-") for each in near("DE-XX"))


def test_every_known_code_is_answered():
    """Of a year that all of them could cover; none fails."""
    some = sorted(holiday_calendars._codes())[::40]

    assert [code for code in some if (found := days_off(code, 2025)) is not None and not found.library] == []


def _days(year: int) -> list[date]:
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(first + offset) for offset in range(date(year + 1, 1, 1).toordinal() - first)]
