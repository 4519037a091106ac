"""Single points of failure: the CIs of which one alone stops a service, now and with a set of CIs failed.

A service itself and a CI whose unavailability is exactly 0 never count. Each candidate is failed on top of the state
that is already computed and taken back again, so it costs what it brings down, not what the estate holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from impact.graph.cones import hard_cone
from impact.graph.states import Spread, States, at_rest, extend, take_back
from impact.graph.structure import ALONE_HARD, GROUP_HARD, HARD, Graph


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

    Services without any are left out. A candidate stops more than it stops at rest only by failing a *weakened* group,
    one that lost a member before: as long as none fails, whatever goes down loses all it needs within this one walk,
    and would lose it at rest too. What fails a weakened group first lies in the hard cones of its members, so
    candidates come from there and are first tried there alone; the few that pass are walked through the estate, now and
    at rest.
    """
    spread = Spread(down=set(states.down), lost=dict(states.lost), soft_hits=[])
    rest = at_rest(graph)
    weakened = _weakened(graph, states)
    members = {member for group in weakened for member in graph.members(group)}
    cone = hard_cone(graph, members, outside=states.down)
    region, flags = set(cone), graph.service_flags
    found: dict[int, list[int]] = {}
    for candidate in cone:
        if not graph.can_fail(candidate) or not _fails_one(graph, candidate, region, states, weakened):
            continue
        step = extend(graph, spread, [candidate])
        take_back(spread, step)
        stopped = [ci for ci in step.fell if flags[ci] and ci != candidate]
        if not stopped:
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


def _fails_one(graph: Graph, candidate: int, region: set[int], states: States, weakened: set[int]) -> bool:
    """Return whether ``candidate`` fails a weakened group, walking no further than ``region``."""
    starts, effects = graph.effect_starts.data, graph.effects.data
    falls_at, owners = graph.falls_at.data, graph.owners.data
    counts: dict[int, int] = {}
    fell, seen = [candidate], {candidate}
    for ci in fell:
        for effect in effects[starts[ci] : starts[ci + 1]].tolist():
            kind, subject = effect & 3, effect >> 2
            if kind == GROUP_HARD:
                counts[subject] = count = counts.get(subject, states.lost.get(subject, 0)) + 1
                if count != falls_at[subject]:
                    continue
                if subject in weakened:
                    return True
                subject = owners[subject]
            elif kind != ALONE_HARD:
                continue
            if subject in region and subject not in seen:
                seen.add(subject)
                fell.append(subject)
    return False
