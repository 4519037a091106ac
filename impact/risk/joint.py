"""
The minimal sets of atoms of a block that take a service down: the solutions of one small decision diagram.

The variables are the atoms. What an atom takes down alone is the beginning; from there the functions of CIs grow group
by group to their least fixpoint, so only what several atoms bring about together is worked out. A node for a function
is always the same, so services that fall for the same reasons are asked once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from impact.errors import BudgetSpent
from impact.graph.structure import ALONE_HARD, GROUP_HARD
from impact.reliability.faults.diagram import FALSE, Diagram
from impact.reliability.faults.function import Solutions
from impact.risk.overlaps import Atom, Block, Field

NODE_BUDGET = 1 << 18
"""How many nodes the diagram of a block may have."""

MOST_SETS = 1000
"""How many minimal sets are listed for the same services of a block; of more, the smallest."""


class Joint(NamedTuple):
    """Atoms that take down ``services`` together, none of them needlessly."""

    atoms: tuple[Atom, ...]
    services: tuple[int, ...]


class Unlisted(NamedTuple):
    """Services that more sets take down than are listed: ``total`` of them, None where the budget was spent first."""

    services: tuple[int, ...]
    total: int | None


class Found(NamedTuple):
    """The sets of a block, and what a budget kept from being listed."""

    joint: tuple[Joint, ...]
    unlisted: tuple[Unlisted, ...] = ()


def joint_sets(
    field: Field, block: Block, through: Atom, services: Collection[int], budget: int = NODE_BUDGET
) -> Found:
    """
    Return the minimal sets of two atoms or more that hold ``through``, one of the block's, with what they take down.

    Services that ``through`` takes down alone have none.
    """
    wanted = sorted(ci for ci in block.losses.fell - through.losses.fell if ci in services)
    others = [atom for atom in block.atoms if atom is not through]
    if len(others) == 1:
        left = tuple(ci for ci in wanted if ci not in others[0].losses.fell)
        return Found((Joint(block.atoms, left),) if left else ())
    if not wanted:
        return Found(())
    atoms = [through, *others]
    try:
        functions = _Functions(field, block, atoms, budget)
        solved = {node: functions.through(node) for node in sorted({functions.of(ci) for ci in wanted})}
    except BudgetSpent:
        return Found((), (Unlisted(tuple(wanted), None),))
    by_set: dict[tuple[int, ...], list[int]] = {}
    unlisted = []
    for node, solutions in solved.items():
        of_node = [ci for ci in wanted if functions.of(ci) == node]
        listed = list(_smallest(solutions, MOST_SETS)) if solutions is not None else []
        total = _count(solutions) if len(listed) == MOST_SETS and solutions is not None else len(listed)
        if total > len(listed):
            unlisted.append(Unlisted(tuple(of_node), total))
        for levels in listed:
            by_set.setdefault(levels, []).extend(of_node)
    joint = [
        Joint(tuple(sorted((atoms[level] for level in levels), key=lambda atom: atom.order)), tuple(sorted(found)))
        for levels, found in by_set.items()
    ]
    return Found(
        tuple(sorted(joint, key=lambda each: (len(each.atoms), [atom.order for atom in each.atoms]))),
        tuple(sorted(unlisted)),
    )


class _Functions:
    """For each CI that a block takes down, by which of ``atoms`` (a variable each, in order) it goes down."""

    def __init__(self, field: Field, block: Block, atoms: Sequence[Atom], budget: int) -> None:
        self._field = field
        self._fell = block.losses.fell
        self._budget = budget
        self._diagram = Diagram(len(atoms), budget)
        self._known: dict[int, int] = {}
        self._alone: dict[int, int] = {}
        for level, atom in enumerate(atoms):
            for ci in atom.losses.fell:
                self._alone[ci] = self._alone.get(ci, 0) | 1 << level
        self._of_mask = {0: FALSE}
        self._settle(atoms)

    def of(self, ci: int) -> int:
        """Return the function of a CI."""
        if ci in self._known:
            return self._known[ci]
        mask = self._alone.get(ci, 0)
        if mask not in self._of_mask:
            levels = [level for level in range(mask.bit_length()) if mask >> level & 1]
            self._of_mask[mask] = self._diagram.at_least(1, [self._diagram.variable(level) for level in levels])
        return self._of_mask[mask]

    def through(self, node: int) -> Solutions | None:
        """Return the minimal solutions that hold the first variable and more, None where there is none."""
        solutions = self._diagram.minimal(node, self._budget)
        if solutions.top < 2 or solutions.level[solutions.top] != 0 or solutions.high[solutions.top] < 2:
            return None
        return solutions

    def _settle(self, atoms: Sequence[Atom]) -> None:
        shared = Counter(group for atom in atoms for group in atom.losses.wounds)
        work = [ci for group in sorted(g for g, wounds in shared.items() if wounds > 1) for ci in self._lose(group)]
        effects, starts = self._field.graph.effects.data, self._field.graph.effect_starts.data
        for ci in work:  # The list grows while it is walked.
            for effect in effects[starts[ci] : starts[ci + 1]].tolist():
                kind, subject = effect & 3, effect >> 2
                if kind == GROUP_HARD:
                    work.extend(self._lose(subject))
                elif kind == ALONE_HARD and subject in self._fell:
                    work.extend(self._grow(subject, self.of(ci)))

    def _lose(self, group: int) -> Iterator[int]:
        """Let the owner of a group fall as its members do, and yield it if that is new."""
        field = self._field
        owner = field.graph.owners.data[group]
        if owner in self._fell:
            members = [self.of(member) for member in field.members(group) if member in self._fell]
            yield from self._grow(owner, self._diagram.at_least(field.room[group], members))

    def _grow(self, ci: int, by: int) -> Iterator[int]:
        before = self.of(ci)
        self._known[ci] = self._diagram.at_least(1, [before, by])
        if self._known[ci] != before:
            yield ci


def _count(solutions: Solutions) -> int:
    """Return how many sets there are below the first variable."""
    found = {0: 0, 1: 1}
    for node in solutions.nodes():
        found[node] = found[solutions.low[node]] + found[solutions.high[node]]
    return found[solutions.high[solutions.top]]


def _smallest(solutions: Solutions, most: int) -> Iterator[tuple[int, ...]]:
    """Yield up to ``most`` sets that hold the first variable, the smallest first: best first with an exact bound."""
    none = len(solutions.level) + 1
    on = {0: none, 1: 0}
    for node in solutions.nodes():
        on[node] = min(on[solutions.low[node]], 1 + on[solutions.high[node]])
    made, found = count(), 0
    start = solutions.high[solutions.top]
    paths: list[tuple[int, int, int, tuple[int, ...]]] = [(on[start] + 1, next(made), start, (0,))]
    while paths and found < most:
        _, _, node, levels = heappop(paths)
        if node == 1:
            found += 1
            yield levels
            continue
        steps = ((solutions.low[node], levels), (solutions.high[node], (*levels, solutions.level[node])))
        for below, longer in steps:
            if below != 0:
                heappush(paths, (on[below] + len(longer), next(made), below, longer))
