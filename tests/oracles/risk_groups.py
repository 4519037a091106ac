"""Minimal risk groups (minimal cut sets) of a service by trying sets of CIs by size, the smaller ones first.

Never in a group: the service itself, a CI whose unavailability is exactly 0, a CI that has failed already. When the
service is down already, the one minimal group is the empty one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from fractions import Fraction
from itertools import combinations
from math import prod

from tests.oracles.every_state import EveryState
from tests.oracles.impact import can_fail


def risk_groups(items: dict, needs: dict, service: str, failed: Collection = ()) -> set[frozenset]:
    """Return the minimal sets of further failures that stop ``service`` with ``failed`` failed."""
    every = EveryState(items, needs, service, failed)
    candidates = [ci for ci in every.variables if ci != service and ci not in failed and can_fail(items, ci)]
    return smallest_stops(every, candidates, failed)


def smallest_stops(every: EveryState, candidates: Collection, failed: Collection = ()) -> set[frozenset]:
    """
    Return the minimal sets of ``candidates`` that stop the service on top of ``failed``.

    A further failure never helps, so a set is minimal when it stops the service and does not with any one left out.
    """
    stops = format(every.down[every.service], f"0{every.states}b")[::-1]
    base = every.state(failed)
    bits = {1 << every.place[ci]: ci for ci in candidates}
    found = set()
    for size in range(len(bits) + 1):
        for chosen in combinations(bits, size):
            state = base | sum(chosen)
            if stops[state] == "1" and all(stops[state & ~bit] == "0" for bit in chosen):
                found.add(frozenset(bits[bit] for bit in chosen))
    return found


def sizes(groups: Iterable[frozenset]) -> dict[int, int]:
    """Return how many groups there are of each size, the smallest first."""
    return dict(sorted(Counter(map(len, groups)).items()))


def product_of(items: dict, group: Iterable) -> Fraction:
    """Return the product of the unavailabilities; one that is not known counts as 0, and the empty product is 1."""
    return prod((Fraction(items[ci].get("unavailability") or 0) for ci in group), start=Fraction(1))


def most_probable(items: dict, groups: Iterable[frozenset], count: int) -> list[tuple[Fraction, set[frozenset]]]:
    """
    Return the ``count`` most probable groups as levels (product, all groups that have it), the most probable first.

    Groups of one level are tied. The last level may reach beyond ``count``: whichever of it fill up the number will do.
    """
    levels: dict = {}
    for group in groups:
        levels.setdefault(product_of(items, group), set()).add(group)
    found: list = []
    for chance in sorted(levels, reverse=True):
        if sum(len(tied) for _, tied in found) >= count:
            break
        found.append((chance, levels[chance]))
    return found


def is_most_probable(items: dict, groups: Iterable[frozenset], count: int, answer: list) -> bool:
    """Return whether ``answer`` is ``count`` most probable groups (all if there are fewer) in order, ties any way."""
    told, groups = [frozenset(group) for group in answer], list(groups)
    best = sorted((product_of(items, group) for group in groups), reverse=True)[:count]
    return len(set(told)) == len(told) and set(told) <= set(groups) and best == [product_of(items, g) for g in told]


def added(items: dict, needs: dict, service: str, targets: Collection, failed: Collection = ()) -> set[frozenset]:
    """
    Return what a change adds: the minimal risk groups with its targets down that were none with ``failed`` alone.

    Such a group did not stop the service before either: a minimal one inside it would be there still.
    """
    now = risk_groups(items, needs, service, {*failed, *targets})
    return now - risk_groups(items, needs, service, failed)
