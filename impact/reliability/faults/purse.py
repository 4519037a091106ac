"""
What a question may spend: a number of nodes for all its diagrams together, so that a budget bounds the whole of it.

What counts are the nodes of decision diagrams that are made: those of variables, those that turn out to be needless,
those of an order that is given up, and those of minimal solutions. A diagram that combines functions without making
nodes may do so as often as it may have nodes, in so many steps for each; where that is more, it counts instead. These
are counts and never seconds, so the same question comes to the same end on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NODE_BUDGET = 1 << 24
"""How many nodes a question may make where nobody says how many: some ten seconds of work."""

MOST_NODES = 1 << 24
"""Nobody may ask for more: a single diagram of so many takes half a gigabyte."""

ORDER_MOVES = 1 << 22
"""How often, in a question, the search for a better order may move a node: some seconds of work."""

MOVES_A_NODE = 4
"""Who may make few nodes is not to wait for a search that is longer than making them."""


@dataclass(slots=True)
class Purse:
    """What is left of ``budget`` nodes, and of the moves of the search for orders: fewer for a small budget."""

    budget: int
    left: int = field(init=False)
    moves: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.budget
        self.moves = min(ORDER_MOVES, MOVES_A_NODE * self.budget)

    @property
    def made(self) -> int:
        """How many nodes have been made so far."""
        return self.budget - self.left

    def take(self, nodes: int) -> None:
        """Take off what was made; a diagram never makes more than was left."""
        self.left -= nodes


def purse_of(budget: int | Purse) -> Purse:
    """Return a purse with so many nodes, or the purse that it is."""
    return budget if isinstance(budget, Purse) else Purse(budget)
