"""What becomes of the services, in every case of which doubtful relations exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from impact.errors import BudgetSpent
from impact.graph.cones import hard_cone
from impact.graph.structure import HARD
from impact.presence.algebra import NEVER
from impact.presence.spread import Estate, Spread, Values


@dataclass(slots=True)
class Found:
    """
    Values by service: down; down or degraded (``bad``); with a loss in its hard cone; with new single points.

    None where the budget was spent before; what comes later is None as well.
    """

    down: Values | None = None
    bad: Values | None = None
    lost: Values | None = None
    points: Values | None = None
    spent: bool = field(default=False)


def services_of(estate: Estate, failed: Iterable[int]) -> Found:
    """Return what the CIs ``failed`` do to the services, as far as the budgets reach."""
    found, flags = Found(), estate.graph.service_flags

    def of_services(values: Mapping[int, int]) -> Values:
        return {ci: value for ci, value in values.items() if flags[ci]}

    try:
        rest = estate.spread(estate.unmet(HARD)).values
        added = estate.spread(dict.fromkeys(failed, estate.algebra.always), rest)
        down = {**rest, **added.values}
        found.down = of_services(down)
        found.bad = of_services(estate.bad(down))
        found.lost = of_services(estate.losses(down))
        found.points = _new_points(estate, rest, down, added, found.lost)
    except BudgetSpent:
        found.spent = True
    return found


def _new_points(estate: Estate, rest: Values, down: Values, added: Spread, lost: Values) -> Values:
    """
    Return where services that stand have CIs which stop them alone now and did not before.

    As in :func:`impact.reliability.single_points.new_single_points`: only CIs can that fail a *weakened* group, one
    that has lost a member. Those are in the hard cones of its members, whatever relations exist.
    """
    algebra, graph = estate.algebra, estate.graph
    weakened = {group for group in added.groups if down.get(int(graph.owners[group])) != algebra.always}
    if not weakened or all(down.get(service) == algebra.always for service in lost):
        return {}
    gone = {ci for ci, value in down.items() if value == algebra.always}
    cone = hard_cone(graph, {member for group in weakened for member in graph.members(group)}, outside=gone)
    estate.spend(len(cone))
    points: Values = {}
    for ci in _failing_one(estate, cone, down, weakened):
        if not graph.can_fail(ci):
            continue
        now, before = estate.spread({ci: algebra.always}, down).values, None
        for service in now:
            if service in lost and service != ci:
                before = estate.spread({ci: algebra.always}, rest).values if before is None else before
                alone = before.get(service, rest.get(service, NEVER))
                fresh = algebra.but_not(now[service], alone)
                points[service] = algebra.either(points.get(service, NEVER), fresh)
    return points


def _failing_one(estate: Estate, cone: list[int], down: Values, weakened: set[int]) -> Iterator[int]:
    """Yield the CIs of a cone that may fail a weakened group, walking no further than the cone."""
    region, failing = set(cone), set[int]()
    always = estate.algebra.always
    for candidate in cone:
        hits = False

        def within(ci: int, group: int | None) -> bool:
            nonlocal hits
            hits = hits or group in weakened or ci in failing
            return not hits and ci in region

        estate.spread({candidate: always}, down, within=within)
        if hits:
            failing.add(candidate)
            yield candidate
