"""The health of the CMDB as figures: measures, shares and scores, and how they stood on one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from cmdb.model.kind import Kind


class Measure(StrEnum):
    """
    What the health of a CI is judged by.

    ``completeness``: it has what its class should have. ``correctness``: a person looked, in an audit sample, and found
    it right. ``freshness``: a source has seen it within the time to live of that source. ``orphans``: it has a relation
    where its class should have one. ``duplicates``: nothing says that it is there twice. ``evidence``: somebody states,
    or a source still sees, each relation it has to what it rests on.
    """

    COMPLETENESS = "completeness"
    CORRECTNESS = "correctness"
    FRESHNESS = "freshness"
    ORPHANS = "orphans"
    DUPLICATES = "duplicates"
    EVIDENCE = "evidence"


class Fault(NamedTuple):
    """What is wrong with one CI by one measure: a stable code, and the facts."""

    ci: str
    measure: Measure
    code: str
    facts: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from every other and orders them: the CI, the code, and what it is about."""
        return self.ci, self.code, str(self.facts.get("finding") or self.facts.get("way") or "")


@dataclass(frozen=True, slots=True)
class Share:
    """Of ``asked`` CIs a measure was asked of, ``faulty`` have a fault by it."""

    asked: int = 0
    faulty: int = 0

    @property
    def sound(self) -> float | None:
        """The share of CIs without a fault, None where the measure was asked of none."""
        return None if self.asked == 0 else (self.asked - self.faulty) / self.asked


@dataclass(frozen=True, slots=True)
class Tally:
    """
    The health of some CIs: how many there are, how many have no fault by any measure, and each measure by its name.

    The score is the share of CIs without a fault; measures are not weighed against each other.
    """

    cis: int = 0
    sound: int = 0
    measures: Mapping[str, Share] = field(default_factory=dict)

    @property
    def score(self) -> float | None:
        """The share of CIs without any fault, None where there are none."""
        return None if self.cis == 0 else self.sound / self.cis


@dataclass(frozen=True, slots=True)
class HealthMeasurement:
    """
    How healthy the CMDB was on a day (``id``, in UTC): figures only.

    ``by_class`` and ``by_owner`` hold the largest parts; ``left_out`` says how many smaller ones are not kept. The
    owner "" stands for CIs that have none.
    """

    id: str
    measured_at: datetime
    revision: int
    all: Tally
    by_class: Mapping[str, Tally] = field(default_factory=dict)
    by_owner: Mapping[str, Tally] = field(default_factory=dict)
    left_out: int = 0


HEALTH_MEASUREMENTS = Kind(HealthMeasurement, name="health_measurement", indexed=("measured_at",))


@dataclass(frozen=True, slots=True)
class Audited:
    """
    What the newest audit sample says of all it was drawn from: ``right`` of ``judged``, as a person found them.

    ``low`` and ``high`` hold the share of all that is right with 95 % confidence (Wilson). What was put right since
    does not count here: that says nothing of the CIs that were not drawn.
    """

    sample: str
    drawn: int
    judged: int
    right: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class HealthSummary:
    """The health of the CMDB at a revision and moment: all of it, and by class or owner where that was asked for."""

    revision: int
    at: datetime
    all: Tally
    by: str | None = None
    parts: Mapping[str, Tally] = field(default_factory=dict)
    audited: Audited | None = None


HEALTH_SUMMARY = Kind(HealthSummary, name="health_summary")
"""How an answer travels; it is never stored."""
