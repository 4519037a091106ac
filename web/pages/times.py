"""Times on a page, beside the windows and moments that all doors say alike: days, times of day, minutes."""

from __future__ import annotations

from datetime import date, datetime

from cmdb.model.change import Window
from web.wording_change import moment_words, zone_named

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_text(day: date) -> str:
    """
    Return a day.

    >>> day_text(date(2026, 12, 2))
    '2 Dec 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def window_start(window: Window) -> str:
    """Return when a window begins, in its own zone."""
    return moment_words(window.start, window.zone)


def stated_text(moment: str) -> str:
    """
    Return a moment that is written as JSON has it.

    >>> stated_text("2026-12-02T08:12:00Z")
    'Wed 2 Dec 2026, 08:12 UTC'
    """
    return moment_words(datetime.fromisoformat(moment))


def clock_text(moment: datetime, window: Window) -> str:
    """Return a time of day in the zone of a window, with the day where it is not the one the window starts on."""
    zone = zone_named(window.zone)
    local, start = moment.astimezone(zone), window.start.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return clock if local.date() == start.date() else f"{day_text(local)}, {clock}"


def minutes_text(minutes: float) -> str:
    """
    Return minutes with one decimal where they have one.

    >>> minutes_text(20.0), minutes_text(0.5)
    ('20', '0.5')
    """
    return f"{minutes:,.1f}".removesuffix(".0")
