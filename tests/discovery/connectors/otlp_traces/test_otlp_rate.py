"""How many spans a second a receiver takes from the official exporters: told by `make promises`, not judged."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.discovery.connectors.otlp_traces.serving import http, kept, read, receiver_at

pytest.importorskip("grpc", reason="needs foreshock[traces]")
pytest.importorskip("opentelemetry.sdk", reason="needs opentelemetry-sdk and its exporters")

ROOT = Path(__file__).resolve().parents[4]
RATE, SECONDS = 2_000, 20


@pytest.mark.promises
@pytest.mark.timed
@pytest.mark.parametrize("way", ["http", "grpc"])
def test_spans_at_two_thousand_a_second_are_all_counted(way, tmp_path, promise):
    """None is lost at the rate; how much of one core that takes is told."""
    from discovery.connectors.otlp_traces.grpc_server import serve

    asked = promise(f"traces over {way}", f"{RATE} spans/s held, none lost", "")
    receiver = receiver_at(tmp_path)
    server = serve(receiver, "127.0.0.1:0")
    with http(receiver) as url:
        address = url if way == "http" else f"127.0.0.1:{server.port}"
        module = "tests.discovery.connectors.otlp_traces.sending"
        used = time.process_time()
        done = subprocess.run(
            [sys.executable, "-m", module, way, address, str(RATE), str(SECONDS)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        used = time.process_time() - used
    server.close()
    receiver.close()
    sent = json.loads(done.stdout)
    spans = sum(json.loads(each)["calls"]["spans"] for each in json.loads(kept(tmp_path)))
    rate = sent["spans"] / sent["seconds"]
    told = f"{rate:.0f} spans/s sent, {spans} of {sent['spans']} counted, {used / spans * 1e6:.0f} us of CPU a span"
    asked.seen(told)
    print(told)

    assert spans == sent["spans"]
    assert {each.name for each in read(tmp_path).observations} >= {"front", "cart", "mail", "orders"}
