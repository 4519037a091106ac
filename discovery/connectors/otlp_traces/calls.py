"""
The service graph out of spans: who calls, queries, feeds and reads whom, added up within fixed bounds.

Pure: no clock, no I/O; ``at`` is when something was received, in epoch seconds. What two receivers added up apart is
one by :meth:`Calls.merge`, in either order, and the same that one would have made of all of it, as far as figures go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from discovery.connectors.otlp_traces.figures import Figures, counts, texts, whole
from discovery.connectors.otlp_traces.loose import Client, Loose, Server
from discovery.connectors.otlp_traces.spans import Resource, Service

MAX_SERVICES = 5_000
MAX_NODES = 20_000  # databases, queues and addresses
MAX_EDGES = 50_000
MAX_ABOUT = 20  # services that are known behind one address

Node = tuple[str, ...]
"""
An end of an edge, its kind first: ``service`` namespace name environment; ``database`` system place name; ``queue``
system environment name; ``address`` host port; ``named`` environment name.
"""


class Edge(NamedTuple):
    """``source`` depends on ``target``: it calls it (``call``), ``publishes`` to it, ``consumes`` from it, is ``fed``
    by it (a queue by another), or ``follows`` it over a queue that nobody named."""

    source: Node
    kind: str
    target: Node


@dataclass(slots=True)
class Known:
    """What is known of a service beyond its name, as of the last time it told."""

    about: dict[str, str]
    first: int
    last: int


def edge_between(client: Client, server: Server) -> Edge | None:
    """
    Return the edge that a calling and an answering side of one call make, None where they add nothing.

    A call that was handed over by a queue depends on the queue, as far as either side named it; two names are an
    exchange and the queue that it feeds, or a topic and its subscription.
    """
    if server.kind == "call":
        return Edge(client.caller, "call", server.service) if client.caller != server.service else None
    if client.queue is not None and server.queue is not None:
        return Edge(server.queue, "fed", client.queue) if client.queue != server.queue else None
    if server.queue is not None:
        return Edge(client.caller, "publishes", server.queue)
    if client.queue is not None:
        return Edge(server.service, "consumes", client.queue)
    return Edge(server.service, "follows", client.caller) if client.caller != server.service else None


def service_node(service: Service) -> Node:
    """Return the node of a service."""
    return ("service", *service)


@dataclass(slots=True)
class Calls:
    """
    The graph so far. ``behind`` tells, by caller and address, which services were seen to answer there; ``dropped``
    counts, by reason, what found no room or could not be used.
    """

    services: dict[Node, Known] = field(default_factory=dict)
    edges: dict[Edge, Figures] = field(default_factory=dict)
    behind: dict[tuple[Node, Node], set[Node]] = field(default_factory=dict)
    loose: Loose = field(default_factory=Loose)
    spans: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    _nodes: set[Node] = field(default_factory=set)

    # taking in -------------------------------------------------------------------------------------------------------
    def meet(self, resource: Resource, at: int) -> bool:
        """Know a service, and tell whether there was room for it."""
        return self._meet(service_node(resource.service), Known(dict(resource.about), at, at))

    def _meet(self, node: Node, new: Known) -> bool:
        known = self.services.get(node)
        if known is None:
            if len(self.services) >= MAX_SERVICES:
                self.dropped["service_limit"] += 1
                return False
            self.services[node] = Known(dict(new.about), new.first, new.last)
            return True
        # Of two that were told at the same time the greater counts, so that no order does.
        newer = (new.last, sorted(new.about.items())) > (known.last, sorted(known.about.items()))
        known.about = {**known.about, **new.about} if newer else {**new.about, **known.about}
        known.first, known.last = min(known.first, new.first), max(known.last, new.last)
        return True

    def count(self, edge: Edge, micros: int, error: bool, at: int) -> None:
        """Count one call over an edge."""
        figures = self._figures(edge)
        if figures is not None:
            figures.take(micros, error, at)

    def _figures(self, edge: Edge) -> Figures | None:
        figures = self.edges.get(edge)
        if figures is None:
            if edge.source == edge.target:
                return None
            if len(self.edges) >= MAX_EDGES or not all(map(self._has_room, (edge.source, edge.target))):
                self.dropped["edge_limit"] += 1
                return None
            figures = self.edges[edge] = Figures()
        return figures

    def _has_room(self, node: Node) -> bool:
        if node[0] == "service":
            return node in self.services
        if node not in self._nodes:
            if len(self._nodes) >= MAX_NODES:
                return False
            self._nodes.add(node)
        return True

    def answers(self, caller: Node, address: Node, service: Node) -> None:
        """Learn that a service answered a caller at an address."""
        if (caller, address) not in self.behind and len(self.behind) >= MAX_EDGES:
            self.dropped["address_limit"] += 1
            return
        found = self.behind.setdefault((caller, address), set())
        if len(found) < MAX_ABOUT:
            found.add(service)

    # adding up -------------------------------------------------------------------------------------------------------
    def merge(self, other: Calls) -> None:
        """Add all that another knows, and join the calls of which each saw one side."""
        for node in sorted(other.services):
            self._meet(node, other.services[node])
        for edge in sorted(other.edges):
            figures = self._figures(edge)
            if figures is not None:
                figures.add(other.edges[edge])
        for caller, address in sorted(other.behind):
            for service in sorted(other.behind[caller, address]):
                self.answers(caller, address, service)
        self.spans += other.spans
        self.dropped.update(other.dropped)
        self.loose.merge(other.loose)

    def join_loose(self) -> None:
        """Make edges of the calls whose two sides were met apart; to be called once, when all is merged."""
        for client, server in self.loose.pairs():
            edge = edge_between(client, server)
            if edge is None:
                continue
            if client.address is None or edge.kind != "call":
                self.count(edge, server.micros, client.error or server.error, server.at)
                continue
            # What went to the address is counted there already; only who answers there was not known.
            self.answers(client.caller, client.address, server.service)
            figures = self._figures(edge)
            if figures is not None:
                figures.first = min(figures.first or server.at, server.at)
                figures.last = max(figures.last, server.at)

    # as plain JSON ---------------------------------------------------------------------------------------------------
    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain JSON, sorted."""
        return {
            "services": [[list(n), k.about, k.first, k.last] for n, k in sorted(self.services.items(), key=_first)],
            "edges": [
                [list(e.source), e.kind, list(e.target), f.to_list()] for e, f in sorted(self.edges.items(), key=_first)
            ],
            "behind": [
                [list(c), list(a), sorted(map(list, s))] for (c, a), s in sorted(self.behind.items(), key=_first)
            ],
            "loose": self.loose.to_json(),
            "spans": self.spans,
            "dropped": dict(sorted(self.dropped.items())),
        }

    @classmethod
    def from_json(cls, document: Any) -> Calls:
        """
        Return what :meth:`to_json` gave.

        Raises:
            ValueError: it is anything else.
        """
        try:
            return cls._read(document)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no calls: {type(error).__name__}") from None

    @classmethod
    def _read(cls, document: Any) -> Calls:
        calls = cls(spans=whole(document["spans"]), dropped=counts(document["dropped"]))
        for node, about, first, last in document["services"]:
            told = {str(key): str(value) for key, value in about.items()}
            calls._meet(_node(node, "service"), Known(told, whole(first), whole(last)))
        for source, kind, target, found in document["edges"]:
            figures = calls._figures(Edge(_node(source), texts([kind])[0], _node(target)))
            if figures is not None:
                figures.add(Figures.from_list(found))
        for caller, address, services in document["behind"]:
            for service in services:
                calls.answers(_node(caller), _node(address), _node(service, "service"))
        calls.loose = Loose.from_json(document["loose"])
        return calls


_SIZES = {"service": 4, "database": 4, "queue": 4, "address": 3, "named": 3}


def _node(value: Any, kind: str | None = None) -> Node:
    node = texts(value)
    if _SIZES.get(node[0]) != len(node) or kind not in (None, node[0]):
        raise ValueError("no such node")
    return node


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def merged(all_of: Iterable[Calls]) -> Calls:
    """Return one out of many, with the calls joined of which two saw one side each."""
    whole_of = Calls()
    for calls in all_of:
        whole_of.merge(calls)
    whole_of.join_loose()
    return whole_of


def ends_of(calls: Calls) -> Iterator[Node]:
    """Yield every node of the graph that is no service, sorted, each once."""
    yield from sorted({end for edge in calls.edges for end in (edge.source, edge.target) if end[0] != "service"})
