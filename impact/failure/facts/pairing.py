"""Who touches what: how the implementer's (or team's) changes to these CIs went, and how well they know them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from impact.failure.facts.column import Column
from impact.failure.facts.keyed import Keyed
from impact.failure.seen import Seen


class Pairing(Keyed):
    """The mean rate of the pairs of implementer and CI, and how many changes they have made to each."""

    name = "pairing"

    def __init__(self) -> None:
        super().__init__(180.0)
        self.columns = (*self.rates, Column("pairing_familiarity"))
        self._made: dict[tuple[str, str], int] = {}

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        keys = self.keys(seen)
        rates, variance = super().judged(seen)
        if not keys:
            return (*rates, math.nan), 0.0
        return (*rates, sum(math.log1p(self._made.get(key, 0)) for key in keys) / len(keys)), variance

    def begun(self, seen: Seen) -> None:
        for key in self.keys(seen):
            self._made[key] = self._made.get(key, 0) + 1

    def keys(self, seen: Seen) -> Sequence[tuple[str, str]]:
        who = seen.planned.implementer or seen.planned.team
        return () if who is None else [(who, target) for target in seen.planned.targets]
