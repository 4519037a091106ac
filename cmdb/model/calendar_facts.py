"""What the calendar says of a change at its time: freezes and peaks, agreed maintenance, what its team can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CalendarReason(StrEnum):
    """Why the calendar speaks against a time; ``freeze_passed`` and ``peak`` do not by themselves."""

    FREEZE = "freeze"
    PEAK_FREEZE = "peak_freeze"
    FREEZE_PASSED = "freeze_passed"
    PEAK = "peak"
    OUTSIDE_MAINTENANCE = "outside_maintenance"
    TEAM_BUSY = "team_busy"
    TEAM_OFF = "team_off"
    NOT_KNOWN_YET = "not_known_yet"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time: from ``from`` until before ``to``."""

    from_: datetime = field(metadata={"json": "from"})
    to: datetime


@dataclass(frozen=True, slots=True)
class FreezeMet:
    """
    A freeze, or a peak event that counts as one, that the change's window meets.

    ``code`` is FREEZE or PEAK_FREEZE, or FREEZE_PASSED where it lets this emergency change pass. ``services`` are those
    covered that the change's targets reach, ``targets`` those covered by their class or environment; where the freeze
    covers everything all are covered. ``stretches`` are when, within the window.
    """

    id: str
    name: str
    code: CalendarReason
    services: tuple[str, ...]
    targets: tuple[str, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class PeakMet:
    """A peak event that the window meets: ``demand`` times the usual one, of ``services`` that the targets reach."""

    id: str
    name: str
    demand: float
    services: tuple[str, ...]
    targets: tuple[str, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class MaintenanceMet:
    """
    How a service that the change does something to, or a target, stands to its maintenance windows.

    ``has_windows``: it has agreed ones at all, at any time. ``window_inside``: all of the change's window lies in them.
    ``planned_minutes`` are those of its planned outage, ``agreed_minutes`` how many of these lie in agreed windows, as
    far as their own limit of minutes goes, ``notified_minutes`` how many in windows of which customers were told. The
    change's window meets ``windows``.
    """

    ci: str
    has_windows: bool
    window_inside: bool
    planned_minutes: float
    agreed_minutes: float
    notified_minutes: float
    windows: tuple[str, ...]

    @property
    def outside_minutes(self) -> float:
        """The planned minutes that nobody agreed to."""
        return self.planned_minutes - self.agreed_minutes


@dataclass(frozen=True, slots=True)
class TeamOverrun:
    """
    A time within the window in which the team would do more than it can.

    ``code`` is TEAM_BUSY, with the other ``changes`` it is to implement then, where ``at_once`` are its most, this one
    included; or TEAM_OFF, when it does not work.
    """

    team: str
    code: CalendarReason
    at_once: int
    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """
    What the calendar says of one change at its time.

    ``freezes`` and ``peaks`` by id, ``maintenance`` of each service the change does something to and of each target
    that has windows of its own, ``overruns`` by time; ``team`` is None where nobody knows who implements the change;
    ``has_capacity`` tells whether anybody said what that team can do. ``not_known_yet`` are entries of which nobody
    knows yet when they are, as far ahead as the window is: what they would say is unknown, not nothing. ``reasons`` are
    the codes that hold, in the order of :class:`CalendarReason`.
    """

    freezes: tuple[FreezeMet, ...]
    peaks: tuple[PeakMet, ...]
    maintenance: tuple[MaintenanceMet, ...]
    team: str | None
    has_capacity: bool
    overruns: tuple[TeamOverrun, ...]
    not_known_yet: tuple[str, ...]
    reasons: tuple[CalendarReason, ...]

    @property
    def frozen(self) -> bool:
        """Whether a freeze that this change does not pass covers it."""
        return any(each.code is not CalendarReason.FREEZE_PASSED for each in self.freezes)
