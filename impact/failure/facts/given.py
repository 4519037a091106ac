"""A fact that an organisation brings itself: a column ``fact_NAME`` of its history."""

from __future__ import annotations

import math
from collections.abc import Sequence

from impact.failure.facts.column import Column
from impact.failure.facts.stateless import Stateless
from impact.failure.seen import Seen


class Given(Stateless):
    """The figure with its sign, as the logarithm of one more than its size; whether it is there is a second column."""

    def __init__(self, name: str) -> None:
        self.name = f"fact_{name}"
        # Nobody knows whether a part of a split change has less of it, so it is held to be a size.
        self.columns = (Column(self.name, size=True), Column(f"{self.name}_known"))
        self._key = name

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        value = seen.planned.facts.get(self._key)
        if value is None:
            return (math.nan, 0.0), 0.0
        return (math.copysign(math.log1p(abs(value)), value), 1.0), 0.0
