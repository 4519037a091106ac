"""
The arithmetic of a service level: the error budget of a period, and when it is spent.

An error budget is the down time that the target leaves: (1 - target) times the agreed service time (Beyer and others,
Site Reliability Engineering, 2016, chapter 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from cmdb.model.intervals import NOTHING

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Period(StrEnum):
    """Over how long a target is judged: by the calendar of the agreed zone."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def days_of(period: Period, day: date) -> tuple[date, date]:
    """Return the first day of the period that a day lies in, and the first day after it."""
    length = _MONTHS[period.value]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    month = first.month - 1 + length
    return first, date(first.year + month // 12, month % 12 + 1, 1)


def error_budget(agreed: timedelta, availability: float) -> timedelta:
    """
    Return how long a service may be down in an agreed time; ``availability`` in percent, such as 99.9.

    The decimals of the percentage are taken as they are written, so 99.9 % of 43,200 minutes leaves 43.2 minutes. What
    is left of a microsecond is cut.
    """
    share = 1 - Fraction(repr(float(availability))) / 100
    return timedelta(microseconds=int(share * (agreed // timedelta(microseconds=1))))


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """How long a service may be down over a period, and how long of it was used."""

    total: timedelta
    used: timedelta = NOTHING

    @property
    def remaining(self) -> timedelta:
        """What is left, nothing where more was used than there was."""
        return max(NOTHING, self.total - self.used)

    @property
    def is_spent(self) -> bool:
        """Whether more was used than there was: the target of the period is missed already."""
        return self.used > self.total

    def is_breached_by(self, more: timedelta) -> bool:
        """Tell whether so much more down time misses the target, or adds to its being missed; none never does."""
        return more > NOTHING and self.used + more > self.total

    def share_of(self, more: timedelta) -> float | None:
        """Return so much down time as a share of what remains; None where nothing remains and there is some."""
        if more <= NOTHING:
            return 0.0
        return more / self.remaining if self.remaining > NOTHING else None
