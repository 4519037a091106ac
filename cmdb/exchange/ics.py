"""iCalendar (RFC 5545), reader beside writer: events with their recurrence as it is stated, nothing expanded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from cmdb.errors import Problem

if TYPE_CHECKING:
    from icalendar import Component

MOST_BYTES = 10 * 1024 * 1024
MOST_EVENTS = 10_000
MEDIA = "text/calendar"
_OWN = "X-FORESHOCK-"
_BEGIN = re.compile(rb"^BEGIN:VEVENT\s*$", re.IGNORECASE | re.MULTILINE)
YEARS = range(1900, 2300)
When = TypeVar("When", bound=date)
_MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class IcsEvent:
    """
    One event: from ``start`` until before ``end``, aware, and again by ``rule`` in the clocks of ``zone``.

    ``rule`` is an RRULE without its name. ``own`` is what only Foreshock reads, by name without its prefix. ``line``
    is where it began in the file that was read.
    """

    uid: str
    summary: str
    start: datetime
    end: datetime
    zone: str = "UTC"
    rule: str | None = None
    excluded: tuple[datetime, ...] = ()
    added: tuple[datetime, ...] = ()
    description: str = ""
    stamp: datetime | None = None
    sequence: int = 0
    status: str = "CONFIRMED"
    categories: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


# writing -------------------------------------------------------------------------------------------------------------
def write(events: Iterable[IcsEvent], *, name: str) -> bytes:
    """
    Return a calendar of these events, in their order: the same events, the same bytes.

    Times are written in the zone of their event, an IANA one, which is defined in the calendar as well.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Foreshock//Change calendar//EN")
    calendar.add("x-wr-calname", name)
    zoned: list[datetime] = []
    for event in events:
        calendar.add_component(_component(event))
        if event.zone != "UTC":
            zoned += [event.start, event.end, *event.added]
    if zoned:
        # Zones are defined for as long as the events can matter, not from 1970 on.
        first, last = min(zoned) - _MONTH, max(zoned) + 120 * _MONTH
        calendar.add_missing_timezones(first_date=first.date(), last_date=last.date())
    written: bytes = calendar.to_ical()
    return written


def _component(event: IcsEvent) -> Component:
    from icalendar import Event, vRecur

    made = Event()
    made.add("uid", event.uid)
    made.add("dtstamp", (event.stamp or event.start).astimezone(UTC))
    made.add("sequence", event.sequence)
    made.add("summary", event.summary)
    zone: tzinfo = UTC if event.zone == "UTC" else ZoneInfo(event.zone)
    made.add("dtstart", event.start.astimezone(zone))
    made.add("dtend", event.end.astimezone(zone))
    if event.rule:
        made.add("rrule", vRecur.from_ical(event.rule))
    if event.added:
        made.add("rdate", [each.astimezone(zone) for each in event.added])
    if event.excluded:
        made.add("exdate", [each.astimezone(zone) for each in event.excluded])
    if event.description:
        made.add("description", event.description)
    if event.categories:
        made.add("categories", list(event.categories))
    made.add("status", event.status)
    for key, text in sorted(event.own.items()):
        made.add(f"{_OWN}{key}", text, parameters={"VALUE": "TEXT"})
    return made


# reading -------------------------------------------------------------------------------------------------------------
def read(content: bytes, *, zone: tzinfo, zone_name: str) -> tuple[list[IcsEvent], list[Problem]]:
    """
    Return the events of a calendar in their order, and every problem, each with the line its event begins at.

    Times without a zone, and days, are meant in ``zone``. Tasks, alarms and journals are passed over; whatever of an
    event would be lost, such as a single occurrence that was moved, is a problem.
    """
    from icalendar import Calendar

    if len(content) > MOST_BYTES:
        facts: dict[str, Any] = {"most": MOST_BYTES // 1024 // 1024}
        return [], [Problem("ics.too_large", "it has more than {most} MiB", facts, pointer="")]
    lines = [content.count(b"\n", 0, match.start()) + 1 for match in _BEGIN.finditer(content)]
    if len(lines) > MOST_EVENTS:
        many = {"count": len(lines), "most": MOST_EVENTS}
        return [], [Problem("ics.too_many", "{count:,} events; at most {most:,}", many, pointer="")]
    try:
        calendars = Calendar.from_ical(content.decode("utf-8-sig"), multiple=True)
        components = [event for each in calendars for event in each.walk("VEVENT")]
    except (ValueError, IndexError, KeyError, RecursionError) as error:
        cause: str = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)[:200]
        why: dict[str, Any] = {"cause": cause}
        return [], [Problem("ics.unreadable", "it is no iCalendar file: {cause}", why, pointer="")]
    if not calendars:
        return [], [Problem("ics.unreadable", "it is no iCalendar file: {cause}", {"cause": "it is empty"}, pointer="")]
    events: list[IcsEvent] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for place, component in enumerate(components):
        line = lines[place] if place < len(lines) else 1
        one = _Reading(component, zone, zone_name, line)
        event = one.event()
        problems += one.problems
        if event is not None:
            if event.uid in first:
                facts = {"uid": event.uid, "first": first[event.uid]}
                sentence = "the event {uid} stands twice, first at line {first}; each has a UID of its own"
                problems.append(Problem("ics.repeated", sentence, facts, line=line))
            first.setdefault(event.uid, line)
            events.append(event)
    return events, problems


class _Reading:
    """One event as it is read, and what is wrong with it."""

    def __init__(self, component: Any, zone: tzinfo, zone_name: str, line: int) -> None:
        self._of = component
        self._zone, self._zone_name = zone, zone_name
        self._line = line
        self.problems: list[Problem] = []
        self._broken = {name.upper() for name, _ in component.errors if name}

    def event(self) -> IcsEvent | None:
        """Return the event, None where anything is wrong."""
        for name, cause in self._of.errors:
            facts = {"name": name or "a line", "cause": str(cause)[:200]}
            self._problem("ics.broken", "{name} can not be read: {cause}", facts)
        uid, summary = self._text("UID", required=True), self._text("SUMMARY", required=True)
        self._refuse_lost()
        start, name = self._start()
        end = None if start is None else self._end(start)
        rule = self._rule()
        excluded, added = self._moments("EXDATE"), self._moments("RDATE")
        if name is None and (rule or added):
            sentence = "it comes again in a time zone that only this file defines; right would be an IANA name"
            self._problem("ics.own_zone", sentence, {})
        if self.problems or start is None or end is None:
            return None
        return IcsEvent(
            uid=uid,
            summary=summary,
            start=start.astimezone(UTC),
            end=end.astimezone(UTC),
            zone=name or "UTC",
            rule=rule,
            excluded=excluded,
            added=added,
            description=self._text("DESCRIPTION"),
            status=self._text("STATUS").upper() or "CONFIRMED",
            categories=self._categories(),
            own=self._own(),
            line=self._line,
        )

    def _problem(self, code: str, sentence: str, facts: dict[str, Any]) -> None:
        self.problems.append(Problem(code, sentence, facts, line=self._line))

    def _refuse_lost(self) -> None:
        if "RECURRENCE-ID" in self._of:
            sentence = "it moves an occurrence of another event; right would be an EXDATE there and an event of its own"
            self._problem("ics.override", sentence, {})
        if "EXRULE" in self._of or isinstance(self._of.get("RRULE"), list):
            sentence = "it has more than one rule, or one that excludes; right would be one RRULE and EXDATE"
            self._problem("ics.rules", sentence, {})

    def _text(self, name: str, *, required: bool = False) -> str:
        value = self._of.get(name)
        text = "" if value is None or isinstance(value, list) or name in self._broken else str(value).strip()
        if required and not text and name not in self._broken:
            self._problem("ics.missing", "its {name} is missing", {"name": name})
        return text

    def _start(self) -> tuple[datetime | None, str | None]:
        if "DTSTART" in self._broken:
            return None, "UTC"
        found = self._of.get("DTSTART")
        if found is None or isinstance(found, list):
            self._problem("ics.missing", "its {name} is missing", {"name": "DTSTART"})
            return None, "UTC"
        return self._moment(found, "DTSTART"), self._zone_of(found.dt)

    def _end(self, start: datetime) -> datetime | None:
        if self._broken & {"DTEND", "DURATION"}:
            return None
        found, lasts = self._of.get("DTEND"), self._of.get("DURATION")
        if found is not None and not isinstance(found, list):
            return self._moment(found, "DTEND")
        if lasts is not None and not isinstance(lasts, list):
            # Days are those of the clocks: a day from noon to noon, also where it has 23 hours.
            try:
                end: datetime = start + lasts.dt
            except OverflowError:
                end = start.replace(year=YEARS[0] - 1, month=1, day=1)
            return self._in_years(end, "DURATION")
        if not isinstance(self._of["DTSTART"].dt, datetime):
            return start + timedelta(days=1)
        self._problem("ics.missing", "its {name} is missing", {"name": "DTEND or DURATION"})
        return None

    def _rule(self) -> str | None:
        found = self._of.get("RRULE")
        if found is None or isinstance(found, list) or "RRULE" in self._broken:
            return None
        text: str = found.to_ical().decode()
        if not text:
            self._problem(
                "ics.broken", "{name} can not be read: {cause}", {"name": "RRULE", "cause": "it says nothing"}
            )
        return text

    def _moments(self, name: str) -> tuple[datetime, ...]:
        found = self._of.get(name)
        if found is None or name in self._broken:
            return ()
        moments = []
        for several in found if isinstance(found, list) else [found]:
            for each in several.dts:
                if isinstance(each.dt, tuple):
                    self._problem("ics.period", "{name} names periods; right would be moments", {"name": name})
                else:
                    moments.append(self._moment(each, name, several.params))
        return tuple(sorted({each.astimezone(UTC) for each in moments if each is not None}))

    def _moment(self, found: Any, name: str, params: Mapping[str, Any] | None = None) -> datetime | None:
        value: date | datetime | None = found.dt
        if not isinstance(value, date):
            self._problem("ics.broken", "{name} can not be read: {cause}", {"name": name, "cause": "it is no moment"})
            return None
        if self._in_years(value, name) is None:
            return None
        if not isinstance(value, datetime):
            return datetime.combine(value, time(), self._zone)
        if value.tzinfo is not None:
            return value
        named = (found.params if params is None else params).get("TZID")
        if named is not None:
            facts = {"zone": str(named)[:80], "name": name}
            self._problem("ics.unknown_zone", "{name}: {zone!r} is no time zone of the IANA list", facts)
            return None
        return value.replace(tzinfo=self._zone)

    def _in_years(self, value: When, name: str) -> When | None:
        """Return a day or a moment, None where no calendar has it in use."""
        if value.year in YEARS:
            return value
        facts = {"name": name, "first": YEARS[0], "last": YEARS[-1]}
        self._problem("ics.year", "{name} is not in the years {first} to {last}", facts)
        return None

    def _zone_of(self, value: date | datetime) -> str | None:
        """Return the name of a start's zone, None where it has none that is known elsewhere."""
        if not isinstance(value, datetime) or value.tzinfo is None:
            return self._zone_name
        if value.tzinfo is UTC:
            return "UTC"
        return getattr(value.tzinfo, "key", None)

    def _categories(self) -> tuple[str, ...]:
        found = self._of.get("CATEGORIES")
        several = found if isinstance(found, list) else [] if found is None else [found]
        return tuple(str(each) for one in several for each in getattr(one, "cats", (one,)))

    def _own(self) -> dict[str, str]:
        found = ((str(name), value) for name, value in self._of.items() if str(name).upper().startswith(_OWN))
        return {name.upper().removeprefix(_OWN): str(value) for name, value in found if not isinstance(value, list)}
