"""
What a change is typed as, read the same way at every door: moments, windows and targets.

A moment is RFC 3339 with its offset (``2026-03-02T22:00+01:00``), or a local time with the IANA zone it is meant in
(``2026-03-02T22:00[Europe/Berlin]``, as in RFC 9557). A target is one CSV record, ``ID,effect=restart,minutes=10``;
``expect.os=Debian 13`` in it says which value an attribute is to have afterwards, ``link=app2 powered_by pdu-b`` and
its like (:mod:`cmdb.change.edit_text`) how the graph is edited.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from cmdb.change.edit_text import VERBS, read_edit
from cmdb.errors import Problem, below
from cmdb.model.change import Effect, Target, Window

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r"(Z|z|[+-]\d{2}:\d{2})?(?:\[([A-Za-z0-9_+\-/]{1,64})\])?",
    re.ASCII,
)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_OFFSET = re.compile(r"[+-](?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_LIKE = "2026-03-02T22:00+01:00 or 2026-03-02T22:00[Europe/Berlin]"
# In another zone the first and the last day of the calendar may lie outside of it.
_YEARS = range(2, 9999)
_KEYS = ("effect", "offset", "minutes")
EXPECT = "expect."


Moment = datetime | str
"""An aware datetime, or a text that :func:`read_moment` reads."""


class Unreadable(ValueError):
    """A text can not be read; ``args`` are the code, the sentence and the facts of a :class:`~cmdb.errors.Problem`."""

    def at(self, pointer: str) -> Problem:
        """Return the problem this is, at its place in the input."""
        code, sentence, facts = self.args
        return Problem(code, sentence, facts, pointer)


def read_moment(text: str) -> tuple[datetime, str]:
    """
    Return the moment, in UTC, and the zone it was given in: the IANA name, the offset, or ``UTC``.

    Raises:
        Unreadable: it is no time, has neither offset nor zone, or the zone is unknown, has no such local time
            (summer time begins), has it twice (it ends) without an offset, or disagrees with the offset.

    >>> read_moment("2026-03-02T22:00[Europe/Berlin]")[0].isoformat()
    '2026-03-02T21:00:00+00:00'
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise Unreadable("time.unreadable", "{text!r} is no time; write {like}", {"text": text[:80], "like": _LIKE})
    day, time, offset, zone = match.groups()
    if offset is None and zone is None:
        sentence = "{text!r} has no offset, so it is no moment; write {like}"
        raise Unreadable("time.without_offset", sentence, {"text": text, "like": _LIKE})
    try:
        local = datetime.fromisoformat(f"{day}T{time}")
        stated = datetime.fromisoformat(f"{day}T{time}{offset.upper().replace('Z', '+00:00')}") if offset else None
        if local.year not in _YEARS:
            raise ValueError
    except ValueError:
        sentence = "{text!r} is not in the calendar or the clock"
        raise Unreadable("time.impossible", sentence, {"text": text}) from None
    if zone is not None:
        return _in_zone(text, local, stated, zone).astimezone(UTC), zone
    assert stated is not None
    return stated.astimezone(UTC), "UTC" if stated.utcoffset() == timedelta(0) else str(offset)


def zoned(given: Moment, zone: str) -> tuple[datetime, str]:
    """
    Return a moment in UTC, and the zone it was given in, which of a datetime is ``zone``.

    Raises:
        Unreadable: as :func:`read_moment`, or the datetime has no offset.
    """
    if isinstance(given, str):
        return read_moment(given)
    if given.utcoffset() is None:
        raise Unreadable("time.without_offset", "the time has no offset, so it is no moment", {})
    return given.astimezone(UTC), zone


def moment_at(given: Moment | None, pointer: str) -> tuple[datetime | None, list[Problem]]:
    """Return a moment in UTC, None where none is given or it is no moment, and what is wrong with it."""
    if given is None:
        return None, []
    try:
        return zoned(given, "UTC")[0], []
    except Unreadable as unreadable:
        return None, [unreadable.at(pointer)]


def _in_zone(text: str, local: datetime, stated: datetime | None, name: str) -> datetime:
    zone = zone_of(name)
    if zone is None:
        raise Unreadable("time.unknown_zone", "{zone!r} is no time zone of the IANA list", {"zone": name})
    readings = _readings(local, zone)
    if not readings:
        sentence = "{text!r} does not exist: summer time begins there"
        raise Unreadable("time.skipped", sentence, {"text": text})
    if stated is not None:
        readings = [moment for moment in readings if moment.utcoffset() == stated.utcoffset()]
        if not readings:
            sentence = "{text!r}: this zone has another offset at that time"
            raise Unreadable("time.contradicted", sentence, {"text": text})
    if len(readings) > 1:
        sentence = "{text!r} comes twice as summer time ends; write the offset before the zone"
        raise Unreadable("time.ambiguous", sentence, {"text": text})
    return readings[0]


def _readings(local: datetime, zone: tzinfo) -> list[datetime]:
    """Return the moments at which clocks of the zone show ``local``: none, one or two."""
    both = {fold: local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)}
    true = [m for m in both.values() if m.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local]
    return true if len({m.utcoffset() for m in true}) > 1 else true[:1]


def zone_of(name: str) -> tzinfo | None:
    """Return the time zone of an IANA name or an offset such as ``+01:00``, None if there is none."""
    if name == "UTC":
        return UTC
    if _OFFSET.fullmatch(name):
        return datetime.fromisoformat(f"2000-01-01T00:00{name}").tzinfo
    # The list of zones takes milliseconds to load, which only times with a zone name should pay.
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def read_window(start: str, end: str) -> tuple[Window | None, list[Problem]]:
    """
    Return the window two moments name, in the zone of the first, or None and every problem.

    Pointers are ``/window/start`` and ``/window/end``. Whether the window makes sense is not asked here.
    """
    problems: list[Problem] = []
    read = []
    for name, text in (("start", start), ("end", end)):
        pointer = f"/window/{name}"
        if not text.strip():
            problems.append(Problem("change.missing", "{what} is missing", {"what": f"the window's {name}"}, pointer))
            continue
        try:
            read.append(read_moment(text))
        except Unreadable as unreadable:
            problems.append(unreadable.at(pointer))
    if problems:
        return None, problems
    return Window(read[0][0], read[1][0], read[0][1]), []


def in_utc(window: Window) -> Window:
    """
    Return the window with its moments in UTC, where a minute is a minute.

    Python subtracts two times of one zone as their clocks show them, which is an hour off when summer time comes or
    goes between them. Times without an offset stay as they are, to be refused.
    """
    if window.start.utcoffset() is None or window.end.utcoffset() is None:
        return window
    return replace(window, start=window.start.astimezone(UTC), end=window.end.astimezone(UTC))


def read_target(text: str, *, pointer: str = "") -> tuple[Target | None, list[Problem]]:
    """
    Return the target a text such as ``web1,effect=restart,offset=5,minutes=10`` names, or None and every problem.

    An id that holds a comma or a quotation mark is quoted as in CSV.
    """
    try:
        fields = next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        sentence = "{text!r} is no CSV record: {cause}"
        return None, [Problem("change.target_unreadable", sentence, {"text": text[:80], "cause": str(error)}, pointer)]
    ci, options = (fields[0].strip(), fields[1:]) if fields else ("", [])
    problems = [] if ci else [Problem("change.missing", "{what} is missing", {"what": "the CI's id"}, f"{pointer}/ci")]
    found: dict[str, Any] = {}
    for field in options:
        problems += _option(field, found, pointer)
    edit, wrong = read_edit(found.pop("statements", ()), pointer)
    problems += wrong
    if edit is not None:
        found["edit"] = edit
    return (None, problems) if problems else (Target(ci, **found), [])


def _option(field: str, found: dict[str, Any], pointer: str) -> Iterator[Problem]:
    """Read one ``key=value`` into ``found``."""
    key, equals, value = (part.strip() for part in field.partition("="))
    name = key.removeprefix(EXPECT)
    if equals and name and key.startswith(EXPECT):
        expected = found.setdefault("expected", {})
        if name in expected:
            place = below(pointer, "expected", name)
            yield Problem("change.target_option_twice", "{key} stands twice", {"key": key}, place)
        expected[name] = value
    elif equals and key in VERBS:
        found.setdefault("statements", []).append((key, value))
    elif not equals or key not in _KEYS:
        sentence = "{field!r} is none of {keys}, written as key=value"
        keys = ", ".join((*_KEYS, f"{EXPECT}ATTRIBUTE", *VERBS))
        yield Problem("change.target_option", sentence, {"field": field, "keys": keys}, pointer)
    elif key in found:
        yield Problem("change.target_option_twice", "{key} stands twice", {"key": key}, f"{pointer}/{key}")
    elif key == "effect":
        if value in tuple(Effect):
            found[key] = Effect(value)
        else:
            known = ", ".join(Effect)
            yield Problem(
                "change.unknown_effect",
                "{effect!r} is none of {known}",
                {"effect": value, "known": known},
                f"{pointer}/effect",
            )
    elif _WHOLE.fullmatch(value):
        found[key] = int(value)
    else:
        yield Problem("change.not_whole", "{text!r} is no whole number of minutes", {"text": value}, f"{pointer}/{key}")


def read_targets(texts: Sequence[Target | str]) -> tuple[tuple[Target, ...], list[Problem], tuple[int, ...]]:
    """
    Return the targets of texts (targets pass as they are), every problem, and the place each target had in the input.

    Pointers are ``/targets/0`` and below.
    """
    targets: list[Target] = []
    places: list[int] = []
    problems: list[Problem] = []
    for place, given in enumerate(texts):
        target, wrong = (given, []) if isinstance(given, Target) else read_target(given, pointer=f"/targets/{place}")
        problems += wrong
        if target is not None:
            targets.append(target)
            places.append(place)
    return tuple(targets), problems, tuple(places)
