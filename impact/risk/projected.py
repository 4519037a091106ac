"""When services are down by plan: what changes take down alone, and what they take down together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from cmdb.model.intervals import Interval
from impact.graph.structure import Graph
from impact.risk.conflicts import CHANGE, Calendar
from impact.risk.overlaps import Who

Down = list[tuple[Interval, tuple[str, ...], tuple[str, ...]]]
"""When a service is down by plan: the interval, the changes, and the incidents beside them."""


def planned_outages(graph: Graph, calendar: Calendar, start: datetime, end: datetime) -> dict[int, Down]:
    """
    Return for each service, by number, when changes take it down, as far as in [``start``, ``end``).

    At any moment a service is down by plan if a set of parties with a change among them takes it down, and none of them
    needlessly; so what incidents do alone is not planned. The times of a service may overlap. As far as the calendar
    knows: see its ``cuts`` and ``unexamined``.
    """
    found: dict[int, Down] = {}
    low, high = start.timestamp(), end.timestamp()

    def add(services: Iterable[int], since: float, until: float, who: tuple[Who, ...]) -> None:
        begins, ends = max(since, low), min(until, high)
        changes = tuple(key for kind, key in who if kind == CHANGE)
        if begins < ends and changes:
            interval = Interval(datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC))
            others = tuple(key for kind, key in who if kind != CHANGE)
            for service in services:
                found.setdefault(service, []).append((interval, changes, others))

    for who in calendar.parties:
        for since, until, atom in calendar.times(who):
            add((ci for ci in sorted(atom.losses.fell) if graph.service_flags[ci]), since, until, (who,))
    for conflict in calendar.conflicts():
        for stretch in conflict.stretches:
            add(stretch.services, stretch.start, stretch.end, conflict.parties)
    return dict(sorted(found.items()))
