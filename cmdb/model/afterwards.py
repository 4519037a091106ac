"""What came after a change was implemented: incidents that may be its doing, and what verification saw of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.model.incident import DeclinedCause, Incident

WITHIN = timedelta(hours=24)
"""An incident that is opened so long after the end of a change at most is proposed as its doing."""


@dataclass(frozen=True, slots=True)
class IncidentLink:
    """
    An incident that a change may have caused, or did.

    ``cis`` are those both are about, sorted: targets, what the assessment said goes down with them, and the services it
    touches. ``confirmed`` tells that a person linked the incident to this change; without it the link is a proposal.
    """

    incident: str
    title: str
    opened: datetime
    resolved: datetime | None
    cis: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class DeclinedLink:
    """An incident that was proposed as the doing of a change, and who said why it is not."""

    incident: str
    title: str
    opened: datetime
    because: DeclinedCause


@dataclass(frozen=True, slots=True)
class MatchedDifference:
    """A difference from a baseline that a verification matched to a change; ``declared``: it named this very value."""

    verification: str
    way: str
    kind: str
    key: str
    field: str
    before: Any
    after: Any
    declared: bool


@dataclass(frozen=True, slots=True)
class DeclaredValue:
    """A value that a change declared, what stands there, and what became of it: seen, not_seen, not_looked."""

    verification: str
    ci: str
    field: str
    expected: Any
    present: Any
    outcome: str


@dataclass(frozen=True, slots=True)
class Afterwards:
    """
    What is known of the time after a change began.

    ``incidents`` are sorted by the time they were opened, so are ``declined``, which people said were not its doing.
    ``differences`` are those of the newest verification of each
    baseline that the change explains, ``declared`` what became of the values it declared.
    """

    incidents: tuple[IncidentLink, ...] = ()
    differences: tuple[MatchedDifference, ...] = ()
    declared: tuple[DeclaredValue, ...] = ()
    declined: tuple[DeclinedLink, ...] = ()


def is_near(incident: Incident, started: datetime, ended: datetime | None) -> bool:
    """
    Tell whether an incident was opened while a change went on, or within :data:`WITHIN` after its end.

    ``ended`` None: it still goes on.
    """
    return started <= incident.opened and (ended is None or incident.opened <= ended + WITHIN)
