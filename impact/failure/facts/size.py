"""How large it is: the number of CIs and of their classes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from impact.failure.facts.column import Column
from impact.failure.facts.stateless import Stateless
from impact.failure.seen import Seen


class Size(Stateless):
    """The logarithms of one more than the CIs and of one more than their classes."""

    name = "size"
    columns = (Column("size_cis", size=True), Column("size_classes", size=True))

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        planned = seen.planned
        return (math.log1p(len(planned.targets)), math.log1p(len({name for name in planned.classes if name}))), 0.0
