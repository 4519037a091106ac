"""The probability that the top of a fault tree has failed: exact, or between bounds where a budget was spent.

Modules are worked upwards. One whose diagram could be made gives an exact function of the chances of its inputs; since
it is monotone, bounds of those give bounds of it. How one is bounded whose diagram would have been too large is told in
:mod:`impact.reliability.faults.bounds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from impact.errors import BudgetSpent
from impact.reliability.faults.bounds import GATE_BUDGET, Interval, Looks, bounded
from impact.reliability.faults.exact import Part, parts_of
from impact.reliability.faults.function import Function, Worth
from impact.reliability.faults.modules import Module, gathered, modules_of
from impact.reliability.faults.purse import Purse, purse_of
from impact.reliability.faults.tree import ALWAYS, NEVER, FaultTree


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability between ``low`` and ``high``."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quantified:
    """The modules of a tree from the bottom, each as a diagram, or as it is where the budget did not suffice."""

    tree: FaultTree
    parts: Sequence[Part | Module]

    def chance(self, chances: Sequence[float], budget: int = GATE_BUDGET) -> Chance:
        """
        Return the probability of the top, given that of each event.

        ``budget`` is how many children of gates may be looked at to tighten the bounds of all modules without a
        diagram together.
        """
        tree = self.tree
        if tree.top < tree.events:
            only = float(tree.top == ALWAYS) if tree.top < 0 else chances[tree.top]
            return Chance(only, only)
        known: dict[int, Interval] = {event: (chance, chance) for event, chance in enumerate(chances)}
        purse, without = Looks(budget), sum(isinstance(part, Module) for part in self.parts)
        for part in self.parts:
            if isinstance(part, Module):
                # What one module leaves over is there for those after it.
                known[part.gate] = _bounds(tree, part, known, purse.share(without))
                without -= 1
            else:
                known[part.gate] = _between(part, known)
        return Chance(*known[tree.top])

    def given(self, fixed: Mapping[int, bool], purse: Purse) -> Quantified | None:
        """
        Return the same with some events known to have failed or not, from the same diagrams.

        None where not every module has a diagram, or the purse does not suffice: the tree is cut out of the graph anew.
        """
        diagrams = self.diagrams
        if diagrams is None:
            return None
        tree, known = self.tree, {event: int(state) for event, state in fixed.items()}
        if tree.top < tree.events:
            top = tree.top if tree.top not in known else ALWAYS if known[tree.top] else NEVER
            return Quantified(replace(tree, top=top), ())
        parts = []
        made: dict[tuple[int, tuple[tuple[int, int], ...]], Function] = {}
        for part in diagrams:
            levels = {level: known[entry] for level, entry in enumerate(part.inputs) if entry in known}
            if levels:
                alike = id(part.function), tuple(levels.items())
                try:
                    made[alike] = made.get(alike) or part.function.restricted(levels, purse)
                except BudgetSpent:
                    return None
                part = replace(part, function=made[alike])
            if part.function.top < 2:
                known[part.gate] = part.function.top
            parts.append(part)
        return Quantified(tree, parts)

    @property
    def diagrams(self) -> list[Part] | None:
        """The modules as diagrams, None where the budget did not suffice for all."""
        found = [part for part in self.parts if isinstance(part, Part)]
        return found if len(found) == len(self.parts) else None

    def weight(self) -> int:
        """Return how many children its gates have and nodes its diagrams, those of modules that are alike once."""
        functions = {id(part.function): part.function.size() for part in self.parts if isinstance(part, Part)}
        return sum(map(len, self.tree.children)) + sum(functions.values())

    def worths(self, chances: Sequence[float]) -> list[Worth] | None:
        """
        Return what each event means to the top.

        None where not every module has a diagram. An event of a module works through the module alone, because nothing
        outside a module touches what is in it: its gain is that in the module times that of the module, and the top is
        as probable as with the module failed and with it running, each weighed.
        """
        diagrams, tree = self.diagrams, self.tree
        if diagrams is None:
            return None
        known = dict(enumerate(chances))
        for part in diagrams:
            known[part.gate] = part.chance(known)
        top = known[tree.top] if tree.top >= 0 else float(tree.top == ALWAYS)
        nothing = Worth(0.0, top, top)
        worths = {tree.top: Worth(1.0, 1.0, 0.0)}
        for part in reversed(diagrams):
            gate = worths.get(part.gate, nothing)
            own = part.function.worths([known[each] for each in part.inputs])
            worths.update((entry, _through(worth, gate)) for entry, worth in zip(part.inputs, own, strict=True))
        return [worths.get(event, nothing) for event in range(tree.events)]


def _through(worth: Worth, gate: Worth) -> Worth:
    """Return what an event means to the top that means ``worth`` to its module, which means ``gate`` to the top."""
    fails, runs = (each * gate.fails + (1.0 - each) * gate.runs for each in (worth.fails, worth.runs))
    return Worth(worth.gain * gate.gain, fails, runs)


def _between(part: Part, known: Mapping[int, Interval]) -> Interval:
    """Return the bounds of a module with a diagram: the function is monotone, so bounds of its inputs give them."""
    lows, highs = _sides(part.inputs, known)
    low = part.chance(lows)
    return low, low if lows == highs else part.chance(highs)


def _bounds(tree: FaultTree, module: Module, known: Mapping[int, Interval], looks: Looks) -> Interval:
    """Return the bounds of a module without one, from the lower bounds of its inputs and from the upper ones."""
    lows, highs = _sides(module.inputs, known)
    if lows == highs:
        return bounded(tree, module, lows, looks)
    return bounded(tree, module, lows, looks.share(2))[0], bounded(tree, module, highs, looks)[1]


def _sides(inputs: Sequence[int], known: Mapping[int, Interval]) -> tuple[dict[int, float], dict[int, float]]:
    return {each: known[each][0] for each in inputs}, {each: known[each][1] for each in inputs}


def quantified(tree: FaultTree, budget: int | Purse) -> Quantified:
    """Return the modules of a tree as diagrams wherever ``budget`` nodes for all of them together suffice."""
    if tree.top < tree.events:
        return Quantified(tree, ())
    tree = gathered(tree)
    return Quantified(tree, parts_of(tree, modules_of(tree), purse_of(budget)))
