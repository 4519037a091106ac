"""
Public holidays by country and subdivision, from the libraries that know them: this file alone asks them.

What a library does not cover is never guessed: a year without data is None, and a day that is only reckoned (holidays
that go by the moon) is named as such. ``CN`` is China as its State Council arranges it, with the weekends that are
worked; every other code (ISO 3166, ``DE`` or ``DE-BY``) is that of the library ``holidays``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from importlib import metadata, util
from typing import Any

from cmdb.model.service_hours import WORKING_WEEKENDS

EXTRA = "holidays"
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DaysOff:
    """The public holidays of a year, the weekend days of it that are worked, and which holidays are reckoned only."""

    closed: frozenset[date]
    worked: frozenset[date]
    estimated: frozenset[date]
    library: str


def is_installed() -> bool:
    """Tell whether the libraries are there; they come with ``foreshock[holidays]``."""
    return all(util.find_spec(name) is not None for name in ("holidays", "chinese_calendar"))


def is_known(code: str) -> bool:
    """Tell whether there are public holidays of this code."""
    return code in _codes()


def near(code: str) -> tuple[str, ...]:
    """Return codes that may have been meant, the likeliest first."""
    same = tuple(each for each in sorted(_codes()) if each.startswith(f"{code[:2].upper()}-"))
    return same[:3] or tuple(get_close_matches(code.upper(), sorted(_codes()), n=3))


def days_off(code: str, year: int) -> DaysOff | None:
    """Return what is known of a year, None where the library does not cover it."""
    return _of_china(year) if code == WORKING_WEEKENDS else _of_country(code, year)


@cache
def _codes() -> frozenset[str]:
    from holidays.utils import list_supported_countries

    found = {WORKING_WEEKENDS}
    for country, subdivisions in list_supported_countries(include_aliases=False).items():
        found.add(country)
        # China's subdivisions share its arranged holidays, which another library knows better.
        found.update(f"{country}-{each}" for each in subdivisions if country != WORKING_WEEKENDS)
    return frozenset(found)


def _of_country(code: str, year: int) -> DaysOff | None:
    from holidays import country_holidays
    from holidays.groups.islamic import IslamicHolidays

    country, _, subdivision = code.partition("-")
    known = country_holidays(country, subdiv=subdivision or None, years=year)
    if not known.start_year <= year <= known.end_year:
        return None
    days = frozenset(day for day in known if day.year == year)
    plain: Any = known
    if isinstance(known, IslamicHolidays):
        # Only the label of a day tells that it is reckoned, so labels are compared with those that do not tell it.
        plain = country_holidays(country, subdiv=subdivision or None, years=year, islamic_show_estimated=False)
    estimated = frozenset(day for day in days if known[day] != plain.get(day))
    return DaysOff(days, frozenset(), estimated, f"holidays {metadata.version('holidays')}")


def _of_china(year: int) -> DaysOff | None:
    import chinese_calendar

    closed, worked = set(), set()
    day = date(year, 1, 1)
    while day.year == year:
        try:
            is_off, holiday = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return None
        if is_off and holiday is not None:
            closed.add(day)
        elif not is_off and day.weekday() >= _SATURDAY:
            worked.add(day)
        day += timedelta(days=1)
    library = f"chinesecalendar {metadata.version('chinesecalendar')}"
    return DaysOff(frozenset(closed), frozenset(worked), frozenset(), library)
