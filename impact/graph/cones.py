"""Cones: what a CI rests on over hard relations and hard groups, and the blast radius that rests on it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from impact.graph.structure import GROUP_HARD, HARD, Graph


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
    """Return the roots and all they reach over hard relations and groups, ascending, never entering ``outside``."""
    cone = [root for root in roots if root not in outside]
    seen = set(cone)
    cone = sorted(seen)
    for ci in cone:
        alone, groups = hard_needs(graph, ci)
        for target in [*alone, *(member for _, members in groups for member in members)]:
            if target not in seen and target not in outside:
                seen.add(target)
                cone.append(target)
    return sorted(cone)


def blast_radius(graph: Graph, roots: Iterable[int]) -> list[tuple[int, int]]:
    """
    Return everything that depends on ``roots`` as (CI, depth), by depth, then CI; the roots themselves have depth 0.

    Hard and soft relations are followed whatever the redundancy; those of strength none, in a group or not, are not.
    Depth is the fewest relations to a root. Cost: O(effects of the CIs reached).
    """
    starts, effects, owners = graph.effect_starts.data, graph.effects.data, graph.owners.data
    layer, depth = sorted(set(roots)), 0
    seen = set(layer)
    reached: list[tuple[int, int]] = []
    while layer:
        reached.extend((ci, depth) for ci in layer)
        following: set[int] = set()
        for ci in layer:
            for effect in effects[starts[ci] : starts[ci + 1]].tolist():
                following.add(owners[effect >> 2] if effect & 3 >= GROUP_HARD else effect >> 2)
        following -= seen
        seen |= following
        layer, depth = sorted(following), depth + 1
    return reached
