"""
Changes as figures, each from what was known at its start; outcomes are taken in when they were known, in order of time.

The order of work is that of time alone, so whatever comes after a moment alters no bit of what stands for it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from copy import copy
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from cmdb.model.past_change import PastChange
from impact.failure.facts import facts, on_top
from impact.failure.logistic import Numbers
from impact.failure.model import Figures
from impact.failure.pooling import Organisation
from impact.failure.seen import SECONDS_A_DAY, Known, Seen
from impact.failure.unexplained import signature
from impact.progress import told

ONCE_IN = 512


class Extractor:
    """Turns changes into rows of figures, and remembers what became of them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.facts = facts(names)
        self.columns = tuple(column for fact in self.facts for column in fact.columns)
        self.owners = tuple(fact.name for fact in self.facts for _ in fact.columns)
        self.organisation = Organisation()

    def judge(self, seen: Seen) -> tuple[list[float], list[float]]:
        """Return the values of all columns, and the variance of each fact's rates; sets the level of ``seen``."""
        level = self.organisation.at(seen.at)
        seen.rate, seen.level, seen.level_variance = level.rate, level.log_odds, level.variance
        values: list[float] = []
        variances: list[float] = []
        for fact in self.facts:
            found, variance = fact.judged(seen)
            values += found
            variances.append(variance)
        return values, variances

    def begin(self, seen: Seen) -> None:
        """Remember that a change started."""
        for fact in self.facts:
            fact.begun(seen)

    def on_top(self) -> Extractor:
        """Return one that knows the same, to which changes that begin may be added; this one stays as it is."""
        found = copy(self)
        found.facts = [on_top(fact) for fact in self.facts]
        return found

    def learn(self, seen: Seen, known: Known) -> None:
        """Take in what became of a change."""
        self.organisation.learn(seen.at, known.bad)
        for fact in self.facts:
            fact.learned(seen, known)


@dataclass(frozen=True, slots=True)
class Table:
    """
    n changes in order of time.

    ``figures`` are what was known of each at its start; ``at`` (n) is that start in days, ``bad`` (n) 1 for a failure.
    ``known`` holds the numbers of changes in the order in which their outcomes became known, ``known_at[i]`` how many
    of these were known when change i began. ``signatures`` (n) are numbers, the same for changes that look alike.
    """

    figures: Figures
    at: Numbers
    bad: Numbers
    known: NDArray[np.int64]
    known_at: NDArray[np.int64]
    signatures: NDArray[np.int64]


def tabulate(changes: Sequence[PastChange], extractor: Extractor) -> Table:
    """
    Return the table of changes, which stand in order of time; the extractor has learned all of them afterwards.

    Cost: linear, and the heap of the outcomes that are waited for.
    """
    count = len(changes)
    values, variances = np.empty((count, len(extractor.columns))), np.empty((count, len(extractor.facts)))
    level, spread, at, bad = (np.empty(count) for _ in range(4))
    known: list[int] = []
    known_at, signatures = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    numbers: dict[Hashable, int] = {}
    waiting: list[tuple[float, int, Seen, Known]] = []

    def learn() -> None:
        _, which, earlier, outcome = heappop(waiting)
        extractor.learn(earlier, outcome)
        known.append(which)

    for number, change in enumerate(changes):
        if not number % ONCE_IN:
            told("changes", number, count)
        seen = Seen(change.planned)
        while waiting and waiting[0][0] <= seen.at:
            learn()
        known_at[number] = len(known)
        values[number], variances[number] = extractor.judge(seen)
        level[number], spread[number], at[number] = seen.level, seen.level_variance, seen.at
        signatures[number] = numbers.setdefault(signature(seen), len(numbers))
        extractor.begin(seen)
        bad[number] = change.outcome.is_bad
        when, outcome = happened(change)
        heappush(waiting, (when, number, seen, outcome))
    while waiting:
        learn()
    figures = Figures(values, variances, level, spread)
    return Table(figures, at, bad, np.array(known, dtype=np.int64), known_at, signatures)


def happened(change: PastChange) -> tuple[float, Known]:
    """Return when the outcome of a change was known (days), and what was known then; not an end that came later."""
    known = change.known_at.timestamp() / SECONDS_A_DAY
    ended = math.nan
    if change.ended_at is not None and change.ended_at <= change.known_at:
        ended = change.ended_at.timestamp() / SECONDS_A_DAY
    return known, Known(change.outcome.is_bad, ended)
