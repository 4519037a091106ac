"""
Maintenance windows as every door takes them: weekly, or once, each in a time zone; expanded here, without a clock.

``sat,sun 00:00-24:00 Europe/Berlin`` and ``mon-fri 22:00-06:00 UTC`` come each week (``*`` is every day; one that does
not end later than it begins ends on the next day), ``2026-12-24T18:00/2026-12-27T06:00 Asia/Shanghai`` comes once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from cmdb.errors import Problem

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST = 50
_LONGEST = 200
_WEEKLY = re.compile(r"(\S+) (\d\d):(\d\d)-(\d\d):(\d\d) (\S+)", re.ASCII)
_ONCE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)/(\d{4}-\d\d-\d\dT\d\d:\d\d) (\S+)", re.ASCII)
_STEPS = 1000


class _Weekly(NamedTuple):
    """On these days (0: Monday) from ``begin`` minutes after midnight, for so many minutes of the day's own clock."""

    days: frozenset[int]
    begin: int
    minutes: int
    zone: tzinfo


class _Once(NamedTuple):
    begin: datetime
    end: datetime
    zone: tzinfo


def kept(text: str) -> str:
    """Return a window as it is kept, with single spaces and days in lower case."""
    days, *rest = text.split() or [""]
    # The T of a moment is not a day's.
    return " ".join([days if days[:1].isdigit() else days.lower(), *rest])


def problems_of(texts: Sequence[str], pointer: str) -> Iterator[Problem]:
    """Yield what is wrong with windows: one that can not be read, too many, or no moment outside of them."""
    if len(texts) > MOST:
        sentence = "{count} windows are too many; up to {most} would be right"
        yield Problem("maintenance.many", sentence, {"count": len(texts), "most": MOST}, pointer)
        return
    wrong = False
    for place, text in enumerate(texts):
        if _read(text) is None:
            wrong = True
            sentence = (
                "{text!r} is no window; 'sat,sun 00:00-24:00 Europe/Berlin' or"
                " '2026-12-24T18:00/2026-12-27T06:00 UTC' would be right"
            )
            yield Problem("maintenance.unreadable", sentence, {"text": text[:_LONGEST]}, f"{pointer}/{place}")
    weekly = [text for text in texts if isinstance(_read(text), _Weekly)]
    if not wrong and weekly and end_of(weekly, datetime(2026, 1, 5, tzinfo=UTC)) == datetime.max.replace(tzinfo=UTC):
        yield Problem("maintenance.always", "these windows never end, so no run could begin", {}, pointer)


def windows(texts: Sequence[str], since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """
    Return when the windows are, as (begin, end) in UTC, sorted: those that overlap ``since`` to ``until``.

    Where the clock is put back a window holds the hour twice; where it is put forward it holds what is left.
    """
    found = [each for text in texts for each in _expanded(text, since, until)]
    return sorted(each for each in found if each[0] < until and since < each[1])


def end_of(texts: Sequence[str], now: datetime) -> datetime | None:
    """
    Return when the maintenance that goes on ends, None where none does.

    Windows that touch are one. One that has no end in sight ends at ``datetime.max``.

    >>> end_of(["* 22:00-02:00 UTC"], datetime(2026, 3, 2, 23, tzinfo=UTC)).isoformat()
    '2026-03-03T02:00:00+00:00'
    """
    end = now
    for _ in range(_STEPS):
        going_on = windows(texts, end, end + timedelta(microseconds=1))
        later = max((until for begin, until in going_on if begin <= end < until), default=None)
        if later is None:
            return None if end == now else end
        if later - now > timedelta(days=400):
            break
        end = later
    return datetime.max.replace(tzinfo=UTC)


def _expanded(text: str, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    window = _read(text)
    if isinstance(window, _Once):
        yield _moments(window.begin, window.zone)[0], _moments(window.end, window.zone)[-1]
    elif window is not None:
        day = since.astimezone(window.zone).date() - timedelta(days=2)
        last = until.astimezone(window.zone).date() + timedelta(days=1)
        while day <= last:
            if day.weekday() in window.days:
                begin = _local(day, window.begin)
                end = _local(day, window.begin + window.minutes)
                yield _moments(begin, window.zone)[0], _moments(end, window.zone)[-1]
            day += timedelta(days=1)


def _local(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _moments(local: datetime, zone: tzinfo) -> list[datetime]:
    """Return a local time in UTC: two moments, first and last, where the clock is put back, or forward over it."""
    return sorted(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _read(text: str) -> _Weekly | _Once | None:
    text = kept(text)
    if len(text) > _LONGEST:
        return None
    weekly, once = _WEEKLY.fullmatch(text), _ONCE.fullmatch(text)
    if weekly is not None:
        zone, days = _zone(weekly[6]), _days(weekly[1])
        begin, end = _minutes(weekly[2], weekly[3]), _minutes(weekly[4], weekly[5])
        if zone is None or not days or begin is None or end is None or begin == 24 * 60 or begin == end:
            return None
        return _Weekly(days, begin, end - begin if begin < end else end + 24 * 60 - begin, zone)
    if once is not None and (zone := _zone(once[3])) is not None:
        try:
            first, last = (datetime.fromisoformat(once[group]) for group in (1, 2))
        except ValueError:
            return None
        near = 1970 <= first.year <= last.year <= 9000
        return _Once(first, last, zone) if near and first < last else None
    return None


def _days(text: str) -> frozenset[int]:
    """Return the days of the week a text names, none where it can not be read."""
    found: set[int] = set()
    for item in text.split(","):
        first, dash, last = item.partition("-")
        if item == "*":
            found.update(range(7))
        elif first in DAYS and (not dash or last in DAYS):
            begin = DAYS.index(first)
            found.update((begin + n) % 7 for n in range((DAYS.index(last or first) - begin) % 7 + 1))
        else:
            return frozenset()
    return frozenset(found)


def _minutes(hours: str, minutes: str) -> int | None:
    count = int(hours) * 60 + int(minutes)
    return count if count <= 24 * 60 and int(minutes) < 60 else None


def _zone(name: str) -> tzinfo | None:
    if name == "UTC":
        return UTC
    # The list of zones takes milliseconds to load, which only windows with such a name should pay.
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None
