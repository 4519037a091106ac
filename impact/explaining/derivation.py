"""
The smallest story of a state: which failures, relations and groups alone are enough for it.

A CI that is down or degraded follows from one thing it needs, or from as many members of one group as make it fail; a
story picks one such reason for each CI that occurs. The least fixpoint has one without circles, and the one with the
fewest CIs and gates (counted again wherever they occur) is found by settling CIs in the order of that cost. Source:
Knuth, A generalization of Dijkstra's algorithm, 1977.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from heapq import heappop, heappush
from typing import NamedTuple

from impact.explaining.region import NO_GROUP, Region, Use, region_of
from impact.graph.states import States
from impact.graph.structure import HARD, SOFT, Graph

_MOST_COST = 1 << 60
"""Costs end here: in deep shared stories they would outgrow any number, and beyond this the order is that of ids."""


class Reason(NamedTuple):
    """Why a CI is not up: ``group`` (or :data:`NO_GROUP`) and the CIs below that are enough; none for what failed."""

    group: int
    below: tuple[int, ...]
    soft: bool = False


FAILED = Reason(NO_GROUP, ())

Derivation = Mapping[int, Reason]
"""For each CI of a story, the one asked about first, its reason."""


def derivation_of(graph: Graph, states: States, ci: int, dear: AbstractSet[int] = frozenset()) -> Derivation:
    """
    Return the smallest story of ``ci``, which is not up.

    The failure of a CI of ``dear`` costs more than any other story, so that as few of them as possible are used.
    Cost: O(u log u) for the u relations of all that is not up under it.
    """
    reasons = _settled(graph, region_of(graph, ci, states), states, dear, ci)
    story = [ci]
    seen = {ci}
    for known in story:  # The list grows while it is walked.
        for below in reasons[known].below:
            if below not in seen:
                seen.add(below)
                story.append(below)
    return {known: reasons[known] for known in story}


class _Ways:
    """The reasons found so far, cheapest first, and for each group the members settled so far with what they cost."""

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Reason]] = []
        self.settled: dict[int, list[int]] = {}
        self.spent: dict[int, int] = {}

    def offer(self, cost: int, ci: int, reason: Reason) -> None:
        heappush(self.heap, (min(cost, _MOST_COST), ci, reason))


def _settled(graph: Graph, region: Region, states: States, dear: AbstractSet[int], wanted: int) -> dict[int, Reason]:
    """Return the cheapest reason of every CI of the region that is not up, until that of ``wanted`` is known."""
    ways, reasons = _Ways(), dict[int, Reason]()
    down, degraded = states.down, states.degraded
    failed = frozenset(states.failed)
    for ci in region.cis:
        if ci in failed:
            ways.offer(_MOST_COST >> 20 if ci in dear else 1, ci, FAILED)
    for ci in (*graph.failing, *graph.ailing):
        if ci in region.uses and (ci in down or ci in degraded):
            for group, soft in _short(graph, ci):
                if soft != (ci in down):
                    ways.offer(2, ci, Reason(group, (), soft))
    while ways.heap and wanted not in reasons:
        cost, ci, reason = heappop(ways.heap)
        if ci in reasons:
            continue
        reasons[ci] = reason
        for use in region.uses[ci]:
            if use.owner not in reasons:
                _offer(graph, ways, use, ci, cost)
    return reasons


def _offer(graph: Graph, ways: _Ways, use: Use, ci: int, cost: int) -> None:
    """Offer the reasons of an owner that a CI, just settled, completes."""
    if use.group == NO_GROUP:
        ways.offer(cost + 1, use.owner, Reason(NO_GROUP, (ci,), use.soft))
        return
    members = ways.settled.setdefault(use.group, [])
    members.append(ci)
    spent = ways.spent[use.group] = min(ways.spent.get(use.group, 0) + cost, _MOST_COST)
    if len(members) == int(graph.falls_at[use.group]):
        ways.offer(spent + 2, use.owner, Reason(use.group, tuple(sorted(members)), use.soft))


def _short(graph: Graph, ci: int) -> Iterator[tuple[int, bool]]:
    """Yield the groups of a CI that need more members than they have, and whether each is soft."""
    for group in range(graph.group_starts.data[ci], graph.group_starts.data[ci + 1]):
        strength = int(graph.group_strengths[group])
        if int(graph.falls_at[group]) <= 0 and strength in (HARD, SOFT):
            yield group, strength == SOFT
