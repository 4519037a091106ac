"""When services were down: the incidents of a time, walked through the estate as it is at a revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.intervals import Interval, Intervals, union
from cmdb.service.incidents import in_period

if TYPE_CHECKING:
    from cmdb.model.incident import Incident
    from impact.graph import Graph

MOST_SETS = 300
"""So many different sets of CIs that were down together are walked."""


class Downtime(NamedTuple):
    """By service when it was down, and how many incidents were left out since too many sets were down together."""

    by_service: dict[str, Intervals]
    unexamined: int


def downtime_of(context: Context, graph: Graph, services: Sequence[str], start: datetime, end: datetime) -> Downtime:
    """
    Return when each of the services was down from ``start`` until before ``end``.

    Incidents are those of the graph's revision, each with its CIs down from when it was opened until it was resolved;
    what that took down is asked of the graph as it is, not as it was then. Raises NotAllowed.
    """
    from impact.graph.states import states_of

    down: dict[str, list[Interval]] = {service: [] for service in services}
    numbers = {service: graph.index(service) for service in services}
    unexamined: set[str] = set()
    known: dict[tuple[int, ...], frozenset[int]] = {}
    incidents = _concerning(context, graph, numbers.values(), start, end)
    for since, until, failed, names in _phases(incidents, start, end):
        if failed not in known:
            if len(known) >= MOST_SETS:
                unexamined |= names
                continue
            known[failed] = frozenset(states_of(graph, list(failed)).down)
        for service, number in numbers.items():
            if number in known[failed]:
                down[service].append(Interval(since, until))
    return Downtime({service: union(intervals) for service, intervals in down.items()}, len(unexamined))


def _concerning(
    context: Context, graph: Graph, services: Iterable[int], start: datetime, end: datetime
) -> list[tuple[Incident, tuple[int, ...]]]:
    """Return the incidents of the time with those of their CIs on which some of the services rest."""
    from impact.graph.cones import hard_cone

    found = []
    cone: frozenset[int] | None = None
    for incident in in_period(context, start, end, at=graph.revision):
        if cone is None:
            cone = frozenset(hard_cone(graph, services))
        touching = tuple(number for number in _numbers(graph, incident.cis) if number in cone)
        if touching:
            found.append((incident, touching))
    return found


def _numbers(graph: Graph, cis: Sequence[str]) -> list[int]:
    """Return the numbers of those of the CIs that the graph shows."""
    try:
        return graph.indexes(cis)
    except NotFound as missing:
        return graph.indexes(set(cis).difference(missing.facts["ids"]))


def _phases(
    incidents: Sequence[tuple[Incident, tuple[int, ...]]], start: datetime, end: datetime
) -> Iterable[tuple[datetime, datetime, tuple[int, ...], set[str]]]:
    """Yield the times in which the same CIs are down: from, until, which CIs, and by which incidents."""
    events: list[tuple[datetime, int, Incident, tuple[int, ...]]] = []
    for incident, cis in incidents:
        events.append((max(start, incident.opened), 1, incident, cis))
        events.append((min(end, incident.resolved or end), -1, incident, cis))
    events.sort(key=lambda event: event[0])
    down: Counter[int] = Counter()
    names: Counter[str] = Counter()
    before = start
    for moment, step, incident, cis in events:
        failed = tuple(sorted(ci for ci, count in down.items() if count > 0))
        if failed and before < moment:
            yield before, moment, failed, {name for name, count in names.items() if count > 0}
        before = moment
        down.update(dict.fromkeys(cis, step))
        names.update({incident.id: step})
