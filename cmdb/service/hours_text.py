"""
What a calendar of service hours is typed as, read the same way at every door.

Weekly hours are ``mon-fri 08:00-18:00`` or ``sat,sun 10:00-14:00``, a closed day is ``2026-12-24``, a day with hours
of its own ``2026-12-27 09:00-12:00``. Hours end on their day, at 24:00 at the latest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from cmdb.change.text_input import zone_of
from cmdb.errors import Problem
from cmdb.model.service_hours import DAYS, OpenDate, ServiceHours, WeeklyHours
from cmdb.service import holiday_calendars
from cmdb.service.expanding import minute_of

YEARS = range(1970, 2101)
"""The years that service hours may be of."""
MOST = 1_000
"""So many entries a list may have."""
SENTENCES = {
    "service_hours.id": "{value} is no id; right would be 1 to 100 of the letters a-z, digits, -, _ and .",
    "service_hours.zone": "{value} is no time zone of the IANA list, such as Europe/Berlin",
    "service_hours.weekly": "{value} can not be read; right would be like mon-fri 08:00-18:00",
    "service_hours.never": "no weekly hours and no open day are given; a service is there at some time",
    "service_hours.opened": "{value} can not be read; right would be like 2026-12-27 09:00-12:00",
    "service_hours.closed": "{value} is no day; right would be like 2026-12-24",
    "service_hours.order": "{value} closes no later than it opens; hours end on their day, at 24:00 at the latest",
    "service_hours.overlap": "{value} overlaps {other}; hours stand once",
    "service_hours.twice": "{value} stands twice; once is enough",
    "service_hours.contradiction": "{value} is closed and has hours of its own; one of the two holds",
    "service_hours.year": "{value} is outside of the years {first} to {last}",
    "service_hours.holidays": "of {value} no public holidays are known{hint}; right would be like DE, DE-BY or CN",
    "service_hours.library": "public holidays need libraries that are not there; install foreshock[{extra}]",
    "service_hours.worked_like": "{value} is no day of the week; right would be one of {days}",
    "service_hours.too_many": "there are {count} entries; at most {limit}",
}
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
_DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?", re.ASCII)
_HOURS = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})", re.ASCII)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SHOWN = 60


def read_hours(
    hours_id: str,
    *,
    zone: str,
    weekly: Sequence[str],
    holidays: Sequence[str] = (),
    closed: Sequence[str] = (),
    opened: Sequence[str] = (),
    worked_like: str = DAYS[0],
) -> tuple[ServiceHours | None, list[Problem]]:
    """Return the calendar that texts describe, None where something is wrong, and every problem."""
    problems: list[Problem] = []
    if not _ID.fullmatch(hours_id):
        problems.append(_problem("service_hours.id", "/id", value=_shown(hours_id)))
    if zone_of(zone) is None or zone[:1] in "+-":
        problems.append(_problem("service_hours.zone", "/zone", value=_shown(zone)))
    lists = {"weekly": weekly, "holidays": holidays, "closed": closed, "opened": opened}
    crowded = {name: each for name, each in lists.items() if len(each) > MOST}
    if crowded:
        many = [_problem("service_hours.too_many", f"/{n}", count=len(each), limit=MOST) for n, each in crowded.items()]
        return None, problems + many
    week = _read(weekly, "/weekly", problems, _weekly)
    days = _read(closed, "/closed", problems, _closed)
    extra = _read(opened, "/opened", problems, _opened)
    problems += _holiday_problems(holidays)
    problems += _overlaps(week, extra)
    problems += _contradictions(days, extra)
    if worked_like not in DAYS:
        facts = {"value": _shown(worked_like), "days": ", ".join(DAYS)}
        problems.append(_problem("service_hours.worked_like", "/worked_like", **facts))
    if not weekly and not opened:
        problems.append(_problem("service_hours.never", "/weekly"))
    if problems:
        return None, problems
    made = ServiceHours(
        id=hours_id,
        zone=zone,
        weekly=tuple(each for _, each in week),
        holidays=tuple(sorted(holidays)),
        closed=tuple(sorted(day for _, day in days)),
        opened=tuple(sorted((each for _, each in extra), key=lambda each: (each.day, each.opens))),
        worked_like=worked_like,
    )
    return made, []


def year_problem(year: int, pointer: str) -> Problem | None:
    """Return what is wrong with a year, None if it can be expanded."""
    if year in YEARS:
        return None
    return _problem("service_hours.year", pointer, value=year, first=YEARS[0], last=YEARS[-1])


def library_problems(codes: Sequence[str]) -> list[Problem]:
    """Return a problem where holidays are asked for and the libraries that know them are not installed."""
    if not codes or holiday_calendars.is_installed():
        return []
    return [_problem("service_hours.library", "/holidays", extra=holiday_calendars.EXTRA)]


def _read(texts: Sequence[str], pointer: str, problems: list[Problem], read: Any) -> list[tuple[int, Any]]:
    """Return what texts say with the place of each; what can not be read is a problem."""
    found = []
    for place, text in enumerate(texts):
        said = read(text.strip(), f"{pointer}/{place}")
        if isinstance(said, Problem):
            problems.append(said)
        else:
            found.append((place, said))
    return found


def _weekly(text: str, pointer: str) -> WeeklyHours | Problem:
    days, _, hours = text.partition(" ")
    named: list[str] = []
    for part in days.split(","):
        match = _DAYS.fullmatch(part)
        first, last = match.groups() if match else (None, None)
        if first not in DAYS or (last is not None and last not in DAYS):
            return _problem("service_hours.weekly", pointer, value=_shown(text))
        start, end = DAYS.index(first), DAYS.index(last or first)
        # A range may go over the end of the week: fri-mon.
        named += [DAYS[(start + step) % 7] for step in range((end - start) % 7 + 1)]
    times = _times(hours.strip(), text, pointer, "service_hours.weekly")
    if isinstance(times, Problem):
        return times
    if len(set(named)) < len(named):
        return _problem("service_hours.twice", pointer, value=_shown(days))
    return WeeklyHours(tuple(day for day in DAYS if day in named), *times)


def _opened(text: str, pointer: str) -> OpenDate | Problem:
    day, _, hours = text.partition(" ")
    found = _date(day)
    if found is None:
        return _problem("service_hours.opened", pointer, value=_shown(text))
    times = _times(hours.strip(), text, pointer, "service_hours.opened")
    if isinstance(times, Problem):
        return times
    return _out_of_years(found, pointer) or OpenDate(found, *times)


def _closed(text: str, pointer: str) -> date | Problem:
    found = _date(text)
    if found is None:
        return _problem("service_hours.closed", pointer, value=_shown(text))
    return _out_of_years(found, pointer) or found


def _times(hours: str, text: str, pointer: str, code: str) -> tuple[str, str] | Problem:
    match = _HOURS.fullmatch(hours)
    if match is None or not all(_CLOCK.fullmatch(each) for each in match.groups()):
        return _problem(code, pointer, value=_shown(text))
    opens, closes = match.groups()
    if minute_of(closes) <= minute_of(opens):
        return _problem("service_hours.order", pointer, value=_shown(text))
    return opens, closes


def _date(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _out_of_years(day: date, pointer: str) -> Problem | None:
    return year_problem(day.year, pointer)


def _holiday_problems(codes: Sequence[str]) -> list[Problem]:
    if missing := library_problems(codes):
        return missing
    found = []
    for place, code in enumerate(codes):
        pointer = f"/holidays/{place}"
        if not holiday_calendars.is_known(code):
            hint = f"; did you mean {' or '.join(near)}?" if (near := holiday_calendars.near(code)) else ""
            found.append(_problem("service_hours.holidays", pointer, value=_shown(code), hint=hint))
        elif code in codes[:place]:
            found.append(_problem("service_hours.twice", pointer, value=_shown(code)))
    return found


def _overlaps(week: list[tuple[int, WeeklyHours]], extra: list[tuple[int, OpenDate]]) -> list[Problem]:
    """Return a problem for each hours of a day that overlap hours of the same day before them."""
    told: dict[Any, list[tuple[int, int, str]]] = {}
    entries: list[tuple[str, tuple[Any, ...], WeeklyHours | OpenDate]] = [
        *((f"/weekly/{place}", each.days, each) for place, each in week),
        *((f"/opened/{place}", (each.day,), each) for place, each in extra),
    ]
    found: dict[str, Problem] = {}
    for pointer, days, each in entries:
        opens, closes = minute_of(each.opens), minute_of(each.closes)
        for day in days:
            text = f"{day} {each.opens}-{each.closes}"
            for other_opens, other_closes, other in told.setdefault(day, []):
                if opens < other_closes and other_opens < closes:
                    found.setdefault(
                        pointer, _problem("service_hours.overlap", pointer, value=_shown(text), other=_shown(other))
                    )
            told[day].append((opens, closes, text))
    return list(found.values())


def _contradictions(days: list[tuple[int, date]], extra: list[tuple[int, OpenDate]]) -> list[Problem]:
    open_days, seen, found = {each.day for _, each in extra}, set(), []
    for place, day in days:
        if day in open_days:
            found.append(_problem("service_hours.contradiction", f"/closed/{place}", value=day.isoformat()))
        if day in seen:
            found.append(_problem("service_hours.twice", f"/closed/{place}", value=day.isoformat()))
        seen.add(day)
    return found


def _problem(code: str, pointer: str, **facts: Any) -> Problem:
    return Problem(code, SENTENCES[code], facts, pointer)


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}..."
