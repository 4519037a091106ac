"""The lead time: from the request to the start."""

from __future__ import annotations

import math
from collections.abc import Sequence

from impact.failure.facts.column import Column
from impact.failure.facts.stateless import Stateless
from impact.failure.seen import Seen


class Lead(Stateless):
    """The logarithm of one more than the hours, and 1 where it started as soon as it was asked for."""

    name = "lead"
    columns = (Column("lead_hours"), Column("lead_none"))

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        hours = 24.0 * seen.lead
        return (math.log1p(hours), float(hours < 1.0 / 60.0) if hours == hours else math.nan), 0.0
