"""
P(issues), the chance that a change is done with issues: shown beside P(fail), and by the pooled rate alone.

The partial pooling of P(fail) (:mod:`impact.failure.pooling`) with another label. What no level explains is
the variance that stands in for P(fail) until something is known; no weights are fitted, since nothing is decided by it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.past_change import PastChange, PlannedChange
from impact.failure.forecast import FIRST_DRIFT, FIRST_UNEXPLAINED
from impact.failure.model import reach_of
from impact.failure.pooling import Nested, Organisation
from impact.failure.seen import SECONDS_A_DAY, Seen, probability


@dataclass(frozen=True, slots=True)
class IssuesChance:
    """P(issues): ``low`` to ``high`` holds it with 90 %; ``evidence`` is the effective sample size."""

    mean: float
    low: float
    high: float
    evidence: float


class IssuesRate:
    """The pooled rate of changes that are done with issues, learned from outcomes as they became known."""

    def __init__(self) -> None:
        self._organisation = Organisation()
        self._nested = Nested()

    def predict(self, planned: PlannedChange) -> IssuesChance:
        """Return P(issues) of a change to come."""
        seen = self._seen(planned)
        steps, variance = self._nested.judged(seen)
        odds = math.fsum([seen.level, *steps])
        variance += seen.level_variance + FIRST_UNEXPLAINED + FIRST_DRIFT
        mean, reach = probability(odds), reach_of(1.0) * math.sqrt(variance)
        evidence = 1.0 / (mean * (1.0 - mean) * variance)
        return IssuesChance(mean, probability(odds - reach), probability(odds + reach), evidence)

    def learn(self, changes: Sequence[PastChange]) -> None:
        """Learn from changes in order of time; cost: some twenty microseconds for each."""
        waiting: list[tuple[float, int, Seen, bool]] = []
        for number, change in enumerate(changes):
            at = change.planned.starts_at.timestamp() / SECONDS_A_DAY
            self._take(waiting, at)
            known = change.known_at.timestamp() / SECONDS_A_DAY
            heappush(waiting, (known, number, self._seen(change.planned), change.outcome is ChangeOutcome.ISSUES))
        self._take(waiting, math.inf)

    def _seen(self, planned: PlannedChange) -> Seen:
        seen = Seen(planned)
        level = self._organisation.at(seen.at)
        seen.rate, seen.level, seen.level_variance = level.rate, level.log_odds, level.variance
        return seen

    def _take(self, waiting: list[tuple[float, int, Seen, bool]], until: float) -> None:
        while waiting and waiting[0][0] <= until:
            _, _, seen, issues = heappop(waiting)
            self._organisation.learn(seen.at, issues)
            self._nested.learn(seen, issues)


def issues_rate(changes: Sequence[PastChange]) -> IssuesRate:
    """Return what a history in order of time has taught of changes that are done with issues."""
    found = IssuesRate()
    found.learn(changes)
    return found
