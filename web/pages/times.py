"""Times as people read them: a window in its own zone, everything else in UTC, the offset always named."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from cmdb.change.text_input import zone_of
from cmdb.model.change import Window

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_text(day: date) -> str:
    """Return a day.

    >>> day_text(date(2026, 12, 2))
    'Wed 2 Dec 2026'
    """
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: datetime) -> str:
    """Return a moment in UTC.

    >>> moment_text(datetime(2026, 12, 2, 9, 5, tzinfo=UTC))
    '2 Dec 2026, 09:05 UTC'
    """
    utc = moment.astimezone(UTC)
    return f"{day_text(utc)[4:]}, {utc:%H:%M} UTC"


def window_text(window: Window) -> str:
    """Return a window in its own zone; the day is said once when it ends on the same."""
    start, end = (moment.astimezone(zone(window)) for moment in (window.start, window.end))
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{day_text(end)}, {end:%H:%M}"
    dash = "–" if end.date() == start.date() else " – "
    zones = dict.fromkeys((zone_text(start), zone_text(end)))
    return f"{day_text(start)}, {start:%H:%M}{dash}{until} {' / '.join(zones)}"


def window_start(window: Window) -> str:
    """Return when a window begins, in its own zone."""
    start = window.start.astimezone(zone(window))
    return f"{day_text(start)}, {start:%H:%M} {zone_text(start)}"


def clock_text(moment: datetime, window: Window) -> str:
    """Return a time of day in the zone of a window, with the day where it is not the one the window starts on."""
    local, start = moment.astimezone(zone(window)), window.start.astimezone(zone(window))
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return clock if local.date() == start.date() else f"{day_text(local)[:-5]}, {clock}"


def zone(window: Window) -> tzinfo:
    """Return the time zone a window is to be read in; UTC where the name is no longer known."""
    return zone_of(window.zone) or UTC


def zone_text(moment: datetime) -> str:
    """Return the abbreviation of a moment's zone and its offset; the offset alone where there is no abbreviation."""
    name, offset = moment.tzname() or "", moment.strftime("%z")
    utc = f"UTC{offset[:3]}:{offset[3:5]}"
    if utc == "UTC+00:00":
        return "UTC"
    return utc if not name.isalpha() else f"{name} ({utc})"


def minutes_text(minutes: float) -> str:
    """Return minutes with one decimal where they have one.

    >>> minutes_text(20.0), minutes_text(0.5)
    ('20', '0.5')
    """
    return f"{minutes:,.1f}".removesuffix(".0")
