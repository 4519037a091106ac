"""Receivers on real sockets of this machine, and a run of the connector over what they left."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from discovery.connectors.otlp_traces import CONNECTOR
from discovery.connectors.otlp_traces.receiver import Receiver
from discovery.connectors.otlp_traces.spool import Spool
from discovery.connectors.otlp_traces.wsgi import application
from discovery.ports import Shaped
from discovery.testing import TrialLine


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def http(receiver: Receiver, *, token: str = "") -> Iterator[str]:
    """Serve OTLP over HTTP and give the address that exporters are given."""
    with _Server(("127.0.0.1", 0), _Quiet) as server:
        server.set_app(application(receiver, token=token))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
        finally:
            server.shutdown()
            thread.join()


def receiver_at(folder: Path, *, clock: Any = time.time, name: str | None = None) -> Receiver:
    """Return a receiver that leaves its sums in a folder."""
    return Receiver(Spool(folder), keep_hours=1, clock=clock, name=name)


def read(folder: Path, **settings: Any) -> Shaped:
    """Return what a run makes of a spool."""
    loaded = CONNECTOR.settings().load({"folder": str(folder), "keep_hours": 1, **settings})
    (target,) = CONNECTOR.targets(loaded, TrialLine())
    return CONNECTOR.shape(target, loaded, list(CONNECTOR.fetch(target, loaded, TrialLine())))


def relations(made: Shaped) -> dict[tuple[str, str, str], Any]:
    """Return who depends on whom, and how, by native ids or the identifier of an end somebody else may know."""
    found = {}
    for one in made.observations:
        for each in one.relations:
            end = each.target.native_id or "/".join(each.target.identifiers[0].__getstate__())
            found[one.native_id, each.type, end] = each
    return found


def kept(folder: Path) -> str:
    """Return everything that stands in a spool, as text."""
    return json.dumps([path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())])
