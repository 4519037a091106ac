"""A fault tree: which components have to fail together for its top to fail, as gates over events and other gates.

A *node* is a number: events come first, ``0`` to ``events - 1``, gates after them. A gate fails when at least so many
of its children have failed: 1 makes it an OR of failures, as many as it has children an AND. Gates may rest on each
other in a ring; such a tree means its least solution, in which a ring does not fail by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NEVER, ALWAYS = -1, -2
"""Nodes that stand for a constant: what can not fail, and what has failed whatever happens."""


@dataclass(frozen=True, slots=True)
class FaultTree:
    """
    Gates over ``events`` events, ``at_least`` and ``children`` by gate; ``top`` is a node, NEVER or ALWAYS.

    ``rings`` holds the gates below the top in strongly connected rings, each after all it rests on: one gate alone
    where no ring is.
    """

    events: int
    top: int
    at_least: Sequence[int]
    children: Sequence[tuple[int, ...]]
    rings: Sequence[tuple[int, ...]]

    def is_gate(self, node: int) -> bool:
        """Return whether a node is a gate."""
        return node >= self.events

    def below(self, node: int) -> tuple[int, ...]:
        """Return the children of a gate, nothing for an event."""
        return self.children[node - self.events] if node >= self.events else ()

    def needed(self, gate: int) -> int:
        """Return how many children of a gate have to fail."""
        return self.at_least[gate - self.events]
