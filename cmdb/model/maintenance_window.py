"""Maintenance windows: when work on services or CIs is expected, and how many minutes of outage were agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.calendar_entry import Covered, EntryState, Schedule, Withdrawal
from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """
    A time for work on the services and CIs it covers.

    ``agreed`` with the customers, who were ``notified`` of it: planned minutes within are then shown and never charged.
    ``minutes`` is how many of each occurrence an outage may last, None for all of it.
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
    agreed: bool = False
    notified: bool = False
    minutes: int | None = None
    withdrawal: Withdrawal | None = None


MAINTENANCE = Kind(
    MaintenanceWindow,
    name="maintenance_window",
    series="MW",
    indexed=("state", "uid"),
    text=("id", "name", "reason"),
)
