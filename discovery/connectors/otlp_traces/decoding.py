"""Spans out of the body of an export request, as protobuf or JSON: pure, bounded, and nothing it says is believed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from discovery.connectors.otlp_traces.framing import Budget, Unframed, messages
from discovery.connectors.otlp_traces.spans import (
    RESOURCE_WANTED,
    WANTED,
    Resource,
    Span,
    SpanKind,
    Value,
    peer_of,
    resource_of,
)
from discovery.ports import TargetError

MIB = 1024 * 1024
MAX_JSON = 4 * MIB  # bytes of a JSON body; parsed, it takes up to some thirty times that
MAX_SPANS = 50_000  # of one request
MAX_FIELDS = 4 * MAX_SPANS  # of the frames around them
MAX_SPAN = MIB  # bytes of one span, or of one resource
MAX_LINKS = 128  # of one span
MAX_ATTRIBUTES = 1_024  # of one span or resource that are looked at
_ERROR = (2, "2", "STATUS_CODE_ERROR")
_KINDS: dict[Any, SpanKind] = {
    **{int(kind): kind for kind in SpanKind},
    **{f"SPAN_KIND_{kind.name}": kind for kind in SpanKind},
}
_JSON_VALUES = ("stringValue", "intValue", "boolValue")
_DAY = 86_400 * 1_000_000


class Undecodable(ValueError):
    """A body is no export request; it says why, without repeating any of it."""


@dataclass(slots=True)
class Decoded:
    """The spans of a request with their resources, and how many were left out, by why."""

    resources: list[Resource] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)


def from_protobuf(body: bytes) -> Decoded:
    """
    Return the spans of a serialised ExportTraceServiceRequest.

    Raises:
        Undecodable: it is none.
        TargetError: the library that reads it is missing.
    """
    messages_of = _library()
    decoded = Decoded()
    try:
        budget = Budget(MAX_FIELDS)
        for entry in _inside(memoryview(body), 1, budget):
            _of_resource_spans(entry, messages_of, decoded, budget)
    except Unframed as error:
        raise Undecodable(f"it is no protobuf of an export request: {error}") from None
    return decoded


def _of_resource_spans(entry: memoryview, messages_of: tuple[Any, Any, Any], decoded: Decoded, budget: Budget) -> None:
    resource_type, span_type, error_type = messages_of
    raw = b"".join(_inside(entry, 1, budget))
    try:
        attributes = resource_type.FromString(raw).attributes if len(raw) <= MAX_SPAN else ()
    except error_type:
        raise Unframed("a resource can not be read") from None
    resource = resource_of(_attributes(attributes, RESOURCE_WANTED))
    if resource is not None:
        decoded.resources.append(resource)
    for scope in _inside(entry, 2, budget):
        for raw_span in _inside(scope, 2, budget):
            _refuse_too_many(decoded)
            if resource is None:
                decoded.rejected["service_unnamed"] += 1
            elif len(raw_span) > MAX_SPAN:
                decoded.rejected["span_too_large"] += 1
            else:
                try:
                    message = span_type.FromString(bytes(raw_span))
                except error_type:
                    raise Unframed("a span can not be read") from None
                _keep(_of_message(message, resource), decoded)


def _inside(data: memoryview, number: int, budget: Budget) -> Iterator[memoryview]:
    return (found for each, found in messages(data, budget) if each == number)


def _refuse_too_many(decoded: Decoded) -> None:
    if len(decoded.spans) + sum(decoded.rejected.values()) >= MAX_SPANS:
        raise Undecodable(f"it has more than {MAX_SPANS} spans; send fewer at a time")


def _of_message(span: Any, resource: Resource) -> Span | None:
    kind = _KINDS.get(span.kind, SpanKind.UNSPECIFIED)
    return _span(
        resource,
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        kind,
        span.end_time_unix_nano - span.start_time_unix_nano,
        span.status.code == 2,
        _attributes(span.attributes, WANTED),
        [(link.trace_id, link.span_id) for link in span.links[:MAX_LINKS]],
    )


def _attributes(pairs: Any, wanted: frozenset[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for pair in pairs[:MAX_ATTRIBUTES]:
        if pair.key in wanted:
            which = pair.value.WhichOneof("value")
            if which in ("string_value", "int_value", "bool_value"):
                found[pair.key] = getattr(pair.value, which)
    return found


def from_json(body: bytes) -> Decoded:
    """
    Return the spans of an export request in JSON, as OTLP writes it: ids in hexadecimal, enums as numbers.

    Raises:
        Undecodable: it is none.
    """
    if len(body) > MAX_JSON:
        raise Undecodable(f"a JSON body has at most {MAX_JSON} bytes; send fewer spans at a time, or protobuf")
    try:
        document = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Undecodable("it is not JSON") from None
    if not isinstance(document, dict):
        raise Undecodable("it is no JSON object with resourceSpans")
    decoded = Decoded()
    for entry in _objects(document, "resourceSpans"):
        _of_json_resource(entry, decoded)
    return decoded


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _of_json_resource(entry: Mapping[str, Any], decoded: Decoded) -> None:
    held = entry.get("resource")
    attributes = _json_attributes(held if isinstance(held, dict) else {}, RESOURCE_WANTED)
    resource = resource_of(attributes)
    if resource is not None:
        decoded.resources.append(resource)
    for scope in _objects(entry, "scopeSpans"):
        for span in _objects(scope, "spans"):
            _refuse_too_many(decoded)
            if resource is None:
                decoded.rejected["service_unnamed"] += 1
            else:
                _keep(_of_json(span, resource), decoded)


def _of_json(span: Mapping[str, Any], resource: Resource) -> Span | None:
    status = span.get("status")
    kind = span.get("kind", 0)
    links = [(_hex(link.get("traceId")), _hex(link.get("spanId"))) for link in _objects(span, "links")[:MAX_LINKS]]
    return _span(
        resource,
        _hex(span.get("traceId")),
        _hex(span.get("spanId")),
        _hex(span.get("parentSpanId")),
        _KINDS.get(kind, SpanKind.UNSPECIFIED) if isinstance(kind, (int, str)) else SpanKind.UNSPECIFIED,
        _nanos(span.get("endTimeUnixNano")) - _nanos(span.get("startTimeUnixNano")),
        isinstance(status, dict) and status.get("code") in _ERROR,
        _json_attributes(span, WANTED),
        links,
    )


def _objects(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = holder.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Undecodable(f"{key} is no list of objects")
    return found


def _json_attributes(holder: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for pair in _objects(holder, "attributes")[:MAX_ATTRIBUTES]:
        key, value = pair.get("key"), pair.get("value")
        if isinstance(key, str) and key in wanted and isinstance(value, dict):
            # A whole number stands in a text, since JSON's numbers can not hold 64 bits.
            told = next((value[name] for name in _JSON_VALUES if name in value), None)
            if isinstance(told, (str, int)):
                found[key] = told
    return found


def _hex(value: Any) -> bytes:
    try:
        return bytes.fromhex(value) if isinstance(value, str) and len(value) <= 64 else b""
    except ValueError:
        return b""


def _nanos(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    return value if type(value) is int and 0 <= value < 2**64 else 0


def _span(
    resource: Resource,
    trace: bytes,
    span: bytes,
    parent: bytes,
    kind: SpanKind,
    nanos: int,
    error: bool,
    attributes: Mapping[str, Value],
    links: list[tuple[bytes, bytes]],
) -> Span | None:
    """Return a span, None where its ids are none."""
    if not _is_id(trace, 16) or not _is_id(span, 8):
        return None
    return Span(
        key=trace + span,
        parent=trace + parent if _is_id(parent, 8) else b"",
        service=resource.service,
        kind=kind,
        # Clocks jump: what ends before it began took no time, and nothing takes longer than a day.
        micros=min(max(nanos // 1_000, 0), _DAY),
        error=error,
        peer=peer_of(kind, attributes),
        links=tuple(a + b for a, b in links if _is_id(a, 16) and _is_id(b, 8)),
    )


def _is_id(value: bytes, size: int) -> bool:
    return len(value) == size and any(value)


def _keep(span: Span | None, decoded: Decoded) -> None:
    if span is None:
        decoded.rejected["ids_unsound"] += 1
    else:
        decoded.spans.append(span)


def _library() -> tuple[Any, Any, Any]:
    try:
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage
        from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
    except ImportError:
        raise missing_library() from None
    return ResourceMessage, SpanMessage, DecodeError


def missing_library() -> TargetError:
    """Return the error that says which extra brings the libraries of this connector."""
    return TargetError(target="otlp_traces", reason="it needs a library that is not there; install foreshock[traces]")
