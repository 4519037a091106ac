"""A change: what someone wants to do to which CIs, when, why, and how to go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.go_check import Found
from cmdb.model.graph_edit import GraphEdit
from cmdb.model.kind import Kind


class ChangeType(StrEnum):
    """How ITIL sorts changes: pre-authorised, to be judged, or urgent."""

    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"


class ChangeState(StrEnum):
    """Where a change is between request, decision, implementation and review."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ASSESSED = "assessed"
    APPROVED = "approved"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    SCHEDULED = "scheduled"
    IMPLEMENTING = "implementing"
    IMPLEMENTED = "implemented"
    PARTLY_IMPLEMENTED = "partly_implemented"
    BACKED_OUT = "backed_out"
    FAILED = "failed"
    REVIEWED = "reviewed"
    CLOSED = "closed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


FINISHED = frozenset(
    {ChangeState.IMPLEMENTED, ChangeState.PARTLY_IMPLEMENTED, ChangeState.BACKED_OUT, ChangeState.FAILED}
)
"""Implementation has ended, and the review is due."""

DONE = FINISHED | {ChangeState.REVIEWED, ChangeState.CLOSED}
"""Implementation has ended, whatever came after."""

GRANTED = frozenset({ChangeState.APPROVED, ChangeState.SCHEDULED, ChangeState.IMPLEMENTING}) | DONE
"""Somebody with the authority, or the policy, allowed it, and it was neither recalled nor has it expired."""


class Effect(StrEnum):
    """
    What the change does to a target.

    ``down`` and ``restart`` take it out for its planned minutes, ``config`` does not, ``retire`` takes it out for good.
    ``add`` brings a CI that does not exist yet, ``rewire`` changes what a CI or others need of each other; both from
    their planned offset on, for good. What is rewired is out for its planned minutes, if it has any.
    """

    DOWN = "down"
    RESTART = "restart"
    CONFIG = "config"
    RETIRE = "retire"
    ADD = "add"
    REWIRE = "rewire"


EDITING = frozenset({Effect.ADD, Effect.REWIRE})
"""The effects that edit the graph."""


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
    ``edit`` is what an ``add`` or ``rewire`` does to the graph, from the offset on.
    """

    ci: str
    effect: Effect = Effect.DOWN
    offset: int = 0
    minutes: int | None = None
    expected: Mapping[str, Any] = field(default_factory=dict)
    edit: GraphEdit | None = None

    @property
    def to_be_seen(self) -> Mapping[str, Any]:
        """The values verification is to see afterwards: those declared, and what retires gone, what is added there."""
        if self.effect is Effect.RETIRE:
            return {"/status": "retired", **self.expected}
        if self.effect is Effect.ADD and self.edit is not None and self.edit.item is not None:
            return {"/status": "active", "/class": self.edit.item.ci_class, **self.expected}
        return self.expected

    def outage(self, window: Window) -> tuple[datetime, datetime] | None:
        """Return from when until when the CI is out within the window, or None if the change leaves it in service."""
        if self.effect in (Effect.CONFIG, Effect.ADD) or self.minutes == 0:
            return None
        if self.effect is Effect.REWIRE and self.minutes is None:
            return None
        start = window.start + timedelta(minutes=self.offset)
        end = window.end if self.minutes is None else start + timedelta(minutes=self.minutes)
        return start, end

    def edited_from(self, window: Window) -> datetime | None:
        """Return from when on the edit of the graph holds, None where there is none."""
        return None if self.edit is None else window.start + timedelta(minutes=self.offset)


@dataclass(frozen=True, slots=True)
class BackOut:
    """How to return to the state before: the plan, how many minutes it takes, and when it was last tested."""

    plan: str
    minutes: int | None = None
    tested_on: date | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """
    An approval is not to be acted on until somebody confirms it: since when, by whom, and what has changed.

    ``because`` is what a person said, ``found`` what a check found. Earlier releases wrote of a check a sentence alone.
    """

    at: datetime
    by: str
    because: str = ""
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """A step was done: its number, from 1, when and by whom."""

    step: int
    at: datetime
    by: str


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

    ``model`` is the id of the change model it was made from, ``team`` the owner group that implements it, ``after`` the
    ids of the changes that must have succeeded before it is implemented, ``incidents`` those of the incidents it is to
    resolve. ``started_at`` and ``ended_at`` are when it really was done, ``ticks`` the steps done, in the order they
    were. ``outcome`` is how it went, known since ``outcome_at``; a review may correct it. ``in_part``: what was left
    out is not done. ``papers_due`` is the day an emergency change has to be documented by, ``papers_at`` when it was.
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
    model: str | None = None
    team: str | None = None
    benefit: str = ""
    communications: str = ""
    test_evidence: str = ""
    after: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    suspended: Suspension | None = None
    started_at: datetime | None = None
    started_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    ticks: tuple[Tick, ...] = ()
    outcome: ChangeOutcome | None = None
    outcome_at: datetime | None = None
    in_part: bool = False
    papers_due: date | None = None
    papers_at: datetime | None = None

    @property
    def no_return(self) -> datetime | None:
        """
        The point of no return: the last moment at which the back-out still fits into the window.

        None where that is not known. Before the window begins: the back-out takes longer than the window.
        """
        if self.window is None or self.back_out is None or self.back_out.minutes is None:
            return None
        return self.window.end - timedelta(minutes=self.back_out.minutes)

    @property
    def has_succeeded(self) -> bool:
        """Whether what it was to bring is there, so that a change after it can build on it."""
        return self.outcome in (ChangeOutcome.SUCCESS, ChangeOutcome.ISSUES) and not self.in_part


WORDS = ("title", "reason", "benefit", "communications")
"""What may be reworded without asking anybody again."""

CONTENT = (
    "type",
    "window",
    "targets",
    "steps",
    "back_out",
    "implementer",
    "team",
    "model",
    "test_evidence",
    "after",
    "incidents",
)
"""What is decided about. The implementer belongs to it, because who implements does not decide."""


def added_by(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the CIs that a change is to bring: they may be named before they exist."""
    return frozenset(each["ci"] for each in document.get("targets", ()) if each.get("effect") == Effect.ADD.value)


CHANGES = Kind(
    Change,
    name="change",
    series="CHG",
    indexed=("state", "raised_at", "requester", "window.start", "window.end", "model", "team", "outcome_at"),
    refers_to={
        "targets.ci": "ci",
        "assessment": "assessment",
        "model": "change_model",
        "after": "change",
        "incidents": "incident",
    },
    foretold=added_by,
    text=("id", "title", "reason", "targets"),
)
