"""A run of a job: who asked for it, how it stands, and what came of it in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind


class RunState(StrEnum):
    """Where a run is between being asked for and its end."""

    QUEUED = "queued"
    RUNNING = "running"
    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


ENDED = frozenset({RunState.OK, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED, RunState.LOST})
"""The states that nothing leads out of."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something to tell a person, as a stable code and its facts (plain JSON); a door makes the sentence."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """
    One run of a job.

    ``slot`` is what it was for: the moment of the schedule (UTC, ``2026-03-02T02:30:00Z``), or a number of the job's
    own series where somebody asked; a job runs once for each. ``because`` tells more of that, such as moments that were
    missed. ``attempt`` counts how often it was begun, ``faults`` how many of these went wrong (its worker fell silent,
    or an error that trying again may cure). ``started_at`` and ``worker`` are those of the newest attempt. ``said`` is
    the one line about how it stands or ended, ``details`` has a line for each target that failed or thing that was
    found, ``figures`` are what was counted. ``cancelled_by`` is set as soon as somebody wants it ended.
    """

    id: str
    job: str
    slot: str
    state: RunState
    requested_by: str
    queued_at: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    because: Said | None = None
    attempt: int = 0
    faults: int = 0
    worker: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cancelled_by: str | None = None
    said: Said | None = None
    details: tuple[Said, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether this is its final result."""
        return self.state in ENDED


def run_id(job: str, slot: str) -> str:
    """
    Return the id of the one run of a job in a slot.

    >>> run_id("audit-verify", "2026-03-02T02:30:00Z")
    'audit-verify@2026-03-02T02:30:00Z'
    """
    return f"{job}@{slot}"


RUNS = Kind(
    Run,
    name="run",
    indexed=("job", "state", "requested_by", "slot", "queued_at"),
    text=("id", "requested_by"),
)
