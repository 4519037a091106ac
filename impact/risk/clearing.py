"""
Which single measure could take every CI that is down out of a service's hard cone, so that it is as if nothing failed.

The recursion is that of :mod:`impact.risk.saving`, over all that rests on something that is down instead of over what
is down itself: a relation hands the loss on unless it does not exist or what it leads to is cleared.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from impact.graph.cones import hard_cone, hard_needs
from impact.graph.structure import Graph
from impact.risk.saving import Helping, Measure, Saving, Way


def clearing(graph: Graph, saving: Saving, service: int) -> tuple[frozenset[Measure], int]:
    """
    Return the measures outside of which none clears a service, and how many CIs were looked at.

    Raises:
        TooMany: the budget of ``saving`` was spent.
    """
    cone = hard_cone(graph, [service])
    below = {ci: _hard_targets(graph, ci) for ci in cone}
    lost = _lost(below, saving.states.down)
    known: dict[int, Helping] = {ci: saving.of(ci) for ci in cone if ci in saving.states.down}
    begun: set[int] = set()
    stack = [service]
    while stack:
        top = stack[-1]
        if top in known:
            stack.pop()
            continue
        leading = [target for target in below[top] if target in lost]
        if top in begun:
            known[top] = _all_of(saving, top, leading, known)
            stack.pop()
        else:
            begun.add(top)
            stack.extend(target for target in leading if target not in known and target not in begun)
    helping = known[service]
    return saving.everything() if helping is None else helping, len(cone)


def _lost(below: dict[int, list[int]], down: AbstractSet[int]) -> set[int]:
    """Return the CIs of a cone that are down or rest on one that is."""
    above: dict[int, list[int]] = {}
    for ci, targets in below.items():
        for target in targets:
            above.setdefault(target, []).append(ci)
    work = [ci for ci in below if ci in down]
    lost = set(work)
    for ci in work:  # The list grows while it is walked.
        for owner in above.get(ci, ()):
            if owner not in lost:
                lost.add(owner)
                work.append(owner)
    return lost


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
