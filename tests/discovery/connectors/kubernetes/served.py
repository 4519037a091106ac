"""A small API server on loopback with the real protocol: pages, tokens that expire, statuses, over HTTP or HTTPS."""

from __future__ import annotations

import json
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.discovery.connectors.kubernetes.bodies import PATHS, UID, Bodies

Fault = Callable[["Request"], bool]


class Request(BaseHTTPRequestHandler):
    """One request; ``server`` is the :class:`Server`."""

    protocol_version = "HTTP/1.1"
    wbufsize = 2**16  # Head and body go out together; apart each answer would wait for the client's delayed thanks.
    server: Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.where, self.asked = address.path, {key: each[0] for key, each in parse_qs(address.query).items()}
        self.server.paths[self.where] += 1
        if self.server.token and self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self.answer(401, {"kind": "Status", "reason": "Unauthorized"})
        elif not any(fault(self) for fault in self.server.faults):
            self.listing()

    def listing(self) -> None:
        if self.where == "/version":
            return self.answer(200, {"gitVersion": "v1.32.4"})
        if self.where == "/api/v1/namespaces/kube-system":
            return self.answer(200, {"metadata": {"name": "kube-system", "uid": UID}})
        plain, namespace = self.where, None
        if "/namespaces/" in self.where:
            before, _, rest = self.where.partition("/namespaces/")
            namespace, _, name = rest.partition("/")
            plain = f"{before}/{name}"
        resource = next((name for name, path in PATHS.items() if path == plain), None)
        if resource is None:
            return self.answer(404, {"kind": "Status", "reason": "NotFound"})
        items = [
            each
            for each in self.server.bodies.lists[resource]
            if namespace is None or each["metadata"].get("namespace") == namespace
        ]
        return self.page(items)

    def page(self, items: list[Any]) -> None:
        """Answer with so many items as are asked for, from where the token says, and a token for the rest."""
        limit, token = int(self.asked.get("limit", 0)), self.asked.get("continue", "")
        if token and token not in self.server.tokens:
            return self.answer(410, {"kind": "Status", "reason": "Expired"})
        start = self.server.tokens[token] if token else 0
        end = start + limit if limit else len(items)
        metadata: dict[str, Any] = {"resourceVersion": "1"}
        if end < len(items):
            metadata["continue"] = self.server.new_token(end)
            metadata["remainingItemCount"] = len(items) - end
        return self.answer(200, {"kind": "List", "metadata": metadata, "items": items[start:end]})

    def answer(self, status: int, body: Any, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # Its name in the library.
        pass


class Server(ThreadingHTTPServer):
    """The server; ``paths`` counts what was asked, ``faults`` answer instead of it where they return True."""

    daemon_threads = True

    def __init__(self, bodies: Bodies, token: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.bodies, self.token = bodies, token
        self.faults: list[Fault] = []
        self.paths: Counter[str] = Counter()
        self.tokens: dict[str, int] = {}
        self.drop = Event()

    def new_token(self, position: int) -> str:
        token = f"a+/&?{len(self.tokens)}=="  # Such characters have to be quoted on the way back.
        self.tokens[token] = position
        return token

    def handle_error(self, request: Any, address: Any) -> None:
        """A client that hung up is no error of the server's."""


@contextmanager
def serving(bodies: Bodies, *, token: str = "", tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, Server]]:
    """Serve a cluster; yield its address and the server."""
    server = Server(bodies, token)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(resource: str, code: int, *, times: int = 10**9, **headers: str) -> Fault:
    """Return a fault: so often a listing answers with a status alone."""
    left = [times]

    def fault(request: Request) -> bool:
        if request.where != PATHS.get(resource, resource) or left[0] <= 0:
            return False
        left[0] -= 1
        request.answer(code, {"kind": "Status", "code": code}, **headers)
        return True

    return fault


def expires(resource: str, times: int) -> Fault:
    """Return a fault: so often the rest of a listing can not be had any more."""
    left = [times]

    def fault(request: Request) -> bool:
        if request.where != PATHS[resource] or "continue" not in request.asked or left[0] <= 0:
            return False
        left[0] -= 1
        request.answer(410, {"kind": "Status", "reason": "Expired"})
        return True

    return fault


def says(resource: str, body: bytes) -> Fault:
    """Return a fault: a listing answers with just these bytes."""

    def fault(request: Request) -> bool:
        if request.where != PATHS[resource]:
            return False
        request.answer(200, body)
        return True

    return fault


def drips(resource: str) -> Fault:
    """Return a fault: a listing is sent a byte at a time, for ever or until nobody listens."""

    def fault(request: Request) -> bool:
        if request.where != PATHS[resource]:
            return False
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        while True:
            request.wfile.write(b" ")
            request.wfile.flush()  # It fails as soon as the other side has gone.
            request.server.drop.wait(0.01)

    return fault


def silent(resource: str, until: Event) -> Fault:
    """Return a fault: a listing answers nothing until it is allowed to."""

    def fault(request: Request) -> bool:
        if request.where == PATHS[resource]:
            until.wait(60)
        return False

    return fault
