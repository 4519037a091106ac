"""A server and a worker as processes of their own that receive traces for one source, and what the store then knows."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

TOKEN = "made-up-for-the-test"
SHOWN = {"authorization": f"Bearer {TOKEN}"}


class Listening(NamedTuple):
    """Where senders are heard: the address of HTTP exporters, and that of gRPC ones."""

    http: str
    grpc: str


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def listening(
    foreshock: Callable[..., Any], process: Callable[..., Any], folder: Path, **more: str
) -> Iterator[Listening]:
    """Enter the source ``traces``, start both, and end both; what they held is in the folder then."""
    port = free_port()
    settings = {"folder": str(folder), "keep_hours": 1, "grpc_address": f"127.0.0.1:{port}", **more}
    words = [word for pair in settings.items() for word in ("--set", f"{pair[0]}={pair[1]}")]
    foreshock("source", "put", "traces", "--connector", "otlp_traces", *words).ok()
    token = {"OTLP_TOKEN": TOKEN}
    with process("serve", "--port", "0", "-o", "json", env=token) as server, process("worker", env=token) as worker:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        while b"taken in" not in (line := worker.stderr.readline()):
            assert line, "the worker has ended"
        try:
            yield Listening(f"{json.loads(opened)['address']}api/v1/receive/traces/v1/traces", f"127.0.0.1:{port}")
        finally:
            for each in (server, worker):
                each.send_signal(signal.SIGTERM)
            for each in (server, worker):
                each.communicate(timeout=60)


def counted(folder: Path) -> int:
    """Return how many spans were taken in, over all receivers."""
    return sum(json.loads(path.read_text(encoding="utf-8"))["calls"]["spans"] for path in folder.glob("*.json"))


def known(foreshock: Callable[..., Any]) -> tuple[dict[str, str], set[tuple[str, str, str]]]:
    """Return the store's CIs (name > class), and its relations by the names of their ends."""
    exported = json.loads(foreshock("export", "estate").ok().out)
    names = {item["id"]: item["name"] for item in exported["items"]}
    relations = {(names[r["source"]], r["type"], names[r["target"]]) for r in exported.get("relations", ())}
    return {item["name"]: item["class"] for item in exported["items"]}, relations
