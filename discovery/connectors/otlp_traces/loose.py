"""
Sides of calls whose other side was not met: a bounded sample, so that what two receivers saw apart can be joined.

The sample is of whole traces, by a hash of the trace id: every receiver keeps the same traces, so a kept client finds
its server wherever that was received. When it grows too large, every second trace is let go of, and its ``level``
counts how often that happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from discovery.connectors.otlp_traces.figures import texts, whole

MAX_LOOSE = 1_000  # sides of either kind
MAX_CHILDREN = 20  # servers that are kept of one parent
_TRACE = 16  # bytes of a trace id, with which a key begins

Node = tuple[str, ...]


class Client(NamedTuple):
    """
    The calling side: who calls, and the address it called or the queue it wrote to, as far as it said.

    ``writes`` tells that it wrote to a queue, also where it did not say to which.
    """

    caller: Node
    address: Node | None
    queue: Node | None
    writes: bool
    error: bool


class Server(NamedTuple):
    """The answering side: ``kind`` is ``call`` or ``consumes``; ``queue`` is set where it said what it reads."""

    service: Node
    kind: str
    queue: Node | None
    micros: int
    error: bool
    at: int


@dataclass(slots=True)
class Loose:
    """Clients by their own key, servers by that of their parent or of what they link to."""

    clients: dict[bytes, Client] = field(default_factory=dict)
    servers: dict[bytes, list[Server]] = field(default_factory=dict)
    level: int = 0

    def keep_client(self, key: bytes, client: Client) -> None:
        """Keep a client if its trace is of the sample."""
        if self._is_sampled(key):
            self._add_client(key, client)
            self._thin()

    def keep_server(self, parent: bytes, server: Server) -> None:
        """Keep a server by the key of its parent if the trace is of the sample."""
        if self._is_sampled(parent):
            self._add_server(parent, server)
            self._thin()

    def merge(self, other: Loose) -> None:
        """
        Keep all that another keeps besides, so that no call of a quiet hour is lost to a busy one.

        What comes of it is as large as its parts together; ``level`` is the greater of both.
        """
        self.level = max(self.level, other.level)
        for key, client in other.clients.items():
            self._add_client(key, client)
        for parent, servers in other.servers.items():
            for server in servers:
                self._add_server(parent, server)

    def pairs(self) -> Iterator[tuple[Client, Server]]:
        """Yield every client with each of its servers, sorted."""
        for key in sorted(self.clients.keys() & self.servers.keys()):
            client = self.clients[key]
            for server in sorted(self.servers[key], key=repr):
                if client.writes or server.kind == "call":
                    yield client, (server._replace(kind="consumes") if client.writes else server)

    def _add_client(self, key: bytes, client: Client) -> None:
        # One id is one span; of two that claim it the lesser counts, so that no order does.
        held = self.clients.get(key)
        self.clients[key] = client if held is None else min(held, client, key=repr)

    def _add_server(self, parent: bytes, server: Server) -> None:
        found = self.servers.setdefault(parent, [])
        if server not in found:
            found.append(server)
            found.sort(key=repr)
            del found[MAX_CHILDREN:]

    def _is_sampled(self, key: bytes) -> bool:
        if not self.level:
            return True
        digest = hashlib.blake2b(key[:_TRACE], digest_size=8).digest()
        return int.from_bytes(digest, "big") % (1 << self.level) == 0

    def _thin(self) -> None:
        while max(len(self.clients), len(self.servers)) > MAX_LOOSE and self.level < 60:
            self.level += 1
            self._drop_unsampled()

    def _drop_unsampled(self) -> None:
        self.clients = {key: each for key, each in self.clients.items() if self._is_sampled(key)}
        self.servers = {key: each for key, each in self.servers.items() if self._is_sampled(key)}

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, sorted."""
        return {
            "level": self.level,
            "clients": [[key.hex(), *self.clients[key]] for key in sorted(self.clients)],
            "servers": [
                [key.hex(), *each] for key in sorted(self.servers) for each in sorted(self.servers[key], key=repr)
            ],
        }

    @classmethod
    def from_json(cls, document: Any) -> Loose:
        """Return what :meth:`to_json` gave; raise ValueError, KeyError or TypeError for anything else."""
        loose = cls(level=min(whole(document["level"]), 60))
        for key, caller, address, queue, writes, error in document["clients"]:
            client = Client(texts(caller), _maybe(address), _maybe(queue), bool(writes), bool(error))
            loose.keep_client(bytes.fromhex(key), client)
        for key, service, kind, queue, micros, error, at in document["servers"]:
            server = Server(texts(service), texts([kind])[0], _maybe(queue), whole(micros), bool(error), whole(at))
            loose.keep_server(bytes.fromhex(key), server)
        return loose


def _maybe(node: Any) -> Node | None:
    return None if node is None else texts(node)
