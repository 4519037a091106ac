"""What else goes on: changes to the same CIs of late, how long ago the last was, and how busy all are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.rates import Counts
from impact.failure.seen import Known, Seen

LONGEST_GAP = 1000.0  # days


class Activity:
    """Means over the CIs: changes begun in days and hours, time since the last, changes ever; and all begun today."""

    name = "activity"
    of_begun: ClassVar[tuple[str, ...]] = ("_lately", "_all", "_last", "_ever")
    columns = tuple(Column(f"activity_{name}") for name in ("cis_3d", "cis_3h", "cis_gap", "cis_ever", "all_1d"))

    def __init__(self) -> None:
        self._lately = Counts(3.0, 0.125)
        self._all = Counts(1.0)
        self._last: dict[str, float] = {}
        self._ever: dict[str, int] = {}

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        everything = math.log1p(self._all.at(None, seen.at)[1])
        count = len(seen.planned.targets)
        if not count:
            return (math.nan, math.nan, math.nan, math.nan, everything), 0.0
        days = hours = gaps = ever = 0.0
        for target in seen.planned.targets:
            lately = self._lately.at(target, seen.at)
            days += math.log1p(lately[1])
            hours += math.log1p(lately[3])
            # Another may have begun since the start that is asked about: then there is no gap.
            gap = max(seen.at - self._last.get(target, seen.at - LONGEST_GAP), 0.0)
            gaps += math.log1p(24.0 * min(gap, LONGEST_GAP))
            ever += math.log1p(self._ever.get(target, 0))
        return (days / count, hours / count, gaps / count, ever / count, everything), 0.0

    def begun(self, seen: Seen) -> None:
        self._all.add(None, seen.at, 0.0)
        for target in seen.planned.targets:
            self._lately.add(target, seen.at, 0.0)
            self._last[target] = max(seen.at, self._last.get(target, seen.at))
            self._ever[target] = self._ever.get(target, 0) + 1

    def learned(self, seen: Seen, known: Known) -> None:
        """How it went is for other facts."""
