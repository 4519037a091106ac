"""A change as P(fail) is learned from it: what was known before it began, and apart from that what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cmdb.model.change_outcome import ChangeOutcome


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """
    What is known of a change before its implementation starts; what comes later has no field here.

    ``targets`` are the keys of the CIs it touches, ``classes`` the class of each in the same order ("" where nobody
    knows it). ``window_minutes`` is how long it is planned to take. ``facts`` are other figures known before the start,
    by name; a truth is 1 or 0, and what is not known is left out. Times are aware datetimes in UTC.
    """

    id: str
    starts_at: datetime
    title: str = ""
    type: str | None = None
    model: str | None = None
    team: str | None = None
    implementer: str | None = None
    targets: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    requested_at: datetime | None = None
    window_minutes: float | None = None
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastChange:
    """
    A change of which the outcome is known: since ``known_at``, and not before.

    ``ended_at`` is when its implementation ended, where that was written down. Nothing of this class but ``planned``
    may enter the prediction for this change; it may enter those for changes that start at ``known_at`` or later.
    """

    planned: PlannedChange
    outcome: ChangeOutcome
    known_at: datetime
    ended_at: datetime | None = None
