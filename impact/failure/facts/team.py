"""The team: how its changes went lately and over the years, and how many it has made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.facts.keyed import Keyed
from impact.failure.seen import Seen


class Team(Keyed):
    """The rates of the owner group that implements it, over a month, half a year and two years."""

    name = "team"
    of_begun: ClassVar[tuple[str, ...]] = ("_made",)

    def __init__(self) -> None:
        super().__init__(30.0, 180.0, 720.0, main=1)
        self.columns = (*self.rates, Column("team_experience"))
        self._made: dict[str, int] = {}

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        values, variance = super().judged(seen)
        team = seen.planned.team
        return (*values, math.nan if team is None else math.log1p(self._made.get(team, 0))), variance

    def begun(self, seen: Seen) -> None:
        team = seen.planned.team
        if team is not None:
            self._made[team] = self._made.get(team, 0) + 1

    def keys(self, seen: Seen) -> Sequence[str]:
        return () if seen.planned.team is None else (seen.planned.team,)
