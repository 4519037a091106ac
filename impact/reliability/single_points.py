"""Single points of failure: the CIs of which one alone stops a service, now and with a set of CIs failed.

A service itself and a CI whose unavailability is exactly 0 never count. Candidates are tried in the order in which the
service reaches them, so most walks end at once: at a CI that is known to stop the service, or where a CI has but one
consequence and so shares the fate of the CI above it. That keeps a chain of any depth linear.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from impact.graph.cones import hard_cone
from impact.graph.numbers import array_of, arrays_of
from impact.graph.states import Spread, States, at_rest, extend, take_back
from impact.graph.structure import ALONE_HARD, GROUP_HARD, HARD, Graph
from impact.kernels.asking import walked_states, walked_stops
from impact.kernels.patience import Patience, TooWide

_SEVERAL = -1
_NONE = -2


def single_points_of(graph: Graph, service: int, failed: list[int]) -> list[int]:
    """
    Return the CIs whose single failure stops ``service`` while ``failed`` are failed, ascending.

    Empty for a service that is down already: nothing further stops it.
    Cost: for each CI of the service's hard cone at most what it brings down within the cone.
    """
    spread = at_rest(graph)
    extend(graph, spread, failed)
    if service in spread.down:
        return []
    cone = hard_cone(graph, [service], outside=spread.down)
    region, fatal = set(cone), {service}
    for candidate in cone:
        above = _above(graph, candidate, spread.lost, region)
        if above >= 0:
            stops = above in fatal
        else:
            falling = _falling(graph, candidate, region, spread.lost) if above == _SEVERAL else ()
            stops = any(ci in fatal for ci, _ in falling)
        if stops:
            fatal.add(candidate)
    return sorted(ci for ci in fatal if ci != service and graph.can_fail(ci))


def new_single_points(graph: Graph, states: States) -> Mapping[int, list[int]]:
    """
    Return for each service that is not down the CIs that stop it alone now and did not before, ascending.

    Services without any are left out. A candidate stops more than it stops at rest only by failing a *weakened* group,
    one that lost a member before: as long as none fails, whatever goes down loses all it needs within this one walk,
    and would lose it at rest too. What fails a weakened group first lies in the hard cones of its members, so
    candidates come from there and are first tried there alone; the few that pass are walked through the estate, now and
    at rest.
    """
    lost = dict(states.lost)
    weakened = _weakened(graph, states, lost)
    members = {member for group in weakened for member in graph.members(group)}
    cone = hard_cone(graph, members, outside=frozenset(states.down))
    candidates = [ci for ci in _failing_one(graph, cone, lost, weakened) if graph.can_fail(ci)]
    try:
        now, before = _plain_stops(graph, states, candidates, Patience())
    except TooWide:
        now, before = _kernel_stops(graph, states, candidates)
    found: dict[int, list[int]] = {}
    for candidate in candidates:
        for service in now[candidate] - before[candidate]:
            if service != candidate:
                found.setdefault(service, []).append(candidate)
    return {service: sorted(points) for service, points in found.items()}


_Stops = Mapping[int, frozenset[int]]
"""For each CI the services that its failure takes down, itself included if it is one."""


def _plain_stops(graph: Graph, states: States, candidates: Iterable[int], patience: Patience) -> tuple[_Stops, _Stops]:
    """Return what candidates stop on top of ``states`` and at rest. Raises TooWide."""
    spread = Spread(down=set(states.down), lost=dict(states.lost), soft_hits=[])
    now, before = _Stopped(graph, spread, patience), _Stopped(graph, at_rest(graph), patience)
    stops = {ci: now.by(ci) for ci in candidates}, {ci: before.by(ci) for ci in candidates}
    patience.settle()
    return stops


def _kernel_stops(graph: Graph, states: States, candidates: Iterable[int]) -> tuple[_Stops, _Stops]:
    """Return the same by a kernel."""
    rest = walked_states(graph, ())
    return (
        walked_stops(graph, candidates, array_of(states.down), *arrays_of(states.lost)),
        walked_stops(graph, candidates, rest.down, rest.groups, rest.lost),
    )


class _Stopped:
    """The services that go down when one CI fails on top of a spread, the CI itself included if it is one."""

    def __init__(self, graph: Graph, spread: Spread, patience: Patience) -> None:
        self._graph = graph
        self._spread = spread
        self._patience = patience
        self._known: dict[int, frozenset[int]] = {}

    def by(self, ci: int) -> frozenset[int]:
        """Return the services that the failure of ``ci`` stops and that are not down already."""
        path: dict[int, None] = {}
        while ci not in self._known and ci not in path:
            if ci in self._spread.down:
                self._known[ci] = frozenset()
                break
            path[ci] = None
            above = _above(self._graph, ci, self._spread.lost, None)
            if above < 0:
                break
            ci = above
        if ci not in self._known:
            # Several consequences, none, or a ring of CIs that need each other: walked, once.
            self._known[ci] = self._walked(ci)
        stopped = self._known[ci]
        for below in reversed(path):
            if below not in self._known:
                if self._graph.service_flags[below] and below not in stopped:
                    stopped = stopped | {below}
                self._known[below] = stopped
            stopped = self._known[below]
        return stopped

    def _walked(self, ci: int) -> frozenset[int]:
        step = extend(self._graph, self._spread, [ci], self._patience)
        take_back(self._spread, step)
        flags = self._graph.service_flags
        return frozenset(fallen for fallen in step.fell if flags[fallen])


def _weakened(graph: Graph, states: States, lost: Mapping[int, int]) -> set[int]:
    """Return the hard groups of CIs that are not down which have lost members."""
    owners, strengths = graph.owners.data, graph.group_strengths.data
    return {group for group in lost if strengths[group] == HARD and owners[group] not in states.down}


def _failing_one(graph: Graph, cone: list[int], lost: Mapping[int, int], weakened: AbstractSet[int]) -> Iterator[int]:
    """Yield the CIs of a cone that fail a weakened group, walking no further than the cone."""
    region, tried, failing = set(cone), set[int](), set[int]()
    for candidate in cone:
        above = _above(graph, candidate, lost, None)
        if above in failing or _fails_directly(graph, candidate, lost, weakened):
            fails = True
        else:
            # Where a cone begins at several members, one of them may come before the CI whose fate it shares.
            known = above == _NONE or above in tried
            falling = () if known else _falling(graph, candidate, region, lost)
            fails = any(group in weakened or ci in failing for ci, group in falling)
        tried.add(candidate)
        if fails:
            failing.add(candidate)
            yield candidate


def _fails_directly(graph: Graph, ci: int, lost: Mapping[int, int], weakened: AbstractSet[int]) -> bool:
    """Return whether ``ci`` is the last member that a weakened group may not lose."""
    starts, effects, falls_at = graph.effect_starts.data, graph.effects.data, graph.falls_at.data
    groups = (effect >> 2 for effect in effects[starts[ci] : starts[ci + 1]].tolist() if effect & 3 == GROUP_HARD)
    return any(group in weakened and lost.get(group, 0) + 1 == falls_at[group] for group in groups)


def _above(graph: Graph, ci: int, lost: Mapping[int, int], region: Collection[int] | None) -> int:
    """
    Return the one CI that goes down because ``ci`` does and is all that its failure does at first.

    ``_NONE`` where it takes nothing down and touches nothing but groups of one CI, ``_SEVERAL`` where it touches more.
    Only what lies in ``region`` counts, None for the whole estate.
    """
    starts, effects = graph.effect_starts.data, graph.effects.data
    falls_at, owners = graph.falls_at.data, graph.owners.data
    above, falls = _NONE, False
    for effect in effects[starts[ci] : starts[ci + 1]].tolist():
        kind, subject = effect & 3, effect >> 2
        if kind == GROUP_HARD:
            fails, subject = lost.get(subject, 0) + 1 == falls_at[subject], owners[subject]
        elif kind == ALONE_HARD:
            fails = True
        else:
            continue
        if subject == ci or (region is not None and subject not in region):
            continue
        if above not in (_NONE, subject):
            return _SEVERAL
        above, falls = subject, falls or fails
    return above if falls else _NONE


def _falling(
    graph: Graph, first: int, region: AbstractSet[int], lost: Mapping[int, int]
) -> Iterator[tuple[int, int | None]]:
    """Yield each CI that goes down because ``first`` does, with the group that failed (None: it needed no group)."""
    starts, effects = graph.effect_starts.data, graph.effects.data
    falls_at, owners = graph.falls_at.data, graph.owners.data
    counts: dict[int, int] = {}
    fell, seen = [first], {first}
    for ci in fell:
        for effect in effects[starts[ci] : starts[ci + 1]].tolist():
            kind, subject = effect & 3, effect >> 2
            group = None
            if kind == GROUP_HARD:
                counts[subject] = count = counts.get(subject, lost.get(subject, 0)) + 1
                if count != falls_at[subject]:
                    continue
                group, subject = subject, owners[subject]
            elif kind != ALONE_HARD:
                continue
            if group is not None or subject not in seen:
                yield subject, group
            if subject in region and subject not in seen:
                seen.add(subject)
                fell.append(subject)
