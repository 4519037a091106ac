"""How good predictions were: ranking, Brier skill with its interval, calibration, lift, and coverage of counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from impact.failure.logistic import Numbers, sigmoid

BLOCK = 200
RESAMPLES = 2_000
SEED = 20_140_101
GROUPS = 10
CONFIDENCE = 0.90
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(11)


class Skill(NamedTuple):
    """One minus the Brier score by that of the reference, and the 95 % interval of it."""

    value: float
    low: float
    high: float


class Coverage(NamedTuple):
    """The share of whole blocks whose failures lay in their predictive interval, and how many blocks there were."""

    share: float
    blocks: int


def auc(foretold: Numbers, bad: Numbers) -> float | None:
    """
    Return the probability that a failed change was put above one that did not fail; ties count half.

    None where there are no failures, or nothing but failures.
    """
    failures = float(bad.sum())
    others = len(bad) - failures
    if not failures or not others:
        return None
    _, places, counts = np.unique(foretold, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[places]
    return float((ranks[bad > 0.0].sum() - failures * (failures + 1.0) / 2.0) / (failures * others))


def brier(foretold: Numbers, bad: Numbers) -> float:
    """Return the mean square of what was foretold less what happened."""
    return float(np.mean((foretold - bad) ** 2))


def brier_skill(foretold: Numbers, reference: Numbers, bad: Numbers) -> Skill | None:
    """
    Return how much better than a reference it was, with a 95 % interval by the circular block bootstrap.

    Blocks of :data:`BLOCK` consecutive changes are drawn, seeded, so that what changes of one time share is kept
    (Politis and Romano, 1992). None where the reference was always right.
    """
    ours, theirs = (foretold - bad) ** 2, (reference - bad) ** 2
    if not theirs.sum():
        return None
    size = min(BLOCK, len(bad))
    sums = [np.concatenate([[0.0], np.cumsum(np.concatenate([part, part[:size]]))]) for part in (ours, theirs)]
    own, other = (total[size:] - total[:-size] for total in sums)
    chance = np.random.default_rng(SEED)
    blocks = -(-len(bad) // size)
    values = np.empty(RESAMPLES)
    for number in range(RESAMPLES):
        starts = chance.integers(0, len(bad), blocks)
        below = float(other[starts].sum())
        values[number] = 1.0 - float(own[starts].sum()) / below if below else 0.0
    low, high = np.quantile(values, (0.025, 0.975))
    return Skill(1.0 - float(ours.sum()) / float(theirs.sum()), float(low), float(high))


def calibration_error(foretold: Numbers, bad: Numbers) -> float:
    """Return the expected calibration error over ten groups of as many changes, by what was foretold."""
    order = np.argsort(foretold, kind="stable")
    gaps = [
        abs(float(foretold[group].sum() - bad[group].sum())) for group in np.array_split(order, min(GROUPS, len(order)))
    ]
    return sum(gaps) / len(bad)


def lift(foretold: Numbers, bad: Numbers, share: float = 0.1) -> float | None:
    """Return how much more often the tenth put highest failed than all did; None where none failed."""
    if not bad.sum():
        return None
    count = max(round(share * len(bad)), 1)
    highest = np.argsort(-foretold, kind="stable")[:count]
    return float(bad[highest].mean() / bad.mean())


def coverage(foretold: Numbers, drift: Numbers, bad: Numbers) -> Coverage | None:
    """
    Return how many blocks of :data:`BLOCK` consecutive changes had failures within their 90 % predictive interval.

    A block's count is that of independent changes whose log-odds are off by one common error of variance ``drift`` at
    its start. The interval is the shortest of whole numbers that holds at least 90 %, so it is meant to hold a little
    more. None where there is no whole block.
    """
    blocks = len(bad) // BLOCK
    if not blocks:
        return None
    held = 0
    for number in range(blocks):
        part = slice(number * BLOCK, (number + 1) * BLOCK)
        low, high = predictive_interval(foretold[part], float(drift[number * BLOCK]))
        held += low <= int(bad[part].sum()) <= high
    return Coverage(held / blocks, blocks)


def predictive_interval(foretold: Numbers, drift: float) -> tuple[int, int]:
    """Return the shortest range of counts that the failures of these changes lie in with at least 90 %."""
    safe = np.clip(foretold, 1e-12, 1.0 - 1e-12)
    odds = np.log(safe / (1.0 - safe))
    chances = sigmoid(odds[:, None] + np.sqrt(drift) * _NODES[None, :])
    counts = np.zeros((len(foretold) + 1, len(_NODES)))
    counts[0] = 1.0
    for place, chance in enumerate(chances):
        counts[1 : place + 2] = counts[1 : place + 2] * (1.0 - chance) + counts[: place + 1] * chance
        counts[0] *= 1.0 - chance
    whole = np.concatenate([[0.0], np.cumsum(counts @ (_WEIGHTS / _WEIGHTS.sum()))])
    best: tuple[int, float, int] | None = None
    for low in range(len(foretold) + 1):
        high = int(np.searchsorted(whole, whole[low] + CONFIDENCE - 1e-12)) - 1
        if high > len(foretold):
            break
        found = (high - low, -float(whole[high + 1] - whole[low]), low)
        best = found if best is None else min(best, found)
    assert best is not None
    return best[2], best[2] + best[0]
