"""
Every change foretold from what was known at its start, and learned from when its outcome was known: in order of time.

The order of work is that of time alone, so whatever comes after a moment alters no bit of what was foretold up to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from cmdb.model.past_change import PastChange
from impact.failure.facts import facts
from impact.failure.logistic import Logistic, Numbers, fit, sigmoid
from impact.failure.pooling import Organisation
from impact.failure.recalibration import Recalibration, recalibrated
from impact.failure.seen import SECONDS_A_DAY, Known, Seen
from impact.progress import told

FIRST_FIT, FIRST_FAILURES = 150, 15
GROWTH = 1.04
MOST_LEARNED = 100_000
HALF_LIFE = 730.0
TRIAL_FAILURES = 10.0
ONCE_IN = 512


class Extractor:
    """Turns changes into rows of figures, and remembers what became of them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.facts = facts(names)
        self.columns = tuple(column for fact in self.facts for column in fact.columns)
        self.organisation = Organisation()

    def judge(self, seen: Seen) -> tuple[list[float], list[float]]:
        """Return the values of all columns, and the variance of each fact's rates; sets the level of ``seen``."""
        level = self.organisation.at(seen.at)
        seen.rate, seen.level = level.rate, level.log_odds
        values: list[float] = []
        variances: list[float] = []
        for fact in self.facts:
            found, variance = fact.judged(seen)
            values += found
            variances.append(variance)
        return values, variances

    def begin(self, seen: Seen) -> None:
        for fact in self.facts:
            fact.begun(seen)

    def learn(self, seen: Seen, known: Known) -> None:
        self.organisation.learn(seen.at, known.bad)
        for fact in self.facts:
            fact.learned(seen, known)


@dataclass(frozen=True, slots=True)
class Table:
    """
    n changes in order of time, as figures.

    ``values`` (n x d), ``variances`` (n x facts), ``level`` and ``level_variance`` (n), ``at`` (n, days), ``bad`` (n);
    ``known`` are the numbers of changes in the order in which outcomes became known, ``known_at[i]`` how many of these
    were known when change i began.
    """

    values: Numbers
    variances: Numbers
    level: Numbers
    level_variance: Numbers
    at: Numbers
    bad: Numbers
    known: NDArray[np.int64]
    known_at: NDArray[np.int64]


def tabulate(changes: Sequence[PastChange], extractor: Extractor) -> Table:
    """Return the table of changes, which stand in order of time; cost: linear, plus the waiting outcomes' heap."""
    count = len(changes)
    values = np.empty((count, len(extractor.columns)))
    variances = np.empty((count, len(extractor.facts)))
    level, spread, at = np.empty(count), np.empty(count), np.empty(count)
    bad = np.empty(count)
    known: list[int] = []
    known_at = np.empty(count, dtype=np.int64)
    waiting: list[tuple[float, int, Seen, Known]] = []
    for number, change in enumerate(changes):
        if not number % ONCE_IN:
            told("changes", number, count)
        seen = Seen(change.planned)
        while waiting and waiting[0][0] <= seen.at:
            _, which, earlier, outcome = heappop(waiting)
            extractor.learn(earlier, outcome)
            known.append(which)
        known_at[number] = len(known)
        values[number], variances[number] = extractor.judge(seen)
        level[number], at[number] = seen.level, seen.at
        spread[number] = extractor.organisation.at(seen.at).variance
        extractor.begin(seen)
        bad[number] = change.outcome.is_bad
        ended = math.nan if change.ended_at is None else change.ended_at.timestamp() / SECONDS_A_DAY
        when = change.known_at.timestamp() / SECONDS_A_DAY
        if ended > when:
            when = ended
        heappush(waiting, (when, number, seen, Known(change.outcome.is_bad, ended)))
    while waiting:
        _, which, earlier, outcome = heappop(waiting)
        extractor.learn(earlier, outcome)
        known.append(which)
    return Table(values, variances, level, spread, at, bad, np.array(known, dtype=np.int64), known_at)
