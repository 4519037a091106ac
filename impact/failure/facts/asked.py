"""Facts that are given with a change under fixed names: evidence, back-out, freeze, incidents, estate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from impact.failure.facts.column import Column
from impact.failure.facts.stateless import Stateless
from impact.failure.seen import Seen


class Row(NamedTuple):
    """A fact by its name, and whether it is a count (of which the logarithm counts) or a truth (1 or 0)."""

    name: str
    counts: bool
    size: bool = False


ASKED = (
    Row("test_evidence", counts=False),  # it was tested, and that is attached
    Row("backout_tested", counts=False),  # its back-out plan was tried
    Row("freeze", counts=False),  # it lies in a freeze
    Row("incidents_90d", counts=True),  # incidents of its targets in the 90 days before
    Row("depth", counts=True),  # the longest way from its targets up to what depends on them
    Row("concurrent", counts=True),  # other changes whose windows overlap its own
    Row("discovery_age_days", counts=True),  # since its targets were last seen, the longest
)


class Asked(Stateless):
    """One of these facts; of one that is not given, nothing is known."""

    def __init__(self, row: Row) -> None:
        self.name = row.name
        self.columns = (Column(row.name, size=row.size),)
        self._counts = row.counts

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        value = seen.planned.facts.get(self.name, math.nan)
        return (math.log1p(max(value, 0.0)) if self._counts and value == value else value,), 0.0
