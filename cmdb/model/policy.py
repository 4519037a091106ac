"""A verdict policy: the limits that turn the facts of a change into BLOCK, CAB, AUTO or PEER, and its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cmdb.model.assessment import Verdict
from cmdb.model.facts import Facts
from cmdb.model.kind import Kind
from cmdb.model.outcome import Outcome

LOWEST_TIER = 4
"""Tiers a policy speaks of run from 1 (highest) to this one; services of a lower tier count as "other"."""


@dataclass(frozen=True, slots=True)
class Policy:
    """
    The limits of a policy of the first format, each as its key in the policy's text says.

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
class Block:
    """What nobody may approve; ``breach_above`` is a P(breach of a service level), None: it does not matter."""

    service_down_without_back_out: bool
    missing_target: bool
    retired_target: bool
    unreconciled_target: bool
    joint_conflict: bool
    freeze: bool
    breach_above: float | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """What the board decides; the appetite is in the unit of the consequence, a limit of None does not matter."""

    emergency: bool
    peak_event: bool
    team_over_capacity: bool
    new_single_point_tier: int
    doubtful_tier: int
    expected_loss_above: float | None = None
    tail_above: float | None = None
    failure_above: float | None = None
    affected_services_above: int | None = None


@dataclass(frozen=True, slots=True)
class UnknownLoss:
    """What the board decides where the loss is not known: the outcomes of the services stand for it then."""

    down_tier: int
    degraded_tier: int


@dataclass(frozen=True, slots=True)
class Auto:
    """What a change of an approved standard model has to keep for the policy to approve it by itself."""

    successes: int
    failure_at_most: float
    failed_loss_at_most: float
    seen_days_at_most: float
    worst_outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """What a peer may decide: the worst outcome by tier (0 for all that are not named), and limits of its own."""

    worst_outcome: Mapping[int, Outcome]
    expected_loss_at_most: float | None = None
    tail_at_most: float | None = None


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """A test of a policy: facts, and the verdict and reasons it is to give them (``reasons`` None: whichever)."""

    name: str
    facts: Facts
    verdict: Verdict
    reasons: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FactsPolicy:
    """
    A policy of the second format, which judges :class:`~cmdb.model.facts.Facts`; each limit as its key says.

    A limit that ends in ``_tier`` holds for services of that tier and above; 0 switches it off. ``auto`` None: nothing
    approves itself. ``cases`` are the policy's own tests.
    """

    name: str
    unknown_tier: int
    block: Block
    cab: Board
    unknown_loss: UnknownLoss
    peer: Peer
    auto: Auto | None = None
    cases: tuple[PolicyCase, ...] = ()


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
