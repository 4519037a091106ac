"""What the tests of importers share: a small real HTTP server on the loopback, and one way to read a source."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from discovery.ports import Connector, Part, Shaped, Target
from discovery.testing import TrialLine


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What the server is to answer; ``cut`` closes the connection after so many bytes, ``hold`` never answers."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: int | None = None
    hold: bool = False


class Loopback:
    """A server at ``url`` that answers by asking ``answer``; it remembers what it was asked."""

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.asked: list[Asked] = []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # Head and body go together: apart, the second would wait for the first to be acknowledged.

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._answer("")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _answer(self, body: str) -> None:
                parts = urlsplit(self.path)
                asked = Asked(
                    self.command,
                    parts.path,
                    {name: values[-1] for name, values in parse_qs(parts.query).items()},
                    {name.lower(): value for name, value in self.headers.items()},
                    {name: values[-1] for name, values in parse_qs(body).items()},
                )
                outer.asked.append(asked)
                reply = answer(asked)
                if reply.hold:
                    outer.released.wait(30)
                    self.close_connection = True
                    return
                data = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: reply.cut])
                self.wfile.flush()
                if reply.cut is not None:
                    self.close_connection = True

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # A client that goes away in the middle is what some tests are about.

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextlib.contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[Loopback]:
    """Run a server for a while."""
    server = Loopback(answer)
    try:
        yield server
    finally:
        server.close()


def read(connector: Connector, settings: dict[str, Any], line: TrialLine) -> tuple[Target, Any, list[Part]]:
    """Return the one target of a source, its settings as they were checked, and all parts of it."""
    loaded = connector.settings().load(settings)
    (target,) = connector.targets(loaded, line)
    return target, loaded, list(connector.fetch(target, loaded, line))


def shaped(connector: Connector, settings: dict[str, Any], line: TrialLine) -> Shaped:
    """Return what becomes of a source."""
    target, loaded, parts = read(connector, settings, line)
    return connector.shape(target, loaded, parts)
