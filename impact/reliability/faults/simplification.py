"""Making a fault tree smaller without changing what it means: constants, twins, chains of one kind, absorption.

ORs that rest on each other through ORs alone fail together: each implies the next. They are made one before anything
else, so a ring of plain dependencies costs no more than a chain; other rings are left as they are, but for constants.
Source: the preprocessing of fault trees as in Rauzy, Toward an efficient implementation of the MOCUS algorithm, 2003,
and Rakhimov, SCRAM, 2018.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
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
    """Return a tree of the same meaning that is no larger. Cost: linear in its children, for each pass."""
    tree = _united(tree)
    for number in range(_PASSES):
        before = tree.at_least, tree.children
        inlined = _inlined(tree)
        if inlined or not number:
            tree = _rebuilt(tree, _plainly, inlined)
        tree = _rebuilt(tree, _absorbed)
        if (tree.at_least, tree.children) == before:
            break
    return tree


def _united(tree: FaultTree) -> FaultTree:
    """Return the tree with ORs that rest on each other through ORs alone as one gate each."""
    leader: dict[int, int] = {}
    for ring in tree.rings:
        for knot in _knots(tree, ring) if is_ring(tree, ring) else ():
            leader.update(dict.fromkeys(knot, knot[0]))
    if not leader:
        return tree
    gates = Gates(tree.events)
    new = {NEVER: NEVER, ALWAYS: ALWAYS, **{event: event for event in range(tree.events)}}
    below: dict[int, list[int]] = {}
    for gate in (gate for ring in tree.rings for gate in ring):
        first = leader.get(gate, gate)
        new[gate] = new[first] if first in new else gates.open()
        new[first] = new[gate]
        below.setdefault(first, []).extend(tree.below(gate))
    for gate, children in below.items():
        at_least, found = tree.needed(gate), [new[child] for child in children]
        if gate in leader:
            found = sorted({child for child in found if child != new[gate]})
        gates.close(new[gate], at_least, found)
    return gates.tree(new[tree.top])


def _knots(tree: FaultTree, ring: Sequence[int]) -> Iterator[list[int]]:
    """Yield those gates of a ring that need each other through ORs alone, ascending."""
    inside, outside = set(ring), -1

    def below(gate: int) -> Iterable[int]:
        if gate == outside:
            return ring
        return (child for child in tree.below(gate) if child in inside) if tree.needed(gate) == 1 else ()

    return (knot for knot in rings(outside, below) if len(knot) > 1)


@dataclass(frozen=True, slots=True)
class _Gate:
    """A gate in the making: so many of ``children``, which are nodes of the new tree."""

    at_least: int
    children: list[int]

    @property
    def kind(self) -> str | None:
        return _kind(self.at_least, len(self.children))


Rule = Callable[[Gates, _Gate], tuple[int, Iterable[int]]]


def _rebuilt(tree: FaultTree, rule: Rule, inlined: AbstractSet[int] = frozenset()) -> FaultTree:
    """Return the tree with ``rule`` applied to every gate from the bottom up, but for those that are ``inlined``."""
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
            if gate not in inlined:
                below = _below(tree, gate, inlined)
                at_least = tree.needed(gate)
                if at_least == len(tree.below(gate)) > 1:
                    at_least = len(below)
                new[gate] = gates.of(*rule(gates, _Gate(at_least, [new[child] for child in below])))
    return gates.tree(new[tree.top])


def _inlined(tree: FaultTree) -> set[int]:
    """
    Return the gates that the only gate that needs them can do without, because it is of the same kind: OR below OR.

    Their children become its own, at once for a whole chain of such gates.
    """
    parents = Counter(child for children in tree.children for child in children)
    found: set[int] = set()
    for ring in tree.rings:
        if not is_ring(tree, ring):
            (gate,) = ring
            kind = _kind_of(tree, gate)
            if kind is not None:
                found.update(
                    child
                    for child in tree.below(gate)
                    if tree.is_gate(child) and parents[child] == 1 and _kind_of(tree, child) == kind
                )
    return found - {gate for ring in tree.rings if is_ring(tree, ring) for gate in ring}


def _below(tree: FaultTree, gate: int, inlined: AbstractSet[int]) -> list[int]:
    """Return the children of a gate, with those of an inlined child in its place."""
    found: list[int] = []
    stack = [iter(tree.below(gate))]
    while stack:
        for child in stack[-1]:
            if child in inlined:
                stack.append(iter(tree.below(child)))
                break
            found.append(child)
        else:
            stack.pop()
    return found


def _kind_of(tree: FaultTree, gate: int) -> str | None:
    return _kind(tree.needed(gate), len(tree.below(gate)))


def is_ring(tree: FaultTree, ring: Sequence[int]) -> bool:
    """Return whether gates rest on each other, or one on itself."""
    return len(ring) > 1 or ring[0] in tree.below(ring[0])


def _plainly(gates: Gates, gate: _Gate) -> tuple[int, Iterable[int]]:  # noqa: ARG001
    return gate.at_least, gate.children


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
