"""Where there is no room, senders are told to come back, nothing is half taken, and nothing grows."""

from __future__ import annotations

import json
import threading

import pytest

from discovery.connectors.otlp_traces import receiver as receiving
from discovery.connectors.otlp_traces.http import handle
from discovery.connectors.otlp_traces.receiver import MOST_AT_ONCE
from tests.discovery.connectors.otlp_traces.serving import receiver_at
from tests.discovery.connectors.otlp_traces.traces import document, told

JSON = {"content-type": "application/json"}


def sent(receiver):
    return handle(receiver, JSON, json.dumps(document([told()])).encode())


def test_more_requests_than_turns_are_told_to_come_back(tmp_path, monkeypatch):
    """503 with the seconds; a turn that ends lets the next one in."""
    monkeypatch.setattr(receiving, "PATIENCE", 0.01)
    receiver = receiver_at(tmp_path)
    holding, letting_go = threading.Barrier(MOST_AT_ONCE + 1), threading.Event()

    def hold():
        with receiver.room():
            holding.wait()
            letting_go.wait()

    threads = [threading.Thread(target=hold) for _ in range(MOST_AT_ONCE)]
    for thread in threads:
        thread.start()
    holding.wait()
    refused = sent(receiver)
    letting_go.set()
    for thread in threads:
        thread.join()

    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert json.loads(refused.body)["code"] == 14
    assert sent(receiver).status == 200


def test_a_disk_that_takes_nothing_for_long_stops_the_receiving(tmp_path, monkeypatch):
    """Senders keep what they have, as long as they can; when the disk takes again, so does the receiver."""
    monkeypatch.setattr(receiving, "_STUCK", -1.0)
    folder = tmp_path / "spool"
    folder.write_text("a file where the folder should be")
    receiver = receiver_at(folder)
    before = sent(receiver).status
    receiver._flush_or_tell()
    during = sent(receiver)
    folder.unlink()
    receiver._flush_or_tell()

    assert (before, during.status, during.headers["retry-after"]) == (200, 503, "30")
    assert sent(receiver).status == 200


def test_a_receiver_that_ended_takes_nothing_it_could_not_keep(tmp_path):
    """What comes after the last write would be lost without anybody knowing."""
    receiver = receiver_at(tmp_path)
    receiver.close()

    assert sent(receiver).status == 503


def test_an_exporter_over_grpc_sends_again_until_there_is_room(tmp_path, monkeypatch):
    """The official one: it is told that the receiver is unavailable, and tries again."""
    pytest.importorskip("grpc", reason="needs foreshock[traces]")
    pytest.importorskip("opentelemetry.sdk", reason="needs opentelemetry-sdk and its exporters")
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    from discovery.connectors.otlp_traces.grpc_server import serve
    from tests.discovery.connectors.otlp_traces.serving import kept

    receiver = receiver_at(tmp_path)
    refusing = iter([True])
    room = receiver.room

    def sometimes():
        if next(refusing, False):
            raise receiving.NoRoom("too many requests at one time", 1)
        return room()

    monkeypatch.setattr(receiver, "room", sometimes)
    server = serve(receiver, "127.0.0.1:0")
    provider = TracerProvider(resource=Resource.create({"service.name": "front"}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"127.0.0.1:{server.port}", insecure=True)))
    with provider.get_tracer("t").start_as_current_span("one"):
        pass
    provider.shutdown()
    server.close()
    receiver.close()

    assert [each["calls"]["spans"] for each in map(json.loads, json.loads(kept(tmp_path)))] == [1]
