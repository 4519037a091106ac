"""How a change may go on, as values: its scenarios with their probabilities, and what may be within each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from cmdb.model.consequence import FailureChance, RepairTime, ScenarioName
from cmdb.model.hours import Interval

Point = tuple[float, int]
"""A probability, and how many minutes something lasts beyond the window."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to fail: these CIs stay down together; ``weight`` is its probability among the ways."""

    cis: tuple[str, ...]
    weight: float
    repair: RepairTime


class Way(NamedTuple):
    """One way a scenario may take: which alternative fails (None: none does), its weight, and for how long."""

    place: int | None
    weight: float
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """How a change may go on: its window's end, P(fail), the back-out's minutes and the ways to fail."""

    window: Interval
    p_fail: FailureChance
    back_out: tuple[Point, ...]
    alternatives: tuple[Alternative, ...]

    def probability(self, scenario: ScenarioName, mean: float | None = None) -> float:
        """Return how likely a scenario is, P(fail) being its mean unless another is given."""
        fails = self.p_fail.mean if mean is None else mean
        share = self.p_fail.incident_share
        return {
            ScenarioName.AS_PLANNED: 1.0 - fails,
            ScenarioName.BACKED_OUT: fails * (1.0 - share),
            ScenarioName.FAILED: fails * share,
        }[scenario]

    def at_most_likely(self) -> Course:
        """Return the same course if P(fail) is the upper end of its interval."""
        return replace(self, p_fail=replace(self.p_fail, mean=self.p_fail.high))

    def ways(self, scenario: ScenarioName) -> Iterator[Way]:
        """Yield the ways a scenario may take."""
        if scenario is ScenarioName.AS_PLANNED:
            yield Way(None, 1.0, ((1.0, 0),))
        elif scenario is ScenarioName.BACKED_OUT:
            yield Way(None, 1.0, self.back_out)
        else:
            for place, each in enumerate(self.alternatives):
                yield Way(place, each.weight, tuple(zip(each.repair.probabilities, each.repair.minutes, strict=True)))
