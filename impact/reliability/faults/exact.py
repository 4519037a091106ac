"""A fault tree as diagrams, one for each module, within a budget of nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from impact.errors import BudgetSpent
from impact.reliability.faults.diagram import Diagram
from impact.reliability.faults.modules import Module
from impact.reliability.faults.orders import orders
from impact.reliability.faults.simplification import is_ring
from impact.reliability.faults.tree import FaultTree

NODE_BUDGET = 1 << 22
"""How many nodes the diagram of a module may have."""

MOST_NODES = 1 << 24
"""Nobody may ask for more: a diagram of so many takes a gigabyte."""

_FIRST_TRY = 1 << 11
_STEP = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A module as a diagram: ``inputs`` by level, and the node that is its gate."""

    gate: int
    inputs: tuple[int, ...]
    diagram: Diagram
    node: int

    def chance(self, chances: Mapping[int, float]) -> float:
        """Return the probability of the gate, given that of each input."""
        return self.diagram.probability(self.node, [chances[each] for each in self.inputs])


def part_of(tree: FaultTree, module: Module, budget: int) -> Part:
    """
    Return the diagram of a module.

    Orders are tried in turn under a small budget, then under greater ones, and the first that suffices is taken.

    Raises:
        BudgetSpent: no order suffices.
    """
    found: list[tuple[int, ...]] = []
    more = orders(tree, module)
    limit = min(max(_FIRST_TRY, 4 * len(module.inputs)), budget)
    while True:
        for order in chain(tuple(found), _kept(more, found)):
            try:
                return _made(tree, module, order, limit)
            except BudgetSpent:
                continue
        if limit == budget:
            raise BudgetSpent(budget=budget)
        limit = min(limit * _STEP, budget)


def _kept(more: Iterator[tuple[int, ...]], found: list[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    for order in more:
        found.append(order)
        yield order


def _made(tree: FaultTree, module: Module, order: tuple[int, ...], budget: int) -> Part:
    diagram = Diagram(len(order), budget)
    nodes = {entry: diagram.variable(level) for level, entry in enumerate(order)}
    for ring in module.rings:
        if is_ring(tree, ring):
            _settle(tree, diagram, ring, nodes)
        else:
            nodes[ring[0]] = _gate(tree, diagram, ring[0], nodes)
    return Part(module.gate, order, diagram, nodes[module.gate])


def _settle(tree: FaultTree, diagram: Diagram, ring: Sequence[int], nodes: dict[int, int]) -> None:
    """
    Find the least functions of gates that rest on each other: from false upwards, until a round changes nothing.

    The gates were numbered from the top, so a round that goes backwards carries most of what changes along.
    """
    nodes.update(dict.fromkeys(ring, 0))
    changed = True
    while changed:
        changed = False
        for gate in reversed(ring):
            function = _gate(tree, diagram, gate, nodes)
            changed = changed or function != nodes[gate]
            nodes[gate] = function


def _gate(tree: FaultTree, diagram: Diagram, gate: int, nodes: Mapping[int, int]) -> int:
    return diagram.at_least(tree.needed(gate), [nodes[child] for child in tree.below(gate)])
