"""
Which single measure could take every CI that is down out of a service's hard cone, so that it is as if nothing failed.

The recursion is that of :mod:`impact.risk.saving`, over all that rests on something that is down instead of over what
is down itself: a relation hands the loss on unless it does not exist or what it leads to is cleared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from impact.graph.cones import hard_needs
from impact.graph.structure import Graph
from impact.risk.saving import Helping, Measure, Saving, Way


def clearing(graph: Graph, saving: Saving, lost: Collection[int], service: int) -> tuple[frozenset[Measure], int]:
    """
    Return the measures outside of which none clears a service, and how many CIs were looked at.

    ``lost`` are the CIs with one that is down in their hard cone, those that are down themselves among them.

    Raises:
        TooMany: the budget of ``saving`` was spent.
    """
    known: dict[int, Helping] = {}
    leading: dict[int, list[int]] = {}
    stack = [service]
    while stack:
        top = stack[-1]
        if top in known:
            stack.pop()
        elif top in saving.states.down:
            known[top] = saving.of(top)
        elif top in leading:
            known[top] = _all_of(saving, top, leading[top], known)
        else:
            leading[top] = [target for target in _hard_targets(graph, top) if target in lost]
            stack.extend(target for target in leading[top] if target not in known and target not in leading)
    helping = known[service]
    return saving.everything() if helping is None else helping, len(known)


def _all_of(saving: Saving, ci: int, leading: Iterable[int], known: dict[int, Helping]) -> Helping:
    """Return what clears all of a CI's ways to a loss; in a ring what is not known yet counts as cleared."""
    helping: Helping = None
    for target in leading:
        further = known.get(target)
        if further is not None:
            own = further | {Measure(Way.CONFIRM, doubt.first) for doubt in saving.doubts_between(ci, target)}
            helping = own if helping is None else helping & own
    return helping


def _hard_targets(graph: Graph, ci: int) -> list[int]:
    """Return what a CI needs over hard relations and hard groups, each once."""
    alone, groups = hard_needs(graph, ci)
    return list(dict.fromkeys((*alone, *(member for _, members in groups for member in members))))
