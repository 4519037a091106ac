"""What the receivers take and refuse: bodies of every kind over HTTP and gRPC, and nothing that could harm them."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import sys
import tracemalloc
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.connectors.otlp_traces import decoding
from discovery.connectors.otlp_traces.decoding import Decoded, Undecodable, from_json, from_protobuf
from discovery.connectors.otlp_traces.http import MAX_BODY, MAX_UNPACKED, handle
from discovery.connectors.otlp_traces.spans import Peer, SpanKind, peer_of, resource_of
from discovery.ports import TargetError
from tests.discovery.connectors.otlp_traces.serving import http as http_server
from tests.discovery.connectors.otlp_traces.serving import receiver_at
from tests.discovery.connectors.otlp_traces.traces import document, told

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}


@pytest.fixture
def receiver(tmp_path):
    return receiver_at(tmp_path)


def request(count: int = 1, *, name: str = "front", bad: int = 0) -> bytes:
    """A serialised export request of so many spans, some of them with ids that are none."""
    pytest.importorskip("opentelemetry.proto", reason="needs foreshock[traces]")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    made = ExportTraceServiceRequest()
    entry = made.resource_spans.add()
    entry.resource.attributes.add(key="service.name").value.string_value = name
    scope = entry.scope_spans.add()
    for number in range(1, count + 1):
        found = scope.spans.add(name="GET", kind=3, trace_id=b"t" * 16, span_id=number.to_bytes(8, "big"))
        found.attributes.add(key="server.address").value.string_value = "cart"
    for _ in range(bad):
        scope.spans.add(trace_id=b"short")
    return made.SerializeToString()


def answer(receiver, headers, body, **more):
    found = handle(receiver, headers, body, **more)
    return found.status, found.body


def test_both_encodings_say_the_same(receiver):
    """A span is a span."""
    pytest.importorskip("opentelemetry.proto", reason="needs foreshock[traces]")
    spans = [
        told(
            number=n,
            traceId=(b"t" * 16).hex(),
            attributes=[{"key": "server.address", "value": {"stringValue": "cart"}}],
        )
        for n in (1, 2, 3)
    ]
    written = from_json(json.dumps(document(spans)).encode())
    packed = from_protobuf(request(3))

    assert [each._replace(micros=0) for each in written.spans] == packed.spans
    assert written.spans[0].micros == 250_000
    assert written.resources == packed.resources


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (PROTOBUF, b"", 200),
        (JSON, b"{}", 200),
        (PROTOBUF | {"Content-Encoding": "gzip"}, gzip.compress(b"", mtime=0), 200),
        ({"Content-Type": "application/json; charset=utf-8"}, b"{}", 200),
        ({}, b"", 415),
        ({"content-type": "text/xml"}, b"<a/>", 415),
        (PROTOBUF | {"content-encoding": "br"}, b"", 415),
        (PROTOBUF, b"\xff\xff\xff", 400),
        (PROTOBUF, b"\x0a\x7f", 400),
        (PROTOBUF, b"\x0b\x00", 400),
        (PROTOBUF, b"\x0a\x04\x0a\x02\xff\xff", 400),
        (PROTOBUF | {"content-encoding": "gzip"}, b"no gzip", 400),
        (PROTOBUF | {"content-encoding": "gzip"}, gzip.compress(b"x" * 100, mtime=0)[:-9], 400),
        (PROTOBUF | {"content-encoding": "gzip"}, gzip.compress(b"", mtime=0) * 2, 400),
        (JSON, b"[]", 400),
        (JSON, b'{"resourceSpans": {}}', 400),
        (JSON, b'{"resourceSpans": [1]}', 400),
        (JSON, b"[" * 100_000, 400),
        (JSON, b'{"a": NaN}', 400),
        (JSON, b'{"a": ' + b"9" * 5_000 + b"}", 400),
        (JSON, b"\xff", 400),
        (PROTOBUF, b"\x00" * (MAX_BODY + 1), 413),
        (PROTOBUF | {"content-encoding": "gzip"}, gzip.compress(b"\x00" * (MAX_UNPACKED + 1), mtime=0), 413),
    ],
)
def test_a_body_is_taken_or_refused_with_the_status_that_says_why(receiver, headers, body, status):
    """Never an exception, and in the encoding of the request."""
    found = handle(receiver, headers, body)

    assert found.status == status
    if status != 200 and found.headers["content-type"] == "application/json":
        assert json.loads(found.body)["message"]


def test_a_refusal_in_protobuf_is_a_status_message(receiver):
    """As the specification of OTLP has it: code and message."""
    pytest.importorskip("google.rpc", reason="needs googleapis-common-protos, which the exporters bring")
    from google.rpc.status_pb2 import Status

    status = Status.FromString(handle(receiver, PROTOBUF, b"\xff").body)

    assert status.code == 3
    assert "protobuf" in status.message


def test_spans_that_can_not_be_used_are_told_to_the_sender(receiver):
    """How many and why; the good ones are taken."""
    pytest.importorskip("opentelemetry.proto", reason="needs foreshock[traces]")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    status, body = answer(receiver, PROTOBUF, request(2, bad=3))
    told_back = ExportTraceServiceResponse.FromString(body).partial_success

    assert status == 200
    assert (told_back.rejected_spans, told_back.error_message) == (3, "ids_unsound: 3")


def test_a_service_without_a_name_is_nobody(receiver):
    """The name that an SDK invents would make one service of all of them."""
    body = json.dumps(document([told()], service_name="unknown_service:python")).encode()

    assert json.loads(answer(receiver, JSON, body)[1]) == {
        "partialSuccess": {"rejectedSpans": "1", "errorMessage": "service_unnamed: 1"}
    }


def test_a_bomb_of_gzip_takes_no_more_than_its_limit(receiver):
    """A thousand megabytes in one."""
    bomb = gzip.compress(b"\x00" * (256 << 20), 9, mtime=0)
    assert len(bomb) < MAX_BODY
    tracemalloc.start()
    status, _ = answer(receiver, PROTOBUF | {"content-encoding": "gzip"}, bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert status == 413
    assert peak < 4 * MAX_UNPACKED


@pytest.mark.parametrize("frame", [b"\x0a\x00", b"\x08\x00", b"\x0a\x02\x12\x00"])
def test_a_body_of_empty_frames_is_refused_before_it_is_parsed(frame):
    """Parsed, two bytes would become a hundred."""
    pytest.importorskip("opentelemetry.proto", reason="needs foreshock[traces]")
    with pytest.raises(Undecodable, match="fields"):
        from_protobuf(frame * (MAX_UNPACKED // len(frame)))


def test_too_many_spans_are_refused(monkeypatch):
    """Whole, so that the sender knows."""
    monkeypatch.setattr(decoding, "MAX_SPANS", 10)

    with pytest.raises(Undecodable, match="more than 10 spans"):
        from_protobuf(request(11))
    with pytest.raises(Undecodable, match="more than 10 spans"):
        from_json(json.dumps(document([told(n) for n in range(1, 12)])).encode())


@given(st.binary(max_size=200))
def test_no_bytes_make_the_decoders_fail(body):
    """Garbage is refused or is no spans."""
    for decode in (from_protobuf, from_json):
        with contextlib.suppress(Undecodable):
            assert isinstance(decode(body), Decoded)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resourceSpans", "resource", "attributes", "key", "value", "stringValue", "spans", "links"]
            ),
            inner,
        )
    ),
    max_leaves=9,
)


@given(anything, anything, anything)
def test_no_json_makes_the_decoder_fail(value, attributes, kind):
    """Of the right shape down to where it is not."""
    span = told(kind=kind, attributes=attributes, links=value, status=value, traceId=kind)
    for body in (document([span]), {"resourceSpans": value}, value):
        try:
            from_json(json.dumps(body).encode())
        except Undecodable:
            continue


@pytest.mark.parametrize(
    ("kind", "attributes", "peer"),
    [
        (
            "CLIENT",
            {"net.peer.name": "DB.Internal.", "net.peer.port": "5432", "db.system": "MySQL"},
            ("database", "mysql", "", "db.internal", 5432),
        ),
        (
            "CLIENT",
            {"url.full": "https://user:pw@api.example.com/v1?key=x"},
            ("address", "", "", "api.example.com", 443),
        ),
        ("CLIENT", {"http.url": "http://[2001:db8::1]:8080/"}, ("address", "", "", "2001:db8::1", 8080)),
        ("CLIENT", {"url.full": "http://[broken"}, None),
        ("CLIENT", {"peer.service": "cart"}, ("named", "", "cart", "", 0)),
        ("CLIENT", {"server.address": "a\nb"}, None),
        ("CLIENT", {"server.address": "x" * 201}, None),
        ("CLIENT", {"server.address": "a", "server.port": 70_000}, ("address", "", "", "a", 0)),
        ("SERVER", {"server.address": "me"}, None),
        ("PRODUCER", {"messaging.system": "Kafka", "messaging.destination": "o"}, ("queue", "kafka", "o")),
        ("CLIENT", {"messaging.system": "sqs", "messaging.operation": "receive"}, ("queue", "sqs", "", "", 0, True)),
        (
            "PRODUCER",
            {
                "messaging.system": "amqp",
                "messaging.destination.name": "amq.gen-1",
                "messaging.destination.temporary": True,
            },
            ("queue", "amqp", ""),
        ),
    ],
)
def test_attributes_name_the_other_side_by_old_and_new_conventions(kind, attributes, peer):
    """And of an URL nothing but host and port is looked at."""
    assert peer_of(SpanKind[kind], attributes) == (None if peer is None else Peer(*peer))


def test_a_resource_without_a_service_is_none():
    """Nor one whose name is no name."""
    assert resource_of({}) is None
    assert resource_of({"service.name": "a\x00b"}) is None
    assert resource_of({"service.name": "cart", "deployment.environment": "prod"}).service.environment == "prod"


def test_the_http_side_answers_other_requests_as_http_does(receiver):
    """Over a real socket."""
    with http_server(receiver) as url:
        place = urlsplit(url)
        statuses = {}
        for method, path, headers in (
            ("GET", "/v1/traces", {}),
            ("POST", "/v1/metrics", JSON),
            ("POST", "/v1/traces", JSON),
            ("POST", "/v1/traces", JSON | {"Content-Length": "-1"}),
        ):
            connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
            connection.putrequest(method, path)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            statuses[method, path, headers.get("Content-Length")] = connection.getresponse().status
            connection.close()

    assert list(statuses.values()) == [405, 404, 411, 411]


def test_the_grpc_side_says_what_is_wrong(receiver):
    """With the status that gRPC has for it, and never as an inner error."""
    grpc = pytest.importorskip("grpc", reason="needs foreshock[traces]")
    from discovery.connectors.otlp_traces.grpc_server import METHOD, serve

    server = serve(receiver, "127.0.0.1:0", token="made-up")
    shown = (("authorization", "Bearer made-up"),)

    def code_of(body, metadata=shown, method=METHOD, **more):
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            try:
                channel.unary_unary(method)(body, metadata=metadata, timeout=20, **more)
            except grpc.RpcError as error:
                return error.code().name
        return "OK"

    found = [
        code_of(request(2)),
        code_of(request(2), metadata=()),
        code_of(b"\xff"),
        code_of(b"", method="/opentelemetry.proto.collector.trace.v1.TraceService/Import"),
        code_of(b"\x00" * (MAX_UNPACKED + 1)),
        code_of(b"\x00" * (64 << 20), compression=grpc.Compression.Gzip),
    ]
    server.close()

    assert found == [
        "OK",
        "UNAUTHENTICATED",
        "INVALID_ARGUMENT",
        "UNIMPLEMENTED",
        "RESOURCE_EXHAUSTED",
        "RESOURCE_EXHAUSTED",
    ]


def test_an_address_that_is_taken_is_told(receiver):
    """In words, with the address."""
    pytest.importorskip("grpc", reason="needs foreshock[traces]")
    from discovery.connectors.otlp_traces.grpc_server import serve

    server = serve(receiver, "127.0.0.1:0")
    with pytest.raises(TargetError, match="nothing can listen there"):
        serve(receiver, f"127.0.0.1:{server.port}")
    server.close()


@pytest.mark.parametrize("module", ["google.protobuf.message", "opentelemetry.proto.trace.v1.trace_pb2"])
def test_a_missing_library_says_which_extra_brings_it(receiver, monkeypatch, module):
    """JSON needs none of them."""
    monkeypatch.setitem(sys.modules, module, None)

    assert handle(receiver, JSON, b"{}").status == 200
    with pytest.raises(TargetError, match=r"install foreshock\[traces\]"):
        handle(receiver, PROTOBUF, b"")


def test_a_missing_grpc_says_which_extra_brings_it(receiver, monkeypatch):
    """Before anything listens."""
    from discovery.connectors.otlp_traces.grpc_server import serve

    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(TargetError, match=r"install foreshock\[traces\]"):
        serve(receiver, "127.0.0.1:0")
