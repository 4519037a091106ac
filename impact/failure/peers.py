"""
What P(fail) is measured beside, in the same run and by the same rule: known at the start, learned when it was known.

Three simple rules (the running overall rate, a smoothed rate of the CIs, one of the implementer), a plain logistic
regression and gradient boosting, these two by scikit-learn with its usual settings on the very same figures. They are
fitted again whenever two fifths more outcomes are known, on one thread and with fixed seeds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.model.past_change import PastChange
from impact.failure.logistic import Numbers
from impact.failure.table import Table
from impact.progress import told

WEIGHT = 20.0
FIRST, GROWTH = 150, 1.4
MOST_FITTED = 100_000
Keys = Callable[[PastChange], Sequence[Hashable]]


def overall_rate(table: Table) -> Numbers:
    """Return the share of failures among all outcomes known at each start, beginning at one in five (n)."""
    failures = np.concatenate([[0.0], np.cumsum(table.bad[table.known])])
    found: Numbers = (failures[table.known_at] + 1.0) / (table.known_at + 5.0)
    return found


def by_ci(change: PastChange) -> Sequence[Hashable]:
    """Return the CIs of a change."""
    return change.planned.targets


def by_implementer(change: PastChange) -> Sequence[Hashable]:
    """Return the implementer of a change."""
    return () if change.planned.implementer is None else (change.planned.implementer,)


def smoothed_rate(changes: Sequence[PastChange], table: Table, overall: Numbers, keys: Keys) -> Numbers:
    """Return the mean rate of each change's keys, drawn towards the overall rate with the weight of 20 changes (n)."""
    counts: dict[Hashable, list[float]] = {}
    found = np.empty(len(changes))
    taken = 0
    for number, change in enumerate(changes):
        for which in table.known[taken : table.known_at[number]]:
            for key in keys(changes[which]):
                own = counts.setdefault(key, [0.0, 0.0])
                own[0] += 1.0
                own[1] += table.bad[which]
        taken = int(table.known_at[number])
        rate = float(overall[number])
        several = [
            (kept[1] + WEIGHT * rate) / (kept[0] + WEIGHT) if (kept := counts.get(key)) else rate
            for key in keys(change)
        ]
        found[number] = sum(several) / len(several) if several else rate
    return found


def plain_logistic(table: Table, overall: Numbers, start: int) -> Numbers:
    """Return what scikit-learn's logistic regression foretells from change ``start`` on (n, before it the rate)."""
    from sklearn.linear_model import LogisticRegression

    return _refitted(table, overall, start, "plain logistic", lambda: LogisticRegression(max_iter=500))


def gradient_boosting(table: Table, overall: Numbers, start: int) -> Numbers:
    """Return what scikit-learn's gradient boosted trees foretell from change ``start`` on (n, before it the rate)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return _refitted(
        table,
        overall,
        start,
        "gradient boosting",
        lambda: HistGradientBoostingClassifier(early_stopping=False, random_state=0),
    )


def _refitted(table: Table, overall: Numbers, start: int, step: str, make: Callable[[], Any]) -> Numbers:
    from threadpoolctl import threadpool_limits

    found = overall.copy()
    count = len(overall)
    due, begin = float(FIRST), start
    with threadpool_limits(limits=1), warnings.catch_warnings():
        # That it has not wholly settled in so many steps is its usual setting, not a fault of the data.
        warnings.simplefilter("ignore")
        while begin < count:
            told(step, begin, count)
            known = int(table.known_at[begin])
            due = max(known * GROWTH, FIRST)
            end = int(np.searchsorted(table.known_at, due))
            end = max(end, begin + 1)
            rows = table.known[:known][-MOST_FITTED:]
            if known >= FIRST and 0.0 < table.bad[rows].sum() < len(rows):
                # The organisation's rate is a figure too; the others have it as their level.
                figures = _figures(table, rows)
                means, spreads = _standards(figures)
                fitted = make().fit(_standardised(figures, means, spreads), table.bad[rows])
                for low in range(begin, end, MOST_FITTED):
                    part = slice(low, min(low + MOST_FITTED, end))
                    asked = _standardised(_figures(table, part), means, spreads)
                    found[part] = fitted.predict_proba(asked)[:, 1]
            begin = end
    return found


def _figures(table: Table, rows: NDArray[np.int64] | slice) -> Numbers:
    return np.column_stack([table.figures.level[rows], table.figures.values[rows]])


def _standards(rows: Numbers) -> tuple[Numbers, Numbers]:
    known = ~np.isnan(rows)
    counts = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, rows, 0.0).sum(axis=0) / counts
    spreads = np.sqrt((np.where(known, rows - means, 0.0) ** 2).sum(axis=0) / counts)
    return means, np.where(spreads > 1e-9, spreads, 1.0)


def _standardised(rows: Numbers, means: Numbers, spreads: Numbers) -> Numbers:
    found: Numbers = np.nan_to_num((rows - means) / spreads, nan=0.0)
    return found
