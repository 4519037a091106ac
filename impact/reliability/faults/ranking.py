"""The most probable minimal risk groups in order, found without looking at the others.

Sets are paths through the diagram of a module's minimal solutions. A path's price is the sum of the negative logarithms
of its components' chances; the price of the cheapest way on from each node is known exactly, so a search that always
takes the path with the least total price meets the sets in the order of their probability and may stop at any time. An
input that is a module itself comes with its own most probable sets, found before. Source: Hart, Nilsson and Raphael, A
formal basis for the heuristic determination of minimum cost paths, 1968.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush, nsmallest
from math import inf, log, prod

from impact.reliability.faults.counting import Sets
from impact.reliability.faults.tree import ALWAYS, NEVER, FaultTree

Events = tuple[int, ...]
Price = tuple[int, float, int]
"""How many components have no chance that is known and above 0, the price of the others, and how many they are."""

Priced = tuple[Price, Events]
_FREE: Price = (0, 0.0, 0)
_NO_WAY: Price = (1 << 60, inf, 0)


def most_probable(
    tree: FaultTree, sets: Sequence[Sets], chances: Sequence[float], most: int
) -> list[tuple[Events, float]]:
    """
    Return up to ``most`` minimal cut sets, each with its probability: the most probable first, then the smallest.

    A component without a chance (0, or nobody knows it) makes a set less probable than any that has fewer such. Of sets
    that are equally probable the smaller ones come first; which of the others are the last to be returned is the same
    for the same tree.
    """
    if most <= 0 or tree.top == NEVER:
        return []
    if tree.top < tree.events:
        only: Events = () if tree.top == ALWAYS else (tree.top,)
        return [(only, prod(chances[event] for event in only))]
    known: dict[int, list[Priced]] = {}
    for each in sets:
        known[each.gate] = _cheapest(each, known, chances, most)
    found = [(members, prod(chances[event] for event in members)) for _, members in known[tree.top]]
    unknown = {event for event, chance in enumerate(chances) if not chance > 0.0}
    return sorted(found, key=lambda pair: (len(unknown.intersection(pair[0])), -pair[1], len(pair[0]), pair[0]))


def _price(chance: float) -> Price:
    return (0, -log(chance), 1) if chance > 0.0 else (1, 0.0, 1)


def _both(one: Price, other: Price) -> Price:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _cheapest(sets: Sets, known: Mapping[int, list[Priced]], chances: Sequence[float], most: int) -> list[Priced]:
    """Return the cheapest sets of a module, by price."""
    solutions = sets.solutions
    offers: list[list[Priced]] = [known[e] if e in known else [(_price(chances[e]), (e,))] for e in sets.inputs]
    on = _ways_on(sets, offers)
    found: list[Priced] = []
    waiting = _Waiting(most)
    waiting.add(on[solutions.top], solutions.top, -1, _FREE, None)
    while len(found) < most and (path := waiting.next()) is not None:
        _, _, node, offer, paid, chain = path
        while node > 1 or offer >= 0:
            low, high = solutions.low[node], solutions.high[node]
            of_node = offers[solutions.level[node]]
            without = _both(paid, on[low])
            # The cheaper way is walked at once, the other waits with its price; so does the next offer of the node.
            if offer < 0:
                if without <= _both(_both(paid, of_node[0][0]), on[high]):
                    waiting.add(_both(_both(paid, of_node[0][0]), on[high]), node, 0, paid, chain)
                    node = low
                    continue
                offer = 0
                waiting.add(without, low, -1, paid, chain)
            if offer + 1 < len(of_node):
                waiting.add(_both(_both(paid, of_node[offer + 1][0]), on[high]), node, offer + 1, paid, chain)
            price, members = of_node[offer]
            paid, node, offer, chain = _both(paid, price), high, -1, (members, chain)
        if node == 1:
            found.append((paid, tuple(sorted(_members(chain)))))
    return found


Chain = tuple[Events, "Chain"] | None

Path = tuple[Price, int, int, int, Price, Chain]
"""
The price of the cheapest set it leads to, a number, and the node it stands at; the offer it takes there (-1: any way
on), what it has paid, and its members as a chain of pairs.
"""


class _Waiting:
    """Paths that wait. Each leads to a set of its own, so never more are needed than sets are wanted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._paths: list[Path] = []
        self._made = 0
        self._dearest = _NO_WAY

    def add(self, price: Price, node: int, offer: int, paid: Price, chain: Chain) -> None:
        """Let a path wait, if it leads anywhere and may be needed."""
        if price < self._dearest:
            self._made += 1
            heappush(self._paths, (price, self._made, node, offer, paid, chain))
            if len(self._paths) > 2 * self._most:
                self._paths = nsmallest(self._most, self._paths)
                self._dearest = self._paths[-1][0]

    def next(self) -> Path | None:
        """Return the path that leads to the cheapest set, None where none is left."""
        return heappop(self._paths) if self._paths else None


def _members(chain: Chain) -> list[int]:
    members: list[int] = []
    while chain is not None:
        events, chain = chain
        members.extend(events)
    return members


def _ways_on(sets: Sets, offers: Sequence[list[Priced]]) -> dict[int, Price]:
    """Return the price of the cheapest way on from each node; none from 0."""
    solutions = sets.solutions
    on = {0: _NO_WAY, 1: _FREE}
    for node in solutions.nodes():
        first = offers[solutions.level[node]][0][0]
        on[node] = min(on[solutions.low[node]], _both(first, on[solutions.high[node]]))
    return on
