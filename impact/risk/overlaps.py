"""
Who is out at the same time, sorted into blocks that could bring down together what none of them brings down alone.

An *atom* is one set of CIs that one party has out. What an atom takes down by itself is a least fixpoint; the union of
several such fixpoints is one again unless some hard group loses too many members to them together. So a block begins
where the losses of open atoms add up to the fall of a group, and grows by all whose losses meet those of the block.
Atoms of different blocks bring down nothing together. Counting costs O(groups an atom touches) when it opens or closes,
in what order ever, because counts can be taken back where fixpoints can not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from impact.graph.states import at_rest, extend, take_back
from impact.graph.structure import HARD, Graph

MOST_TOGETHER = 32
"""So many atoms a block may have; what grows beyond is given up, and said so."""

Who = tuple[str, str]
"""A party: its kind and its id."""


class Losses(NamedTuple):
    """
    What some CIs take down: ``fell``, themselves included, and how many members hard groups lost by that.

    ``touched`` are the groups whose owner is up at rest, ``wounds`` those of them whose owner is still up.
    """

    fell: frozenset[int]
    touched: Mapping[int, int]
    wounds: Mapping[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """The CIs ``cis`` that one party has out at the same time, and what they take down alone."""

    who: Who
    cis: tuple[int, ...]
    losses: Losses

    @property
    def order(self) -> tuple[Who, tuple[int, ...]]:
        """Where it stands among others."""
        return self.who, self.cis


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Atoms that may bring something down together, in order, and what all of them do."""

    atoms: tuple[Atom, ...]
    losses: Losses


class Field:
    """A graph at rest, to be asked what a set of CIs takes down on top of it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.looked_at = 0
        """How many CIs and groups it has looked at so far: what asking has cost, in a count."""
        self._spread = at_rest(graph)
        self.down: AbstractSet[int] = frozenset(self._spread.down)
        self._members: dict[int, list[int]] = {}
        falls_at = graph.falls_at.copy()
        for group, lost in self._spread.lost.items():
            falls_at[group] -= lost
        self.room = falls_at.data
        """By group: how many more members it must lose to fall."""

    def losses(self, cis: Iterable[int]) -> Losses:
        """Return what ``cis`` take down together."""
        graph, spread = self.graph, self._spread
        hits = len(spread.soft_hits)
        step = extend(graph, spread, cis)
        self.looked_at += len(step.fell) + len(step.touched)
        strengths, owners = graph.group_strengths.data, graph.owners.data
        touched = {
            group: lost
            for group, lost in Counter(step.touched).items()
            if strengths[group] == HARD and owners[group] not in self.down
        }
        wounds = {group: lost for group, lost in touched.items() if owners[group] not in spread.down}
        take_back(spread, step)
        del spread.soft_hits[hits:]
        return Losses(frozenset(step.fell), touched, wounds)

    def stops(self, cis: Iterable[int], services: AbstractSet[int]) -> bool:
        """Return whether ``cis`` take down all of ``services``."""
        step = extend(self.graph, self._spread, cis)
        stopped = services <= self._spread.down
        take_back(self._spread, step)
        return stopped

    def members(self, group: int) -> list[int]:
        """Return the distinct members of a group."""
        if group not in self._members:
            self._members[group] = self.graph.members(group)
        return self._members[group]

    def falls(self, group: int, fallen: Iterable[AbstractSet[int]]) -> bool:
        """Return whether a group falls once all of ``fallen``, the ``fell`` of losses, are down."""
        sets = list(fallen)
        return sum(any(member in fell for fell in sets) for member in self.members(group)) >= self.room[group]


class Sweep:
    """
    The atoms that are open right now, and their blocks.

    A block of which an atom has closed is *stale*: it may hold more than has to be together, until somebody meets it
    and it is made anew. So closing costs little, and nothing is made anew that nobody asks for.

    A block may have ``most`` atoms. An atom around which more would have to be together is *given up*: it stays open,
    and what it brings about with others is not followed. Whatever is missed because of that, such an atom is in it: as
    long as none of some atoms was given up, all that they bring about together is found.
    """

    def __init__(self, field: Field, most: int = MOST_TOGETHER) -> None:
        self._field = field
        self._most = most
        self._given_up: list[Atom] = []
        self._rows: dict[int, dict[Atom, int]] = {}
        self._blocks: dict[Block, set[Atom]] = {}
        self._block_of: dict[Atom, Block] = {}
        self._stale: set[Block] = set()

    def open(self, atom: Atom) -> Block | None:
        """Open an atom and return the block it is in, None where it meets nobody."""
        rows, room, alone = self._rows, self._field.room, not self._blocks
        hot = False
        for group, lost in atom.losses.wounds.items():
            row = rows.get(group)
            if row is None:
                rows[group] = {atom: lost}
                hot = hot or not (alone or self._total(group) < room[group])
            else:
                row[atom] = lost
                hot = hot or self._total(group) >= room[group]
        if hot:
            self._settle([atom])
        return self._block_of.get(atom)

    def given_up(self) -> tuple[Atom, ...]:
        """Return the atoms that were given up since this was asked last."""
        found = tuple(self._given_up)
        self._given_up.clear()
        return found

    def close(self, atom: Atom) -> None:
        """Close an atom."""
        for group in atom.losses.wounds:
            row = self._rows[group]
            del row[atom]
            if not row:
                del self._rows[group]
        block = self._block_of.pop(atom, None)
        if block is not None:
            self._blocks[block].discard(atom)
            self._stale.add(block)
            if len(self._blocks[block]) < 2:
                self._dissolve(block)

    def _total(self, group: int) -> int:
        """Return how many members a group lost at most: one that two take down counts twice."""
        total = sum(self._rows[group].values()) if group in self._rows else 0
        for block in self._blocks:
            total += block.losses.touched.get(group, 0)
        return total

    def _settle(self, pending: list[Atom]) -> None:
        """Find the blocks of open atoms that are in none."""
        for atom in pending:  # The list grows while it is walked.
            while atom not in self._block_of:
                stale = self._grow(atom)
                if not stale:
                    break
                for block in stale:
                    pending.extend(self._dissolve(block))

    def _grow(self, atom: Atom) -> list[Block]:
        """
        Join to an atom, group by group, all whose losses and its own make a group fall.

        Where stale blocks are met, nothing is joined and they are returned. Nothing is joined either where too many
        would have to be.
        """
        atoms, losses = {atom}, atom.losses
        met: dict[Block, None] = {}
        hot = [group for group in losses.wounds if self._total(group) >= self._field.room[group]]
        while True:
            joined: set[Atom] = set()
            for group in hot:
                joined |= self._partners(group, atoms, met, losses)
            if not joined:
                break
            atoms |= joined
            met.update((self._block_of[each], None) for each in joined if each in self._block_of)
            if not self._stale.isdisjoint(met):
                return [block for block in met if block in self._stale]
            if len(atoms) > self._most:
                self._given_up.append(atom)
                return []
            losses = self._field.losses({ci for each in atoms for ci in each.cis})
            others = [block.losses.touched for block in self._blocks if block not in met]
            hot = [
                group
                for group in losses.touched
                if (group in self._rows and not self._rows[group].keys() <= atoms)
                or any(group in touched for touched in others)
            ]
        if len(atoms) > 1:
            for block in met:
                self._dissolve(block)
            found = Block(tuple(sorted(atoms, key=lambda each: each.order)), losses)
            self._blocks[found] = atoms
            self._block_of.update(dict.fromkeys(atoms, found))
        return []

    def _partners(self, group: int, atoms: AbstractSet[Atom], met: Mapping[Block, None], losses: Losses) -> set[Atom]:
        """Return the atoms beyond ``atoms`` (with the blocks ``met``) that help a group to fall, if it falls."""
        row = self._rows.get(group, {})
        blocks = [block for block in self._blocks if block not in met and group in block.losses.touched]
        others = {atom for atom in row if atom not in atoms}
        if not others and not blocks:
            return set()
        fallen = [losses.fell, *(atom.losses.fell for atom in row), *(block.losses.fell for block in blocks)]
        if not self._field.falls(group, fallen):
            return set()
        return others.union(*(self._blocks[block] for block in blocks))

    def _dissolve(self, block: Block) -> list[Atom]:
        """Forget a block and return its open atoms in order."""
        left = [atom for atom in block.atoms if self._block_of.pop(atom, None) is not None]
        self._stale.discard(block)
        del self._blocks[block]
        return left
