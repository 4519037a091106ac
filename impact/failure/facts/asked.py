"""Facts that are given with a change under fixed names: its evidence, its back-out, and incidents of its targets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from impact.failure.facts.column import Column
from impact.failure.facts.stateless import Stateless
from impact.failure.seen import Seen


class Asked(Stateless):
    """
    One of these facts; of one that is not given, nothing is known.

    ``counts``: it is a number, of which the logarithm counts; otherwise a truth (1 or 0).
    """

    def __init__(self, name: str, *, counts: bool) -> None:
        self.name = name
        self.columns = (Column(name),)
        self._counts = counts

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        value = seen.planned.facts.get(self.name, math.nan)
        return (math.log1p(max(value, 0.0)) if self._counts and value == value else value,), 0.0


ASKED = (
    partial(Asked, "test_evidence", counts=False),  # it was tested, and that is attached
    partial(Asked, "backout_tested", counts=False),  # its back-out plan was tried
    partial(Asked, "incidents_90d", counts=True),  # incidents of its targets in the 90 days before
)
