"""
A ridge logistic regression on top of the pooled rate, fitted by Newton's method.

log-odds = level + intercept + sum of weights x standardised columns. The level (the log-odds of the pooled rate at that
moment) is given, not fitted: with little to learn from, the weights add little to it. The strength of the ridge is the
one under which the data are most probable (MacKay, "Bayesian interpolation", Neural Computation 4, 1992), within
bounds. Weights of sizes are held so that parts are not safer together than the whole: if odds grow as size^b with
b <= 1, then the odds of ten tenths come to at least those of the whole, and so do their probabilities, which are
concave in the odds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LEAST_RIDGE, FIRST_RIDGE, MOST_RIDGE = 5.0, 50.0, 1000.0
INTERCEPT_RIDGE = 4.0  # The level already holds the rate; the intercept is within about one half.
MOST_SIZE = 0.8  # of the exponent b in size^b; recalibration may stretch it to 1
_STEPS, _CLOSE = 25, 1e-7
_RENEWALS = 2


@dataclass(frozen=True, slots=True)
class Logistic:
    """
    A fitted model of d columns.

    ``means`` and ``scales`` (d) standardise; a scale of 0 is a column that did not vary, which is left out. ``weights``
    (d + 1, the intercept first) are for standardised columns, ``covariance`` (d + 1 square) is that of the weights.
    """

    means: Numbers
    scales: Numbers
    weights: Numbers
    covariance: Numbers
    ridge: float

    def standardised(self, columns: Numbers) -> Numbers:
        """Return rows (n x d) as the weights take them (n x (d + 1)); what is not known is as the mean."""
        safe = np.where(self.scales > 0.0, self.scales, 1.0)
        rows = np.where(self.scales > 0.0, (columns - self.means) / safe, 0.0)
        return np.hstack([np.ones((len(rows), 1)), np.nan_to_num(rows, nan=0.0)])

    def slopes(self) -> Numbers:
        """Return the weights of the columns as they are, in log-odds for one unit of each (d)."""
        return np.where(self.scales > 0.0, self.weights[1:] / np.where(self.scales > 0.0, self.scales, 1.0), 0.0)


def fit(
    columns: Numbers, bad: Numbers, level: Numbers, counts: Numbers, sizes: NDArray[np.bool_], start: Logistic | None
) -> Logistic:
    """
    Fit to n changes of d columns (NaN: not known).

    ``bad`` (n) is 1 for a failure, ``level`` (n) the log-odds of the pooled rate at each start, ``counts`` (n) how much
    each change counts, ``sizes`` (d) which columns are sizes. ``start`` is an earlier fit to go on from: its weights
    save time, and its ridge is renewed from there. Cost: a few times n d^2.
    """
    known = ~np.isnan(columns)
    weighed = counts @ known
    safe = np.where(weighed > 0.0, weighed, 1.0)
    means: Numbers = ((counts @ np.where(known, columns, 0.0)) / safe).astype(np.float64)
    centred = np.where(known, columns - means, 0.0)
    spread: Numbers = np.sqrt((counts @ (centred * centred)) / safe).astype(np.float64)
    varies = spread > 1e-9
    scales: Numbers = np.where(varies, spread, 0.0).astype(np.float64)
    # What does not vary tells nothing and would only cost time; its weight stays zero.
    taken = np.concatenate([[0], np.flatnonzero(varies) + 1])
    rows = np.hstack([np.ones((len(bad), 1)), centred[:, varies] / spread[varies]])
    weights: Numbers = np.zeros(len(taken)) if start is None else start.weights[taken]
    ridge = FIRST_RIDGE if start is None else start.ridge
    for _ in range(_RENEWALS):
        weights, curvature = _newton(rows, bad, level, counts, weights, _penalty(len(taken), ridge))
        used = len(taken) - 1 - ridge * float(np.trace(np.linalg.inv(curvature)[1:, 1:]))
        ridge = min(max(used / max(float(weights[1:] @ weights[1:]), 1e-9), LEAST_RIDGE), MOST_RIDGE)
    weights, curvature = _newton(rows, bad, level, counts, weights, _penalty(len(taken), ridge))
    whole, covariance = np.zeros(len(means) + 1), np.zeros((len(means) + 1, len(means) + 1))
    whole[taken] = weights
    covariance[np.ix_(taken, taken)] = np.linalg.inv(curvature)
    return _held(Logistic(means, scales, whole, covariance, ridge), sizes)


def _penalty(width: int, ridge: float) -> Numbers:
    penalty = np.full(width, ridge)
    penalty[0] = INTERCEPT_RIDGE
    return penalty


def _newton(
    rows: Numbers, bad: Numbers, level: Numbers, counts: Numbers, weights: Numbers, penalty: Numbers
) -> tuple[Numbers, Numbers]:
    """Return the weights at the top of the posterior, and the curvature there (the inverse covariance)."""
    curvature = np.diag(penalty)
    worth = _objective(rows, bad, level, counts, weights, penalty)
    for _ in range(_STEPS):
        chance = sigmoid(level + rows @ weights)
        slope = rows.T @ (counts * (chance - bad)) + penalty * weights
        bend = counts * chance * (1.0 - chance)
        curvature = (rows * bend[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while True:
            tried = weights - size * step
            found = _objective(rows, bad, level, counts, tried, penalty)
            if found <= worth + 1e-9 * abs(worth) or size < 1e-3:
                break
            size /= 2.0
        weights, worth = tried, found
        if float(np.abs(step).max()) < _CLOSE:
            break
    return weights, curvature


def _objective(
    rows: Numbers, bad: Numbers, level: Numbers, counts: Numbers, weights: Numbers, penalty: Numbers
) -> float:
    odds = level + rows @ weights
    return float(counts @ (np.logaddexp(0.0, odds) - bad * odds) + 0.5 * penalty @ (weights * weights))


def _held(found: Logistic, sizes: NDArray[np.bool_]) -> Logistic:
    """Return the model with the exponents of sizes held to at most :data:`MOST_SIZE` together."""
    growing = np.where(sizes, np.maximum(found.slopes(), 0.0), 0.0)
    total = float(growing.sum())
    if total <= MOST_SIZE:
        return found
    weights = found.weights.copy()
    weights[1:] = np.where(growing > 0.0, weights[1:] * (MOST_SIZE / total), weights[1:])
    return Logistic(found.means, found.scales, weights, found.covariance, found.ridge)


def sigmoid(odds: Any) -> Numbers:
    """Return probabilities of log-odds, without overflow."""
    found: Numbers = 0.5 * (1.0 + np.tanh(0.5 * odds))
    return found
