"""What becomes of the services, in every case of which doubtful relations exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from impact.errors import BudgetSpent
from impact.graph.cones import all_beneath, hard_cone
from impact.graph.structure import HARD
from impact.presence.algebra import NEVER
from impact.presence.spread import Estate, Spread, Values

WORK, NODES = "work", "nodes"


@dataclass(slots=True)
class Found:
    """
    Values by service: down; down or degraded (``bad``); with a loss in its hard cone (``lost``); bad or with new single
    points (``points``), the last ones only for those with a loss.

    None where a budget was spent before; what comes later is None as well. ``spent`` names the budget.
    """

    down: Values | None = None
    bad: Values | None = None
    lost: Values | None = None
    points: Values | None = None
    spent: str | None = None


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
        found.points = _new_points(estate, rest, down, added, found)
    except BudgetSpent:
        found.spent = WORK if estate.spent else NODES
    return found


def _new_points(estate: Estate, rest: Values, down: Values, added: Spread, found: Found) -> Values:
    """
    Return where services that stand have CIs which stop them alone now and did not before.

    As in :func:`impact.reliability.single_points.new_single_points`: only CIs can that fail a *weakened* group, one
    that has lost a member. Those are in the hard cones of its members, whatever relations exist. A service is *open*
    while there is a case in which it is touched, neither bad nor known to have a new single point; no CI is tried once
    none is.
    """
    algebra, graph = estate.algebra, estate.graph
    bad, lost = found.bad or {}, found.lost or {}
    points = {service: bad.get(service, NEVER) for service in lost}

    def is_open(service: int) -> bool:
        return algebra.either(points[service], lost[service]) != points[service]

    open_ones = {service for service in lost if is_open(service)}
    if not open_ones:
        return points
    beneath, owners = all_beneath(graph, open_ones), graph.owners.data
    weakened = {group for group in added.groups if down.get(owners[group]) != algebra.always and beneath[owners[group]]}
    gone = {ci for ci, value in down.items() if value == algebra.always}
    cone = hard_cone(graph, {member for group in weakened for member in graph.members(group)}, outside=gone)
    for ci in _failing_one(estate, cone, down, weakened):
        if graph.can_fail(ci):
            first, before = {ci: algebra.always}, None
            now = estate.spread(first, down, within=lambda above, _: bool(beneath[above])).values
            for service in open_ones.intersection(now):
                if service != ci:
                    if before is None:
                        before = estate.spread(first, rest, within=lambda above, _: bool(beneath[above])).values
                    alone = before.get(service, rest.get(service, NEVER))
                    fresh = algebra.but_not(now[service], alone)
                    points[service] = algebra.either(points[service], fresh)
            open_ones = {service for service in open_ones if service not in now or is_open(service)}
        if not open_ones:
            break
    return points


def _failing_one(estate: Estate, cone: list[int], down: Values, weakened: set[int]) -> Iterator[int]:
    """Yield the CIs of a cone that may fail a weakened group, walking no further than the cone."""
    region, failing = set(cone), set[int]()
    always = estate.algebra.always
    for candidate in cone:
        above = estate.only_above(candidate, region)
        hits = above in failing
        if above is None:

            def within(ci: int, group: int | None) -> bool:
                nonlocal hits
                hits = hits or group in weakened or ci in failing
                return not hits and ci in region

            estate.spread({candidate: always}, down, within=within)
        if hits:
            failing.add(candidate)
            yield candidate
