"""
The rule of what comes again, an RRULE (RFC 5545): what is wrong with it, and the starts it comes to.

Starts are what the clocks of its zone show, without an offset; which moments these are is for others to say. This alone
asks a library about recurrence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, tzinfo
from typing import Any

from cmdb.errors import Problem

MOST_INTERVALS = 5_000
LONGEST_RULE = 500
MOST_INTERVAL = 10_000

_FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = (
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYHOUR", "BYMINUTE", "BYMONTH", "BYMONTHDAY"),
    *("BYSETPOS", "BYWEEKNO", "BYYEARDAY"),
)
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
# The calendar repeats every 400 years, weekdays too. Near its end a rule that matches nothing runs out of years soon.
_CYCLE = 400
_LATE = 9_990


def parts_of(rule: str, pointer: str) -> tuple[dict[str, str], list[Problem]]:
    """Return the parts of a rule by name, and what is wrong with it before anybody counts by it."""
    text = rule.strip().upper().removeprefix("RRULE:")
    problems = []
    parts: dict[str, str] = {}
    if len(text) > LONGEST_RULE:
        length = {"length": len(text), "most": LONGEST_RULE}
        return {}, [Problem("schedule.rule_length", "{length} characters; at most {most}", length, pointer)]
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name not in _PARTS or name in parts:
            sentence = "{part!r} is no part of a rule, or stands twice; a rule is like FREQ=WEEKLY;BYDAY=SA"
            problems.append(Problem("schedule.rule_part", sentence, {"part": part[:80]}, pointer))
        parts[name] = value
    frequency = parts.get("FREQ")
    if frequency not in _FREQUENCIES:
        known = {"frequency": str(frequency), "known": ", ".join(_FREQUENCIES)}
        sentence = "it comes again {frequency}; right would be one of {known}, hourly at most"
        problems.append(Problem("schedule.frequency", sentence, known, pointer))
    for name, most in (("INTERVAL", MOST_INTERVAL), ("COUNT", MOST_INTERVALS)):
        value = parts.get(name, "1")
        if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= most):
            limits: dict[str, Any] = {"name": name, "value": value[:40], "most": most}
            sentence = "{name} is {value}; right would be a whole number from 1 to {most:,}"
            problems.append(Problem("schedule.rule_number", sentence, limits, pointer))
    if "UNTIL" in parts and not _is_until(parts["UNTIL"]):
        sentence = "UNTIL is {value}; right would be 20261231, 20261231T220000 or 20261231T210000Z"
        problems.append(Problem("schedule.rule_until", sentence, {"value": parts["UNTIL"][:40]}, pointer))
    if {"UNTIL", "COUNT"} <= parts.keys():
        problems.append(Problem("schedule.rule_ends", "a rule ends by UNTIL or by COUNT, not by both", {}, pointer))
    return parts, problems


def written(parts: Mapping[str, str]) -> str:
    """Return a rule as it is kept."""
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _is_until(value: str) -> bool:
    match = _UNTIL.fullmatch(value)
    if match is None:
        return False
    try:
        datetime.strptime(match[1] + (match[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007  # Of the zone's clocks.
    except ValueError:
        return False
    return True


def _until(value: str, zone: tzinfo) -> datetime:
    """Return the last moment of a rule by the clocks of its zone; a day counts to its end."""
    match = _UNTIL.fullmatch(value)
    assert match is not None
    read = datetime.strptime(match[1] + (match[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    if match[2] is None:
        return datetime.combine(read.date(), time.max)
    return local_of(read.replace(tzinfo=UTC), zone) if match[3] else read


def starts_of(parts: Mapping[str, str], first: datetime, limit: datetime, zone: tzinfo) -> tuple[bool, list[datetime]]:
    """
    Return whether these are all there are, and the starts from ``first`` until before ``limit``, by the zone's clocks.

    One more than :data:`MOST_INTERVALS` are found at most. Raises ValueError: the library can not read it.
    """
    from dateutil.rrule import rrulestr

    last = _until(parts["UNTIL"], zone) if "UNTIL" in parts else None
    text = ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
    later = (_LATE - first.year) // _CYCLE * _CYCLE
    found: list[datetime] = []
    for each in rrulestr(f"RRULE:{text}", dtstart=first.replace(year=first.year + later)):
        local = each.replace(year=each.year - later)
        if last is not None and local > last:
            break
        if local >= limit:
            return False, found
        found.append(local)
        if len(found) > MOST_INTERVALS:
            break
    return True, found


def local_of(moment: datetime, zone: tzinfo) -> datetime:
    """Return what the clocks of the zone show."""
    return moment.astimezone(zone).replace(tzinfo=None)
