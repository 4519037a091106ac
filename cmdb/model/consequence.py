"""The consequence of a change: what each way it may go does to services, and what that is expected to cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cmdb.model.outcome import Outcome


class ScenarioName(StrEnum):
    """How a change may go."""

    AS_PLANNED = "as_planned"
    BACKED_OUT = "backed_out"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FailureChance:
    """
    P(fail): how likely a change is backed out or fails, its mean and 90 % interval.

    ``is_prior`` says that nothing was learnt for it. ``incident_share`` is how many of such changes fail with an
    incident rather than being backed out.
    """

    mean: float
    low: float
    high: float
    is_prior: bool
    incident_share: float


@dataclass(frozen=True, slots=True)
class RepairCases:
    """How many resolved failures a repair time rests on: of the CI itself, of others of its class, of all others."""

    ci: int
    ci_class: int
    organisation: int


@dataclass(frozen=True, slots=True)
class RepairTime:
    """
    How long a repair takes that nobody has begun yet, as a discrete distribution.

    ``minutes`` ascend, ``probabilities`` are theirs. ``cases`` is what it rests on beside the prior.
    """

    minutes: tuple[int, ...]
    probabilities: tuple[float, ...]
    cases: RepairCases


@dataclass(frozen=True, slots=True)
class Failing:
    """
    One way a failed change goes: these CIs stay down together, with ``weight`` among the ways, for a time of repair.

    ``median`` and ``p95`` are minutes of that time.
    """

    cis: tuple[str, ...]
    weight: float
    median: int
    p95: int
    cases: RepairCases


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way a change may go, how likely, and the extra minutes after its window that are expected of it."""

    name: ScenarioName
    probability: float
    extra_minutes: float


@dataclass(frozen=True, slots=True)
class BudgetState:
    """The error budget of the period that the change weighs most on, in minutes; ``spent`` where it is overdrawn."""

    start: datetime
    end: datetime
    total: float
    used: float
    remaining: float
    spent: bool


@dataclass(frozen=True, slots=True)
class ServiceScenario:
    """
    What one scenario does to one service.

    ``p_down`` is the probability that the scenario has it down. ``minutes`` are those expected down inside its hours,
    ``maintenance_minutes`` the part of them that was agreed and notified and is not charged. ``budget_share`` is what
    is charged as a share of the remaining error budget (None: there is no budget, or none is left), ``p_breach`` the
    probability that the target is missed by it (None: no target). ``loss``, ``score`` and ``money`` are the parts of
    the change's: the scenario's probability is in them.
    """

    scenario: ScenarioName
    outcome: Outcome
    p_down: float
    minutes: float
    maintenance_minutes: float
    budget_share: float | None
    p_breach: float | None
    loss: float
    score: float
    money: float | None


@dataclass(frozen=True, slots=True)
class ServiceConsequence:
    """
    What a change may do to one service.

    ``weight`` is what a minute counts for in tier 1 minutes. ``has_level`` tells whether a level was agreed;
    ``hours_unknown`` how many minutes counted as service hours because nobody knows the hours of that time.
    ``breaches_at`` is when an outage from the window's start on would miss the target, None where it never does.
    ``p_breach`` is over all scenarios, ``p_breach_high`` the same at the upper end of P(fail)'s interval.
    """

    id: str
    name: str
    tier: int | None
    weight: float
    has_level: bool
    hours_unknown: float
    budget: BudgetState | None
    breaches_at: datetime | None
    p_breach: float | None
    p_breach_high: float | None
    loss: float
    score: float
    currency: str | None
    scenarios: tuple[ServiceScenario, ...]


class Aspect(StrEnum):
    """What ISO/IEC 20000-1, 8.5.1, asks of a change beside availability."""

    CAPACITY = "capacity"
    CONTINUITY = "continuity"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class TouchedFact:
    """A fact of the records that the change touches: an attribute of a target, or what its class is for."""

    aspect: Aspect
    ci: str
    fact: str
    value: str


@dataclass(frozen=True, slots=True)
class Consequence:
    """
    The consequence of a change.

    Losses are in tier 1 minutes: ``expected_loss`` at P(fail)'s mean, ``loss_low`` and ``loss_high`` at the ends of its
    interval, ``tail_loss`` the expected loss of the worst 5 % (expected shortfall), ``tail_high`` the same at the upper
    end, ``failed_loss`` the loss once the change has failed with an incident. ``score``, 0 to 100, is a map of
    the expected loss. Losses and scores of scenarios sum to those of their service, and of services to these, exactly.
    ``money`` has expected costs by currency. ``lumped`` is how many failing targets were taken to fail together as
    they are too many to be looked at one by one, ``incidents_unexamined`` how many incidents' part in the error budgets
    was not looked at, ``conflicts_unlisted`` at how many places a limit may hide joint conflicts and ``targets_unread``
    of how many targets no facts were read.
    """

    p_fail: FailureChance
    scenarios: tuple[Scenario, ...]
    failing: tuple[Failing, ...]
    services: tuple[ServiceConsequence, ...]
    expected_loss: float
    loss_low: float
    loss_high: float
    tail_loss: float
    tail_high: float
    failed_loss: float
    score: float
    money: Mapping[str, float]
    scale_version: int
    touched: tuple[TouchedFact, ...]
    lumped: int
    incidents_unexamined: int
    conflicts_unlisted: int
    targets_unread: int
