"""The hard cone of a CI: what it rests on over hard relations and hard groups."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import numpy as np

from impact.graph.blast import ranges
from impact.graph.structure import HARD, Graph


def hard_needs(graph: Graph, ci: int) -> tuple[list[int], list[tuple[int, list[int]]]]:
    """Return what a CI needs: the distinct hard targets outside groups, and each hard group with its members."""
    start, alone_end = graph.relation_starts.data[ci], graph.alone_ends.data[ci]
    alone: list[int] = []
    if start < alone_end:
        strengths = graph.strengths[start:alone_end].tolist()
        targets = graph.targets[start:alone_end].tolist()
        alone = sorted({target for target, strength in zip(targets, strengths, strict=True) if strength == HARD})
    groups = [
        (group, graph.members(group))
        for group in range(graph.group_starts.data[ci], graph.group_starts.data[ci + 1])
        if graph.group_strengths[group] == HARD
    ]
    return alone, groups


def hard_cone(graph: Graph, roots: Iterable[int], *, outside: AbstractSet[int] = frozenset()) -> list[int]:
    """
    Return the roots and all they reach over hard relations and groups, never entering ``outside``.

    The roots come first, ascending, and every other CI after one that needs it, as a breadth-first search meets them.
    """
    seen = {root for root in roots if root not in outside}
    cone = sorted(seen)
    for ci in cone:
        alone, groups = hard_needs(graph, ci)
        for target in [*alone, *(member for _, members in groups for member in members)]:
            if target not in seen and target not in outside:
                seen.add(target)
                cone.append(target)
    return cone


def hard_cone_size(graph: Graph, ci: int, most: int) -> int | None:
    """Return how many CIs are in the hard cone of a CI, itself included; None: more than ``most``, and no more seen."""
    seen = {ci}
    left = [ci]
    while left:
        alone, groups = hard_needs(graph, left.pop())
        for target in (*alone, *(member for _, members in groups for member in members)):
            if target not in seen:
                seen.add(target)
                left.append(target)
        if len(seen) > most:
            return None
    return len(seen)


def all_beneath(graph: Graph, roots: Iterable[int]) -> memoryview:
    """Return a mark for each CI, true for the roots and all they reach over any relation; by arrays, ring by ring."""
    marks = np.zeros(len(graph), np.bool_)
    ring = np.array(sorted(roots), np.int64)
    while len(ring):
        marks[ring] = True
        targets = graph.targets[ranges(graph.relation_starts[ring], graph.relation_starts[ring + 1])]
        ring = np.unique(targets[~marks[targets]]).astype(np.int64)
    return marks.data
