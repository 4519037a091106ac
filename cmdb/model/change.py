"""A change: what someone wants to do to which CIs, when, why, and how to go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind


class ChangeType(StrEnum):
    """How ITIL sorts changes: pre-authorised, to be judged, or urgent."""

    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"


class ChangeState(StrEnum):
    """Where a change is between request and decision."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ASSESSED = "assessed"
    APPROVED = "approved"
    REJECTED = "rejected"


class Effect(StrEnum):
    """What the change does to a target: down and restart take it out for its planned minutes, config does not."""

    DOWN = "down"
    RESTART = "restart"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Window:
    """
    When the work may happen: from ``start`` until before ``end``, aware datetimes.

    ``zone`` is the IANA name or the offset the requester gave, so that people read the times as they were meant.
    """

    start: datetime
    end: datetime
    zone: str = "UTC"

    @property
    def minutes(self) -> int:
        """The length in whole minutes, rounded up."""
        return -(-(self.end - self.start) // timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Target:
    """
    One CI the change touches.

    A window is not an outage: ``offset`` is the minute of the window at which the CI goes out, ``minutes`` for how
    long; left out, until the window ends. Both count for the effects that take a CI out. ``expected`` are the values
    that attributes of the CI are to have afterwards, by name, "/name" for its name and "/status" for "active" or
    "retired"; verification tells whether discovery saw them. Without any, whatever changes of it then was expected.
    """

    ci: str
    effect: Effect = Effect.DOWN
    offset: int = 0
    minutes: int | None = None
    expected: Mapping[str, Any] = field(default_factory=dict)

    def outage(self, window: Window) -> tuple[datetime, datetime] | None:
        """Return from when until when the CI is out within the window, or None if the change leaves it in service."""
        if self.effect is Effect.CONFIG or self.minutes == 0:
            return None
        start = window.start + timedelta(minutes=self.offset)
        end = window.end if self.minutes is None else start + timedelta(minutes=self.minutes)
        return start, end


@dataclass(frozen=True, slots=True)
class BackOut:
    """How to return to the state before: the plan, how many minutes it takes, and when it was last tested."""

    plan: str
    minutes: int | None = None
    tested_on: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """
    One change request.

    A draft may still lack window and targets. ``revision`` counts the contents people approve: it grows when one of
    :data:`CONTENT` is edited after submission, and decisions on an earlier revision are void. ``authors`` are those
    beside the requester who wrote content, sorted: they decide as little as the requester does. ``assessment`` is the
    id of the newest assessment. A ``retrospective`` change accepts what was found to have been done without one: its
    window may lie in the past, and it authorised nothing. ``type``, ``state`` and ``revision`` have no default, so that
    every document holds them and can be found by them.
    """

    id: str
    title: str
    reason: str
    requester: str
    raised_at: datetime
    type: ChangeType
    state: ChangeState
    revision: int
    window: Window | None = None
    targets: tuple[Target, ...] = ()
    implementer: str | None = None
    steps: tuple[str, ...] = ()
    back_out: BackOut | None = None
    authors: tuple[str, ...] = ()
    assessment: str | None = None
    retrospective: bool = False


WORDS = ("title", "reason")
"""What may be reworded without asking anybody again."""

CONTENT = ("type", "window", "targets", "steps", "back_out", "implementer")
"""What is decided about. The implementer belongs to it, because who implements does not decide."""

CHANGES = Kind(
    Change,
    name="change",
    series="CHG",
    indexed=("state", "raised_at", "requester", "window.start", "window.end"),
    refers_to={"targets.ci": "ci", "assessment": "assessment"},
    text=("id", "title", "reason", "targets"),
)
