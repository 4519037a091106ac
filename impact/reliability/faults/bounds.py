"""Bounds of the probability of a module whose diagram would have been too large.

Gate by gate: where children share nothing, the chance of a gate follows exactly from theirs. Where they share an input,
failures are associated (they are coherent functions of independent components): for an OR the chance is at most one
minus the product of the complements and at least the greatest, for an AND at least the product and at most the least.
The bounds are tightened by assuming the inputs that are shared in most places to have failed or not, case by case, the
case that leaves most open first, for a stated number of children looked at; when all shared inputs of all cases are
assumed the result is exact.
Sources: Esary, Proschan and Walkup, Association of random variables, with applications, 1967; Dotson and Gobien, A new
analysis technique for probabilistic graphs, 1979, for the cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import fsum

from impact.progress import told
from impact.reliability.faults.modules import Module
from impact.reliability.faults.tree import FaultTree

GATE_BUDGET = 1 << 21
"""How many children of gates may be looked at to tighten the bounds of a module."""

Interval = tuple[float, float]
_NEVER: Interval = (0.0, 0.0)


def bounded(tree: FaultTree, module: Module, chances: Mapping[int, float], budget: int) -> Interval:
    """Return bounds of the probability of a module's gate, given the chances of its inputs."""
    steps = _steps(tree, module)
    cost = 2 * sum(len(step.children) for step in steps.gates)
    # The case that leaves most open stands first; each is weighed by its own chance.
    first = steps.through(chances, {})
    cases: list[tuple[float, int, float, Interval, dict[int, float]]] = [(first[0] - first[1], 0, 1.0, first, {})]
    made = 0
    while budget >= cost and cases[0][0] < 0.0:
        told("cases of bounds", made)
        _, _, weight, _, assumed = heappop(cases)
        branch = next(entry for entry in steps.shared if entry not in assumed)
        for state, chance in ((1.0, chances[branch]), (0.0, 1.0 - chances[branch])):
            case = {**assumed, branch: state}
            found = steps.through(chances, case)
            part = weight * chance
            made += 1
            heappush(cases, (part * (found[0] - found[1]), made, part, found, case))
        budget -= cost
    low, high = (fsum(weight * found[side] for _, _, weight, found, _ in cases) for side in (0, 1))
    return max(first[0], low), min(first[1], high)


@dataclass(frozen=True, slots=True)
class _Step:
    """One gate to be worked out; ``below`` are the inputs each child hangs on, a bit for each."""

    gate: int
    needed: int
    children: tuple[int, ...]
    below: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Steps:
    """The gates of a module in an order in which they may be worked out; a ring comes once for each of its rounds."""

    gates: Sequence[_Step]
    bits: Mapping[int, int]
    shared: Sequence[int]
    top: int

    def through(self, chances: Mapping[int, float], assumed: Mapping[int, float]) -> Interval:
        """Return the bounds of the last gate while some inputs are assumed."""
        found: dict[int, Interval] = {entry: (chance, chance) for entry, chance in chances.items()}
        left = (1 << len(self.bits)) - 1
        for entry, state in assumed.items():
            found[entry] = state, state
            left &= ~self.bits[entry]
        for step in self.gates:
            intervals = [found.get(child, _NEVER) for child in step.children]
            if _share_nothing(step.below, left):
                lows, highs = ([each[side] for each in intervals] for side in (0, 1))
                found[step.gate] = _apart(step.needed, lows), _apart(step.needed, highs)
            else:
                found[step.gate] = _together(step.needed, intervals)
        return found[self.top]


def _steps(tree: FaultTree, module: Module) -> _Steps:
    bits = {entry: 1 << place for place, entry in enumerate(module.inputs)}
    below = dict(bits)
    gates: list[_Step] = []
    places: dict[int, int] = dict.fromkeys(module.inputs, 0)
    for ring in module.rings:
        of_ring = 0
        for gate in ring:
            for child in tree.below(gate):
                of_ring |= below.get(child, 0)
        below.update(dict.fromkeys(ring, of_ring))
        once = [
            _Step(gate, tree.needed(gate), tree.below(gate), tuple(below[child] for child in tree.below(gate)))
            for gate in ring
        ]
        for step in once:
            _count_shared(step.below, bits, places)
        gates.extend(once * len(ring))
    shared = sorted((entry for entry in places if places[entry]), key=lambda entry: (-places[entry], entry))
    return _Steps(gates, bits, shared, module.gate)


def _count_shared(below: Sequence[int], bits: Mapping[int, int], places: dict[int, int]) -> None:
    """Count for each input at how many gates several children hang on it."""
    once = twice = 0
    for each in below:
        twice |= once & each
        once |= each
    if twice:
        for entry, bit in bits.items():
            places[entry] += bool(twice & bit)


def _share_nothing(below: Sequence[int], left: int) -> bool:
    so_far = 0
    for each in below:
        if so_far & each & left:
            return False
        so_far |= each
    return True


def _apart(needed: int, chances: Sequence[float]) -> float:
    """Return the chance that so many of independent children have failed."""
    so_far = [1.0] + [0.0] * needed
    for chance in chances:
        for held in range(needed, 0, -1):
            so_far[held] = chance * so_far[held - 1] + (1.0 - chance) * so_far[held]
    return so_far[needed]


def _together(needed: int, intervals: Sequence[Interval]) -> Interval:
    """Return the bounds of a gate from those of its children, whatever these share."""
    if needed == len(intervals):
        low = 1.0
        for each in intervals:
            low *= each[0]
        return low, min(high for _, high in intervals)
    # At least k of n have failed: this one has and at least k - 1 before it, or at least k before it have.
    so_far: list[Interval] = [(1.0, 1.0)] + [_NEVER] * needed
    for low, high in intervals:
        for held in range(needed, 0, -1):
            with_it = low * so_far[held - 1][0], min(high, so_far[held - 1][1])
            so_far[held] = _either(with_it, so_far[held])
    return so_far[needed]


def _either(one: Interval, other: Interval) -> Interval:
    return max(one[0], other[0]), min(1.0, one[1] + other[1] - one[1] * other[1])
