"""
Partial pooling: the failure rate of an organisation, of a model within it, a team within that, a CI class, a CI.

Each level's rate is the mean of a Beta-Binomial posterior whose prior is the rate of the level above, weighted by how
alike the changes of one key of that level are; counts fade with time. Where a change names no model, team or class,
that level is passed over. Of several CIs the mean (in log-odds) counts. This alone is the cold start and the fallback:
with no history at all the answer is the wide prior, one failure in five with the weight of five changes, never "low".

Source: Gelman et al., "Bayesian Data Analysis", chapter 5 (hierarchical Beta-Binomial), with estimated weights.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import NamedTuple

from impact.failure.rates import Counts, Likeness
from impact.failure.seen import Seen, log_odds, probability

PRIOR_FAILURES, PRIOR_CHANGES = 1.0, 5.0
HALF_LIFE = 365.0
LEVELS = ("model", "team", "class", "CI")


class Level(NamedTuple):
    """A rate with its log-odds, the variance of these, and the changes it rests on."""

    rate: float
    log_odds: float
    variance: float
    changes: float


class Organisation:
    """The rate of all changes, of which the past fades with a half-life of a year."""

    def __init__(self) -> None:
        self._counts = Counts(HALF_LIFE)

    def at(self, at: float) -> Level:
        """Return the rate at a moment (days since the epoch)."""
        changes, failures = self._counts.at(None, at)
        weight = changes + PRIOR_CHANGES
        rate = (failures + PRIOR_FAILURES) / weight
        return Level(rate, log_odds(rate), 1.0 / (rate * (1.0 - rate) * weight), changes)

    def learn(self, at: float, bad: bool) -> None:
        """Take in an outcome."""
        self._counts.add(None, at, bad)


class Nested:
    """The levels below the organisation; ``seen.rate`` is the rate above them."""

    def __init__(self) -> None:
        self._counts = Counts(HALF_LIFE)
        self._likeness = tuple(Likeness(HALF_LIFE) for _ in LEVELS)

    def judged(self, seen: Seen) -> Level:
        """Return the nested rate of a change, its variance without that of the organisation's own rate."""
        paths = _paths(seen)
        total = variance = changes = 0.0
        for path in paths:
            rate, spread, found = self._along(path, seen)
            total += log_odds(rate)
            variance += spread
            changes += found
        count = len(paths)
        mean = total / count
        # The CIs of a change share most of their path, so their errors are not independent: the mean, not less.
        return Level(probability(mean), mean, variance / count, changes / count)

    def learn(self, seen: Seen, bad: bool) -> None:
        """Take in an outcome; it counts once for each key above the CIs."""
        done: set[Hashable] = set()
        paths = _paths(seen)
        for path in paths:
            rate = seen.rate
            for level, key in path:
                known = key in done
                done.add(key)
                counts = self._counts.at(key, seen.at)
                if not known:
                    self._likeness[level].add(key, seen.at, bad - rate, rate * (1.0 - rate), 1.0 / len(paths))
                    self._counts.add(key, seen.at, bad)
                rate = self._rate(level, counts, rate)

    def _along(self, path: list[tuple[int, Hashable]], seen: Seen) -> tuple[float, float, float]:
        rate, variance, changes = seen.rate, 0.0, 0.0
        for level, key in path:
            counts = self._counts.at(key, seen.at)
            kappa = self._likeness[level].kappa(rate)
            rate = self._rate(level, counts, rate)
            kept = kappa / (kappa + counts[0])
            variance = kept * kept * variance + 1.0 / (rate * (1.0 - rate) * (kappa + counts[0]))
            changes = counts[0]
        return rate, variance, changes

    def _rate(self, level: int, counts: tuple[float, ...], above: float) -> float:
        kappa = self._likeness[level].kappa(above)
        return (counts[1] + kappa * above) / (counts[0] + kappa)


def _paths(seen: Seen) -> list[list[tuple[int, Hashable]]]:
    """Return, for each CI, the (level, key) from the model down; a change without CIs has one path, to its team."""
    planned = seen.planned
    above: list[tuple[int, Hashable]] = []
    key: tuple[str, ...] = ()
    for level, name in enumerate((planned.model, planned.team)):
        if name is not None:
            key = (*key, LEVELS[level], name)
            above.append((level, key))
    if not planned.targets:
        return [above]
    paths = []
    for target, found in zip(planned.targets, planned.classes, strict=True):
        path = list(above)
        own = key
        if found:
            own = (*own, "class", found)
            path.append((2, own))
        path.append((3, (*own, "CI", target)))
        paths.append(path)
    return paths


def prior_interval_variance() -> float:
    """Return the variance, in log-odds, of the wide prior (Beta with these counts)."""
    return trigamma(PRIOR_FAILURES) + trigamma(PRIOR_CHANGES - PRIOR_FAILURES)


def trigamma(x: float) -> float:
    """Return the second derivative of log gamma for x > 0, by recurrence and its asymptotic series (to 1e-10)."""
    total = 0.0
    while x < 8.0:
        total += 1.0 / (x * x)
        x += 1.0
    inverse = 1.0 / (x * x)
    series = 1.0 / 6.0 - inverse * (1.0 / 30.0 - inverse * (1.0 / 42.0 - inverse / 30.0))
    return total + 1.0 / x + inverse / 2.0 + inverse * series / x


def width_of(variance: float) -> float:
    """Return how far the 90 % interval reaches to each side, in log-odds."""
    return 1.6448536269514722 * math.sqrt(variance)
