"""The fault tree of a service: its own cone cut out of the graph, with k of n kept and rings kept.

The components are those of the cone that may fail by themselves; the service's own is left out, because whatever it
rests on can only matter while the service itself has not failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from impact.graph.states import Spread
from impact.graph.structure import Graph
from impact.reliability.faults.simplification import Gates, simplified
from impact.reliability.faults.tree import ALWAYS, NEVER, FaultTree
from impact.reliability.rest import Fall, Needs, Rest, rest_of


@dataclass(frozen=True, slots=True)
class Cone:
    """What takes a service down beneath itself: a tree, and the CI number of each of its events, ascending."""

    tree: FaultTree
    cis: tuple[int, ...]


def cone_of(graph: Graph, service: int, spread: Spread, also: Iterable[int] = (), known: Needs | None = None) -> Cone:
    """
    Return the cone of ``service`` on top of what is down in ``spread``.

    ``also`` are CIs that are events even if they can not fail by themselves. The top is ALWAYS for a service that is
    down. ``known`` carries what CIs need from one service to the next of the same graph; it changes no answer.
    """
    if service in spread.down:
        return Cone(FaultTree(0, ALWAYS, (), (), ()), ())
    rest = rest_of(graph, service, spread.down, spread.lost, {} if known is None else known)
    taken = set(also) - {service}
    events = sorted((ci, place) for place, ci in enumerate(rest.cis) if rest.fails[place] or ci in taken)
    number = {place: (event,) for event, (_, place) in enumerate(events)}
    tree = tree_of(rest, [number.get(place, ()) for place in range(len(rest.cis))])
    return _trimmed(tree, [ci for ci, _ in events])


def tree_of(rest: Rest, events: Sequence[Sequence[int]]) -> FaultTree:
    """Return the tree of a rest in which any of the ``events`` of a place takes it down (none: it can not fail)."""
    falls = _can_fall(rest, lambda place: bool(events[place]))
    count = max((event for each in events for event in each), default=-1) + 1
    gates = Gates(count)
    nodes = [gates.open() if fall else NEVER for fall in falls]
    for place, node in enumerate(nodes):
        if node != NEVER:
            groups = (
                gates.of(rest.short[group], [nodes[each] for each in rest.members[group]])
                for group in rest.groups[place]
            )
            below = {*(nodes[each] for each in rest.alone[place]), *groups}
            gates.close(node, 1, [*events[place], *sorted(below - {NEVER, node})])
    return simplified(gates.tree(nodes[0])) if nodes[0] != NEVER else FaultTree(count, NEVER, (), (), ())


def _can_fall(rest: Rest, fails: Callable[[int], bool]) -> list[bool]:
    """Return which places are down when all that may fail has failed."""
    fall = Fall.of(rest)
    for place in range(len(rest.cis)):
        if fails(place):
            fall.take(place)
    return fall.down


def _trimmed(tree: FaultTree, cis: Sequence[int]) -> Cone:
    """Return the cone without the events that no longer matter."""
    used = sorted({child for children in tree.children for child in children if child < tree.events})
    if 0 <= tree.top < tree.events:
        used = [tree.top]
    new = {event: place for place, event in enumerate(used)}
    shift = len(used) - tree.events

    def moved(node: int) -> int:
        if node < 0:
            return node
        return new[node] if node < tree.events else node + shift

    return Cone(
        FaultTree(
            events=len(used),
            top=moved(tree.top),
            at_least=tree.at_least,
            children=[tuple(map(moved, children)) for children in tree.children],
            rings=[tuple(map(moved, ring)) for ring in tree.rings],
        ),
        tuple(cis[event] for event in used),
    )
