"""
What the facts leave unexplained: how much the true log-odds of changes still differ from the foretold ones.

One change tells nothing of it: a failure at 5 % is no evidence that it was not 5 %. Two alike do: where changes that
look the same fail together more often than foretold, what was foretold is wrong for all of them. For a pair with
residuals r and variances v, r1 r2 is v1 v2 times the variance of that shared error, on average (the moment estimator of
a random effect). Pairs fade with the time between them. A prior stands in until enough pairs are known.
"""

from __future__ import annotations

from collections.abc import Hashable

from impact.failure.rates import Counts
from impact.failure.seen import Seen

HALF_LIFE = 180.0


class Unexplained:
    """The variance, in log-odds, that changes of one signature share beyond what was foretold for them."""

    def __init__(self, first: float, weight: float, half_life: float = HALF_LIFE) -> None:
        self._sums = Counts(half_life)
        self._own, self._seen, self._weight = first * weight, weight, weight

    @property
    def variance(self) -> float:
        """The shared variance, in log-odds."""
        return max(self._own / self._seen, 0.0)

    @property
    def evidence(self) -> float:
        """How much is known of it, in multiples of the prior."""
        return self._seen / self._weight

    def add(self, signature: Hashable, at: float, bad: float, foretold: float) -> None:
        """Take in one outcome beside the probability that was foretold for it."""
        residual, variance = bad - foretold, foretold * (1.0 - foretold)
        together, residuals = self._sums.pair(signature, at, residual, variance)
        self._own += residuals * residual
        self._seen += together * variance


def signature(seen: Seen) -> Hashable:
    """Return what must be the same of two changes for them to look alike: who, which classes, type, and the truths."""
    planned = seen.planned
    truths = tuple((name, value) for name, value in sorted(planned.facts.items()) if value in (0.0, 1.0))
    classes = frozenset(planned.classes)
    return planned.team or planned.implementer, planned.model, classes, planned.type, truths
