"""Spans for the tests: short words for one, and requests as they travel."""

from __future__ import annotations

from typing import Any

from discovery.connectors.otlp_traces.calls import Calls
from discovery.connectors.otlp_traces.spans import Peer, Resource, Service, Span, SpanKind
from discovery.connectors.otlp_traces.window import Window

DATABASE = Peer("database", "postgresql", "shop", "10.0.0.5", 5432)


def service(name: str) -> Service:
    return Service("", name, "test")


def address(host: str, port: int = 80) -> Peer:
    return Peer("address", address=host, port=port)


def queue(name: str, *, receives: bool = False) -> Peer:
    return Peer("queue", "kafka", name, receives=receives)


def key(trace: int, number: int) -> bytes:
    return bytes([trace]) * 16 + bytes([number]) * 8


def span(trace: int, number: int, parent: int, of: str, kind: str, peer: Peer | None = None, **more: Any) -> Span:
    """Return span ``number`` of a trace; ``parent`` 0 is none."""
    above = key(trace, parent) if parent else b""
    links = tuple(key(*link) for link in more.get("links", ()))
    took, error = more.get("micros", 1_000), more.get("error", False)
    return Span(key(trace, number), above, service(of), SpanKind[kind], took, error, peer, links)


def added(batches: list[list[Span]], *, at: int = 1_000, step: int = 0, drain: bool = True, **window: Any) -> Calls:
    """Return what comes of batches that arrive ``step`` seconds apart."""
    calls = Calls()
    held = Window(calls, **window)
    for batch in batches:
        for one in batch:
            calls.meet(Resource(one.service, {}), at)
        held.add(batch, at)
        at += step
    if drain:
        held.drain()
    return calls


def edges(calls: Calls) -> dict[tuple[str, str, str], int]:
    """Return how often each edge was counted, its ends by what names them."""
    return {(_short(e.source), e.kind, _short(e.target)): f.count for e, f in calls.edges.items()}


def _short(node: tuple[str, ...]) -> str:
    return node[2] if node[0] == "service" else f"{node[0]} {node[-1] if node[0] != 'address' else node[1]}"


def document(spans: list[dict[str, Any]], **resource: str) -> dict[str, Any]:
    """Return an export request as OTLP writes it in JSON."""
    about = {"service.name": "front"} if not resource else {k.replace("_", "."): v for k, v in resource.items()}
    attributes = [{"key": name, "value": {"stringValue": value}} for name, value in about.items()]
    return {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"scope": {}, "spans": spans}]}]}


def told(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return a span as OTLP writes it in JSON."""
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": f"{number:016x}",
        "name": "GET",
        "kind": 3,
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000000250000000",
        "attributes": [],
        **more,
    }
