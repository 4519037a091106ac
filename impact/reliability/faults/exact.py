"""A fault tree as diagrams, one for each module, from one purse of nodes for all of them.

Modules are tried in rounds: each with little first, then, where that did not suffice, with more; so what a few of them
would swallow is not missing for the others. Modules that are alike, input by input, share one diagram.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from impact.errors import BudgetSpent
from impact.reliability.faults.diagram import Diagram
from impact.reliability.faults.function import Function
from impact.reliability.faults.modules import Module
from impact.reliability.faults.orders import orders
from impact.reliability.faults.purse import Purse
from impact.reliability.faults.simplification import is_ring
from impact.reliability.faults.tree import FaultTree

_FIRST_TRY = 1 << 11
_STEP = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A module as a diagram: ``inputs`` by level, and the function that is its gate."""

    gate: int
    inputs: tuple[int, ...]
    function: Function

    def chance(self, chances: Mapping[int, float]) -> float:
        """Return the probability of the gate, given that of each input."""
        return self.function.probability([chances[each] for each in self.inputs])


def parts_of(tree: FaultTree, modules: Sequence[Module], purse: Purse) -> list[Part | Module]:
    """Return each module as a diagram, or as it is where the purse did not suffice."""
    shapes: dict[_Shape, _Attempt] = {}
    attempts = [shapes.setdefault(_shape_of(tree, module), _Attempt(tree, module)) for module in modules]
    open_ones = list(shapes.values())
    shapes.clear()
    share = 1
    while open_ones and purse.left > 0:
        before = purse.left
        open_ones = [attempt for attempt in open_ones if not attempt.succeeds(share, purse)]
        if purse.left == before:
            break
        share *= _STEP
    return [attempt.part(module) for attempt, module in zip(attempts, modules, strict=True)]


_Shape = tuple[tuple[int, ...], ...]


def _shape_of(tree: FaultTree, module: Module) -> _Shape:
    """Return what modules have in common that are alike, input by input: their gates in the order of a walk."""
    place = {entry: number for number, entry in enumerate(module.inputs)}
    found = [module.gate]
    place[module.gate] = len(place)
    for gate in found:  # The list grows while it is walked.
        for child in tree.below(gate):
            if child not in place:
                place[child] = len(place)
                found.append(child)
    return tuple((tree.needed(gate), *map(place.__getitem__, tree.below(gate))) for gate in found)


@dataclass(slots=True)
class _Attempt:
    """
    Making the diagram of a module: orders are tried in turn with little, then with more, until one suffices.

    ``made`` holds its function and, by level, the places of its inputs, once there is one.
    """

    tree: FaultTree
    module: Module
    made: tuple[Function, tuple[int, ...]] | None = None
    _tried: list[tuple[int, ...]] = field(default_factory=list)
    _more: Iterator[tuple[int, ...]] | None = None

    def succeeds(self, share: int, purse: Purse) -> bool:
        """Try all orders, each with ``share`` times what a first try may spend; return whether one sufficed."""
        if self._more is None:
            self._more = orders(self.tree, self.module, purse)
        variables = len(self.module.inputs)
        most = share * max(_FIRST_TRY, 4 * variables)
        for order in chain(tuple(self._tried), self._kept()):
            if purse.left < variables:
                return False
            try:
                function = _made(self.tree, self.module, order, min(most, purse.left), purse)
            except BudgetSpent:
                continue
            place = {entry: number for number, entry in enumerate(self.module.inputs)}
            self.made = function, tuple(place[entry] for entry in order)
            self._tried, self._more = [], None
            return True
        return False

    def part(self, module: Module) -> Part | Module:
        """Return the diagram of a module that is like this one, or the module where there is none."""
        if self.made is None:
            return module
        function, places = self.made
        return Part(module.gate, tuple(module.inputs[place] for place in places), function)

    def _kept(self) -> Iterator[tuple[int, ...]]:
        assert self._more is not None
        for order in self._more:
            self._tried.append(order)
            yield order


def _made(tree: FaultTree, module: Module, order: tuple[int, ...], most: int, purse: Purse) -> Function:
    """Return the function of a module's gate. Raises BudgetSpent: it takes more than ``most`` nodes."""
    diagram = Diagram(len(order), most)
    try:
        nodes = {entry: diagram.variable(level) for level, entry in enumerate(order)}
        for ring in module.rings:
            if is_ring(tree, ring):
                _settle(tree, diagram, ring, nodes)
            else:
                nodes[ring[0]] = _gate(tree, diagram, ring[0], nodes)
    finally:
        purse.take(diagram.spent)
    return diagram.function(nodes[module.gate])


def _settle(tree: FaultTree, diagram: Diagram, ring: Sequence[int], nodes: dict[int, int]) -> None:
    """
    Find the least functions of gates that rest on each other: from false upwards, until nothing changes any more.

    The gates were numbered from the top, so a round that goes backwards carries most of what changes along; a gate is
    looked at again when a child of it has changed.
    """
    inside = set(ring)
    above: dict[int, list[int]] = {gate: [] for gate in ring}
    for gate in ring:
        for child in set(tree.below(gate)) & inside:
            above[child].append(gate)
    nodes.update(dict.fromkeys(ring, 0))
    waiting = inside
    while waiting:
        for gate in reversed(ring):
            if gate in waiting:
                waiting.discard(gate)
                function = _gate(tree, diagram, gate, nodes)
                if function != nodes[gate]:
                    nodes[gate] = function
                    waiting.update(above[gate])


def _gate(tree: FaultTree, diagram: Diagram, gate: int, nodes: Mapping[int, int]) -> int:
    return diagram.at_least(tree.needed(gate), [nodes[child] for child in tree.below(gate)])
