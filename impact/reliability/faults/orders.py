"""Orders of a module's inputs, to be tried one after the other: the size of a diagram hangs on little else.

Walks from the top keep together what one gate needs, the heavier part first or the lighter. The gathering order draws
all that share a gate towards each other, so that replicas resting on the same components are interleaved by them.
Source: Aloul, Markov and Sakallah, FORCE: a fast and easy-to-implement variable-ordering heuristic, 2003.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from impact.reliability.faults.modules import Module
from impact.reliability.faults.tree import FaultTree

_ROUNDS = 60


def orders(tree: FaultTree, module: Module) -> Iterator[tuple[int, ...]]:
    """Yield different orders of the inputs of a module, the likeliest first."""
    seen: set[tuple[int, ...]] = set()
    weights = _weights(tree, module)
    heavy = _walk(tree, module, lambda node: (-weights[node], node))
    light = _walk(tree, module, lambda node: (weights[node], node))
    for order in (heavy, _gathered(tree, module, heavy), light, _gathered(tree, module, light), module.inputs):
        if order not in seen:
            seen.add(order)
            yield order


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


def _gathered(tree: FaultTree, module: Module, order: Sequence[int]) -> tuple[int, ...]:
    """Return an order in which each gate stands near what it needs: rounds to the centre of gravity."""
    gates = [gate for ring in module.rings for gate in ring]
    edges = [(gate, *tree.below(gate)) for gate in gates]
    place = {node: float(position) for position, node in enumerate(order)}
    for gate in gates:
        known = [place[child] for child in tree.below(gate) if child in place]
        place[gate] = sum(known) / len(known) if known else 0.0
    best, best_span = tuple(order), _span(edges, place)
    for _ in range(_ROUNDS):
        pull: dict[int, float] = dict.fromkeys(place, 0.0)
        count: dict[int, int] = dict.fromkeys(place, 0)
        for edge in edges:
            centre = sum(place[node] for node in edge) / len(edge)
            for node in edge:
                pull[node] += centre
                count[node] += 1
        ranked = sorted(place, key=lambda node: (pull[node] / max(1, count[node]), node))
        place = {node: float(position) for position, node in enumerate(ranked)}
        span = _span(edges, place)
        if span >= best_span:
            break
        best, best_span = tuple(node for node in ranked if node in set(order)), span
    return best


def _span(edges: Sequence[tuple[int, ...]], place: dict[int, float]) -> float:
    return sum(max(places) - min(places) for places in ([place[node] for node in edge] for edge in edges))
