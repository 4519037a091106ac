"""
The merged graph made ready to be shown: who answers at an address is a service, what is left is somebody else's.

A call whose other side sent no span is counted by the address it went to. Where the same address, for the same caller
or another of its environment, was once answered by a service, that is the other side: a lost span or a late one must
not make a stranger of a known service.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from discovery.connectors.otlp_traces.calls import Calls, Edge, Node
from discovery.connectors.otlp_traces.figures import Figures

_ADDRESSES = ("address", "named")


@dataclass(frozen=True, slots=True)
class Graph:
    """Edges with their figures. ``shared`` are addresses at which several services answer, such as a gateway's."""

    edges: dict[Edge, Figures] = field(default_factory=dict)
    shared: tuple[Node, ...] = ()


def resolved(calls: Calls) -> Graph:
    """Return the graph with every address replaced by the one service behind it, where that is known."""
    behind = _Behind(calls)
    edges: dict[Edge, Figures] = {}
    shared: set[Node] = set()
    for edge in sorted(calls.edges):
        target = edge.target
        if target[0] in _ADDRESSES:
            services = behind.of(edge.source, target)
            if len(services) > 1:
                # Whom each call reached is known of those calls alone of which both sides were met.
                shared.add(target)
                continue
            target = next(iter(services), target)
        if target != edge.source:
            edges.setdefault(edge._replace(target=target), Figures()).add(calls.edges[edge])
            if not calls.edges[edge].count:
                held = edges[edge._replace(target=target)]
                held.first, held.last = held.first or calls.edges[edge].first, max(held.last, calls.edges[edge].last)
    return Graph(edges, tuple(sorted(shared)))


class _Behind:
    """Which services answer at an address: to the caller itself, else to others of its environment, else by name."""

    def __init__(self, calls: Calls) -> None:
        self._own = calls.behind
        self._others: dict[tuple[str, Node], set[Node]] = defaultdict(set)
        for (caller, address), services in calls.behind.items():
            self._others[caller[3], address] |= services
        self._named: dict[tuple[str, str], set[Node]] = defaultdict(set)
        for service in calls.services:
            self._named[service[3], service[2]].add(service)

    def of(self, caller: Node, address: Node) -> set[Node]:
        found = self._own.get((caller, address)) or self._others.get((caller[3], address))
        if found is None and address[0] == "named":
            found = self._named.get((address[1], address[2]))
        return found or set()
