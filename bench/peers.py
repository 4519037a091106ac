"""The rules of impact on graph libraries, as a careful user of each would write them: what bench.impact is held to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import networkx as nx
import rustworkx as rx

from impact.graph import Graph
from impact.graph.structure import GROUP_HARD

Effect = tuple[int, int, int]
"""What a CI's loss does: the CI it does it to, the kind of the effect, and the group or -1."""


class Peer(ABC):
    """
    A worklist over a library's edges from a CI to those that depend on it, and a dictionary for the groups touched.

    CIs are numbers for the peers too: it is what they are quickest with.
    """

    name: str

    def __init__(self, graph: Graph) -> None:
        self.falls_at = graph.falls_at.tolist()
        self.ailing, self.failing = graph.ailing, graph.failing
        starts, effects, owners = graph.effect_starts.tolist(), graph.effects.tolist(), graph.owners.tolist()
        edges = []
        for ci in range(len(graph)):
            for effect in effects[starts[ci] : starts[ci + 1]]:
                kind, subject = effect & 3, effect >> 2
                grouped = kind >= GROUP_HARD
                edges.append((ci, owners[subject] if grouped else subject, (kind, subject if grouped else -1)))
        self.load(len(graph), edges)

    @abstractmethod
    def load(self, count: int, edges: Sequence[tuple[int, int, tuple[int, int]]]) -> None:
        """Take the edges, of which several may join two CIs."""

    @abstractmethod
    def effects(self, ci: int) -> Iterable[Effect]:
        """Return what the loss of a CI does."""

    @abstractmethod
    def blast_radius(self, root: int) -> list[list[int]]:
        """Return the CIs that depend on ``root`` by depth, in any order within one."""

    def states(self, failed: Iterable[int]) -> tuple[set[int], set[int]]:
        """Return who is down and who is degraded."""
        work = sorted({*failed, *self.failing})
        down, hurt, lost = set(work), set(self.ailing), dict[int, int]()
        for ci in work:
            for owner, kind, group in self.effects(ci):
                if group >= 0:
                    lost[group] = lost.get(group, 0) + 1
                    if lost[group] != self.falls_at[group]:
                        continue
                if kind & 1:
                    hurt.add(owner)
                elif owner not in down:
                    down.add(owner)
                    work.append(owner)
        degraded = hurt - down
        work = list(degraded)
        for ci in work:
            for owner, kind, group in self.effects(ci):
                if kind & 1:
                    continue
                if group >= 0:
                    lost[group] = lost.get(group, 0) + 1
                    if lost[group] != self.falls_at[group]:
                        continue
                if owner not in down and owner not in degraded:
                    degraded.add(owner)
                    work.append(owner)
        return down, degraded


class OnNetworkx(Peer):
    """networkx: pure Python over dictionaries."""

    name = "networkx"

    def load(self, count: int, edges: Sequence[tuple[int, int, tuple[int, int]]]) -> None:
        """Fill a multigraph, and a plain one for walks without redundancy."""
        self.network = nx.MultiDiGraph()
        self.network.add_nodes_from(range(count))
        self.network.add_edges_from((ci, owner, group, {"kind": kind}) for ci, owner, (kind, group) in edges)
        self.dependents = nx.DiGraph(self.network)

    def effects(self, ci: int) -> Iterable[Effect]:
        """Return what the loss of a CI does, straight from the dictionaries."""
        adjacency: dict[int, dict[int, dict[str, int]]] = self.network._adj[ci]
        return ((owner, facts["kind"], group) for owner, found in adjacency.items() for group, facts in found.items())

    def blast_radius(self, root: int) -> list[list[int]]:
        """Return the rings; ``bfs_layers`` is networkx's own quickest."""
        return list(nx.bfs_layers(self.dependents, root))


class OnRustworkx(Peer):
    """rustworkx: walks in Rust, rules in Python."""

    name = "rustworkx"

    def load(self, count: int, edges: Sequence[tuple[int, int, tuple[int, int]]]) -> None:
        """Fill a directed graph with parallel edges, and one without for walks without redundancy."""
        self.network: Any = rx.PyDiGraph()
        self.network.add_nodes_from(range(count))
        self.network.add_edges_from(edges)
        self.dependents: Any = rx.PyDiGraph()
        self.dependents.add_nodes_from(range(count))
        self.dependents.add_edges_from_no_data(sorted({(ci, owner) for ci, owner, _ in edges}))

    def effects(self, ci: int) -> Iterable[Effect]:
        """Return what the loss of a CI does."""
        return ((owner, kind, group) for _, owner, (kind, group) in self.network.out_edges(ci))

    def blast_radius(self, root: int) -> list[list[int]]:
        """Return the rings, walked in Rust."""
        layers: list[list[int]] = rx.digraph_bfs_layers(self.dependents, [root])
        return layers
