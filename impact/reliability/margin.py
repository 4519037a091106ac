"""The margin of a service: how many further failures take it down, exactly where a stated budget allows it.

A CI that may fail by itself costs one failure. What can not (the service itself, a CI with unavailability exactly 0)
costs the least of its needs: that of a hard target outside groups, or of a group, for which enough members must go.
Members whose cones share nothing that can fail are independent modules, and their costs add up: the cheapest
combination is found by dynamic programming over modules. Members that share something are searched together
(:mod:`impact.reliability.search`). Needs are worked upwards, each after what it rests on; needs that form a cycle get
bounds from rounds of the same rule, and what stays open is settled by one search over the whole cone.

Finding the smallest set is NP-hard, so a service may visit ``MARGIN_BUDGET`` CIs. When they are spent the margin has
``low < high``: no fewer than ``low`` failures do it, and ``high`` are known that do. Source: modules as in Chatterjee,
Modularization of fault trees, 1975; a cut as in Barlow and Proschan, Statistical Theory of Reliability, 1975.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from impact.graph.structure import Graph
from impact.reliability.costs import Costs
from impact.reliability.rest import Fall, Needs, Rest, needs_of, rest_of
from impact.reliability.search import Bounds, Budget, fewest

MARGIN_BUDGET = 50_000
"""How many CIs the search for one service's margin may visit."""

_TRIMS = 30


@dataclass(frozen=True, slots=True)
class Margin:
    """At least ``low`` and at most ``high`` further failures take the service down; None for both: nothing does."""

    low: int | None
    high: int | None

    @property
    def exact(self) -> bool:
        """Whether the margin is known exactly: the budget sufficed."""
        return self.low == self.high


NOTHING_DOES = Margin(None, None)


def margin_of(
    graph: Graph,
    service: int,
    down: AbstractSet[int],
    lost: Mapping[int, int],
    *,
    known: Needs | None = None,
    budget: int = MARGIN_BUDGET,
) -> Margin:
    """
    Return the margin of ``service`` while the CIs ``down`` are down and groups have ``lost`` members by that.

    ``known`` may carry what CIs need from one service to the next of the same graph; it changes no answer.
    """
    if service in down:
        return Margin(0, 0)
    known = {} if known is None else known
    if _has_direct_single_point(graph, service, down, lost, known):
        return Margin(1, 1)
    rest = rest_of(graph, service, down, lost, known)
    everything = _everything(rest)
    if everything is None:
        return NOTHING_DOES
    purse = Budget(budget)
    bounds = Costs(rest, purse).of_service() or Bounds(1, everything)
    if not bounds.exact:
        bounds = fewest(rest, [0], 1, Bounds(bounds.low, _trimmed(rest, bounds.cut)), purse)
    return Margin(bounds.low, bounds.high)


def _has_direct_single_point(
    graph: Graph, service: int, down: AbstractSet[int], lost: Mapping[int, int], known: Needs
) -> bool:
    """Return whether a direct need of the service is a single point: most often so, and no cone need be cut out."""
    alone, groups = needs_of(graph, service, known)
    lasts = (members for group, members in groups if graph.falls_at[group] - lost.get(group, 0) == 1)
    targets = (target for targets in (alone, *lasts) for target in targets if target not in down)
    return any(target != service and graph.can_fail(target) for target in targets)


def _everything(rest: Rest) -> frozenset[int] | None:
    """Return all that may fail, or None when even that does not take the service down."""
    everything = frozenset(place for place, fails in enumerate(rest.fails) if fails)
    fall = Fall.of(rest)
    for place in sorted(everything):
        fall.take(place)
    return everything if fall.down[0] else None


def _trimmed(rest: Rest, cut: frozenset[int]) -> frozenset[int]:
    """
    Return a part of ``cut`` that still takes the service down and of which no CI can be spared.

    A CI at which the service falls when the set is failed one by one is needed; with it the CIs before it are enough.
    After ``_TRIMS`` needed CIs the others are left as they are.
    """
    needed: list[int] = []
    others = sorted(cut)
    for _ in range(_TRIMS):
        fall = Fall.of(rest)
        for place in needed:
            fall.take(place)
        if fall.down[0]:
            return frozenset(needed)
        last = 0
        while not fall.down[0]:
            fall.take(others[last])
            last += 1
        needed.append(others[last - 1])
        del others[last - 1 :]
    return frozenset([*needed, *others])
