"""
The model of P(fail) as a document: all that a prediction needs besides the change's own figures, and nothing else.

A prediction is sums of products of what stands in the document, so it can be repeated from it for ever, without the
libraries that fitted it. ``FORMAT`` counts up with every change of meaning; an older document keeps its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from impact.failure.logistic import Logistic, Numbers
from impact.failure.recalibration import Recalibration
from impact.failure.reliability import Bin, bin_of
from impact.failure.seen import probability

FORMAT = 1
NORMAL = 1.6448536269514722
FREEDOM = 6.0
"""Degrees of freedom of a variance of which nothing is known but the prior; with evidence they grow in proportion."""

POOLED, WEIGHED = "pooled", "weighed"
ORGANISATION, RECALIBRATION = "organisation", "recalibration"


@dataclass(frozen=True, slots=True)
class Prediction:
    """
    P(fail) of one change.

    ``mean`` is the probability; ``low`` to ``high`` holds the true one with 90 %. ``effective_sample_size`` is how many
    changes alike, and nothing else known, would be as sure. ``contributions`` are (name, log-odds), the organisation's
    own rate first; their sum is the log-odds of ``mean``. ``method`` is "pooled" or "weighed" (the logistic model).
    ``alike`` is what became of earlier changes that were put into the same range, None where there were none.
    """

    mean: float
    low: float
    high: float
    effective_sample_size: float
    contributions: tuple[tuple[str, float], ...]
    method: str
    alike: Bin | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """n changes as figures: ``values`` (n x d), ``variances`` (n x facts), ``level`` and ``level_variance`` (n)."""

    values: Numbers
    variances: Numbers
    level: Numbers
    level_variance: Numbers

    @property
    def pooled(self) -> Numbers:
        """The log-odds of the pooled rate: the organisation's, and what the nested rate adds, the first column (n)."""
        found: Numbers = self.level + self.values[:, 0]
        return found

    def part(self, start: int, end: int) -> Figures:
        """Return the changes from ``start`` until before ``end``."""
        return Figures(*(array[start:end] for array in (self.values, self.variances, self.level, self.level_variance)))

    def as_json(self) -> dict[str, Any]:
        """Return the figures of one change (n = 1); what is not known is null, since JSON has no other word for it."""
        return {
            "values": [None if value != value else value for value in self.values[0].tolist()],
            "variances": self.variances[0].tolist(),
            "level": float(self.level[0]),
            "level_variance": float(self.level_variance[0]),
        }


def figures_from(document: Mapping[str, Any]) -> Figures:
    """Return the figures of one change from what :meth:`Figures.as_json` made."""
    values = [np.nan if value is None else value for value in document["values"]]
    return Figures(
        np.array([values], dtype=np.float64),
        np.array([document["variances"]], dtype=np.float64),
        np.array([document["level"]], dtype=np.float64),
        np.array([document["level_variance"]], dtype=np.float64),
    )


@dataclass(frozen=True, slots=True)
class FailureModel:
    """
    A model learned from ``learned`` outcomes, ``failures`` of them bad.

    ``columns`` (d) are (fact, column) in order, ``rates`` (d) which columns are pooled rates, the first being the
    nested one. ``logistic`` is None while too little is known to fit it; ``weighs`` tells whether it has earned its
    place. ``unexplained`` gives the variance, in log-odds, that each method leaves, ``evidence`` how
    sure that is, in multiples of its prior. ``drift`` is the part that all
    changes of a time share. ``bins`` is the reliability so far.
    """

    columns: tuple[tuple[str, str], ...]
    rates: tuple[bool, ...]
    learned: int
    failures: int
    logistic: Logistic | None
    recalibration: Recalibration
    weighs: bool
    unexplained: Mapping[str, float]
    evidence: Mapping[str, float]
    drift: float
    bins: tuple[Bin, ...] = ()

    @property
    def method(self) -> str:
        return WEIGHED if self.weighs and self.logistic is not None else POOLED

    def log_odds(self, figures: Figures, method: str) -> Numbers:
        """Return the foretold log-odds (n) by a method."""
        if method == POOLED or self.logistic is None:
            return figures.pooled
        shift, slope = self.recalibration
        return figures.pooled + shift + slope * self.deviations(figures)

    def deviations(self, figures: Figures) -> Numbers:
        """Return how far the weights put each change from its pooled rate, before recalibration (n)."""
        assert self.logistic is not None
        # Summed row by row: a product of matrices rounds by how many rows there are.
        found: Numbers = (self.logistic.standardised(figures.values) * self.logistic.weights).sum(axis=1)
        return found

    def variance(self, figures: Figures, method: str) -> Numbers:
        """Return the variance of the log-odds by a method (n): of level, rates and weights, and what is left."""
        left = figures.level_variance + self.unexplained[method] + self.drift
        if method == POOLED or self.logistic is None:
            return left + figures.variances[:, 0]
        slope = self.recalibration.slope
        rows = self.logistic.standardised(figures.values)
        weights = np.einsum("ij,jk,ik->i", rows, self.logistic.covariance, rows)
        along = slope * self._of_facts()
        along[0] += 1.0  # The nested rate counts by itself, and what its weight adds.
        found: Numbers = left + slope * slope * weights + (figures.variances * along**2).sum(axis=1)
        return found

    def reach(self, method: str) -> float:
        """
        Return how many standard deviations a 90 % interval reaches to each side: Student's t, as variance is estimated.

        By the expansion of Fisher and Cornish (1937), right to three digits from six degrees of freedom on.
        """
        z, freedom = NORMAL, FREEDOM * self.evidence[method]
        second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
        return z + (z**3 + z) / (4.0 * freedom) + second / freedom**2

    def predict(self, figures: Figures, steps: Sequence[tuple[str, float]]) -> Prediction:
        """
        Return the prediction for one change (figures of n = 1).

        ``steps`` are what each level of the nested rate adds; the facts' weights add to them.
        """
        method = self.method
        level = float(figures.level[0])
        parts = [(ORGANISATION, level), *((name, step) for name, step in steps if step)]
        if method == WEIGHED:
            assert self.logistic is not None
            shift, slope = self.recalibration
            found = slope * self.logistic.standardised(figures.values)[0] * self.logistic.weights
            for fact in dict.fromkeys(fact for fact, _ in self.columns):
                own = [float(one) for one, (name, _) in zip(found[1:], self.columns, strict=True) if name == fact]
                if any(own):
                    parts.append((fact, math.fsum(own)))
            parts.append((RECALIBRATION, shift + float(found[0])))
        odds = math.fsum(part for _, part in parts)
        variance = self._variance_of_one(figures, method)
        mean, reach = probability(odds), self.reach(method) * math.sqrt(variance)
        return Prediction(
            mean=mean,
            low=probability(odds - reach),
            high=probability(odds + reach),
            effective_sample_size=1.0 / (mean * (1.0 - mean) * variance),
            contributions=tuple(parts),
            method=method,
            alike=bin_of(self.bins, mean),
        )

    def _variance_of_one(self, figures: Figures, method: str) -> float:
        """
        Return what :meth:`variance` gives for n = 1, in sums that are rounded once.

        Arrays are summed in another order by another processor, and a prediction is made again on any.
        """
        left = float(figures.level_variance[0]) + self.unexplained[method] + self.drift
        if method == POOLED or self.logistic is None:
            return left + float(figures.variances[0, 0])
        slope = self.recalibration.slope
        row: list[float] = self.logistic.standardised(figures.values)[0].tolist()
        lines = zip(row, self.logistic.covariance.tolist(), strict=True)
        weights = math.fsum(
            here * there * shared for here, line in lines for there, shared in zip(row, line, strict=True)
        )
        along = slope * self._of_facts()
        along[0] += 1.0
        facts = zip(figures.variances[0].tolist(), along.tolist(), strict=True)
        return left + slope * slope * weights + math.fsum(variance * part * part for variance, part in facts)

    def _of_facts(self) -> Numbers:
        """Return the sum of the slopes of each fact's rates, in the facts' order."""
        assert self.logistic is not None
        slopes = np.where(np.array(self.rates), self.logistic.slopes(), 0.0)
        names = list(dict.fromkeys(fact for fact, _ in self.columns))
        owner = np.array([names.index(fact) for fact, _ in self.columns])
        found: Numbers = np.bincount(owner, weights=slopes, minlength=len(names)).astype(np.float64)
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the document; floats round-trip, so the same model is the same bytes."""
        logistic = None
        if self.logistic is not None:
            fitted = self.logistic
            logistic = {
                "means": fitted.means.tolist(),
                "scales": fitted.scales.tolist(),
                "weights": fitted.weights.tolist(),
                "covariance": fitted.covariance.tolist(),
                "ridge": fitted.ridge,
            }
        return {
            "format": FORMAT,
            "columns": [list(pair) for pair in self.columns],
            "rates": list(self.rates),
            "learned": self.learned,
            "failures": self.failures,
            "logistic": logistic,
            "recalibration": list(self.recalibration),
            "weighs": self.weighs,
            "unexplained": dict(sorted(self.unexplained.items())),
            "evidence": dict(sorted(self.evidence.items())),
            "drift": self.drift,
            "bins": [one.as_json() for one in self.bins],
        }


def from_json(document: Mapping[str, Any]) -> FailureModel:
    """
    Return the model of a document that :meth:`FailureModel.as_json` made.

    Raises:
        ValueError: it is of another format.
    """
    if document["format"] != FORMAT:
        raise ValueError(f"a failure model of format {document['format']}; this one reads {FORMAT}")
    found = document["logistic"]
    logistic = None
    if found is not None:
        means, scales, weights, covariance = (
            np.array(found[name], dtype=np.float64) for name in ("means", "scales", "weights", "covariance")
        )
        logistic = Logistic(means, scales, weights, covariance, float(found["ridge"]))
    return FailureModel(
        columns=tuple((fact, column) for fact, column in document["columns"]),
        rates=tuple(document["rates"]),
        learned=document["learned"],
        failures=document["failures"],
        logistic=logistic,
        recalibration=Recalibration(*document["recalibration"]),
        weighs=document["weighs"],
        unexplained=dict(document["unexplained"]),
        evidence=dict(document["evidence"]),
        drift=document["drift"],
        bins=tuple(Bin(**one) for one in document["bins"]),
    )
