"""Facts that know too much: given facts that alone tell failures so well that they were probably written afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cmdb.model.past_change import PastChange
from impact.failure.logistic import Numbers
from impact.failure.scores import auc

SUSPECT = 0.9
LEAST_FAILURES = 20


class Leak(NamedTuple):
    """A fact, and how well it alone ranks failures (the AUC, of its value or of whether it is known at all)."""

    fact: str
    auc: float


def suspects(changes: Sequence[PastChange], bad: Numbers, facts: Sequence[str]) -> tuple[Leak, ...]:
    """
    Return the given facts that alone reach an AUC of 0.9 either way, the most telling first.

    No fact known before a change is nearly that good, so it was probably written afterwards. Asked only of histories
    with 20 failures or more: below that chance may do the same.
    """
    if bad.sum() < LEAST_FAILURES:
        return ()
    found = []
    for name in facts:
        values = np.array([change.planned.facts.get(name, np.nan) for change in changes])
        known = ~np.isnan(values)
        scores = [auc(known.astype(float), bad)]
        if known.any() and bad[known].sum() >= LEAST_FAILURES:
            scores.append(auc(values[known], bad[known]))
        best = max((max(score, 1.0 - score) for score in scores if score is not None), default=0.5)
        if best >= SUSPECT:
            found.append(Leak(name, best))
    return tuple(sorted(found, key=lambda leak: (-leak.auc, leak.fact)))
