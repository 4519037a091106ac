"""
Every change foretold in order of time, by a model that is fitted again as outcomes become known.

When it is fitted again depends on how many outcomes are known and on nothing else. The logistic model is used only
while it has earned its place: while its Brier score over the outcomes known by then, the older the less, is below that
of the pooled rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impact.failure.facts.column import Column
from impact.failure.logistic import Logistic, Numbers, fit, sigmoid
from impact.failure.model import POOLED, WEIGHED, FailureModel
from impact.failure.recalibration import Recalibration, recalibrated
from impact.failure.reliability import reliability
from impact.failure.table import Table
from impact.failure.unexplained import Unexplained
from impact.progress import told

FIRST_LEARNED, FIRST_FAILURES = 150, 15
GROWTH, LEAST_MORE, MOST_MORE = 1.06, 50, 2_500
"""It is fitted again after 6 % more outcomes, but not for fewer than 50, and always after 2,500."""
MOST_FITTED = 100_000
"""Fitted to the last so many outcomes; older ones weigh next to nothing where there are more."""
HALF_LIFE = 730.0
TRIAL_HALF_LIFE = 365.0
TRIAL_FAILURES = 10

# What stands in until pairs of alike changes tell: about half a unit of log-odds that no fact holds.
FIRST_UNEXPLAINED, UNEXPLAINED_WEIGHT = 0.3, 10.0
FIRST_DRIFT, DRIFT_WEIGHT, DRIFT_HALF_LIFE = 0.02, 30.0, 60.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What was foretold for n changes.

    ``mean`` is P(fail), within ``low`` to ``high``; ``weighed`` (n) tells by which method, ``pooled`` what the pooled
    rate alone says. ``drift`` is the variance, in log-odds, of what all changes of that time share. ``model`` is the
    one that has learned everything, for the changes to come.
    """

    mean: Numbers
    low: Numbers
    high: Numbers
    pooled: Numbers
    weighed: NDArray[np.bool_]
    drift: Numbers
    model: FailureModel


def forecast(table: Table, columns: Sequence[Column], facts: Sequence[str]) -> Forecast:
    """
    Foretell every change of a table; ``facts`` (d) names the fact of each of its ``columns`` (d).

    Linear algebra keeps to one thread, so that sums are made in one order and the same history gives the same bytes.
    """
    if len(table.bad) < FIRST_LEARNED:
        # Nothing is fitted, so there is no linear algebra, and a small command does not look for its libraries.
        return _forecast(table, columns, facts)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return _forecast(table, columns, facts)


def _forecast(table: Table, columns: Sequence[Column], facts: Sequence[str]) -> Forecast:
    learner = _Learner(table, columns, facts)
    count = len(table.bad)
    mean, low, high, pooled, drift = (np.empty(count) for _ in range(5))
    weighed = np.zeros(count, dtype=np.bool_)
    for start, end in learner.spans():
        told("forecasts", start, count)
        model = learner.model(int(table.known_at[start]), float(table.at[start]))
        figures = table.figures.part(start, end)
        learner.keep(model, start, end)
        odds = model.log_odds(figures, model.method)
        reach = model.reach(model.method) * np.sqrt(model.variance(figures, model.method))
        part = slice(start, end)
        mean[part], low[part], high[part] = sigmoid(odds), sigmoid(odds - reach), sigmoid(odds + reach)
        weighed[part] = model.method == WEIGHED
        pooled[part] = sigmoid(learner.pooled[part])
        drift[part] = model.drift + figures.level_variance
    last = learner.model(count, float(table.at[-1]) if count else 0.0)
    last = replace(last, bins=reliability(mean, table.bad))
    return Forecast(mean, low, high, pooled, weighed, drift, last)


class _Learner:
    """Fits the model again and again; all of its memory is of outcomes known by then."""

    def __init__(self, table: Table, columns: Sequence[Column], facts: Sequence[str]) -> None:
        self._table = table
        self._columns = tuple((fact, column.name) for fact, column in zip(facts, columns, strict=True))
        self._rates = tuple(column.rate for column in columns)
        self._sizes = np.array([column.size for column in columns])
        count = len(table.bad)
        self.pooled, self._deviations, self._weighed = (np.full(count, np.nan) for _ in range(3))
        self._taken = 0
        self._failures = 0
        self._fitted: Logistic | None = None
        self._unexplained = {method: Unexplained(FIRST_UNEXPLAINED, UNEXPLAINED_WEIGHT) for method in (POOLED, WEIGHED)}
        self._drift = Unexplained(FIRST_DRIFT, DRIFT_WEIGHT, DRIFT_HALF_LIFE)

    def spans(self) -> list[tuple[int, int]]:
        """Return (start, end) of the changes that one fit foretells, in order."""
        known_at = self._table.known_at
        starts, due = [0], float(FIRST_LEARNED)
        while (start := int(np.searchsorted(known_at, due))) < len(known_at):
            starts.append(start)
            known = int(known_at[start])
            due = known + min(max(known * (GROWTH - 1.0), LEAST_MORE), MOST_MORE)
        ends = [*starts[1:], len(known_at)]
        return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]

    def model(self, known: int, at: float) -> FailureModel:
        """Return the model of the first ``known`` outcomes, at a moment (days)."""
        self._take(known)
        rows = self._table.known[:known][-MOST_FITTED:]
        recalibration = Recalibration()
        if known >= FIRST_LEARNED and self._failures >= FIRST_FAILURES and self._failures < known:
            table = self._table
            counts = 2.0 ** (-np.maximum(at - table.at[rows], 0.0) / HALF_LIFE)
            figures = table.figures
            self._fitted = fit(
                figures.values[rows], table.bad[rows], figures.pooled[rows], counts, self._sizes, self._fitted
            )
            judged = rows[~np.isnan(self._deviations[rows])]
            counts = 2.0 ** (-np.maximum(at - table.at[judged], 0.0) / TRIAL_HALF_LIFE)
            recalibration = recalibrated(self._deviations[judged], figures.pooled[judged], table.bad[judged], counts)
        return FailureModel(
            columns=self._columns,
            rates=self._rates,
            learned=known,
            failures=self._failures,
            logistic=self._fitted,
            recalibration=recalibration,
            weighs=self._earned(rows, at),
            unexplained={method: left.variance for method, left in self._unexplained.items()},
            evidence={method: left.evidence for method, left in self._unexplained.items()},
            drift=self._drift.variance,
        )

    def keep(self, model: FailureModel, start: int, end: int) -> None:
        """Remember what both methods foretold, to be held against the outcomes when they are known."""
        figures = self._table.figures.part(start, end)
        self.pooled[start:end] = model.log_odds(figures, POOLED)
        if model.logistic is not None:
            self._deviations[start:end] = model.deviations(figures)
            self._weighed[start:end] = model.log_odds(figures, WEIGHED)

    def _take(self, known: int) -> None:
        table = self._table
        fresh = table.known[self._taken : known]
        self._taken = known
        self._failures += int(table.bad[fresh].sum())
        chances = {POOLED: sigmoid(self.pooled[fresh]), WEIGHED: sigmoid(self._weighed[fresh])}
        for place, number in enumerate(fresh):
            bad, at, alike = float(table.bad[number]), float(table.at[number]), int(table.signatures[number])
            for method, left in self._unexplained.items():
                chance = float(chances[method][place])
                if chance == chance:
                    left.add(alike, at, bad, chance)
            best = chances[WEIGHED][place] if chances[WEIGHED][place] == chances[WEIGHED][place] else None
            self._drift.add(None, at, bad, float(chances[POOLED][place] if best is None else best))

    def _earned(self, rows: NDArray[np.int64], at: float) -> bool:
        """Tell whether the weights' predictions were better than the pooled rate's, by the outcomes known."""
        judged = rows[~np.isnan(self._weighed[rows])]
        bad = self._table.bad[judged]
        if bad.sum() < TRIAL_FAILURES:
            return False
        counts = 2.0 ** (-np.maximum(at - self._table.at[judged], 0.0) / TRIAL_HALF_LIFE)
        ours = counts @ (sigmoid(self._weighed[judged]) - bad) ** 2
        theirs = counts @ (sigmoid(self.pooled[judged]) - bad) ** 2
        return bool(ours < theirs)
