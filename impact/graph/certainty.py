"""The graph without some of the relations nobody is sure of: to see what hangs on them.

A *doubt* is what a CI has towards one target, alone in one strength or in one of its groups, where every relation of it
has a confidence below 1; parallel relations of which one is certain leave no doubt. Where a doubt is left out, a
relation alone goes with its requirement. A group stays, and needs as many members as it did with all of them, but never
more than there are left: a CI that runs does not need what is not there. (One that never had enough still has not.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from cmdb.model.confidence import DoubtfulRelation
from impact.graph.structure import ALONE_HARD, GROUP_HARD, HARD, NONE, SOFT, STRENGTHS, Graph, Ints, frozen


@dataclass(frozen=True, slots=True)
class Doubt:
    """The relations ``first`` to before ``last``, from ``source`` to ``target``, in ``group`` (None: alone)."""

    source: int
    target: int
    group: int | None
    first: int
    last: int
    confidence: float


def doubts_of(graph: Graph, sources: Iterable[int]) -> list[Doubt]:
    """Return the doubts that ``sources`` have, by source, then alone before groups, then by target."""
    if len(graph.confidences) == 0 or graph.confidences[0] >= 1.0:
        return []
    found: list[Doubt] = []
    for source in sorted(set(sources)):
        start, alone_end = int(graph.relation_starts[source]), int(graph.alone_ends[source])
        found.extend(_doubts_between(graph, source, None, start, alone_end, graph.strengths[start:alone_end].tolist()))
        for group in range(int(graph.group_starts[source]), int(graph.group_starts[source + 1])):
            start, end = int(graph.member_starts[group]), int(graph.member_ends[group])
            found.extend(_doubts_between(graph, source, group, start, end, [HARD] * (end - start)))
    return found


def _doubts_between(
    graph: Graph, source: int, group: int | None, start: int, end: int, strengths: Sequence[int]
) -> Iterable[Doubt]:
    """Yield the doubts among relations that stand together, sorted by target and strength."""
    cells = list(zip(graph.targets[start:end].tolist(), strengths, strict=True))
    codes = graph.confidence_codes[start:end].tolist()
    first = 0
    for place in range(1, len(cells) + 1):
        if place == len(cells) or cells[place] != cells[first]:
            confidences = [float(graph.confidences[code]) for code in codes[first:place]]
            if max(confidences) < 1.0:
                # Of a single one the confidence is told as it was stated, to the last digit.
                sure = confidences[0] if len(confidences) == 1 else 1.0 - prod(1.0 - each for each in confidences)
                yield Doubt(source, cells[first][0], group, start + first, start + place, sure)
            first = place


def relation_of(graph: Graph, doubt: Doubt) -> DoubtfulRelation:
    """Return a doubt in ids."""
    ends = graph.ids[doubt.source], graph.ids[doubt.target]
    if doubt.group is None:
        return DoubtfulRelation(*ends, None, doubt.confidence, STRENGTHS[int(graph.strengths[doubt.first])])
    return DoubtfulRelation(*ends, graph.group_names[graph.group_name_codes[doubt.group]], doubt.confidence)


def without(graph: Graph, doubts: Iterable[Doubt]) -> Graph:
    """
    Return the graph as if the relations of ``doubts`` did not exist, for questions alone: its rows are not true to it.

    Cost: copies of the arrays about relations, some milliseconds at a million relations.
    """
    effects, falls_at, needs = graph.effects.copy(), graph.falls_at.copy(), graph.needs.copy()
    targets, strengths, group_strengths = graph.targets.copy(), graph.strengths.copy(), graph.group_strengths.copy()
    by_group: dict[int, list[Doubt]] = {}
    for doubt in doubts:
        if doubt.group is None:
            strength = int(graph.strengths[doubt.first])
            if strength != NONE:
                _silence(graph, effects, doubt.target, doubt.source << 2 | (ALONE_HARD + strength))
            strengths[doubt.first : doubt.last] = NONE
        else:
            by_group.setdefault(doubt.group, []).append(doubt)
    for group, gone in by_group.items():
        absent = {doubt.target for doubt in gone}
        left = sorted(set(graph.members(group)) - absent)
        strength = int(graph.group_strengths[group])
        if strength != NONE:
            for target in absent:
                _silence(graph, effects, target, group << 2 | (GROUP_HARD + strength))
        if not left:
            # A group of nobody needs nobody.
            group_strengths[group] = NONE
            continue
        if graph.falls_at[group] > 0:
            needs[group] = min(int(graph.needs[group]), len(left))
        falls_at[group] = len(left) - needs[group] + 1
        for doubt in gone:
            targets[doubt.first : doubt.last] = left[0]
    unmet = falls_at <= 0
    arrays = (effects, falls_at, needs, targets, strengths, group_strengths)
    frozen(arrays)
    return replace(
        graph,
        effects=effects,
        falls_at=falls_at,
        needs=needs,
        targets=targets,
        strengths=strengths,
        group_strengths=group_strengths,
        failing=tuple(np.unique(graph.owners[unmet & (group_strengths == HARD)]).tolist()),
        ailing=tuple(np.unique(graph.owners[unmet & (group_strengths == SOFT)]).tolist()),
    )


def _silence(graph: Graph, effects: Ints, target: int, effect: int) -> None:
    """Turn one effect of a CI's loss into one on itself, which changes nothing once it is lost."""
    start, end = int(graph.effect_starts[target]), int(graph.effect_starts[target + 1])
    for place in range(start, end):
        if effects[place] == effect:
            effects[place] = target << 2 | ALONE_HARD
            return
