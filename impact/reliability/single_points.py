"""Single points of failure: the CIs of which one alone stops a service, now and with a set of CIs failed.

A service itself and a CI whose unavailability is exactly 0 never count. Each candidate is failed on top of the state
that is already computed and taken back again, so it costs what it brings down, not what the estate holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from impact.graph.cones import hard_cone
from impact.graph.states import Spread, States, at_rest, extend, take_back
from impact.graph.structure import HARD, Graph


def single_points_of(graph: Graph, service: int, failed: list[int]) -> list[int]:
    """
    Return the CIs whose single failure stops ``service`` while ``failed`` are failed, ascending.

    Empty for a service that is down already: nothing further stops it.
    Cost: for each CI of the service's hard cone the effects of what it brings down.
    """
    spread = at_rest(graph)
    extend(graph, spread, failed)
    if service in spread.down:
        return []
    points = []
    for candidate in hard_cone(graph, [service], outside=spread.down):
        if candidate == service or not graph.can_fail(candidate):
            continue
        step = extend(graph, spread, [candidate])
        if service in spread.down:
            points.append(candidate)
        take_back(spread, step)
    return points


def new_single_points(graph: Graph, states: States) -> Mapping[int, list[int]]:
    """
    Return for each service that is not down the CIs that stop it alone now and did not before, ascending.

    Services without any are left out. A candidate can stop more than it stops at rest only through a group that already
    lost a member, so only the hard cones of such groups' members are tried: if the walk of a candidate meets none of
    those groups, every group that fails in it has lost all its members within this walk, and would fail at rest too.
    """
    spread = Spread(down=set(states.down), lost=dict(states.lost), soft_hits=[])
    rest = at_rest(graph)
    weakened = _weakened(graph, states)
    members = {member for group in weakened for member in graph.members(group)}
    flags = graph.service_flags
    found: dict[int, list[int]] = {}
    for candidate in hard_cone(graph, members, outside=states.down):
        if not graph.can_fail(candidate):
            continue
        step = extend(graph, spread, [candidate])
        take_back(spread, step)
        stopped = [ci for ci in step.fell if flags[ci] and ci != candidate]
        if not stopped or weakened.isdisjoint(step.touched):
            continue
        alone = extend(graph, rest, [candidate])
        for service in stopped:
            if service not in rest.down:
                found.setdefault(service, []).append(candidate)
        take_back(rest, alone)
    return found


def _weakened(graph: Graph, states: States) -> set[int]:
    """Return the hard groups of CIs that are not down which have lost members."""
    owners, strengths = graph.owners.data, graph.group_strengths.data
    return {group for group in states.lost if strengths[group] == HARD and owners[group] not in states.down}
