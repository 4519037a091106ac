"""Times in which changes had better not be made: freezes, and peak events with their expected demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.calendar_entry import Covered, EntryState, Schedule, Withdrawal
from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Freeze:
    """
    A time in which nothing that it covers is changed; an emergency change passes if ``emergency_passes``.

    ``uid`` is what calendars know it by (RFC 5545), that of another calendar for what was brought in.
    """

    id: str
    name: str
    reason: str
    state: EntryState
    schedule: Schedule
    covers: Covered
    stated_by: str
    stated_at: datetime
    uid: str
    emergency_passes: bool = False
    withdrawal: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class PeakEvent:
    """
    A time of which more demand is expected, such as Double 11: ``demand`` times the usual one.

    Where it ``counts_as_freeze``, it is one for what it covers, and ``emergency_passes`` is then that of a freeze.
    """

    id: str
    name: str
    reason: str
    state: EntryState
    schedule: Schedule
    covers: Covered
    stated_by: str
    stated_at: datetime
    uid: str
    demand: float
    counts_as_freeze: bool = False
    emergency_passes: bool = False
    withdrawal: Withdrawal | None = None


FREEZES = Kind(Freeze, name="freeze", series="FRZ", indexed=("state", "uid"), text=("id", "name", "reason"))
PEAKS = Kind(PeakEvent, name="peak_event", series="PEAK", indexed=("state", "uid"), text=("id", "name", "reason"))
