"""Reliability: of the changes that were put into a range of probability, how many failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from impact.failure.logistic import Numbers

EDGES = (0.0, 0.01, 0.02, 0.05, 0.10, 0.20, 0.35, 0.50, 1.0)
"""Ranges are from one edge until before the next; the last holds its end too."""

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The changes put from ``low`` until before ``high``: how many, the mean that was foretold, and how many failed."""

    low: float
    high: float
    changes: int
    foretold: float
    failures: int

    @property
    def share(self) -> float:
        """How many of them failed, from 0 to 1."""
        return self.failures / self.changes

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def reliability(foretold: Numbers, bad: Numbers) -> tuple[Bin, ...]:
    """Return the ranges that hold any of n predictions, upwards."""
    places = np.clip(np.searchsorted(EDGES, foretold, side="right") - 1, 0, len(EDGES) - 2)
    found = []
    for place in range(len(EDGES) - 1):
        mask = places == place
        changes = int(mask.sum())
        if changes:
            mean, failures = float(foretold[mask].mean()), int(bad[mask].sum())
            found.append(Bin(EDGES[place], EDGES[place + 1], changes, mean, failures))
    return tuple(found)


def tenths(foretold: Numbers, bad: Numbers) -> tuple[Bin, ...]:
    """Return ten groups of as many of n predictions, upwards; ``low`` and ``high`` are their least and greatest."""
    order = np.argsort(foretold, kind="stable")
    groups = np.array_split(order, min(TENTHS, len(order))) if len(order) else []
    return tuple(
        Bin(
            low=float(foretold[group[0]]),
            high=float(foretold[group[-1]]),
            changes=len(group),
            foretold=float(foretold[group].mean()),
            failures=int(bad[group].sum()),
        )
        for group in groups
    )


def bin_of(bins: Sequence[Bin], mean: float) -> Bin | None:
    """Return the range that a probability lies in, None where no earlier change did."""
    return next((one for one in bins if one.low <= mean < one.high or mean == one.high == 1.0), None)
