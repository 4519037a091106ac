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
Priced = tuple[float, Events]


def most_probable(
    tree: FaultTree, sets: Sequence[Sets], chances: Sequence[float], most: int
) -> list[tuple[Events, float]]:
    """
    Return up to ``most`` minimal cut sets, each with its probability: the most probable first, then the smallest.

    Of sets that are equally probable those that stand first come first; which of them are the last to be returned is
    the same for the same tree.
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
    return sorted(found, key=lambda pair: (-pair[1], len(pair[0]), pair[0]))


def _price(chance: float) -> float:
    return -log(chance) if chance > 0.0 else inf


def _cheapest(sets: Sets, known: Mapping[int, list[Priced]], chances: Sequence[float], most: int) -> list[Priced]:
    """Return the cheapest sets of a module, by price."""
    solutions = sets.solutions
    offers: list[list[Priced]] = [known[e] if e in known else [(_price(chances[e]), (e,))] for e in sets.inputs]
    on = _ways_on(sets, offers)
    found: list[Priced] = []
    # A path is the node it stands at, what it has paid, and its members as a chain of pairs.
    paths: list[tuple[float, int, int, float, Chain]] = [(on[solutions.top], 0, solutions.top, 0.0, None)]
    made = 0
    while paths and len(found) < most:
        _, _, node, paid, chain = heappop(paths)
        while node > 1:
            # The cheaper way is walked at once, the others wait with their price.
            steps = [(paid, solutions.low[node], chain)]
            for price, members in offers[solutions.level[node]]:
                steps.append((paid + price, solutions.high[node], (members, chain)))
            steps = [step for step in steps if step[1] != 0]
            best = min(range(len(steps)), key=lambda place: (steps[place][0] + on[steps[place][1]], place))
            for place, (cost, below, longer) in enumerate(steps):
                if place != best:
                    made += 1
                    heappush(paths, (cost + on[below], made, below, cost, longer))
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


def _ways_on(sets: Sets, offers: Sequence[list[Priced]]) -> dict[int, float]:
    """Return the price of the cheapest way on from each node; none from 0."""
    solutions = sets.solutions
    on = {0: inf, 1: 0.0}
    for node in solutions.nodes():
        first = offers[solutions.level[node]][0][0]
        on[node] = min(on[solutions.low[node]], first + on[solutions.high[node]])
    return on
