"""
The HTTP side of OTLP: a request's headers and body in, status, headers and body out; whoever has a server mounts it.

``POST /v1/traces`` with a body of protobuf or JSON, plain or gzip, as the specification of OTLP has it. A refusal is a
``google.rpc.Status`` in the encoding of the request.
"""

from __future__ import annotations

import hmac
import json
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from discovery.connectors.otlp_traces.decoding import (
    MIB,
    Decoded,
    Undecodable,
    from_json,
    from_protobuf,
    missing_library,
)
from discovery.connectors.otlp_traces.receiver import NoRoom, Receiver
from discovery.ports import Answer

PATH = "/v1/traces"
MAX_BODY = 4 * MIB  # bytes as they are sent
MAX_UNPACKED = 16 * MIB
PROTOBUF, JSON = "application/x-protobuf", "application/json"
_CODES = {400: 3, 401: 16, 405: 12, 413: 8, 415: 3, 503: 14}  # the gRPC code that says the same


class _Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


def handle(receiver: Receiver, headers: Mapping[str, str], body: bytes, *, token: str = "") -> Answer:
    """
    Take one export request in and return the answer; names of headers in any case.

    Where ``token`` is set, ``authorization: Bearer TOKEN`` has to show it. Whoever reads the body from the wire reads
    at most :data:`MAX_BODY` + 1 bytes. Where the receiver has no room now, the answer is 503 with
    ``retry-after``. Cost: bounded by :data:`MAX_UNPACKED`, whatever the body is.

    Raises:
        TargetError: the library that reads protobuf is missing.
    """
    named = {name.lower(): value for name, value in headers.items()}
    content = named.get("content-type", "").partition(";")[0].strip().lower()
    try:
        _admit(named, token)
        if content not in (PROTOBUF, JSON):
            raise _Refused(415, f"the content type is {PROTOBUF} or {JSON}")
        plain = unpacked(body, named.get("content-encoding", ""))
        with receiver.room():
            decoded = from_protobuf(plain) if content == PROTOBUF else from_json(plain)
            receiver.take(decoded)
    except _Refused as refused:
        return _refusal(refused.status, refused.why, content)
    except Undecodable as error:
        return _refusal(400, str(error), content)
    except NoRoom as error:
        return no_room(error, content)
    return Answer(200, {"content-type": content}, accepted(decoded, content))


def is_admitted(authorization: str, token: str) -> bool:
    """Tell whether a header shows the token, in a time that tells nothing of it; without a token everybody is."""
    return not token or hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())


def _admit(named: Mapping[str, str], token: str) -> None:
    if not is_admitted(named.get("authorization", ""), token):
        raise _Refused(401, "the token is missing or wrong")


def unpacked(body: bytes, encoding: str) -> bytes:
    """Return a body without its compression, at most :data:`MAX_UNPACKED` bytes of it."""
    if len(body) > MAX_BODY:
        raise _Refused(413, f"the body has more than {MAX_BODY} bytes; send fewer spans at a time")
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise _Refused(415, "the content encoding is gzip or none")
    packed = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = packed.decompress(body, MAX_UNPACKED + 1)
    except zlib.error:
        raise _Refused(400, "the body is no gzip") from None
    if len(plain) > MAX_UNPACKED:
        raise _Refused(413, f"the body unpacks to more than {MAX_UNPACKED} bytes; send fewer spans at a time")
    if not packed.eof or packed.unused_data:
        raise _Refused(400, "the gzip ends early, or something follows it")
    return plain


def accepted(decoded: Decoded, content: str = PROTOBUF) -> bytes:
    """Return the ExportTraceServiceResponse: empty, or how many spans were not used and why."""
    count = sum(decoded.rejected.values())
    why = ", ".join(f"{name}: {times}" for name, times in sorted(decoded.rejected.items()))
    if content == JSON:
        told: dict[str, Any] = {"partialSuccess": {"rejectedSpans": str(count), "errorMessage": why}} if count else {}
        return json.dumps(told).encode()
    if not count:
        return b""
    try:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
    except ImportError:
        raise missing_library() from None
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = count
    response.partial_success.error_message = why
    return bytes(response.SerializeToString())


def no_room(error: NoRoom, content: str = PROTOBUF) -> Answer:
    """Return that the sender is to come back, and after how many seconds."""
    return _refusal(503, str(error), content, {"retry-after": str(error.seconds)})


def _refusal(status: int, why: str, content: str, headers: Mapping[str, str] = MappingProxyType({})) -> Answer:
    code = _CODES[status]
    more = {**headers, **({"www-authenticate": "Bearer"} if status == 401 else {})}
    if content == PROTOBUF:
        text = why.encode()[:127]  # of so many bytes the length takes one byte, too
        return Answer(status, {"content-type": PROTOBUF, **more}, bytes((0x08, code, 0x12, len(text))) + text)
    body = json.dumps({"code": code, "message": why}).encode()
    return Answer(status, {"content-type": JSON, **more}, body)
