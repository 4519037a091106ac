"""A process that sends the shop's traces at an even rate: ``python -m ... http|grpc ADDRESS RATE SECONDS``."""

from __future__ import annotations

import json
import sys
import time

from tests.discovery.connectors.otlp_traces.shop import Shop

A_VISIT = 7  # spans


def main(way: str, address: str, rate: str, seconds: str) -> None:
    """Send, and print how many spans went out in how long."""
    shop = Shop(lambda _: _exporter(way, address))
    visits, began = int(float(rate) * float(seconds) / A_VISIT), time.monotonic()
    for number in range(visits):
        shop.visit()
        shop.deliver()
        ahead = began + (number + 1) * A_VISIT / float(rate) - time.monotonic()
        if ahead > 0.01:
            time.sleep(ahead)
    took = time.monotonic() - began
    shop.close()
    print(json.dumps({"spans": visits * A_VISIT, "seconds": took}))


def _exporter(way: str, address: str):
    if way == "http":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as Http

        return Http(address)
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as Grpc

    return Grpc(address, insecure=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
