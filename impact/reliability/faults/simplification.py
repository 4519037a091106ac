"""Making a fault tree smaller without changing what it means: constants, twins, chains of one kind, absorption.

Source: the preprocessing of fault trees as in Rauzy, Toward an efficient implementation of the MOCUS algorithm, 2003,
and Rakhimov, SCRAM, 2018; rings are left as they are, but for constants.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from impact.graph.rings import rings
from impact.reliability.faults.tree import ALWAYS, NEVER, FaultTree

_PASSES = 8


class Gates:
    """Gates in the making: twins are one gate, and what a gate of constants comes to is worked out at once."""

    def __init__(self, events: int) -> None:
        self.events = events
        self.at_least: list[int] = []
        self.children: list[tuple[int, ...]] = []
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}

    def open(self) -> int:
        """Return a new gate whose children come later, for a ring."""
        self.at_least.append(0)
        self.children.append(())
        return self.events + len(self.at_least) - 1

    def close(self, gate: int, at_least: int, children: Iterable[int]) -> None:
        """Give a gate that was opened its children."""
        self.at_least[gate - self.events], self.children[gate - self.events] = at_least, tuple(children)

    def of(self, at_least: int, children: Iterable[int]) -> int:
        """Return what fails when so many of ``children`` have: a gate, or a child or constant it comes to."""
        at_least, kept = _plain(at_least, children)
        if at_least <= 0:
            return ALWAYS
        if at_least > len(kept):
            return NEVER
        if len(kept) == 1:
            return kept[0]
        key = at_least, tuple(kept)
        if key not in self._known:
            self._known[key] = self.open()
            self.close(self._known[key], *key)
        return self._known[key]

    def below(self, node: int) -> tuple[int, ...]:
        """Return the children of a gate, nothing for an event or a constant."""
        return self.children[node - self.events] if node >= self.events else ()

    def kind(self, node: int) -> str | None:
        """Return whether a node is an "or" or an "and", None for any other."""
        return _kind(self.at_least[node - self.events], len(self.below(node))) if node >= self.events else None

    def tree(self, top: int) -> FaultTree:
        """Return the tree below ``top``, its gates numbered anew from the bottom."""
        if top < self.events:
            return FaultTree(self.events, top, (), (), ())
        found = [tuple(ring) for ring in rings(top, self._gates_below)]
        new = {gate: self.events + place for place, gate in enumerate(gate for ring in found for gate in ring)}
        return FaultTree(
            events=self.events,
            top=new[top],
            at_least=[self.at_least[gate - self.events] for gate in new],
            children=[tuple(new.get(child, child) for child in self.children[gate - self.events]) for gate in new],
            rings=[tuple(new[gate] for gate in ring) for ring in found],
        )

    def _gates_below(self, gate: int) -> Iterable[int]:
        return (child for child in self.below(gate) if child >= self.events)


def _plain(at_least: int, children: Iterable[int]) -> tuple[int, list[int]]:
    """Return a gate without constants, and without twins where one stands for all: in an OR and in an AND."""
    kept = []
    for child in children:
        if child == ALWAYS:
            at_least -= 1
        elif child != NEVER:
            kept.append(child)
    if at_least == 1:
        return 1, sorted(set(kept))
    if at_least == len(kept):
        distinct = sorted(set(kept))
        return len(distinct), distinct
    return at_least, sorted(kept)


def simplified(tree: FaultTree) -> FaultTree:
    """Return a tree of the same meaning that is no larger."""
    for _ in range(_PASSES):
        before = tree.at_least, tree.children
        tree = _rebuilt(tree, _merged)
        tree = _rebuilt(tree, _absorbed)
        if (tree.at_least, tree.children) == before:
            break
    return tree


@dataclass(frozen=True, slots=True)
class _Gate:
    """A gate of the former tree, with ``olds`` as its children there and ``children`` in the new one."""

    at_least: int
    olds: tuple[int, ...]
    children: list[int]
    parents: Counter[int]

    @property
    def kind(self) -> str | None:
        return _kind(self.at_least, len(self.children))


Rule = Callable[[Gates, _Gate], tuple[int, Iterable[int]]]


def _rebuilt(tree: FaultTree, rule: Rule) -> FaultTree:
    """Return the tree with ``rule`` applied to every gate from the bottom up."""
    parents = Counter(child for children in tree.children for child in children)
    gates = Gates(tree.events)
    new: dict[int, int] = {NEVER: NEVER, ALWAYS: ALWAYS, **{event: event for event in range(tree.events)}}
    for ring in tree.rings:
        if is_ring(tree, ring):
            for gate in ring:
                new[gate] = gates.open()
            for gate in ring:
                gates.close(new[gate], tree.needed(gate), [new[child] for child in tree.below(gate)])
        else:
            (gate,) = ring
            below = tree.below(gate)
            new[gate] = gates.of(
                *rule(gates, _Gate(tree.needed(gate), below, [new[child] for child in below], parents))
            )
    return gates.tree(new[tree.top])


def is_ring(tree: FaultTree, ring: Sequence[int]) -> bool:
    """Return whether gates rest on each other, or one on itself."""
    return len(ring) > 1 or ring[0] in tree.below(ring[0])


def _merged(gates: Gates, gate: _Gate) -> tuple[int, Iterable[int]]:
    """Take the children of a child of the same kind that nobody else needs: OR below OR, AND below AND."""
    found: list[int] = []
    for old, child in zip(gate.olds, gate.children, strict=True):
        inner = gates.below(child)
        if inner and gate.kind and gate.parents[old] == 1 and gates.kind(child) == gate.kind:
            found.extend(inner)
        else:
            found.append(child)
    return (len(found) if gate.kind == "and" else gate.at_least), found


def _absorbed(gates: Gates, gate: _Gate) -> tuple[int, Iterable[int]]:
    """Leave out what another child makes needless: ``a or (a and b)`` is a, and so is ``a and (a or b)``."""
    if gate.kind is None:
        return gate.at_least, gate.children
    other = "and" if gate.kind == "or" else "or"
    present = set(gate.children)
    found = []
    for child in gate.children:
        if gates.kind(child) == other and not present.isdisjoint(gates.below(child)):
            # What is left out makes nothing needless any more: two may each imply the other in a ring.
            present.discard(child)
        else:
            found.append(child)
    return (len(found) if gate.kind == "and" else 1), found


def _kind(at_least: int, size: int) -> str | None:
    if at_least == 1:
        return "or"
    return "and" if at_least == size else None
