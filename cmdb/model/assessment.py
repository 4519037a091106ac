"""An assessment: what the impact service computed for one revision of a change. A record, never changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cmdb.model.change import ChangeType, Target, Window
from cmdb.model.kind import Kind


class Outcome(StrEnum):
    """What happens to a service, worst first."""

    DOWN = "down"
    DEGRADED = "degraded"
    REDUNDANCY_LOST = "redundancy_lost"
    REDUCED = "reduced"
    UNAFFECTED = "unaffected"


class Verdict(StrEnum):
    """Who decides about a change: nobody may (yet), the board, a peer, or the policy itself."""

    BLOCK = "block"
    CAB = "cab"
    PEER = "peer"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Inputs:
    """All an assessment was computed from; with the graph of its revision this gives the same result for ever."""

    type: ChangeType
    window: Window
    targets: tuple[Target, ...]
    has_back_out: bool
    policy_version: int
    policy_sha256: str


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the window in which the same CIs are out by plan."""

    start: datetime
    end: datetime
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceOutcome:
    """
    What happens to one service: the worst outcome of the phases, and how long each outcome lasts.

    ``minutes`` maps an outcome to its planned minutes (one decimal). ``reason`` is a shortest path of ids from a failed
    CI to the service, ``new_single_points`` the CIs whose single failure would now stop it and did not before, and
    ``margin`` the number of further failures that take it down (None: nothing does), all from the first worst phase
    (new single points from every phase).
    """

    id: str
    name: str
    tier: int | None
    outcome: Outcome
    minutes: Mapping[str, float]
    reason: tuple[str, ...]
    new_single_points: tuple[str, ...] = ()
    margin: int | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """
    One assessment of one revision of a change.

    ``services`` are the affected ones, by tier and id; ``unaffected`` counts the others. ``down`` and ``degraded`` are
    the CIs that are so in some phase beside the targets themselves. ``previous`` is the hash of the change's assessment
    before (all zeros for the first) and ``hash`` the SHA-256 of the canonical document without ``hash`` itself.
    """

    id: str
    change: str
    change_revision: int
    graph_revision: int
    made_at: datetime
    made_by: str
    inputs: Inputs
    verdict: Verdict
    reasons: tuple[str, ...]
    services: tuple[ServiceOutcome, ...]
    unaffected: int
    down: tuple[str, ...]
    degraded: tuple[str, ...]
    phases: tuple[Phase, ...]
    previous: str
    hash: str = field(default="")


ASSESSMENTS = Kind(
    Assessment,
    name="assessment",
    series="ASM",
    indexed=("change", "made_at"),
    refers_to={"change": "change"},
)


def unsigned(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an assessment's document that its hash covers."""
    return {key: value for key, value in document.items() if key != "hash"}
