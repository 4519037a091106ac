"""Bounds of the probability of a module whose diagram would have been too large.

Gate by gate: where children share nothing, the chance of a gate follows exactly from theirs. Where they share an input,
failures are associated (they are coherent functions of independent components): for an OR the chance is at most one
minus the product of the complements and at least the greatest, for an AND at least the product and at most the least.
Gates that rest on each other are worked out in rounds from below; where there may not be rounds enough, what holds from
above is that one of them has to fail by something else first.
The bounds are tightened by assuming the inputs that are shared in most places to have failed or not, case by case, the
case that leaves most open first, for a stated number of children looked at; when all shared inputs of all cases are
assumed the result is exact. With nothing to spend each gate is looked at once, and roughly.
Sources: Esary, Proschan and Walkup, Association of random variables, with applications, 1967; Dotson and Gobien, A new
analysis technique for probabilistic graphs, 1979, for the cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import fsum, prod

from impact.progress import told
from impact.reliability.faults.modules import Module
from impact.reliability.faults.simplification import is_ring
from impact.reliability.faults.tree import FaultTree

GATE_BUDGET = 1 << 20
"""How many children of gates may be looked at to tighten the bounds of a question, all its modules together."""

Interval = tuple[float, float]
_NEVER: Interval = (0.0, 0.0)
_SHARE = 8
_WORD = 1 << 10
"""So many inputs are compared in about the time that a child is looked at."""


@dataclass(slots=True)
class Looks:
    """How many children may still be looked at."""

    left: int

    def share(self, parts: int) -> Looks:
        """Take one of so many equal parts out."""
        part = self.left // parts
        self.left -= part
        return Looks(part)


def bounded(tree: FaultTree, module: Module, chances: Mapping[int, float], looks: Looks) -> Interval:
    """Return bounds of the probability of a module's gate, given the chances of its inputs."""
    steps = _steps(tree, module, looks)
    # The case that leaves most open stands first; each is weighed by its own chance.
    first = steps.through(chances, {})
    looks.left -= steps.cost
    cases: list[tuple[float, int, float, Interval, dict[int, float]]] = [(first[0] - first[1], 0, 1.0, first, {})]
    settled: list[tuple[float, Interval]] = []
    made = 0
    while looks.left >= 2 * steps.cost and cases and cases[0][0] < 0.0:
        told("cases of bounds", made)
        _, _, weight, found, assumed = heappop(cases)
        branch = next((entry for entry in steps.shared if entry not in assumed), None)
        if branch is None:
            settled.append((weight, found))
            continue
        for state, chance in ((1.0, chances[branch]), (0.0, 1.0 - chances[branch])):
            case = {**assumed, branch: state}
            found = steps.through(chances, case)
            part = weight * chance
            made += 1
            heappush(cases, (part * (found[0] - found[1]), made, part, found, case))
        looks.left -= 2 * steps.cost
    settled += [(weight, found) for _, _, weight, found, _ in cases]
    low, high = (fsum(weight * found[side] for weight, found in settled) for side in (0, 1))
    return max(first[0], low), min(first[1], high)


@dataclass(frozen=True, slots=True)
class _Step:
    """
    One gate to be worked out; ``below`` are the inputs each child hangs on, a bit for each, None where nobody knows.

    A ``rough`` one is worked out in one look at each child, however many of them have to fail.
    """

    gate: int
    needed: int
    children: tuple[int, ...]
    below: tuple[int, ...] | None
    rough: bool


@dataclass(frozen=True, slots=True)
class _Steps:
    """
    The gates of a module in the order in which they are worked out, in rings; ``rounds`` is how often a ring is.

    ``cost`` is how many children that looks at, ``shared`` the inputs that several children of a gate hang on.
    """

    rings: Sequence[tuple[Sequence[_Step], int]]
    bits: Mapping[int, int]
    shared: Sequence[int]
    top: int
    cost: int

    def through(self, chances: Mapping[int, float], assumed: Mapping[int, float]) -> Interval:
        """Return the bounds of the last gate while some inputs are assumed."""
        found: dict[int, Interval] = {entry: (chance, chance) for entry, chance in chances.items()}
        left = (1 << len(self.bits)) - 1
        for entry, state in assumed.items():
            found[entry] = state, state
            left &= ~self.bits.get(entry, 0)
        for ring, rounds in self.rings:
            if rounds:
                _settle(ring, rounds, found, left)
            else:
                found[ring[0].gate] = _worked_out(ring[0], found, left)
        return found[self.top]


def _settle(ring: Sequence[_Step], rounds: int, found: dict[int, Interval], left: int) -> None:
    """Put the bounds of gates that rest on each other into ``found``."""
    found.update((step.gate, _NEVER) for step in ring)
    # None of them fails unless one does by something else.
    one_fails = 0.0
    for step in ring:
        # Not one minus the product of the complements, which has no digits left where failures are very improbable.
        one_fails += (1.0 - one_fails) * _worked_out(step, found, left)[1]
    for _ in range(min(rounds, len(ring))):
        changed = False
        for step in ring:
            new = _worked_out(step, found, left)
            changed = changed or new != found[step.gate]
            found[step.gate] = new
        if not changed:
            return
    if rounds >= len(ring):
        return
    lows = [found[step.gate][0] for step in ring]
    for step, low in zip(ring, lows, strict=True):
        found[step.gate] = low, max(low, one_fails)
    for step, low in zip(ring, lows, strict=True):
        found[step.gate] = low, max(low, min(one_fails, _worked_out(step, found, left)[1]))


def _worked_out(step: _Step, found: Mapping[int, Interval], left: int) -> Interval:
    intervals = [found.get(child, _NEVER) for child in step.children]
    apart = step.below is not None and _share_nothing(step.below, left)
    if step.rough:
        return _roughly(step.needed, intervals)
    if apart:
        lows, highs = ([each[side] for each in intervals] for side in (0, 1))
        return _apart(step.needed, lows), _apart(step.needed, highs)
    return _together(step.needed, intervals)


def _steps(tree: FaultTree, module: Module, looks: Looks) -> _Steps:
    """Return how a module is worked out for what may be spent."""
    most = max(0, looks.left // _SHARE)
    gates = [gate for ring in module.rings for gate in ring]
    of_ring = sum(len(tree.below(gate)) for ring in module.rings if is_ring(tree, ring) for gate in ring)
    bits = {entry: 1 << place for place, entry in enumerate(module.inputs)} if _comparable(tree, module, most) else {}
    below = dict(bits)
    rings: list[tuple[list[_Step], int]] = []
    places: dict[int, int] = {}
    cost = 0
    for ring in module.rings:
        if bits:
            reached = 0
            for gate in ring:
                for child in tree.below(gate):
                    reached |= below.get(child, 0)
            below.update(dict.fromkeys(ring, reached))
        steps = [_step(tree, gate, below if bits else None, most // len(gates)) for gate in ring]
        rounds = min(len(ring), 1 + most // of_ring) if is_ring(tree, ring) else 0
        cost += (rounds + 2 if rounds else 1) * sum(map(_cost, steps))
        rings.append((steps, rounds))
        for step in steps:
            if step.below is not None and not step.rough:
                most -= _count_shared(step.below, module.inputs, places, most)
    shared = sorted(places, key=lambda entry: (-places[entry], entry))
    return _Steps(rings, bits, shared, module.gate, max(1, cost))


def _comparable(tree: FaultTree, module: Module, most: int) -> bool:
    """Return whether what children hang on may be compared: the bits of all inputs for each child."""
    children = sum(len(tree.below(gate)) for ring in module.rings for gate in ring)
    return children * (1 + len(module.inputs) // _WORD) <= most


def _step(tree: FaultTree, gate: int, below: Mapping[int, int] | None, most: int) -> _Step:
    children, needed = tree.below(gate), tree.needed(gate)
    bits = None if below is None else tuple(below[child] for child in children)
    rough = needed not in (1, len(children)) and len(children) * (needed - 1) > most
    return _Step(gate, needed, children, bits, rough)


def _cost(step: _Step) -> int:
    plain = step.rough or step.needed in (1, len(step.children))
    return len(step.children) * (1 if plain else step.needed)


def _count_shared(below: Sequence[int], inputs: Sequence[int], places: dict[int, int], most: int) -> int:
    """Count for each input at how many gates several children hang on it; return the cost, at most about ``most``."""
    once = twice = 0
    for each in below:
        twice |= once & each
        once |= each
    cost = twice.bit_count() + len(inputs) // _WORD
    if twice and cost <= most:
        digits = bin(twice)[:1:-1]
        place = digits.find("1")
        while place >= 0:
            places[inputs[place]] = places.get(inputs[place], 0) + 1
            place = digits.find("1", place + 1)
    return min(cost, most)


def _share_nothing(below: Sequence[int], left: int) -> bool:
    so_far = 0
    for each in below:
        if so_far & each & left:
            return False
        so_far |= each
    return True


def _apart(needed: int, chances: Sequence[float]) -> float:
    """Return the chance that so many of independent children have failed."""
    if needed == len(chances):
        return prod(chances)
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


def _roughly(needed: int, intervals: Sequence[Interval]) -> Interval:
    """Return wider bounds of the same in one look at each child: those most probable to fail, and Markov's."""
    lows = sorted((low for low, _ in intervals), reverse=True)
    return prod(lows[:needed]), min(1.0, fsum(high for _, high in intervals) / needed)
