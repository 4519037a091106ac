"""The type of change: emergency, standard, or how those of its type went."""

from __future__ import annotations

from collections.abc import Sequence

from impact.failure.facts.column import Column
from impact.failure.facts.keyed import Keyed
from impact.failure.seen import Seen


class Kind(Keyed):
    """The rate of its type, and 1 for an emergency or for a standard change."""

    name = "type"

    def __init__(self) -> None:
        super().__init__(360.0)
        self.columns = (*self.rates, Column("type_emergency"), Column("type_standard"))

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        rates, variance = super().judged(seen)
        found = (seen.planned.type or "").lower()
        return (*rates, float(found == "emergency"), float(found == "standard")), variance if found else 0.0

    def keys(self, seen: Seen) -> Sequence[str]:
        return () if seen.planned.type is None else (seen.planned.type.lower(),)
