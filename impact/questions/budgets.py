"""What the error budgets of services have left: the targets agreed, against the incidents of the period so far."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cmdb.context import Context
from cmdb.model.hours import Clock, Interval, in_minutes, intersection, union
from cmdb.model.sla import ErrorBudget, error_budget
from cmdb.service.hours import hours_between, period_at
from cmdb.service.service_levels import levels_of
from impact.questions.downtime import downtime_of

if TYPE_CHECKING:
    from impact.graph import Graph


def budgets_left(
    context: Context, graph: Graph, services: Collection[str], moment: datetime, *, now: datetime
) -> dict[str, float]:
    """
    Return what the budget of the period that ``moment`` lies in has left, in minutes, of each service with a level.

    Down time counts until ``now``, inside service hours; hours that nobody knows count as agreed, and where not all
    incidents could be looked at, the service is left out. All is read as of the graph's revision.

    Raises:
        NotAllowed: the actor may not read service levels or incidents.
    """
    levels = levels_of(context, sorted(services), at=graph.revision)
    periods = {ci: period_at(level.period, level.zone, moment) for ci, level in levels.items()}
    if not periods:
        return {}
    start = min(period.start for period in periods.values())
    down = downtime_of(context, graph, sorted(levels), start, max(start, now))
    if down.unexamined:
        return {}
    found = {}
    for ci, level in levels.items():
        period = periods[ci]
        known = hours_between(context, level.hours, period.start, period.end, at=graph.revision)
        clock = Clock(union((*known.hours, *known.unknown)))
        used = clock.inside(intersection(down.by_service[ci], (Interval(period.start, period.end),)))
        total = error_budget(clock.between(period.start, period.end), level.availability)
        found[ci] = in_minutes(max(ErrorBudget(total, used).remaining, timedelta()))
    return found
