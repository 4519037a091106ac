"""The probability that the top of a fault tree has failed: exact, or between bounds where a budget was spent.

Modules are worked upwards. One whose diagram could be made gives an exact function of the chances of its inputs; since
it is monotone, bounds of those give bounds of it. How one is bounded whose diagram would have been too large is told in
:mod:`impact.reliability.faults.bounds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from impact.errors import BudgetSpent
from impact.reliability.faults.bounds import GATE_BUDGET, Interval, bounded
from impact.reliability.faults.exact import Part, part_of
from impact.reliability.faults.modules import Module, gathered, modules_of
from impact.reliability.faults.tree import ALWAYS, NEVER, FaultTree


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability between ``low`` and ``high``; ``nodes`` are those of the diagrams it was read from."""

    low: float
    high: float
    nodes: int


@dataclass(frozen=True, slots=True)
class Quantified:
    """The modules of a tree from the bottom, each as a diagram, or as it is where the budget did not suffice."""

    tree: FaultTree
    parts: Sequence[Part | Module]

    def chance(self, chances: Sequence[float], budget: int = GATE_BUDGET) -> Chance:
        """Return the probability of the top, given that of each event."""
        tree = self.tree
        if tree.top < tree.events:
            only = float(tree.top == ALWAYS) if tree.top < 0 else chances[tree.top]
            return Chance(only, only, 0)
        known: dict[int, Interval] = {event: (chance, chance) for event, chance in enumerate(chances)}
        for part in self.parts:
            known[part.gate] = self._interval(part, known, budget)
        nodes = sum(part.diagram.size(part.node) for part in self.parts if isinstance(part, Part))
        return Chance(*known[tree.top], nodes)

    def given(self, fixed: Mapping[int, bool]) -> Quantified | None:
        """
        Return the same with some events known to have failed or not, from the same diagrams.

        None where not every module has a diagram, or one had no room left: the tree is cut out of the graph anew.
        """
        diagrams = self.diagrams
        if diagrams is None:
            return None
        tree, known = self.tree, {event: int(state) for event, state in fixed.items()}
        if tree.top < tree.events:
            top = tree.top if tree.top not in known else ALWAYS if known[tree.top] else NEVER
            return Quantified(replace(tree, top=top), ())
        parts = []
        for part in diagrams:
            levels = {level: known[entry] for level, entry in enumerate(part.inputs) if entry in known}
            try:
                node = part.diagram.restricted(part.node, levels)
            except BudgetSpent:
                return None
            if node < 2:
                known[part.gate] = node
            parts.append(replace(part, node=node))
        return Quantified(tree, parts)

    def _interval(self, part: Part | Module, known: Mapping[int, Interval], budget: int) -> Interval:
        """Return the bounds of a module: the function is monotone, so bounds of its inputs give them."""
        lows, highs = ({each: known[each][side] for each in part.inputs} for side in (0, 1))
        if isinstance(part, Part):
            of_lows = of_highs = part.chance(lows)
            if lows != highs:
                of_highs = part.chance(highs)
            return of_lows, of_highs
        of_both = bounded(self.tree, part, lows, budget)
        return of_both if lows == highs else (of_both[0], bounded(self.tree, part, highs, budget)[1])

    @property
    def diagrams(self) -> list[Part] | None:
        """The modules as diagrams, None where the budget did not suffice for all."""
        found = [part for part in self.parts if isinstance(part, Part)]
        return found if len(found) == len(self.parts) else None

    def gains(self, chances: Sequence[float]) -> list[float] | None:
        """
        Return how much more probable the top is with each event than without: Birnbaum's importance.

        None where not every module has a diagram. The importance of an event of a module is that in the module times
        that of the module, because nothing outside a module touches what is in it.
        """
        diagrams, tree = self.diagrams, self.tree
        if diagrams is None:
            return None
        gains: dict[int, float] = {tree.top: 1.0}
        known = dict(enumerate(chances))
        for part in diagrams:
            known[part.gate] = part.chance(known)
        for part in reversed(diagrams):
            own = part.diagram.gains(part.node, [known[each] for each in part.inputs])
            for entry, gain in zip(part.inputs, own, strict=True):
                gains[entry] = gains.get(entry, 0.0) + gain * gains.get(part.gate, 0.0)
        return [gains.get(event, 0.0) for event in range(tree.events)]


def quantified(tree: FaultTree, budget: int) -> Quantified:
    """Return the modules of a tree as diagrams of at most ``budget`` nodes each, wherever that suffices."""
    if tree.top < tree.events:
        return Quantified(tree, ())
    tree = gathered(tree)
    return Quantified(tree, [_part(tree, module, budget) for module in modules_of(tree)])


def _part(tree: FaultTree, module: Module, budget: int) -> Part | Module:
    try:
        return part_of(tree, module, budget)
    except BudgetSpent:
        return module
