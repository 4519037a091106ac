"""Orders of a module's inputs, to be tried one after the other: the size of a diagram hangs on little else.

Walks from the top keep together what one gate needs, the heavier part first or the lighter. The gathering order draws
all that share a gate towards each other, so that replicas resting on the same components are interleaved by them.
Source: Aloul, Markov and Sakallah, FORCE: a fast and easy-to-implement variable-ordering heuristic, 2003.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf

from impact.reliability.faults.modules import Module
from impact.reliability.faults.purse import Purse
from impact.reliability.faults.tree import FaultTree

_ROUNDS = 300
_PATIENCE = 30


def orders(tree: FaultTree, module: Module, purse: Purse) -> Iterator[tuple[int, ...]]:
    """Yield different orders of the inputs of a module, the cheapest to find first, as long as moves are left."""
    weights = _weights(tree, module)
    heavy = _walk(tree, module, lambda node: (-weights[node], node))
    light = _walk(tree, module, lambda node: (weights[node], node))
    seen: set[tuple[int, ...]] = set()
    for order in _variants(tree, module, heavy, light, purse):
        if order not in seen:
            seen.add(order)
            yield order


def _variants(
    tree: FaultTree, module: Module, heavy: tuple[int, ...], light: tuple[int, ...], purse: Purse
) -> Iterator[tuple[int, ...]]:
    yield heavy
    yield light
    for start, few_count_more in ((light, True), (heavy, True), (light, False), (heavy, False)):
        if purse.moves > 0:
            yield _gathered(tree, module, start, purse, few_count_more=few_count_more)


def _weights(tree: FaultTree, module: Module) -> dict[int, int]:
    """Return how many inputs, counted once for each way to them, lie below each node, at most a million."""
    weights = dict.fromkeys(module.inputs, 1)
    for ring in module.rings:
        for gate in ring:
            weights[gate] = min(10**6, sum(weights.get(child, 1) for child in tree.below(gate)))
    return weights


def _walk(tree: FaultTree, module: Module, rank: Callable[[int], tuple[int, int]]) -> tuple[int, ...]:
    """Return the inputs as a depth-first walk meets them that takes children by rank."""
    inputs = set(module.inputs)
    met: dict[int, None] = {}
    stack = [iter(sorted(tree.below(module.gate), key=rank))]
    seen = {module.gate}
    while stack:
        for child in stack[-1]:
            if child in inputs:
                met.setdefault(child)
            elif child not in seen:
                seen.add(child)
                stack.append(iter(sorted(tree.below(child), key=rank)))
                break
        else:
            stack.pop()
    return tuple(met)


def _gathered(
    tree: FaultTree, module: Module, order: Sequence[int], purse: Purse, *, few_count_more: bool
) -> tuple[int, ...]:
    """
    Return an order in which each gate stands near what it needs: rounds to the centre of gravity, the best one kept.

    With ``few_count_more`` a gate pulls the harder the fewer children it has.
    """
    gates = [gate for ring in module.rings for gate in ring]
    edges = [(gate, *tree.below(gate)) for gate in gates]
    pulls = [1.0 / (len(edge) - 1) if few_count_more else 1.0 for edge in edges]
    strength: dict[int, float] = dict.fromkeys((*order, *gates), 0.0)
    for edge, pull in zip(edges, pulls, strict=True):
        for node in edge:
            strength[node] += pull
    place = {node: float(position) for position, node in enumerate(order)}
    for gate in gates:
        known = [place[child] for child in tree.below(gate) if child in place]
        place[gate] = sum(known) / len(known) if known else 0.0
    inputs = set(order)
    best, least, since = tuple(order), inf, 0
    moves = sum(map(len, edges))
    for _ in range(_ROUNDS):
        place = _drawn(edges, pulls, strength, place)
        span = _span(edges, pulls, place)
        since += 1
        if span < least:
            best, least, since = tuple(node for node in place if node in inputs), span, 0
        elif since > _PATIENCE:
            break
        purse.moves -= moves
        if purse.moves <= 0:
            break
    return best


def _drawn(
    edges: Sequence[tuple[int, ...]], pulls: Sequence[float], strength: dict[int, float], place: dict[int, float]
) -> dict[int, float]:
    """Return the places after one round, in their order."""
    drawn = dict.fromkeys(place, 0.0)
    for edge, pull in zip(edges, pulls, strict=True):
        centre = pull * sum([place[node] for node in edge]) / len(edge)
        for node in edge:
            drawn[node] += centre
    ranked = sorted(place, key=lambda node: (drawn[node] / strength[node], node))
    return {node: float(position) for position, node in enumerate(ranked)}


def _span(edges: Sequence[tuple[int, ...]], pulls: Sequence[float], place: dict[int, float]) -> float:
    total = 0.0
    for edge, pull in zip(edges, pulls, strict=True):
        places = [place[node] for node in edge]
        total += pull * (max(places) - min(places))
    return total
