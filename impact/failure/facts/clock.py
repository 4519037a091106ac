"""When it starts: the hour of the day and the day of the week, in UTC."""

from __future__ import annotations

import math
from collections.abc import Sequence

from impact.failure.facts.column import Column
from impact.failure.facts.stateless import Stateless
from impact.failure.seen import Seen

_FRIDAY, _SATURDAY = 4, 5


class Clock(Stateless):
    """The hour as a point on the clock's face, 1 on a Friday, 1 at the weekend."""

    name = "clock"
    columns = (Column("clock_sin"), Column("clock_cos"), Column("clock_friday"), Column("clock_weekend"))

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        angle = 2.0 * math.pi * (seen.at % 1.0)
        day = seen.planned.starts_at.weekday()
        return (math.sin(angle), math.cos(angle), float(day == _FRIDAY), float(day >= _SATURDAY)), 0.0
