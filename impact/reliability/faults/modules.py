"""Modules of a fault tree: gates that share nothing with the rest of it, each a tree of its own.

A gate is a module when whatever lies below it is reached through it alone. The probability and the minimal cut sets of
a tree follow from those of its modules, each taken as one component of what lies above. Before they are looked for,
what only one gate needs is gathered under a gate of its own, which then is a module however much its owner shares.
Source: Dutuit and Rauzy, A linear-time algorithm to find modules of fault trees, 1996, with rings condensed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from impact.reliability.faults.tree import FaultTree


@dataclass(frozen=True, slots=True)
class Module:
    """
    A part of a tree with one way in, its ``gate``; ``rings`` are its gates from the bottom.

    ``inputs`` are what they end at, events and the gates of other modules, in the order in which a walk meets them.
    """

    gate: int
    rings: tuple[tuple[int, ...], ...]
    inputs: tuple[int, ...]


def gathered(tree: FaultTree) -> FaultTree:
    """Return the tree with the private children of each OR and AND that has others too under a gate of their own."""
    parents = Counter(child for children in tree.children for child in children)
    private = _private(tree, parents)
    at_least, children = list(tree.at_least), list(tree.children)
    rings: list[tuple[int, ...]] = []
    for ring in tree.rings:
        for gate in ring:
            place = gate - tree.events
            own = [child for child in tree.children[place] if child in private]
            kind = tree.at_least[place] in (1, len(tree.children[place]))
            if kind and 1 < len(own) < len(tree.children[place]):
                new = tree.events + len(at_least)
                is_or = tree.at_least[place] == 1
                at_least.append(1 if is_or else len(own))
                children.append(tuple(own))
                others = [child for child in tree.children[place] if child not in private]
                children[place] = (new, *others)
                at_least[place] = 1 if is_or else len(others) + 1
                rings.append((new,))
        rings.append(ring)
    return FaultTree(tree.events, tree.top, at_least, children, rings)


def _private(tree: FaultTree, parents: Counter[int]) -> set[int]:
    """Return the events and the modules with one parent; the top is what the tree is about, whoever needs it."""
    nodes = (*range(tree.events), *_by_dates(tree))
    return {node for node in nodes if parents[node] == 1 and node != tree.top}


def modules_of(tree: FaultTree) -> list[Module]:
    """Return the modules of a tree whose top is a gate, each after those it rests on; the top is the last."""
    heads = _by_dates(tree)
    places = {gate: place for place, ring in enumerate(tree.rings) for gate in ring}
    order = [gate for ring in tree.rings for gate in ring if gate in heads]
    return [_module(tree, gate, heads, places) for gate in order]


def _module(tree: FaultTree, gate: int, heads: set[int], places: Mapping[int, int]) -> Module:
    inputs: dict[int, None] = {}
    inner = {gate}
    stack = [iter(tree.below(gate))]
    while stack:
        for child in stack[-1]:
            if child < tree.events or (child in heads and child != gate):
                inputs.setdefault(child)
            elif child not in inner:
                inner.add(child)
                stack.append(iter(tree.below(child)))
                break
        else:
            stack.pop()
    rings = sorted({places[each] for each in inner})
    return Module(gate, tuple(tree.rings[place] for place in rings), tuple(inputs))


def _by_dates(tree: FaultTree) -> set[int]:
    """Return the gates that are modules: all visits of what lies below fall between entering and leaving the gate."""
    first, last, left = _dates(tree)
    heads: set[int] = set()
    low: dict[int, float] = {}
    high: dict[int, float] = {}
    for ring in tree.rings:
        inside = set(ring)
        below = {child for gate in ring for child in tree.below(gate)} - inside
        least = min((low.get(child, first[child]) for child in below), default=inf)
        most = max((high.get(child, last[child]) for child in below), default=-inf)
        # Of the other gates of the ring the extreme dates tell; no two visits have the same.
        earliest, latest = sorted(first[gate] for gate in ring)[:2], sorted(last[gate] for gate in ring)[-2:]
        for gate in ring:
            begins = min([least, *(date for date in earliest if date != first[gate])])
            ends = max([most, *(date for date in latest if date != last[gate])])
            if first[gate] < begins and ends < left[gate]:
                heads.add(gate)
        for gate in ring:
            low[gate] = min(least, earliest[0])
            high[gate] = max(most, latest[-1])
    heads.add(tree.top)
    return heads


def _dates(tree: FaultTree) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Return when each node is first and last met, and when a gate is left, in one walk from the top."""
    first, last, left = {tree.top: 0}, {tree.top: 0}, {}
    clock = 0
    stack = [(tree.top, iter(tree.below(tree.top)))]
    while stack:
        gate, children = stack[-1]
        clock += 1
        for child in children:
            last[child] = clock
            if child not in first:
                first[child] = clock
                if child >= tree.events:
                    stack.append((child, iter(tree.below(child))))
                    break
            clock += 1
        else:
            stack.pop()
            left[gate] = clock
    return first, last, left
