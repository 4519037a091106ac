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
their own smallest rows. Cost: O(e log e) for e effects touched. Wide ones are found by the compiled twin,
:func:`impact.kernels.walks.paths_walk`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet

from impact.graph.numbers import array_of, arrays_of
from impact.graph.states import States
from impact.graph.structure import ALONE_HARD, ALONE_SOFT, GROUP_HARD, Graph
from impact.kernels.asking import WalkedStates, walked_paths
from impact.kernels.patience import Patience, TooWide

Before = Mapping[int, int | None]
"""For each CI reached the CI before it on its path, None for the first."""

Follows = Callable[[int, int, int, int], bool]


def state_causes(graph: Graph, states: States) -> Before:
    """Return for every CI that is down or degraded the CI before it on its shortest path."""
    ailing = (ci for ci in graph.ailing if ci in states.degraded) if graph.ailing else ()
    first = {*states.failed, *graph.failing, *ailing}
    try:
        return plain_causes(graph, states, first, Patience())
    except TooWide:
        return kernel_paths(graph, states, first, of_state=True)


def losses(graph: Graph, states: States) -> Before:
    """Return every CI with a down CI in its hard cone, each with the CI before it on its shortest path of loss."""
    first = {*states.failed, *graph.failing}
    try:
        return plain_losses(graph, states, first, Patience())
    except TooWide:
        return kernel_paths(graph, states, first, of_state=False)


def kernel_paths(graph: Graph, states: States, first: AbstractSet[int], *, of_state: bool) -> Before:
    """Return the paths of causes, or of loss, by a kernel."""
    groups, lost = arrays_of(states.lost)
    bruised, lost_or_degraded = arrays_of(states.lost_or_degraded)
    known = WalkedStates(array_of(states.down), array_of(states.degraded), groups, lost, bruised, lost_or_degraded)
    reached, before = walked_paths(graph, first, known, of_state=of_state)
    return {ci: None if last < 0 else last for ci, last in zip(reached.tolist(), before.tolist(), strict=True)}


def plain_causes(graph: Graph, states: States, first: AbstractSet[int], patience: Patience) -> Before:
    """Return the paths of causes by plain Python. Raises TooWide."""
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

    return _search(graph, first, follows, patience)


def plain_losses(graph: Graph, states: States, first: AbstractSet[int], patience: Patience) -> Before:
    """Return the paths of loss by plain Python. Raises TooWide."""
    down, lost = states.down, states.lost
    falls_at = graph.falls_at.data

    def follows(ci: int, kind: int, group: int, owner: int) -> bool:
        if kind != ALONE_HARD and kind != GROUP_HARD:
            return False
        if owner not in down:
            return True
        return ci in down and (kind == ALONE_HARD or lost[group] >= falls_at[group])

    return _search(graph, first, follows, patience)


def path_to(before: Before, ci: int) -> list[int]:
    """Return the path that ends at ``ci``, from the failed CI on. ``ci`` must have been reached."""
    path = [ci]
    while (previous := before[path[-1]]) is not None:
        path.append(previous)
    path.reverse()
    return path


def _search(graph: Graph, first: Iterable[int], follows: Follows, patience: Patience) -> Before:
    starts, effects, owners = graph.effect_starts.data, graph.effects.data, graph.owners.data
    queue = sorted(first)
    before: dict[int, int | None] = dict.fromkeys(queue)
    for ci in queue:
        fresh = []
        caused = effects[starts[ci] : starts[ci + 1]].tolist()
        patience.spend(len(caused))
        for effect in caused:
            kind, subject = effect & 3, effect >> 2
            owner = owners[subject] if kind >= GROUP_HARD else subject
            if owner not in before and follows(ci, kind, subject, owner):
                before[owner] = ci
                fresh.append(owner)
        fresh.sort()
        queue.extend(fresh)
    patience.settle()
    return before
