"""From a derivation to the graph of at most twelve nodes: gates as nodes, what is alike merged, the rest between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from cmdb.model.explanation import Node, NodeKind, NodeState, Story
from impact.explaining.derivation import Derivation
from impact.explaining.region import NO_GROUP
from impact.graph.states import States
from impact.graph.structure import HARD, Graph

MOST_NODES = 12
LONGEST_ROW = 5

Key = tuple[bool, int]
"""A gate (True) by its group, a CI (False) by its number."""


@dataclass(slots=True)
class Outline:
    """
    A story CI by CI and gate by gate: each with what it stands on, the service first.

    ``failed`` failed by themselves; ``points`` would stop the service and still stand. With ``whole`` a member of a
    hard group counts only while it does not run with less.
    """

    graph: Graph
    states: States
    failed: frozenset[int]
    whole: bool = False
    points: frozenset[int] = frozenset()
    below: dict[Key, list[Key]] = field(default_factory=dict)

    def derive(self, derivation: Derivation) -> None:
        """Add the story of a derivation."""
        for ci, reason in derivation.items():
            self.step(ci, reason.group, reason.below)
            for low in reason.below:
                self.below.setdefault((False, low), [])

    def step(self, ci: int, group: int, below: Iterable[int]) -> None:
        """Add that a CI stands on others, by a group or (:data:`NO_GROUP`) alone."""
        on = self.below.setdefault((False, ci), [])
        if group != NO_GROUP:
            gate = (True, group)
            on += [gate] if gate not in on else []
            on = self.below.setdefault(gate, [])
        known = set(on)
        on += [(False, low) for low in below if (False, low) not in known]

    @property
    def cis(self) -> list[int]:
        return [number for is_gate, number in self.below if not is_gate]

    def lost(self, group: int) -> int:
        """Return how many members a group can no longer count on."""
        lost = self.states.lost.get(group, 0)
        if self.whole and self.graph.group_strengths[group] == HARD:
            return self.states.lost_or_degraded.get(group, lost)
        return lost

    def state(self, ci: int) -> NodeState:
        """Return the state of a CI, told apart by whether it failed itself."""
        if ci in self.failed:
            return NodeState.FAILED
        if ci in self.states.down:
            return NodeState.DOWN
        return NodeState.DEGRADED if ci in self.states.degraded else NodeState.UP

    def gate_state(self, group: int) -> NodeState:
        """Return whether a group failed, and how: by members that are down, or by such that run with less as well."""
        falls_at = int(self.graph.falls_at[group])
        if self.lost(group) < falls_at:
            return NodeState.UP
        hard = int(self.graph.group_strengths[group]) == HARD
        return NodeState.DOWN if hard and self.states.lost.get(group, 0) >= falls_at else NodeState.DEGRADED


def story_of(outline: Outline, left: int) -> Story:
    """Return the outline as a graph of at most :data:`MOST_NODES` nodes."""
    layer = _layers(outline)
    for merged in _merged(outline, layer):
        if len(merged) <= MOST_NODES and _fits(merged, layer):
            return _story(outline, layer, merged, left)
    raise AssertionError("three nodes are always enough")


def _fits(merged: Sequence[Sequence[Key]], layer: dict[Key, int]) -> bool:
    """Tell whether no row is too long to be read, as long as merging what is alike may help."""
    if any(len(node) > 1 for node in merged):
        return True
    rows = Counter(layer[node[0]] for node in merged)
    return max(rows.values()) <= LONGEST_ROW


def _layers(outline: Outline) -> dict[Key, int]:
    """Return for each CI and gate the longest way down from it; what failed is at 0."""
    layer: dict[Key, int] = {}
    pending = list(outline.below)
    waiting = {key: len(below) for key, below in outline.below.items()}
    above: dict[Key, list[Key]] = {key: [] for key in pending}
    for key, below in outline.below.items():
        for low in below:
            above[low].append(key)
    ready = [key for key in pending if not waiting[key]]
    for key in ready:  # The list grows while it is walked.
        layer[key] = max((layer[low] + 1 for low in outline.below[key]), default=0)
        for high in above[key]:
            waiting[high] -= 1
            if not waiting[high]:
                ready.append(high)
    return layer


def _merged(outline: Outline, layer: dict[Key, int]) -> Iterable[list[list[Key]]]:
    """Yield ways to put the keys into nodes, each coarser than the one before; the last has three nodes at most."""
    # The service stands above all else, so it is first.
    keys = sorted(layer, key=lambda key: (-layer[key], key))
    yield [[key] for key in keys]
    yield _alike(outline, keys, layer, exact=True)
    yield _alike(outline, keys, layer, exact=False)
    top = layer[keys[0]]
    for most in range(2, top):
        yield _lumped(outline, keys, layer, most)
    by_row = [[key for key in keys if low <= layer[key] <= high] for low, high in ((top, top), (1, top - 1), (0, 0))]
    yield [row for row in by_row if row]


def _alike(outline: Outline, keys: Sequence[Key], layer: dict[Key, int], *, exact: bool) -> list[list[Key]]:
    """Return the keys with those of one row and kind together; ``exact``: only what stands on the same nodes."""
    node_of: dict[Key, Hashable] = {}
    nodes: dict[Hashable, list[Key]] = {}
    for key in sorted(keys, key=lambda key: layer[key]):
        on = frozenset(node_of[low] for low in outline.below[key]) if exact else None
        alike = (layer[key], _kind(outline, key), on)
        nodes.setdefault(alike, []).append(key)
        node_of[key] = alike
    place = {key: at for at, key in enumerate(keys)}
    return sorted((sorted(node, key=place.__getitem__) for node in nodes.values()), key=lambda node: place[node[0]])


def _lumped(outline: Outline, keys: Sequence[Key], layer: dict[Key, int], most: int) -> list[list[Key]]:
    """Return the keys merged coarsely, with the rows from 1 to ``most`` as one node."""
    return [
        *_alike(outline, [key for key in keys if layer[key] > most], layer, exact=False),
        [key for key in keys if 1 <= layer[key] <= most],
        *_alike(outline, [key for key in keys if not layer[key]], layer, exact=False),
    ]


def _kind(outline: Outline, key: Key) -> tuple[Hashable, ...]:
    is_gate, number = key
    graph = outline.graph
    if is_gate:
        members = len(graph.members(number))
        return (True, int(graph.needs[number]), members, outline.lost(number), outline.gate_state(number))
    return (False, int(graph.class_codes[number]), outline.state(number))


def _story(outline: Outline, layer: dict[Key, int], merged: Sequence[Sequence[Key]], left: int) -> Story:
    node_of = {key: place for place, keys in enumerate(merged) for key in keys}
    edges = {
        (node_of[high], node_of[low])
        for high, below in outline.below.items()
        for low in below
        if node_of[high] != node_of[low]
    }
    return Story(tuple(_node(outline, layer, keys) for keys in merged), tuple(sorted(edges)), left)


def _node(outline: Outline, layer: dict[Key, int], keys: Sequence[Key]) -> Node:
    graph = outline.graph
    kinds = {(layer[key], _kind(outline, key)) for key in keys}
    cis = [number for is_gate, number in keys if not is_gate]
    ids, points = graph.ids_of(sorted(cis)), len(outline.points.intersection(cis))
    if len(kinds) > 1:
        worst = min((outline.state(ci) for ci in cis), key=list(NodeState).index, default=NodeState.UP)
        groups = tuple(_name(graph, number) for is_gate, number in keys if is_gate)
        return Node(NodeKind.MIXED, ids, worst, groups=groups, points=points)
    if cis:
        ci_class = graph.classes[graph.class_codes[cis[0]]]
        return Node(NodeKind.CI, ids, outline.state(cis[0]), ci_class, points=points)
    gates = sorted(number for _, number in keys)
    first = gates[0]
    return Node(
        kind=NodeKind.GATE,
        ids=graph.ids_of(int(graph.owners[group]) for group in gates),
        state=outline.gate_state(first),
        groups=tuple(_name(graph, group) for group in gates),
        needs=int(graph.needs[first]),
        members=len(graph.members(first)),
        lost=outline.lost(first),
    )


def _name(graph: Graph, group: int) -> str:
    return graph.group_names[int(graph.group_name_codes[group])]
