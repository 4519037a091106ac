"""P(fail) of a change as an assessment keeps it: what was foretold, and the figures it can be worked out from again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one part adds to the log-odds of P(fail): the organisation's rate, a fact, or the recalibration."""

    name: str
    log_odds: float


@dataclass(frozen=True, slots=True)
class Alike:
    """What became of earlier changes that were put from ``low`` until before ``high``; ``foretold`` is their mean."""

    low: float
    high: float
    changes: int
    foretold: float
    failures: int
    share: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """
    P(fail) of a change, the probability that it is backed out or fails.

    ``mean`` lies within ``low`` to ``high`` with 90 %. ``effective_sample_size`` is how many changes alike, and nothing
    else known, would be as sure; ``outcomes`` how many the model has learned from. The contributions add up to the
    log-odds of the mean. ``incident_share`` is how many of the failures are incidents rather than backed out. ``model``
    is the SHA-256 of the model's document.
    """

    mean: float
    low: float
    high: float
    effective_sample_size: float
    method: str
    outcomes: int
    contributions: tuple[Contribution, ...]
    alike: Alike | None
    incident_share: float
    model: str


@dataclass(frozen=True, slots=True)
class FailureFigures:
    """
    A change as the model of P(fail) sees it: from these and the model's document the prediction is made again.

    ``model`` is the SHA-256 of that document, which is kept as a blob. ``values`` are the change's columns (None: not
    known), ``variances`` those of its facts, ``level`` the organisation's log-odds with ``level_variance``. ``steps``
    are what each level of the nested rate adds. ``incident_share`` is that of :class:`Prediction`. ``facts`` are given
    facts as they were known then, by name, for what is learned from the change once its outcome is known: nobody can
    look all of them up later.
    """

    model: str
    values: tuple[float | None, ...]
    variances: tuple[float, ...]
    level: float
    level_variance: float
    steps: tuple[Contribution, ...]
    incident_share: float
    facts: Mapping[str, float] = field(default_factory=dict)
