"""The outcome of a change: how its implementation went."""

from __future__ import annotations

from enum import StrEnum


class ChangeOutcome(StrEnum):
    """How a change went, best first; a review may correct it."""

    SUCCESS = "success"
    ISSUES = "issues"  # Done, with issues.
    BACKED_OUT = "backed_out"
    FAILED = "failed"  # Failed with an incident.

    @property
    def is_bad(self) -> bool:
        """Tell whether the change did not stand: what P(fail) is the probability of."""
        return self in BAD


BAD = frozenset({ChangeOutcome.BACKED_OUT, ChangeOutcome.FAILED})
