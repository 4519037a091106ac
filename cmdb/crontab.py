"""A crontab as every door takes it: five fields in UTC, with days of the week by name; judged here, run elsewhere."""

from __future__ import annotations

import re
from typing import NamedTuple

from cmdb.errors import Problem

LONGEST = 200
_ITEM = re.compile(
    r"(?:(?P<all>\*)|(?P<first>[0-9]{1,2}|[a-z]{3})(?:-(?P<last>[0-9]{1,2}|[a-z]{3}))?)(?:/(?P<step>[0-9]{1,2}))?"
)
_LAST_DAY = "last"
_DAYS_OF = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Field(NamedTuple):
    """The numbers a field may hold, and the names some go by; a field that has ``only_names`` takes no number."""

    low: int
    high: int
    names: tuple[str, ...] = ()
    only_names: bool = False


_FIELDS = (
    _Field(0, 59),
    _Field(0, 23),
    _Field(1, 31),
    _Field(1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    _Field(0, 6, ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), only_names=True),
)


def kept(text: str) -> str:
    """Return a crontab as it is kept, with single spaces."""
    return " ".join(text.split())


def problem_of(text: str, pointer: str) -> Problem | None:
    """Return what is wrong with a crontab: it can not be read, never comes, or numbers the days of the week."""
    fields = text.split()
    if len(fields) == 5 and any(c.isdigit() for c in fields[4]):
        sentence = "{text!r} numbers the days of the week; name them: mon-fri would be right"
        return Problem("schedule.weekday", sentence, {"text": text[:LONGEST]}, pointer)
    if len(text) > LONGEST or len(fields) != 5 or not _comes(fields):
        sentence = "{text!r} is no time that ever comes; '30 2 * * *' (each day at 02:30 UTC) or 'off' would be right"
        return Problem("schedule.unreadable", sentence, {"text": text[:LONGEST]}, pointer)
    return None


def _comes(fields: list[str]) -> bool:
    days = [each for each in fields[2].split(",") if each != _LAST_DAY]
    last = len(days) < len(fields[2].split(","))
    fields = [*fields[:2], ",".join(days or ["1"]), *fields[3:]]
    found = [_numbers(text, field) for text, field in zip(fields, _FIELDS, strict=True)]
    if not all(found):
        return False
    first_day = min(found[2])
    return last or any(first_day <= _DAYS_OF[month - 1] for month in found[3])


def _numbers(text: str, field: _Field) -> frozenset[int]:
    """Return the numbers a field stands for; empty where it can not be read."""
    found: set[int] = set()
    for item in text.lower().split(","):
        match = _ITEM.fullmatch(item)
        numbers = _range(match, field) if match else None
        if not numbers:
            return frozenset()
        found.update(numbers)
    return frozenset(found)


def _range(match: re.Match[str], field: _Field) -> range | None:
    """Return the numbers of one item, None where it is none: out of bounds, backwards, or with a step beyond it."""
    low, high = field.low, field.high
    if not match["all"]:
        first = _number(match["first"], field)
        last = _number(match["last"], field) if match["last"] else None
        if first is None or (match["last"] and last is None):
            return None
        low = first
        high = last if last is not None else (field.high if match["step"] else first)
        named = not match["first"].isdigit() or not (match["last"] or "0").isdigit()
        if high < low or (named and (match["step"] or (match["last"] and match["first"].isdigit()))):
            return None
    step = int(match["step"]) if match["step"] else 1
    if step < 1 or (match["step"] and step > high - low):
        return None
    return range(low, high + 1, step)


def _number(text: str, field: _Field) -> int | None:
    if text in field.names:
        return field.low + field.names.index(text)
    number = int(text) if text.isdigit() and not field.only_names else None
    return number if number is not None and field.low <= number <= field.high else None
