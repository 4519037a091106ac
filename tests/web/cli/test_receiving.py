"""Traces sent by the official SDK to a running server and a running worker become services and calls in the store."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

if importlib.util.find_spec("opentelemetry") is None or importlib.util.find_spec("grpc") is None:
    pytest.skip("needs foreshock[traces] and the exporters of opentelemetry-sdk", allow_module_level=True)

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter

from tests.discovery.connectors.otlp_traces.shop import SECRET, Shop
from tests.web.receiving import SHOWN, counted, known, listening

ROOT = Path(__file__).resolve().parents[3]
RATE, SECONDS = 2_000, 20
CIS = {
    "front": "application_component",
    "cart": "application_component",
    "mail": "application_component",
    "orders": "message_queue",
    "pay.example.com": "external_service",
    "shop at 10.0.0.5:5432": "database",
}
RELATIONS = {
    ("front", "depends_on", "cart"),
    ("cart", "depends_on", "shop at 10.0.0.5:5432"),
    ("cart", "depends_on", "pay.example.com"),
    ("cart", "publishes_to", "orders"),
    ("mail", "consumes_from", "orders"),
}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:opentelemetry")


def exporter_of(way, there, headers=None):
    """Return what makes the exporter of a service: all over one way, or one service over another."""

    def made(name):
        if way == "http" or (way == "both" and name == "cart"):
            return HttpExporter(there.http, headers=headers, compression=Compression.Gzip)
        return GrpcExporter(there.grpc, insecure=True, headers=headers)

    return made


@pytest.mark.parametrize(
    "way", ["both", pytest.param("http", marks=pytest.mark.promises), pytest.param("grpc", marks=pytest.mark.promises)]
)
def test_services_calls_and_asynchronous_links_are_in_the_store(foreshock, process, tmp_path, way):
    """No more and no fewer; the server takes HTTP, the worker gRPC, and a run reads what both left."""
    folder = tmp_path / "spool"
    with listening(foreshock, process, folder) as there:
        shop = Shop(exporter_of(way, there))
        for _ in range(20):
            shop.visit()
        shop.deliver()
        shop.close()
    foreshock("discover", "run", "traces").ok()

    cis, relations = known(foreshock)
    assert cis == CIS
    assert relations == RELATIONS
    assert counted(folder) == 20 * 7
    assert SECRET not in foreshock("export", "estate").ok().out


def test_a_token_is_asked_for_at_both_ways(foreshock, process, tmp_path):
    """Who does not show it is refused and told so; nothing of theirs is kept."""
    folder = tmp_path / "spool"
    with listening(foreshock, process, folder, token="env:OTLP_TOKEN") as there:
        for way in ("http", "grpc"):
            unheard = Shop(exporter_of(way, there))
            unheard.visit()
            unheard.close()
        heard = Shop(exporter_of("both", there, SHOWN))
        heard.visit()
        heard.close()

    assert counted(folder) == 6  # The message is not delivered.


def test_what_is_no_request_is_refused_in_the_words_of_the_protocol(foreshock, process, tmp_path):
    """Too large, no such source, another path, garbage; the server goes on."""
    with listening(foreshock, process, tmp_path / "spool") as there:
        elsewhere = there.http.replace("/receive/traces/", "/receive/nobody/")
        metrics = there.http.replace("/traces/v1/traces", "/traces/v1/metrics")
        statuses = [
            posted(there.http, b"\xff"),
            posted(there.http, b"x" * (4 * 1024 * 1024 + 1)),
            posted(there.http, b"{}", "text/plain"),
            posted(elsewhere, b"{}", "application/json"),
            posted(metrics, b"{}", "application/json"),
            posted(there.http, b"{}", "application/json"),
        ]

    assert statuses == [400, 413, 415, 404, 404, 200]


def posted(url: str, body: bytes, media: str = "application/x-protobuf") -> int:
    request = urllib.request.Request(url, data=body, headers={"content-type": media})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_who_may_take_nothing_in_sends_nothing_where_there_is_no_token(foreshock, process, people, tmp_path):
    """Without a token a sender acts as the person the server acts as; a board only reads."""
    foreshock("source", "put", "traces", "--connector", "otlp_traces", "--set", f"folder={tmp_path / 'spool'}").ok()
    with process("serve", "--port", "0", "-o", "json", env=people("board")) as server:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        address = json.loads(opened)["address"]
        status = posted(f"{address}api/v1/receive/traces/v1/traces", b"{}", "application/json")
        server.terminate()
        server.communicate(timeout=60)

    assert status == 403


def test_an_address_that_others_reach_needs_a_token(foreshock, process, tmp_path):
    """The worker says so and works on."""
    settings = ("--set", f"folder={tmp_path}", "--set", "grpc_address=0.0.0.0:0")
    foreshock("source", "put", "traces", "--connector", "otlp_traces", *settings).ok()
    with process("worker") as worker:
        while "0.0.0.0:0" not in (line := worker.stderr.readline().decode()):
            assert line, "the worker has ended"
        worker.terminate()
        worker.communicate(timeout=60)

    assert "senders have to show a token" in line


@pytest.mark.promises
@pytest.mark.timed
@pytest.mark.parametrize("way", ["http", "grpc"])
def test_two_thousand_spans_a_second_are_held(foreshock, process, tmp_path, promise, way):
    """Sent by the official SDK from a process of its own into the server or the worker; none is lost."""
    asked = promise(f"traces over {way}, mounted", f"{RATE} spans/s held, none lost", "")
    folder = tmp_path / "spool"
    with listening(foreshock, process, folder) as there:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.discovery.connectors.otlp_traces.sending"),
                *(way, there.http if way == "http" else there.grpc, str(RATE), str(SECONDS)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    sent, found = json.loads(done.stdout), counted(folder)
    told = f"{sent['spans'] / sent['seconds']:.0f} spans/s: {sent['spans']} sent, {found} received"
    asked.seen(told)
    print(told)
    foreshock("discover", "run", "traces").ok()

    assert found == sent["spans"]
    assert known(foreshock) == (CIS, RELATIONS)
