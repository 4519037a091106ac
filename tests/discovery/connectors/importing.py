"""What the tests of importers share: a small real HTTP server on the loopback, a line that remembers, samples."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cmdb.errors import IllegalMove
from cmdb.model.observation import OBSERVATIONS, observation_key
from cmdb.records import to_document
from discovery.ports import Connector, Part, Shaped, Target

SECRET = "t0ken-" + "0123456789abcdef" * 2
"""What every reference stands for in these tests; it opens nothing."""


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


# The reading was cancelled: any error of ours that is no target's.
Cancelled = IllegalMove


class RecordingLine:
    """
    A line to the outside that remembers what it was asked; waiting takes no time.

    ``cancel_after``: the check with this number, and every later one, ends the reading.
    """

    def __init__(self, *, cancel_after: int | None = None, seconds: float = 600.0) -> None:
        self.paced = 0
        self.checks = 0
        self.waits: list[float] = []
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self._cancel_after, self._seconds = cancel_after, seconds

    def secret(self, _: str) -> str:
        return SECRET

    def check(self) -> None:
        self.checks += 1
        if self._cancel_after is not None and self.checks > self._cancel_after:
            raise Cancelled(subject="the reading", move="go on", because="cancelled")

    def pace(self) -> None:
        self.paced += 1

    def wait(self, seconds: float) -> None:
        self.check()
        self.waits.append(seconds)

    def left(self) -> float:
        return self._seconds

    def note(self, code: str, **facts: Any) -> None:
        self.notes.append((code, facts))


def read(connector: Connector, settings: dict[str, Any], line: RecordingLine) -> tuple[Target, Any, list[Part]]:
    """Return the one target of a source, its settings as they were checked, and all parts of it."""
    loaded = connector.settings().load(settings)
    (target,) = connector.targets(loaded, line)
    return target, loaded, list(connector.fetch(target, loaded, line))


def shaped(connector: Connector, settings: dict[str, Any], line: RecordingLine) -> Shaped:
    """Return what becomes of a source."""
    target, loaded, parts = read(connector, settings, line)
    return connector.shape(target, loaded, parts)


def document_of(found: Shaped) -> dict[str, Any]:
    """Return what a connector shaped as a sample's ``expected.json`` has it."""
    observations = sorted((to_document(OBSERVATIONS, each) for each in found.observations), key=observation_key)
    notes = [{"code": note.code, "facts": dict(note.facts)} for note in found.notes]
    return {"observations": observations, "complete": sorted(found.complete), "notes": notes}


def sample_parts(folder: Path) -> list[Part]:
    """Return the recorded parts of a sample, in order."""
    found = []
    for path in sorted((folder / "parts").iterdir()):
        name = path.name.partition("-")[2].removesuffix(path.suffix)
        whole = not name.endswith(".partial")
        text = path.read_text(encoding="utf-8")
        body = json.loads(text) if path.suffix == ".json" else text
        found.append(Part(name.removesuffix(".partial"), body, whole))
    return found


def write_sample(
    folder: Path, connector: Connector, settings: dict[str, Any], target: Target, parts: list[Part]
) -> None:
    """Write a recorded target; run by hand when a format changes, and read before it is committed."""
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    for old in (folder / "parts").iterdir():
        old.unlink()
    _write(folder / "target.json", {"id": target.id, "facts": dict(target.facts)})
    _write(folder / "settings.json", settings)
    for number, part in enumerate(parts, 1):
        partial = "" if part.whole else ".partial"
        path = folder / "parts" / f"{number:02}-{part.name}{partial}"
        if isinstance(part.body, str):
            path.with_name(path.name + ".txt").write_text(part.body, encoding="utf-8")
        else:
            _write(path.with_name(path.name + ".json"), part.body)
    _write(folder / "expected.json", document_of(connector.shape(target, connector.settings().load(settings), parts)))


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
