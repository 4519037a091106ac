"""
The CIs of which one alone defeats a group that looks redundant: they lie under more members than it can spare.

Each CI of a service's hard cone is failed alone, on top of what has failed already, and what falls with it is counted
at each group; nothing outside the cone is walked. A cause is told for a group when the group could still lose one
member and at least two fall with the cause, none of which is the cause itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from cmdb.model.common_cause import CommonCause, CommonCauses, SharedMember
from impact.graph.cones import hard_cone
from impact.graph.states import Spread, at_rest, extend
from impact.graph.structure import ALONE_HARD, GROUP_HARD, Graph

WORK = 5_000_000
"""So many effects are followed at most; a count, so that the same question ends at the same place anywhere."""


def common_causes(
    graph: Graph, service_id: str, failed_ids: Iterable[str] = (), *, most: int | None = None, work: int = WORK
) -> CommonCauses:
    """
    Return the common causes under a service (or any CI) while ``failed_ids`` have failed, ``most`` of them listed.

    A service that is down has none, and neither is a CI one that can not fail by itself.

    Raises:
        NotFound: it names all ids that are unknown.

    Cost: for each CI of the cone what falls with it there.
    """
    failed = list(failed_ids)
    graph.indexes((service_id, *failed))
    service, spread = graph.index(service_id), at_rest(graph)
    extend(graph, spread, graph.indexes(failed))
    if service in spread.down:
        return CommonCauses((), 0, 0)
    cone = hard_cone(graph, [service], outside=spread.down)
    place, region = {ci: at for at, ci in enumerate(cone)}, frozenset(cone)
    found: list[tuple[int, int, int, int]] = []
    unexamined = 0
    for cause in cone:
        if not graph.can_fail(cause) or cause == service:
            continue
        if work <= 0:
            unexamined += 1
            continue
        fall = _fall_of(graph, cause, region, spread)
        work -= fall.steps
        defeated = list(_defeated(graph, fall, cause, spread))
        before = _paths(graph, fall, cause) if defeated else {}
        for group in defeated:
            furthest = max(len(_path(before, ci)) for ci in graph.members(group) if ci in fall.down)
            found.append((place[int(graph.owners[group])], group, furthest, cause))
    found.sort()
    listed = found if most is None else found[:most]
    told = tuple(_told(graph, cause, group, region, spread) for _, group, _, cause in listed)
    return CommonCauses(told, len(found), unexamined)


class _Fall(NamedTuple):
    """What falls with a CI within a cone: the CIs, each group's members down before and now, and the steps it took."""

    down: set[int]
    counts: dict[int, int]
    steps: int


def _fall_of(graph: Graph, cause: int, region: AbstractSet[int], spread: Spread, without: int = -1) -> _Fall:
    """Return what falls with a CI, as if the group ``without`` never failed."""
    starts, effects = graph.effect_starts.data, graph.effects.data
    falls_at, owners, lost = graph.falls_at.data, graph.owners.data, spread.lost
    fell, down, counts, steps = [cause], {cause}, dict[int, int](), 0
    for ci in fell:  # The list grows while it is walked.
        caused = effects[starts[ci] : starts[ci + 1]].tolist()
        steps += 1 + len(caused)
        for effect in caused:
            kind, subject = effect & 3, effect >> 2
            if kind == GROUP_HARD:
                group, subject = subject, owners[subject]
                if subject not in region:
                    continue
                counts[group] = count = counts.get(group, lost.get(group, 0)) + 1
                if count < falls_at[group] or group == without:
                    continue
            elif kind != ALONE_HARD:
                continue
            if subject in region and subject not in down:
                down.add(subject)
                fell.append(subject)
    return _Fall(down, counts, steps)


def _defeated(graph: Graph, fall: _Fall, cause: int, spread: Spread) -> Iterator[int]:
    """Yield the groups of which the fall takes at least two members, and enough, none of them the cause itself."""
    for group in sorted(fall.counts):
        falls_at, before = int(graph.falls_at[group]), spread.lost.get(group, 0)
        enough = fall.counts[group] >= falls_at > before + 1
        if enough and int(graph.owners[group]) != cause and cause not in graph.members(group):
            yield group


def _paths(graph: Graph, fall: _Fall, cause: int) -> dict[int, int]:
    """Return for each CI that falls the one before it on its shortest path from the cause; smallest ids first."""
    starts, effects = graph.effect_starts.data, graph.effects.data
    falls_at, owners = graph.falls_at.data, graph.owners.data
    before, queue = {cause: cause}, [cause]
    for ci in queue:  # The list grows while it is walked.
        fresh = []
        for effect in effects[starts[ci] : starts[ci + 1]].tolist():
            kind, subject = effect & 3, effect >> 2
            if kind == GROUP_HARD:
                if fall.counts.get(subject, 0) < falls_at[subject]:
                    continue
                subject = owners[subject]
            elif kind != ALONE_HARD:
                continue
            if subject in fall.down and subject not in before:
                before[subject] = ci
                fresh.append(subject)
        queue.extend(sorted(fresh))
    return before


def _path(before: dict[int, int], ci: int) -> list[int]:
    """Return the path from a CI down to the cause."""
    path = [ci]
    while before[path[-1]] != path[-1]:
        path.append(before[path[-1]])
    return path


def _told(graph: Graph, cause: int, group: int, region: AbstractSet[int], spread: Spread) -> CommonCause:
    fall = _fall_of(graph, cause, region, spread)
    before = _paths(graph, fall, cause)
    members: Sequence[int] = graph.members(group)
    classes = {int(graph.class_codes[ci]) for ci in members}
    return CommonCause(
        cause=graph.ids[cause],
        item=graph.ids[int(graph.owners[group])],
        group=graph.group_names[int(graph.group_name_codes[group])],
        needs=int(graph.needs[group]),
        size=len(members),
        ci_class=graph.classes[classes.pop()] if len(classes) == 1 else "",
        anyway=int(graph.owners[group]) in _fall_of(graph, cause, region, spread, without=group).down,
        members=tuple(
            SharedMember(graph.ids[ci], graph.ids_of(_path(before, ci))) for ci in members if ci in fall.down
        ),
    )
