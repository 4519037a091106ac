"""What the entries of the calendar share: when they are, what they cover, and whether they still count."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cmdb.model.intervals import Interval, interval_of, utc_text


class EntryState(StrEnum):
    """Whether an entry of the calendar counts."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Schedule:
    """
    When something is: once from ``start`` until before ``end``, or again and again by a ``rule``.

    ``zone`` is the IANA name or the offset in whose clocks the rule counts. ``rule`` is an RRULE (RFC 5545) without its
    name, ``excluded`` are starts that do not take place, ``added`` further ones. ``intervals`` is what all this comes
    to, computed when it was stated: ISO 8601 intervals in UTC, in order, none overlapping another, so that no library
    is asked again. They are complete until before ``known_until``; None: there are no more.
    """

    start: datetime
    end: datetime
    zone: str = "UTC"
    rule: str | None = None
    excluded: tuple[datetime, ...] = ()
    added: tuple[datetime, ...] = ()
    known_until: datetime | None = None
    intervals: tuple[str, ...] = ()

    def within(self, start: datetime, end: datetime) -> list[Interval]:
        """Return the intervals, whole, that share some time with [start, end), in order."""
        # Fixed width in UTC, so texts compare as moments do; a bound that is no whole second is looked at again.
        first = bisect_left(self.intervals, utc_text(start))
        last = bisect_right(self.intervals, f"{utc_text(end)}~")
        found = (interval_of(text) for text in self.intervals[max(0, first - 1) : last])
        return [each for each in found if each.meets(start, end)]

    def knows(self, end: datetime) -> bool:
        """Tell whether the intervals are complete until before ``end``."""
        return self.known_until is None or end <= self.known_until


@dataclass(frozen=True, slots=True)
class Covered:
    """
    What an entry is about: ``everything``, or whatever one of the lists names.

    ``services`` are ids of services; ``cis`` ids of CIs, by which only they are meant; ``classes`` CI classes with
    those below them, and ``environments`` values of the attribute of that name.
    """

    everything: bool = False
    services: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who let an entry count no more, when and why."""

    by: str
    at: datetime
    reason: str
