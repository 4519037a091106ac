"""An incident: an unplanned interruption of a service or a loss of its quality, and the CIs it was about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cmdb.model.kind import Kind

HIGHEST_PRIORITY, LOWEST_PRIORITY = 1, 5
FORM = "form"
"""The source of an incident that somebody opened here."""


class IncidentState(StrEnum):
    """Whether the interruption goes on."""

    OPEN = "open"
    RESOLVED = "resolved"


class NotCaused(StrEnum):
    """Why a change is not what an incident came of."""

    COINCIDENCE = "coincidence"
    BEGAN_BEFORE = "began_before"
    OTHER_CHANGE = "other_change"
    OTHER_CAUSE = "other_cause"
    FALSE_ALARM = "false_alarm"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DeclinedCause:
    """Somebody looked at it: ``change`` did not cause the incident, for the reason ``code`` and what ``note`` adds."""

    change: str
    code: NotCaused
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """
    One incident.

    ``cis`` are the ids of the CIs that failed, sorted; each counts as down from ``opened`` until ``resolved`` (aware
    datetimes, None while it goes on). ``priority`` is 1 (highest) to 5. ``caused_by`` is the id of the change that
    caused it: the incident owns that link, and ``declined`` are the changes that were proposed and did not, by id; they
    are never proposed again. ``source`` names who brought it: :data:`FORM`, or an import. ``state`` is
    RESOLVED exactly when ``resolved`` is there; it has no default, so that every document holds it and open incidents
    can be found by it.
    """

    id: str
    title: str
    cis: tuple[str, ...]
    opened: datetime
    priority: int
    state: IncidentState
    source: str
    resolved: datetime | None = None
    caused_by: str | None = None
    declined: tuple[DeclinedCause, ...] = ()

    def is_open_at(self, moment: datetime) -> bool:
        """Tell whether the interruption goes on at a moment: from ``opened`` until before ``resolved``."""
        return self.opened <= moment and (self.resolved is None or moment < self.resolved)

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Tell whether it went on at some time from ``start`` until before ``end``."""
        return self.opened < end and (self.resolved is None or start < self.resolved)


INCIDENTS = Kind(
    Incident,
    name="incident",
    series="INC",
    indexed=("state", "opened", "resolved", "priority", "caused_by"),
    refers_to={"cis": "ci", "caused_by": "change", "declined.change": "change"},
    text=("id", "title"),
)
