"""Why a CI is in its state, or why a service lost a spare: one shortest path from a failed CI to it.

A path is a row of CIs, each next one depending on the one before. Its first CI has failed (or is down or degraded with
nothing failed at all, because a group of its own needs more members than it has). A step from y to x is a *cause*:

- x is down (and has not failed itself): a relation outside any group is hard and y is down; or y is a down member of a
  hard group of x that has failed, which is one with fewer than ``needs`` members that are not down;
- x is degraded: a relation outside any group is soft and y is down, or is hard and y is degraded; or y is a down member
  of a soft group of x that has failed; or y is a down or degraded member of a hard group of x that has fewer than
  ``needs`` members neither down nor degraded.

All of it reads the final states, not the order in which they came about. For a *loss* the path goes over causes as long
as CIs are down, then over any hard relation and any hard group, to CIs that are not down: the spare that is gone.

Of all paths with the fewest CIs the reason is the smallest row of ids, compared id by id from the failed CI on. A first
in, first out search over sorted neighbours finds exactly that one: CIs of one distance leave the queue in the order of
their own smallest rows. Cost: O(e log e) for e effects touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from impact.graph.states import States
from impact.graph.structure import ALONE_HARD, ALONE_SOFT, GROUP_HARD, Graph

Before = Mapping[int, int | None]
"""For each CI reached the CI before it on its path, None for the first."""

Follows = Callable[[int, int, int, int], bool]


def state_causes(graph: Graph, states: States) -> Before:
    """Return for every CI that is down or degraded the CI before it on its shortest path."""
    down, degraded, lost, counts = states.down, states.degraded, states.lost, states.lost_or_degraded
    falls_at = graph.falls_at.data

    def follows(ci: int, kind: int, group: int, owner: int) -> bool:
        ci_down = ci in down
        if owner in down:
            if not ci_down:
                return False
            return kind == ALONE_HARD or (kind == GROUP_HARD and lost[group] >= falls_at[group])
        if owner not in degraded:
            return False
        if kind == ALONE_HARD:
            return not ci_down
        if kind == ALONE_SOFT:
            return ci_down
        if kind == GROUP_HARD:
            return counts.get(group, lost.get(group, 0)) >= falls_at[group]
        return ci_down and lost[group] >= falls_at[group]

    ailing = (ci for ci in graph.ailing if ci in degraded)
    return _search(graph, {*states.failed, *graph.failing, *ailing}, follows)


def losses(graph: Graph, states: States) -> Before:
    """Return every CI with a down CI in its hard cone, each with the CI before it on its shortest path of loss."""
    down, lost = states.down, states.lost
    falls_at = graph.falls_at.data

    def follows(ci: int, kind: int, group: int, owner: int) -> bool:
        if kind != ALONE_HARD and kind != GROUP_HARD:
            return False
        if owner not in down:
            return True
        return ci in down and (kind == ALONE_HARD or lost[group] >= falls_at[group])

    return _search(graph, {*states.failed, *graph.failing}, follows)


def path_to(before: Before, ci: int) -> list[int]:
    """Return the path that ends at ``ci``, from the failed CI on. ``ci`` must have been reached."""
    path = [ci]
    while (previous := before[path[-1]]) is not None:
        path.append(previous)
    path.reverse()
    return path


def _search(graph: Graph, first: Iterable[int], follows: Follows) -> Before:
    starts, effects, owners = graph.effect_starts.data, graph.effects.data, graph.owners.data
    queue = sorted(first)
    before: dict[int, int | None] = dict.fromkeys(queue)
    for ci in queue:
        fresh = []
        for effect in effects[starts[ci] : starts[ci + 1]].tolist():
            kind, subject = effect & 3, effect >> 2
            owner = owners[subject] if kind >= GROUP_HARD else subject
            if owner not in before and follows(ci, kind, subject, owner):
                before[owner] = ci
                fresh.append(owner)
        fresh.sort()
        queue.extend(fresh)
    return before
