"""The window against how long such changes took."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.rates import Counts
from impact.failure.seen import Known, Seen

_WEIGHT = 3.0  # A model's own durations weigh as many as there are, all changes' together three.
_MINUTES_A_DAY = 1440.0


class Window:
    """
    The logarithm of the window, by the time that changes of this model took, and of that time itself.

    The time is the mean of the logarithms of past durations, so one that dragged on for a week weighs little.
    """

    name = "window"
    of_begun: ClassVar[tuple[str, ...]] = ()
    columns = (Column("window_spare"), Column("window_usual"))

    def __init__(self) -> None:
        self._took = Counts(720.0)

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        _, count, total = self._took.at(None, seen.at)
        if not count:
            return (math.nan, math.nan), 0.0
        usual = total / count
        if seen.planned.model is not None:
            _, own, sums = self._took.at(seen.planned.model, seen.at)
            usual = (sums + _WEIGHT * usual) / (own + _WEIGHT)
        window = seen.planned.window_minutes
        return (math.nan if window is None else math.log1p(window) - usual, usual), 0.0

    def begun(self, seen: Seen) -> None:
        """How long it takes is known when it has ended."""

    def learned(self, seen: Seen, known: Known) -> None:
        if known.ended != known.ended:
            return
        took = math.log1p(max(known.ended - seen.at, 0.0) * _MINUTES_A_DAY)
        self._took.add(None, seen.at, took)
        if seen.planned.model is not None:
            self._took.add(seen.planned.model, seen.at, took)
