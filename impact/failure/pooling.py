"""
Partial pooling: the failure rate of an organisation, of a model within it, a team within that, a CI class, a CI.

Each level's rate is the mean of a Beta-Binomial posterior whose prior is the rate of the level above, weighted by how
alike the changes of one key of that level are; counts fade with time. Where a change names no team, who implements it
stands in; where it names no model or class, that level is passed over. A CI's own part is how often changes to it
failed, whoever made them, by how often that was to be expected of their models, teams and classes (a standardised ratio
with a Gamma prior): so a team's rate is not taken for that of its CIs. Of several CIs the mean (in log-odds) counts.
This alone is the cold start and the fallback: with no history at all the answer is the wide prior, one failure in five
with the weight of five changes, never "low".

Source: Gelman et al., "Bayesian Data Analysis", chapter 5 (hierarchical Beta-Binomial), with estimated weights.
"""

from __future__ import annotations

from collections.abc import Hashable
from math import log
from typing import NamedTuple

from impact.failure.rates import Counts, Likeness
from impact.failure.seen import Seen, log_odds

PRIOR_FAILURES, PRIOR_CHANGES = 1.0, 5.0
HALF_LIFE = 365.0
LEVELS = ("model", "team", "class", "CI")
CI = 3


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
        _, changes, failures = self._counts.at(None, at)
        weight = changes + PRIOR_CHANGES
        rate = (failures + PRIOR_FAILURES) / weight
        variance = trigamma(failures + PRIOR_FAILURES) + trigamma(weight - failures - PRIOR_FAILURES)
        return Level(rate, log_odds(rate), variance, changes)

    def learn(self, at: float, bad: bool) -> None:
        """Take in an outcome."""
        self._counts.add(None, at, bad)


class Nested:
    """The levels below the organisation; ``seen.rate`` is the rate above them."""

    def __init__(self) -> None:
        self._counts = Counts(HALF_LIFE)
        self._likeness = tuple(Likeness(HALF_LIFE) for _ in LEVELS)

    def judged(self, seen: Seen) -> tuple[list[float], float]:
        """
        Return what each of :data:`LEVELS` adds to the log-odds of the organisation's rate, and the variance of it all.

        Of several CIs each is the mean.
        """
        paths = _paths(seen)
        steps = [0.0] * len(LEVELS)
        variance = 0.0
        for path, ci in paths:
            rate, spread = seen.rate, 0.0
            for level, key in path:
                counts = self._counts.at(key, seen.at)
                kappa = self._likeness[level].kappa(rate)
                if counts[1]:
                    above, rate = rate, (counts[2] + kappa * rate) / (counts[1] + kappa)
                    steps[level] += log_odds(rate) - log_odds(above)
                kept = kappa / (kappa + counts[1])
                spread = kept * kept * spread + 1.0 / (rate * (1.0 - rate) * (kappa + counts[1]))
            if ci is not None:
                weight = 1.0 / self._likeness[CI].spread
                _, expected, failures = self._counts.at(ci, seen.at)
                steps[CI] += log((failures + weight) / (expected + weight))
                spread += 1.0 / (expected + weight)
            variance += spread
        # The CIs of a change share most of their path, so their errors are not independent: the mean, not less.
        return [step / len(paths) for step in steps], variance / len(paths)

    def learn(self, seen: Seen, bad: bool) -> None:
        """Take in an outcome; it counts once for each key."""
        done: set[Hashable] = set()
        paths = _paths(seen)
        share = 1.0 / len(paths)
        for path, ci in paths:
            rate = seen.rate
            for level, key in path:
                counts = self._counts.at(key, seen.at)
                if key not in done:
                    done.add(key)
                    self._likeness[level].add(key, seen.at, bad - rate, rate * (1.0 - rate), share)
                    self._counts.add(key, seen.at, bad)
                kappa = self._likeness[level].kappa(rate)
                rate = (counts[2] + kappa * rate) / (counts[1] + kappa)
            if ci is not None:
                self._likeness[CI].add(ci, seen.at, bad - rate, rate * (1.0 - rate), share)
                self._counts.add(ci, seen.at, bad / rate, rate)


def _paths(seen: Seen) -> list[tuple[list[tuple[int, Hashable]], Hashable]]:
    """Return, for each CI, the (level, key) from the model down to its class, and its own key (None: it has no CIs)."""
    planned = seen.planned
    above: list[tuple[int, Hashable]] = []
    key: tuple[str, ...] = ()
    for level, name in enumerate((planned.model, planned.team or planned.implementer)):
        if name is not None:
            key = (*key, LEVELS[level], name)
            above.append((level, key))
    if not planned.targets:
        return [(above, None)]
    return [
        ([*above, (2, (*key, "class", found))] if found else above, ("CI", target))
        for target, found in zip(planned.targets, planned.classes, strict=True)
    ]


def trigamma(x: float) -> float:
    """Return the second derivative of log gamma for x > 0, by recurrence and its asymptotic series (to 1e-10)."""
    total = 0.0
    while x < 8.0:
        total += 1.0 / (x * x)
        x += 1.0
    inverse = 1.0 / (x * x)
    series = 1.0 / 6.0 - inverse * (1.0 / 30.0 - inverse * (1.0 / 42.0 - inverse / 30.0))
    return total + 1.0 / x + inverse / 2.0 + inverse * series / x
