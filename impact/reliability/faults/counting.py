"""Minimal risk groups counted without listing them, however many there are.

A minimal risk group is a minimal cut set: components that take the top down together and of which none can be spared.
The minimal solutions of a module's diagram are a diagram of sets; sets are counted by adding up along it, each input
that is a module itself weighing as much as it has sets. Counts are whole numbers of any size.
Source: Rauzy, New algorithms for fault trees analysis, 1993; the count through modules as in Dutuit and Rauzy, 1996.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from impact.reliability.faults.diagram import Solutions
from impact.reliability.faults.exact import Part
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
_ONE = Tally(1, 1, (0, 1) + (0,) * (COUNTED_SIZES - 1))


@dataclass(frozen=True, slots=True)
class Sets:
    """Minimal solutions of a module: sets of ``inputs``, which stand by level."""

    gate: int
    inputs: tuple[int, ...]
    solutions: Solutions


def sets_of(parts: Iterable[Part], budget: int) -> list[Sets]:
    """Return the minimal solutions of each module. Raises BudgetSpent: one would have more than ``budget`` nodes."""
    return [Sets(part.gate, part.inputs, part.diagram.minimal(part.node, budget)) for part in parts]


def fresh_sets(parts: Iterable[Part], before: Iterable[Part], budget: int) -> list[Sets]:
    """Return the minimal solutions of each module that were none ``before``. Raises BudgetSpent."""
    return [
        Sets(part.gate, part.inputs, part.diagram.minimal(part.node, budget, unless=former.node))
        for part, former in zip(parts, before, strict=True)
    ]


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
    solutions, weights = sets.solutions, [known.get(entry, 1) for entry in sets.inputs]
    found = {0: 0, 1: 1}
    for node in solutions.nodes():
        found[node] = found[solutions.low[node]] + weights[solutions.level[node]] * found[solutions.high[node]]
    return found[solutions.top]


def _tally(sets: Sets, known: Mapping[int, Tally]) -> Tally:
    solutions = sets.solutions
    weights = [known.get(entry, _ONE) for entry in sets.inputs]
    found = {0: NO_SETS, 1: EMPTY_SET}
    for node in solutions.nodes():
        found[node] = _sum(
            found[solutions.low[node]], _product(weights[solutions.level[node]], found[solutions.high[node]])
        )
    return found[solutions.top]


def _sum(one: Tally, other: Tally) -> Tally:
    sizes = [size for size in (one.smallest, other.smallest) if size is not None]
    by_size = tuple(map(sum, zip(one.by_size, other.by_size, strict=True)))
    return Tally(one.total + other.total, min(sizes, default=None), by_size)


def _product(one: Tally, other: Tally) -> Tally:
    if one.smallest is None or other.smallest is None:
        return NO_SETS
    by_size = [0] * (COUNTED_SIZES + 1)
    for size, count in enumerate(one.by_size):
        if count:
            for more in range(COUNTED_SIZES + 1 - size):
                by_size[size + more] += count * other.by_size[more]
    return Tally(one.total * other.total, one.smallest + other.smallest, tuple(by_size))
