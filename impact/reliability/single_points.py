"""Single points of failure: the CIs of which one alone stops a service, now and with a set of CIs failed.

A service itself and a CI whose unavailability is exactly 0 never count. Each candidate is failed on top of the state
that is already computed and taken back again, so it costs what it brings down, not what the estate holds. A candidate
whose loss does nothing but bring down one other CI is answered by that one, so a chain is walked once and not once for
each of its links.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from impact.graph.cones import hard_cone
from impact.graph.states import Spread, States, at_rest, extend, take_back
from impact.graph.structure import ALONE_HARD, GROUP_HARD, HARD, Graph


def single_points_of(graph: Graph, service: int, failed: list[int]) -> list[int]:
    """
    Return the CIs whose single failure stops ``service`` while ``failed`` are failed, ascending.

    Empty for a service that is down already: nothing further stops it.
    Cost: for each CI of the service's hard cone the effects of what it brings down; those of a chain together cost one.
    """
    spread = at_rest(graph)
    extend(graph, spread, failed)
    if service in spread.down:
        return []
    points = []
    cone = hard_cone(graph, [service], outside=spread.down)
    # What lies outside the cone has no part in whether the service is down.
    matters = set(cone).__contains__
    ends, stops = {service: service}, {service: True}
    for candidate in cone:
        if candidate == service or not graph.can_fail(candidate):
            continue
        end = _end_of_chain(graph, candidate, ends, matters)
        if end not in stops:
            step = extend(graph, spread, [end])
            stops[end] = service in spread.down
            take_back(spread, step)
        if stops[end]:
            points.append(candidate)
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
    region = set(cone)
    found: dict[int, list[int]] = {}
    ends: dict[int, int] = {}
    stopped: dict[int, list[int]] = {}

    def matters(ci: int) -> bool:
        return ci not in rest.down

    def last(ci: int, victim: int) -> bool:
        # A service within a chain falls at rest as well, though its end may stop it now only by a weakened group. What
        # is down now and not at rest brings things down at rest only.
        return bool(graph.service_flags[ci]) or victim in states.down

    for candidate in cone:
        if not graph.can_fail(candidate):
            continue
        end = _end_of_chain(graph, candidate, ends, matters, last)
        if end not in stopped:
            passes = _fails_one(graph, end, region, states, weakened)
            stopped[end] = _stopped_now_only(graph, end, spread, rest) if passes else []
        for service in stopped[end]:
            found.setdefault(service, []).append(candidate)
    return found


def _stopped_now_only(graph: Graph, candidate: int, now: Spread, rest: Spread) -> list[int]:
    """Return the services that ``candidate`` brings down on top of ``now`` and does not on top of ``rest``."""
    step = extend(graph, now, [candidate])
    take_back(now, step)
    stopped = [ci for ci in step.fell if graph.service_flags[ci] and ci != candidate]
    if not stopped:
        return []
    alone = extend(graph, rest, [candidate])
    fresh = [service for service in stopped if service not in rest.down]
    take_back(rest, alone)
    return fresh


def _end_of_chain(
    graph: Graph,
    ci: int,
    ends: dict[int, int],
    matters: Callable[[int], bool],
    last: Callable[[int, int], bool] | None = None,
) -> int:
    """
    Return the CI whose loss does all that the loss of ``ci`` does, but for the chain between them, which falls anyway.

    ``ends`` remembers it from call to call. CIs that do not matter are looked past; a chain ends at the ``last`` CI.
    """
    chain: dict[int, None] = {}
    while ci not in ends and ci not in chain:
        chain[ci] = None
        victim = _only_victim(graph, ci, matters)
        if victim is None or (last is not None and last(ci, victim)):
            break
        ci = victim
    end = ends.get(ci, ci)
    ends.update(dict.fromkeys(chain, end))
    return end


def _only_victim(graph: Graph, ci: int, matters: Callable[[int], bool]) -> int | None:
    """Return the one CI that the loss of ``ci`` brings down by itself, None where it touches none or more than one."""
    starts, effects, owners = graph.effect_starts.data, graph.effects.data, graph.owners.data
    falls_at = graph.falls_at.data
    victim: int | None = None
    for place in range(starts[ci], starts[ci + 1]):
        kind, subject = effects[place] & 3, effects[place] >> 2
        if kind not in (ALONE_HARD, GROUP_HARD):
            continue
        owner = owners[subject] if kind == GROUP_HARD else subject
        if owner in (ci, victim) or not matters(owner):
            # A group of the victim may count one member less; the victim is down whatever it counts.
            continue
        if victim is not None or (kind == GROUP_HARD and falls_at[subject] != 1):
            return None
        victim = owner
    return victim


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
