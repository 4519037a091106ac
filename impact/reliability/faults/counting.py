"""Minimal risk groups counted without listing them, however many there are.

A minimal risk group is a minimal cut set: components that take the top down together and of which none can be spared.
The minimal solutions of a module's diagram are a diagram of sets; sets are counted by adding up along it, each input
that is a module itself weighing as much as it has sets. Counts are whole numbers of any size.
Source: Rauzy, New algorithms for fault trees analysis, 1993; the count through modules as in Dutuit and Rauzy, 1996.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import NamedTuple, TypeVar

from impact.reliability.faults.exact import Part
from impact.reliability.faults.function import Function, Solutions
from impact.reliability.faults.purse import Purse
from impact.reliability.faults.tree import ALWAYS, NEVER, FaultTree

COUNTED_SIZES = 4
"""Sets of up to so many components are counted by size."""


class Tally(NamedTuple):
    """How many sets there are, the size of the smallest (None: there is none), and how many of size 0, 1, ... 4."""

    total: int
    smallest: int | None
    by_size: tuple[int, ...]


NO_SETS = Tally(0, None, (0,) * (COUNTED_SIZES + 1))
EMPTY_SET = Tally(1, 0, (1,) + (0,) * COUNTED_SIZES)
NOTHING = Solutions(0, array("i", (0, 0)), array("i", (0, 1)), array("i", (0, 1)))
_ONE = Tally(1, 1, (0, 1) + (0,) * (COUNTED_SIZES - 1))


@dataclass(frozen=True, slots=True)
class Sets:
    """Minimal solutions of a module: sets of ``inputs``, which stand by level."""

    gate: int
    inputs: tuple[int, ...]
    solutions: Solutions


def sets_of(parts: Iterable[Part], purse: Purse) -> list[Sets]:
    """Return the minimal solutions of each module. Raises BudgetSpent: they would have more nodes than are left."""
    known: dict[int, Solutions] = {}
    found = []
    for part in parts:
        if id(part.function) not in known:
            known[id(part.function)] = part.function.minimal(purse)
        found.append(Sets(part.gate, part.inputs, known[id(part.function)]))
    return found


def fresh_sets(parts: Iterable[Part], before: Iterable[Part], purse: Purse) -> list[Sets]:
    """Return the minimal solutions of each module that were none ``before``. Raises BudgetSpent."""
    known: dict[tuple[int, int], Solutions] = {}
    found = []
    for part, former in zip(parts, before, strict=True):
        both = id(part.function), id(former.function)
        if both not in known:
            known[both] = _fresh(part.function, former.function, purse)
        found.append(Sets(part.gate, part.inputs, known[both]))
    return found


def _fresh(now: Function, before: Function, purse: Purse) -> Solutions:
    return NOTHING if now is before else now.minimal(purse, unless=before)


def tally(tree: FaultTree, sets: Sequence[Sets]) -> Tally:
    """Return how many minimal cut sets the top of a tree has."""
    if tree.top < tree.events:
        return {NEVER: NO_SETS, ALWAYS: EMPTY_SET}.get(tree.top, _ONE)
    known: dict[int, Tally] = {}
    for each in sets:
        known[each.gate] = _tally(each, known)
    return known[tree.top]


def fresh(tree: FaultTree, now: Sequence[Sets], added: Sequence[Sets]) -> int:
    """
    Return how many minimal cut sets of ``now`` were none before, ``added`` being those of each module.

    A set of the top was one before when its inputs made up a minimal solution before and each input's part was a
    minimal cut set of that input before; all others are fresh.
    """
    if tree.top < tree.events:
        raise ValueError("a tree without modules has nothing to compare")
    total: dict[int, int] = {}
    kept: dict[int, int] = {}
    for each, new in zip(now, added, strict=True):
        total[each.gate] = _count(each, total)
        kept[each.gate] = _count(each, kept) - _count(new, kept)
    return total[tree.top] - kept[tree.top]


def _count(sets: Sets, known: Mapping[int, int]) -> int:
    weights = [known.get(entry, 1) for entry in sets.inputs]
    return _folded(sets.solutions, 0, 1, lambda low, level, high: low + weights[level] * high)


def _tally(sets: Sets, known: Mapping[int, Tally]) -> Tally:
    weights = [known.get(entry, _ONE) for entry in sets.inputs]
    return _folded(
        sets.solutions, NO_SETS, EMPTY_SET, lambda low, level, high: _sum(low, _product(weights[level], high))
    )


Value = TypeVar("Value")


def _folded(solutions: Solutions, none: Value, empty: Value, join: Callable[[Value, int, Value], Value]) -> Value:
    """Return what ``join`` makes of the sets from the bottom; what no node above needs any more is let go of."""
    levels, lows, highs = solutions.level, solutions.low, solutions.high
    uses = array("i", bytes(4 * len(levels)))
    for node in solutions.nodes():
        uses[lows[node]] += 1
        uses[highs[node]] += 1
    found: dict[int, Value] = {0: none, 1: empty}
    for node in solutions.nodes():
        low, high = lows[node], highs[node]
        found[node] = join(found[low], levels[node], found[high])
        for below in (low, high):
            uses[below] -= 1
            if below > 1 and not uses[below]:
                del found[below]
    return found[solutions.top]


def _sum(one: Tally, other: Tally) -> Tally:
    if one.smallest is None or other.smallest is None:
        return other if one.smallest is None else one
    by_size = tuple(map(add, one.by_size, other.by_size))
    return Tally(one.total + other.total, min(one.smallest, other.smallest), by_size)


def _product(one: Tally, other: Tally) -> Tally:
    if one is _ONE and other.smallest is not None:
        return Tally(other.total, other.smallest + 1, (0, *other.by_size[:-1]))
    if one.smallest is None or other.smallest is None:
        return NO_SETS
    by_size = [0] * (COUNTED_SIZES + 1)
    for size, count in enumerate(one.by_size):
        if count:
            for more in range(COUNTED_SIZES + 1 - size):
                by_size[size + more] += count * other.by_size[more]
    return Tally(one.total * other.total, one.smallest + other.smallest, tuple(by_size))
