"""
Rolling recalibration: what was foretold against what is known of it by now.

log-odds = level + shift + slope x (foretold - level), fitted to predictions whose outcome is known, the older the less.
Both are drawn towards "leave it as it is" by a normal prior, so that a few outcomes move little; outcomes that are not
yet known move nothing, whichever way the quick ones went. Source: Platt scaling, with a prior instead of his targets.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from impact.failure.logistic import Numbers, sigmoid

SHIFT_SPREAD, SLOPE_SPREAD = 0.3, 0.25  # standard deviations of the priors
LEAST_SLOPE, MOST_SLOPE = 0.25, 1.25
_STEPS = 20


class Recalibration(NamedTuple):
    """What is added to a foretold deviation, and what it is multiplied by."""

    shift: float = 0.0
    slope: float = 1.0


def recalibrated(deviations: Numbers, level: Numbers, bad: Numbers, counts: Numbers) -> Recalibration:
    """Fit to n predictions: how far each lay from its level, that level, the outcome (1: failed), and how it counts."""
    weights = np.array([0.0, 1.0])
    precision = np.array([SHIFT_SPREAD**-2, SLOPE_SPREAD**-2])
    rows = np.column_stack([np.ones_like(deviations), deviations])
    for _ in range(_STEPS):
        chance = sigmoid(level + rows @ weights)
        slope = rows.T @ (counts * (chance - bad)) + precision * (weights - np.array([0.0, 1.0]))
        bend = counts * chance * (1.0 - chance)
        step = np.linalg.solve((rows * bend[:, None]).T @ rows + np.diag(precision), slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Recalibration(float(weights[0]), float(min(max(weights[1], LEAST_SLOPE), MOST_SLOPE)))
