"""
Failure rates by key (a team, a CI, a word), of which the past fades, pooled towards the organisation's rate.

A key's changes and failures are counted with weights that halve every half-life. Its rate is the mean of the
Beta-Binomial posterior whose prior is the organisation's rate with the weight of kappa changes, so that a key of which
little is known has nearly the rate of all. How much is not chosen but estimated (:class:`Likeness`).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from math import exp2

from impact.failure.layer import Layer
from impact.failure.seen import Seen

FIRST_SPREAD, FIRST_WEIGHT = 0.5, 0.1
LEAST_SPREAD, MOST_SPREAD = 0.01, 3.0


class Counts:
    """Changes and failures by key, each half-life (in days) with counts of its own."""

    __slots__ = ("_kept", "_none", "_paces", "half_lives")

    def __init__(self, *half_lives: float) -> None:
        self.half_lives = half_lives
        self._paces = tuple((2 * place + 1, 2 * place + 2, -1.0 / half) for place, half in enumerate(half_lives))
        self._kept: dict[Hashable, list[float]] = {}
        self._none = [0.0] * (1 + 2 * len(half_lives))

    def on_top(self) -> Counts:
        """Return counts that begin as these are; what is added to them leaves these alone."""
        found = Counts(*self.half_lives)
        found._kept = Layer(self._kept)
        return found

    def at(self, key: Hashable, at: float) -> list[float]:
        """Return the moment, then (changes, failures) for each half-life in turn, as they weigh at it (days)."""
        kept = self._kept.get(key)
        if kept is None:
            return self._none
        age = at - kept[0]
        if age <= 0.0:
            return kept[:]
        found = [at]
        for changes, failures, pace in self._paces:
            fade = exp2(age * pace)
            found += (kept[changes] * fade, kept[failures] * fade)
        return found

    def add(self, key: Hashable, at: float, failures: float, weight: float = 1.0) -> None:
        """Count a change that was made at a moment; outcomes may become known in another order."""
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = [at, *self._none[1:]]
        age = at - kept[0]
        if age > 0.0:
            kept[0] = at
            for changes, failed, pace in self._paces:
                fade = exp2(age * pace)
                kept[changes] = kept[changes] * fade + weight
                kept[failed] = kept[failed] * fade + weight * failures
        else:
            for changes, failed, pace in self._paces:
                fresh = weight * exp2(-age * pace)
                kept[changes] += fresh
                kept[failed] += fresh * failures

    def pair(self, key: Hashable, at: float, sum_of: float, weight: float) -> tuple[float, float]:
        """Add ``sum_of`` and ``weight`` under the only half-life, and return (weights, sums) as they stood before."""
        kept = self._kept.get(key)
        if kept is None:
            self._kept[key] = [at, weight, sum_of]
            return 0.0, 0.0
        age = at - kept[0]
        fade = exp2(-abs(age) / self.half_lives[0])
        before = kept[1] * fade, kept[2] * fade
        if age > 0.0:
            kept[0], kept[1], kept[2] = at, before[0] + weight, before[1] + sum_of
        else:
            kept[1] += weight * fade
            kept[2] += sum_of * fade
        return before


class Likeness:
    """
    How alike changes of one key are, beyond what is foretold: the variance of a factor's effects, in log-odds.

    Estimated by the method of moments over pairs: for two changes of one key with residuals r and variances v (of the
    outcome), r1 r2 is v1 v2 times that variance, on average. Pairs fade with the time between them, as the key's counts
    do, so a factor that drifts is judged by what is near in time. Kappa is the weight of the prior of its rates in
    changes: one over the variance and over rate (1 - rate). Source: the moment estimator of Breslow and Clayton's
    generalised linear mixed model, JASA 88 (1993); here its sums are kept as outcomes become known.
    """

    __slots__ = ("_own", "_seen", "_sums")

    def __init__(self, half_life: float) -> None:
        self._sums = Counts(half_life)
        self._seen = FIRST_WEIGHT
        self._own = FIRST_WEIGHT * FIRST_SPREAD

    @property
    def spread(self) -> float:
        """The variance of the effects, in log-odds."""
        return min(max(self._own / self._seen, LEAST_SPREAD), MOST_SPREAD)

    def kappa(self, rate: float) -> float:
        """Return the weight of the prior in changes, where the rate above is this."""
        return 1.0 / (self.spread * rate * (1.0 - rate))

    def add(self, key: Hashable, at: float, residual: float, variance: float, share: float = 1.0) -> None:
        """Count a change with its residual; ``share`` is its weight where it has several keys."""
        together, residuals = self._sums.pair(key, at, residual, variance)
        self._seen += share * together * variance
        self._own += share * residuals * residual


class Pooled:
    """Rates of one factor: counts by key, how alike the changes of a key are, and the deviations they come to."""

    __slots__ = ("_counts", "_likeness", "_main")

    def __init__(self, *half_lives: float, main: int = 0) -> None:
        self._counts = Counts(*half_lives)
        self._likeness = Likeness(half_lives[main])
        self._main = 2 * main + 1

    @property
    def spread(self) -> float:
        """The variance of the factor's effects, in log-odds."""
        return self._likeness.spread

    def judged(self, keys: Iterable[Hashable], seen: Seen) -> tuple[list[float], float]:
        """
        Return how far the keys' rates lie from the organisation's, in log-odds, for each half-life, and the variance.

        Of several keys it is the mean. The variance is that of the deviation by the main half-life, in log-odds.
        """
        level, rate = seen.level, seen.rate
        kappa = self._likeness.kappa(rate)
        bad, good = kappa * rate, kappa * (1.0 - rate)
        width, main, log = 2 * len(self._counts.half_lives), self._main, math.log
        sums = [0.0] * (width // 2)
        variance = 0.0
        count = 0
        for key in keys:
            count += 1
            counts = self._counts.at(key, seen.at)
            variance += 1.0 / (kappa + counts[main])
            if counts[1]:
                for place in range(1, width, 2):
                    failures = counts[place + 1]
                    sums[place // 2] += log((failures + bad) / (counts[place] - failures + good)) - level
        if not count:
            return sums, 0.0
        return [total / count for total in sums], variance / (rate * (1.0 - rate) * count * count)

    def learn(self, keys: Iterable[Hashable], seen: Seen, bad: bool) -> None:
        """Take in the outcome of a change."""
        several = list(keys)
        residual, variance, at = bad - seen.rate, seen.rate * (1.0 - seen.rate), seen.at
        for key in several:
            self._likeness.add(key, at, residual, variance, 1.0 / len(several))
            self._counts.add(key, at, bad)
