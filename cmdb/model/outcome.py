"""The outcome of a service: what some failures mean to it, worst first."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What happens to a service, worst first; the first that holds is its outcome."""

    DOWN = "DOWN"
    DEGRADED = "DEGRADED"
    REDUNDANCY_LOST = "REDUNDANCY_LOST"
    REDUCED = "REDUCED"
    UNAFFECTED = "UNAFFECTED"

    @property
    def rank(self) -> int:
        """0 for the worst, growing towards unaffected."""
        return _RANKS[self]

    def is_worse_than(self, other: Outcome) -> bool:
        return self.rank < other.rank


_RANKS = {outcome: rank for rank, outcome in enumerate(Outcome)}
