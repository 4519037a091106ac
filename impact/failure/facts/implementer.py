"""The implementer: how their changes went, how many they have made, and how close together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.facts.keyed import Keyed
from impact.failure.rates import Counts
from impact.failure.seen import Seen

LONGEST_GAP = 1000.0  # days; who was away longer is as one who never was there


class Implementer(Keyed):
    """Rates of who carries it out, their experience, the days since their last change, and how many lately."""

    name = "implementer"
    of_begun: ClassVar[tuple[str, ...]] = ("_made", "_last", "_lately")

    def __init__(self) -> None:
        super().__init__(30.0, 180.0, 720.0, main=1)
        more = ("experience", "gap", "made_3d", "made_3h")
        self.columns = (*self.rates, *(Column(f"implementer_{name}") for name in more))
        self._made: dict[str, int] = {}
        self._last: dict[str, float] = {}
        self._lately = Counts(3.0, 0.125)

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        rates, variance = super().judged(seen)
        who = seen.planned.implementer
        if who is None:
            return (*rates, math.nan, math.nan, math.nan, math.nan), 0.0
        # They may have begun another since the start that is asked about: then there is no gap.
        gap = min(max(seen.at - self._last.get(who, seen.at - LONGEST_GAP), 0.0), LONGEST_GAP)
        _, days, _, hours, _ = self._lately.at(who, seen.at)
        more = (math.log1p(self._made.get(who, 0)), math.log1p(24.0 * gap), math.log1p(days), math.log1p(hours))
        return (*rates, *more), variance

    def begun(self, seen: Seen) -> None:
        who = seen.planned.implementer
        if who is not None:
            self._made[who] = self._made.get(who, 0) + 1
            self._last[who] = max(seen.at, self._last.get(who, seen.at))
            self._lately.add(who, seen.at, 0.0)

    def keys(self, seen: Seen) -> Sequence[str]:
        return () if seen.planned.implementer is None else (seen.planned.implementer,)
