"""
Matches the two sides of a call within a window of time, in whichever order and however many requests they arrive.

A span is kept for some seconds after it arrived. A server's span that names a kept one as its parent makes a call; so
does a kept server's span when its parent arrives. What leaves the window unmatched is counted by the address it
called, and a bounded sample of it stays to be joined with what other receivers saw (:mod:`loose`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from discovery.connectors.otlp_traces.calls import Calls, Edge, Node, edge_between, service_node
from discovery.connectors.otlp_traces.loose import Client, Server
from discovery.connectors.otlp_traces.spans import Peer, Service, Span, SpanKind, is_loopback

SECONDS = 30  # an SDK sends every 5 s, a collector batches for some more
MAX_OPEN = 100_000  # spans in the window, about 50 MB


class _Far(NamedTuple):
    """The far end of a span, as far as its attributes name it."""

    database: Node | None = None
    queue: Node | None = None
    address: Node | None = None
    reads: bool = False
    writes: bool = False


class _Open:
    """A span in the window: its two roles, and whether the other side was met."""

    __slots__ = ("at", "client", "is_client", "met", "micros", "server", "waits")

    def __init__(self, client: Client, server: Server | None, *, is_client: bool, micros: int, at: int) -> None:
        self.client, self.server, self.is_client = client, server, is_client
        self.micros, self.at = micros, at
        self.met = False
        self.waits: list[bytes] = []


class Window:
    """Spans that arrived lately; what is known for sure goes to ``calls``, which may be exchanged at any time."""

    def __init__(self, calls: Calls, *, seconds: int = SECONDS, most: int = MAX_OPEN) -> None:
        self.calls = calls
        self._seconds, self._most = seconds, most
        # A plain dictionary finds its first entry slowly once many before it are gone.
        self._open: OrderedDict[bytes, _Open] = OrderedDict()
        self._waiting: dict[bytes, list[_Open]] = {}
        self._nodes: dict[Service, Node] = {}
        self._now = 0

    def __len__(self) -> int:
        return len(self._open)

    def add(self, spans: Iterable[Span], at: int) -> None:
        """Take spans in that arrived at ``at``, in epoch seconds; a clock that was set back stands still."""
        self.expire(at)
        for span in spans:
            self._add(span)

    def _add(self, span: Span) -> None:
        calls = self.calls
        if span.key in self._open:
            # An exporter that heard no answer sends again.
            calls.dropped["span_repeated"] += 1
            return
        calls.spans += 1
        caller = self._node(span.service)
        far = _far_end(span.peer, span.service)
        client = Client(caller, far.address, far.queue if far.writes else None, far.writes, span.error)
        held = _Open(
            client,
            _server_side(span, caller, far, self._now),
            is_client=span.kind is SpanKind.CLIENT,
            micros=span.micros,
            at=self._now,
        )
        self._count_named(held, far, span)
        self._make_room()
        self._open[span.key] = held
        for waiting in self._waiting.pop(span.key, ()):
            waiting.waits.remove(span.key)
            self._join(held, waiting)
        if held.server is not None:
            self._look_up(held, span)

    def _node(self, service: Service) -> Node:
        node = self._nodes.get(service)
        if node is None:
            if len(self._nodes) > 10_000:
                self._nodes.clear()
            node = self._nodes[service] = service_node(service)
        return node

    def _count_named(self, held: _Open, far: _Far, span: Span) -> None:
        """Count what needs no other side: a query, and a message to or from a queue with a name."""
        caller = held.client.caller
        if far.database is not None:
            held.met = True
            self.calls.count(Edge(caller, "call", far.database), span.micros, span.error, self._now)
        elif far.queue is not None:
            kind = "consumes" if far.reads else "publishes"
            self.calls.count(Edge(caller, kind, far.queue), span.micros, span.error, self._now)

    def _look_up(self, held: _Open, span: Span) -> None:
        """Join a server's side with its parent and what it links to, or let it wait for them."""
        consumes = held.server is not None and held.server.kind == "consumes"
        above = ([span.parent] if span.parent else []) + (list(span.links) if consumes else [])
        for key in dict.fromkeys(above):
            parent = self._open.get(key)
            if parent is not None:
                self._join(parent, held)
            else:
                held.waits.append(key)
                self._waiting.setdefault(key, []).append(held)

    def _join(self, parent: _Open, child: _Open) -> None:
        client, server = parent.client, child.server
        if server is None or parent is child:
            return
        if client.writes:
            server = server._replace(kind="consumes")
        elif server.kind == "consumes":
            return  # Its parent is its own loop, not who wrote the message.
        parent.met = child.met = True
        edge = edge_between(client, server)
        if edge is None:
            return
        if client.address is not None and edge.kind == "call":
            self.calls.answers(client.caller, client.address, server.service)
        micros = parent.micros if parent.is_client else server.micros
        self.calls.count(edge, micros, client.error or server.error, self._now)

    # leaving the window ----------------------------------------------------------------------------------------------
    def expire(self, at: int) -> None:
        """Let go of what arrived longer ago than the window is."""
        self._now = max(self._now, at)
        until = self._now - self._seconds
        while self._open and next(iter(self._open.values())).at < until:
            self._let_go()

    def drain(self) -> None:
        """Let go of everything, as at the end of a receiver's life."""
        while self._open:
            self._let_go()

    def _make_room(self) -> None:
        if len(self._open) >= self._most:
            self.calls.dropped["window_short"] += 1
            self._let_go()

    def _let_go(self) -> None:
        key, held = self._open.popitem(last=False)
        client = held.client
        if not held.met and (held.is_client or client.writes):
            if client.address is not None:
                self.calls.count(Edge(client.caller, "call", client.address), held.micros, client.error, held.at)
            self.calls.loose.keep_client(key, client)
        for parent in held.waits:
            waiting = self._waiting.get(parent, [])
            if held in waiting:
                waiting.remove(held)
            if not waiting:
                self._waiting.pop(parent, None)
            if held.server is not None:
                self.calls.loose.keep_server(parent, held.server)


def _server_side(span: Span, service: Node, far: _Far, at: int) -> Server | None:
    reads = far.reads or span.kind is SpanKind.CONSUMER
    if not reads and span.kind is not SpanKind.SERVER:
        return None
    kind = "consumes" if reads else "call"
    return Server(service, kind, far.queue if far.reads else None, span.micros, span.error, at)


def _far_end(peer: Peer | None, service: Service) -> _Far:
    if peer is None:
        return _Far()
    if peer.kind == "database":
        return _Far(database=("database", peer.system, _place(peer, service), peer.name))
    if peer.kind == "queue":
        # The address of a broker is not said on both sides alike, so a queue is known by its name in an environment.
        queue = ("queue", peer.system, service.environment, peer.name) if peer.name else None
        return _Far(queue=queue, reads=peer.receives, writes=not peer.receives)
    if peer.kind == "named":
        return _Far(address=("named", service.environment, peer.name))
    # What listens on the own host can not be told from another host's; a parent and child still can.
    return _Far() if is_loopback(peer.address) else _Far(address=("address", peer.address, str(peer.port)))


def _place(peer: Peer, service: Service) -> str:
    """Return where a database is: its address, else, as nobody said or it is the own host, whose it is."""
    if not peer.address:
        return f"@{service.environment}"
    if is_loopback(peer.address):
        return "@" + "/".join(service)
    host = f"[{peer.address}]" if ":" in peer.address else peer.address
    return f"{host}:{peer.port}" if peer.port else host
