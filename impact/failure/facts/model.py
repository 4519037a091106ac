"""The change model (template): how its changes went, and whether those who use it now do so for the first time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.facts.keyed import Keyed
from impact.failure.seen import Seen


class Model(Keyed):
    """Rates of the model, how often it was used, and 1 where those who use it now never did."""

    name = "model"
    of_begun: ClassVar[tuple[str, ...]] = ("_uses", "_by")

    def __init__(self) -> None:
        super().__init__(90.0, 720.0, main=1)
        self.columns = (*self.rates, Column("model_uses"), Column("model_first_time"))
        self._uses: dict[str, int] = {}
        self._by: dict[tuple[str, str | None], bool] = {}

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        rates, variance = super().judged(seen)
        model = seen.planned.model
        if model is None:
            return (*rates, math.nan, math.nan), 0.0
        first = not self._by.get((model, _who(seen)), False)
        return (*rates, math.log1p(self._uses.get(model, 0)), float(first)), variance

    def begun(self, seen: Seen) -> None:
        model = seen.planned.model
        if model is not None:
            self._uses[model] = self._uses.get(model, 0) + 1
            self._by[model, _who(seen)] = True

    def keys(self, seen: Seen) -> Sequence[str]:
        return () if seen.planned.model is None else (seen.planned.model,)


def _who(seen: Seen) -> str | None:
    return seen.planned.implementer or seen.planned.team
