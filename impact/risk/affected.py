"""One service that a change may touch, as the caller found it, and what being down for some time costs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from cmdb.model.hours import Clock
from cmdb.model.intervals import NOTHING, Interval, Intervals, difference, intersection, union
from cmdb.model.outcome import Outcome
from cmdb.model.sla import ErrorBudget


@dataclass(frozen=True, slots=True)
class BudgetPeriod:
    """A period over which a target is judged, and its error budget without the change."""

    period: Interval
    budget: ErrorBudget


@dataclass(frozen=True)
class Affected:
    """
    One service as the caller found it.

    ``hours`` are its service hours over all ``periods`` and the longest repair, ``unknown`` the part of them that is
    not known and counts as agreed. ``planned`` is when it is down by plan, ``as_planned`` its worst outcome then,
    ``backing_out`` that with all planned targets out, ``failing`` that of each alternative. ``maintenance`` is how much
    of a period's planned outage is agreed and notified. ``longest`` is how long one interruption may last.
    """

    id: str
    name: str
    tier: int | None
    weight: float
    has_level: bool
    hours: Intervals
    unknown: Intervals
    planned: Intervals
    as_planned: Outcome
    backing_out: Outcome
    failing: tuple[Outcome, ...]
    periods: tuple[BudgetPeriod, ...] = ()
    maintenance: timedelta = NOTHING
    longest: timedelta | None = None
    rate_per_minute: float | None = None
    currency: str | None = None

    @cached_property
    def agreed(self) -> Intervals:
        """The planned outage that is maintenance: of each period the first of it, as much as is agreed."""
        found: list[Interval] = []
        inside = intersection(self.hours, self.planned)
        for each in self.periods if self.maintenance > NOTHING else ():
            left = self.maintenance
            for part in intersection(inside, (each.period,)):
                if left <= NOTHING:
                    break
                end = min(part.end, part.start + left)
                found.append(Interval(part.start, end))
                left -= end - part.start
        return union(found)

    @cached_property
    def clock(self) -> Clock:
        """Runs in service hours."""
        return Clock(self.hours)

    @cached_property
    def charged(self) -> Clock:
        """Runs in service hours but for agreed maintenance."""
        return Clock(difference(self.hours, self.agreed))


class Spent:
    """What being down for so long costs a service: minutes, those of them that are charged, and what it misses."""

    __slots__ = ("breaches", "by_period", "charged", "minutes")

    def __init__(self, service: Affected, down: Intervals) -> None:
        self.minutes = service.clock.inside(down)
        self.charged = service.charged.inside(down)
        self.by_period = [service.charged.inside(intersection(down, (each.period,))) for each in service.periods]
        spent = zip(service.periods, self.by_period, strict=True)
        longest = max((service.charged.between(each.start, each.end) for each in down), default=NOTHING)
        self.breaches = any(each.budget.is_breached_by(more) for each, more in spent) or (
            service.longest is not None and longest > service.longest
        )
