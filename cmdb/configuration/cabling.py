"""
The wires between switches: which of them every interface hangs on, and what lies between two of them.

Whatever all ways between two switches have in common is needed; in between there are parts of the network that can be
crossed in several ways, of which one is enough. Those are the bridges, cut points and blocks of the graph of cables.
In a part of many switches, as a fabric is, whoever has one way into it is taken to reach all of it: so what is told
grows with the switches, and not with their pairs.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # It takes longer to import than a small command may take.
    import networkx as nx

MOST_WAYS = 4
"""So many ways through a part of the network are told, the shortest first, none of them with a thing of another."""
MOST_SWITCHES = 12
"""In a part of the network of more switches only the ways into it are told."""
MOST_PLACES = 4
"""So many switches an interface made of several is taken to hang on."""

Way = tuple[str, ...]


class _Step(NamedTuple):
    """From one node to another across a block, by its number."""

    block: int
    here: str
    there: str


class Between(NamedTuple):
    """
    ``needed`` are the CIs that every way has, in order; of each of the ``choices`` one way is enough.

    ``entries`` are the switches (or ports) from which a large part of the network has to be entered, each with the ways
    into it, of which one is enough.
    """

    needed: Way
    choices: tuple[tuple[Way, ...], ...]
    entries: tuple[tuple[str, tuple[Way, ...]], ...] = ()


class Cabling:
    """
    Cables between interfaces, as they were heard.

    ``owners`` tell whose part an interface is, ``switches`` which owners pass frames on from port to port, ``below`` of
    which interfaces another is made.
    """

    def __init__(
        self,
        cables: Iterable[tuple[str, str]],
        owners: Mapping[str, str],
        switches: frozenset[str],
        below: Mapping[str, Sequence[str]],
    ) -> None:
        self._owners, self._switches, self._below = owners, switches, below
        self._ends: dict[str, set[str]] = defaultdict(set)
        for one, other in cables:
            self._ends[one].add(other)
            self._ends[other].add(one)
        self._places: dict[str, tuple[str, ...]] = {}
        self._known: dict[tuple[str, str], Between | None] = {}
        self._graph: nx.Graph[str] | None = None
        self._blocks: list[set[str]] = []
        self._above: dict[str, _Step | None] = {}
        self._large: frozenset[int] = frozenset()

    def place(self, interface: str) -> tuple[str, ...]:
        """Return the switches an interface is a part of or hangs on, sorted; none where that is not known."""
        if interface not in self._places:
            self._places[interface] = tuple(sorted(self._switches_at(interface))[:MOST_PLACES])
        return self._places[interface]

    def _switches_at(self, interface: str) -> set[str]:
        found, seen, waiting = set(), {interface}, deque([interface])
        while waiting:
            here = waiting.popleft()
            if self._owners.get(here) in self._switches:
                found.add(self._owners[here])
                continue
            near = set(self._below.get(here, ()))
            near |= {end for end in self._ends.get(here, ()) if self._owners.get(end) in self._switches}
            waiting.extend(near - seen)
            seen |= near
        return found

    def between(self, one: str, other: str) -> Between | None:
        """Return what lies between two switches, without themselves; None where no way between them is known."""
        ends = (one, other) if one < other else (other, one)
        if ends not in self._known:
            self._known[ends] = self._find(*ends)
        return self._known[ends]

    def _find(self, one: str, other: str) -> Between | None:
        if self._graph is None:
            self._graph = self._wires()
            self._blocks, self._above = _blocks_of(self._graph)
            counted = enumerate(len(block & self._switches) for block in self._blocks)
            self._large = frozenset(number for number, count in counted if count > MOST_SWITCHES)
        steps = _steps(self._above, one, other)
        if not steps:
            return None
        choices, entries = [], []
        for block, here, there in steps:
            if self._graph.has_edge(here, there):
                continue
            if block in self._large:
                entries += [(each, self._entry(block, each)) for each in (here, there)]
            else:
                choices.append(self._ways(block, here, there))
        return Between(tuple(here for _, here, _ in steps[1:]), tuple(choices), tuple(entries))

    def _entry(self, block: int, node: str) -> tuple[Way, ...]:
        """Return the ways into a block from one of its nodes: whatever is next to it there."""
        assert self._graph is not None
        return tuple((each,) for each in sorted(set(self._graph[node]) & self._blocks[block]))

    def _wires(self) -> nx.Graph[str]:
        """Return the graph of switches and of their interfaces that lead to another switch."""
        import networkx as nx

        graph: nx.Graph[str] = nx.Graph()
        for interface in sorted(self._ends):
            switch = self._owners.get(interface)
            for end in sorted(self._ends[interface]):
                beyond = self._owners.get(end)
                if switch in self._switches and beyond in self._switches and switch != beyond:
                    graph.add_edge(switch, interface)
                    graph.add_edge(interface, end)
        return graph

    def _ways(self, block: int, one: str, other: str) -> tuple[Way, ...]:
        """Return ways through a block that share nothing."""
        import networkx as nx

        assert self._graph is not None
        inner = self._blocks[block]
        near = {node: sorted(set(self._graph[node]) & inner) for node in inner}
        ways: list[Way] = []
        barred: set[str] = set()
        while len(ways) < MOST_WAYS and (way := _shortest(near, one, other, barred)) is not None:
            ways.append(way)
            barred |= set(way)
        if len(ways) == 1:
            # The shortest way may be in the way of two others; in a block there are always two.
            within: nx.Graph[str] = nx.Graph()
            within.add_edges_from((node, end) for node in sorted(near) for end in near[node])
            ways = [tuple(way[1:-1]) for way in nx.node_disjoint_paths(within, one, other, cutoff=MOST_WAYS)]
        return tuple(sorted(ways, key=lambda way: (len(way), way)))


def _blocks_of(graph: nx.Graph[str]) -> tuple[list[set[str]], dict[str, _Step | None]]:
    """Return the blocks, and each node's step towards the node that the tree of its component is hung up by."""
    import networkx as nx

    blocks = sorted(nx.biconnected_components(graph), key=sorted)
    around: dict[str, list[int]] = defaultdict(list)
    for number, block in enumerate(blocks):
        for node in block:
            around[node].append(number)
    above: dict[str, _Step | None] = {}
    for root in sorted(graph):
        if root not in above:
            above[root] = None
            _hang(root, blocks, around, above)
    return blocks, above


def _hang(
    root: str, blocks: Sequence[set[str]], around: Mapping[str, Sequence[int]], above: dict[str, _Step | None]
) -> None:
    waiting, crossed = deque([root]), set[int]()
    while waiting:
        here = waiting.popleft()
        for number in around[here]:
            if number in crossed:
                continue
            crossed.add(number)
            for node in blocks[number]:
                if node not in above:
                    above[node] = _Step(number, node, here)
                    waiting.append(node)


def _climb(above: Mapping[str, _Step | None], node: str) -> list[_Step]:
    steps = []
    while (step := above[node]) is not None:
        steps.append(step)
        node = step.there
    return steps


def _steps(above: Mapping[str, _Step | None], one: str, other: str) -> list[_Step]:
    """Return the steps from one node to another, block by block; none where nothing joins them."""
    if one not in above or other not in above:
        return []
    up, down = _climb(above, one), _climb(above, other)
    if (up[-1].there if up else one) != (down[-1].there if down else other):
        return []
    while up and down and up[-1] == down[-1]:
        up.pop()
        down.pop()
    back = [_Step(step.block, step.there, step.here) for step in reversed(down)]
    if up and back and up[-1].block == back[0].block:
        # Both go up through one block: they cross it from one to the other.
        joined = _Step(up[-1].block, up[-1].here, back[0].there)
        return [*up[:-1], joined, *back[1:]]
    return [*up, *back]


def _shortest(near: Mapping[str, Sequence[str]], one: str, other: str, barred: set[str]) -> Way | None:
    """Return what lies on a shortest way that has nothing barred, the ends left out."""
    before = {one: one}
    waiting = deque([one])
    while waiting:
        here = waiting.popleft()
        if here == other:
            way = []
            while (here := before[here]) != one:
                way.append(here)
            return tuple(reversed(way))
        for node in near[here]:
            if node not in before and node not in barred:
                before[node] = here
                waiting.append(node)
    return None
