"""The facts of a change: all that a policy judges, as it was known when the change was assessed."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.model.change import ChangeType
from cmdb.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """
    What the change does to one service in its window.

    ``tier`` is None where nobody gave it one. ``minutes_outside`` are the planned minutes for which it is down or runs
    with less outside the maintenance agreed for it; None: not known. ``new_single_points`` counts the CIs whose single
    failure would stop it then and did not before.
    """

    service: str
    tier: int | None
    outcome: Outcome
    minutes_outside: float | None = 0.0
    new_single_points: int = 0


@dataclass(frozen=True, slots=True)
class DoubtFacts:
    """A service that would have the outcome ``worst`` if some relation does not exist of which nobody is sure."""

    service: str
    tier: int | None
    outcome: Outcome
    worst: Outcome


@dataclass(frozen=True, slots=True)
class FailureFacts:
    """P(fail), the probability that the change is backed out or fails: its mean, 90 % interval, evidence and method."""

    mean: float
    low: float
    high: float
    effective_sample_size: float
    method: str = ""


@dataclass(frozen=True, slots=True)
class LossFacts:
    """
    What the change costs, in minutes of a tier 1 service that is down.

    ``expected`` and ``tail`` (95 %) are over all scenarios at the mean of P(fail), ``expected_high`` and ``tail_high``
    the same at its upper bound; ``failed`` is the loss in the scenario that it fails with an incident.
    """

    expected: float
    expected_high: float
    tail: float
    tail_high: float
    failed: float


@dataclass(frozen=True, slots=True)
class BreachFacts:
    """P(breach of its service level) of one service that has one, and the same at the upper bound of P(fail)."""

    service: str
    tier: int | None
    probability: float
    high: float


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """
    The change model the change is made by, whether it is approved now, and how many of its changes succeeded.

    ``followed``: what the change does, and how, is what the model says, so that who approved the model approved it.
    """

    id: str
    approved: bool
    successes: int
    followed: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """
    All a policy judges. None is *not known*, an empty tuple *none there are*; what is not known is never taken as low.

    ``incident`` is the open incident an emergency change is linked to (None: none). ``conflicts`` names the changes and
    incidents it meets in a joint conflict, sorted, ``conflicts_unexamined`` counts the limits that kept more from being
    looked for, ``doubts_unexamined`` the relations nobody is sure of that were not looked at (None: not even counted).
    ``breaches`` has the services with a service level. ``freezes`` and ``peaks`` are the freezes and peak events the
    window meets, ``overruns`` the teams it asks more of than they have. ``missing``, ``retired`` and ``unreconciled``
    are targets, sorted: no longer seen, no longer part of the estate, or with an open doubt about what they are.
    ``seen_days`` is for how many days the target that was seen longest ago was not seen; None: some never was.
    ``back_out`` and ``remediation`` tell whether there is such a plan, ``back_out_tested_days`` how many days ago it
    was last tested (None: never, as far as is known).
    """

    type: ChangeType = ChangeType.NORMAL
    retrospective: bool = False
    incident: str | None = None
    model: ModelFacts | None = None
    services: tuple[ServiceFacts, ...] = ()
    conflicts: tuple[str, ...] = ()
    conflicts_unexamined: int = 0
    doubtful: tuple[DoubtFacts, ...] = ()
    doubts_unexamined: int | None = 0
    failure: FailureFacts | None = None
    loss: LossFacts | None = None
    breaches: tuple[BreachFacts, ...] | None = None
    freezes: tuple[str, ...] | None = None
    peaks: tuple[str, ...] | None = None
    overruns: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    unreconciled: tuple[str, ...] | None = None
    seen_days: float | None = None
    back_out: bool = False
    remediation: bool = False
    back_out_tested_days: int | None = None


HARMLESS = Facts(
    failure=FailureFacts(mean=0.02, low=0.01, high=0.05, effective_sample_size=200.0, method="given"),
    loss=LossFacts(expected=5.0, expected_high=10.0, tail=50.0, tail_high=100.0, failed=40.0),
    breaches=(),
    freezes=(),
    peaks=(),
    overruns=(),
    unreconciled=(),
    seen_days=0.5,
    back_out=True,
    back_out_tested_days=30,
)
"""A change that touches nothing and of which everything is known: what a policy's own tests do not say otherwise."""
