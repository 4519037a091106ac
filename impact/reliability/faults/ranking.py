"""The most probable minimal risk groups in order, found without looking at the others.

Sets are paths through the diagram of a module's minimal solutions. A path's price is the sum of the negative logarithms
of its components' chances; the price of the cheapest way on from each node is known exactly, so a search that always
takes the path with the least total price meets the sets in the order of their probability and may stop at any time. An
input that is a module itself comes with its own most probable sets, found before. Source: Hart, Nilsson and Raphael, A
formal basis for the heuristic determination of minimum cost paths, 1968.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
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
    # A path is the node it stands at, what it has paid, and its members as a chain of pairs.
    paths: list[tuple[Price, int, int, Price, Chain]] = [(on[solutions.top], 0, solutions.top, _FREE, None)]
    made = 0
    while paths and len(found) < most:
        _, _, node, paid, chain = heappop(paths)
        while node > 1:
            # The cheaper way is walked at once, the others wait with their price.
            steps = [(paid, solutions.low[node], chain)]
            for price, members in offers[solutions.level[node]]:
                steps.append((_both(paid, price), solutions.high[node], (members, chain)))
            steps = [step for step in steps if step[1] != 0]
            best = min(range(len(steps)), key=lambda place: (_both(steps[place][0], on[steps[place][1]]), place))
            for place, (cost, below, longer) in enumerate(steps):
                if place != best:
                    made += 1
                    heappush(paths, (_both(cost, on[below]), made, below, cost, longer))
            paid, node, chain = steps[best]
        if node == 1:
            found.append((paid, tuple(sorted(_members(chain)))))
    return found


Chain = tuple[Events, "Chain"] | None


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
