"""A verdict policy: the limits that turn an assessment into BLOCK, CAB, AUTO or PEER, and its versions as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cmdb.model.kind import Kind
from cmdb.model.outcome import Outcome

LOWEST_TIER = 4
"""Tiers a policy speaks of run from 1 (highest) to this one; services of a lower tier count as "other"."""


@dataclass(frozen=True, slots=True)
class Policy:
    """
    The limits, each as its key in the policy's text says.

    A limit that ends in ``_tier`` holds for services of that tier and above; 0 switches it off. ``auto_worst_outcome``
    and ``peer_worst_outcome`` are the worst outcome that is still allowed; the latter by tier, 0 standing for all
    tiers it does not name; empty: no change is for a peer alone. ``auto_worst_outcome`` None: nothing approves itself.
    """

    name: str
    unknown_tier: int
    block_service_down_without_back_out: bool
    block_retired_target: bool
    cab_emergency: bool
    cab_new_single_point_tier: int
    cab_down_tier: int
    cab_degraded_tier: int
    cab_affected_services_above: int | None
    auto_worst_outcome: Outcome | None
    peer_worst_outcome: Mapping[int, Outcome]
    block_joint_conflict: bool = False
    cab_doubtful_tier: int = 0


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of the policy as it was set: its number from 1 on, and its text with the SHA-256 of its bytes."""

    id: str
    version: int
    name: str
    sha256: str
    text: str
    set_at: datetime
    set_by: str


POLICIES = Kind(PolicyVersion, name="policy", indexed=("version",))
