"""
A shop of three services that trace themselves with the official SDK, each with a provider and an exporter of its own.

``front`` calls ``cart`` over HTTP, which asks PostgreSQL and a payment service, and hands orders to ``mail`` over a
queue. Contexts travel between them as headers, as they do between processes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, get_current_span

SECRET = "planted-Pa55word"


class Shop:
    """The three services; ``exporter`` makes one for each, by its name."""

    def __init__(self, exporter: Callable[[str], SpanExporter]) -> None:
        self.providers = {name: _provider(name, exporter(name)) for name in ("front", "cart", "mail")}
        self._queue: list[dict[str, str]] = []

    def visit(self, *, fails: bool = False) -> None:
        """One visitor orders something; with ``fails`` the payment is refused."""
        with self._span("front", "GET /", SpanKind.SERVER):
            attributes = {"server.address": "cart.internal", "server.port": 8080, "url.full": f"http://u:{SECRET}@x/"}
            with self._span("front", "POST", SpanKind.CLIENT, attributes):
                headers: dict[str, str] = {}
                inject(headers)
                self._order(headers, fails=fails)

    def _order(self, headers: dict[str, str], *, fails: bool) -> None:
        with self._span("cart", "POST /order", SpanKind.SERVER, context=extract(headers)):
            query = {
                "db.system.name": "postgresql",
                "db.namespace": "shop",
                "db.query.text": f"SELECT '{SECRET}'",
                "server.address": "10.0.0.5",
                "server.port": 5432,
            }
            with self._span("cart", "SELECT", SpanKind.CLIENT, query):
                pass
            with self._span("cart", "POST", SpanKind.CLIENT, {"server.address": "pay.example.com"}) as span:
                if fails:
                    span.set_status(Status(StatusCode.ERROR, SECRET))
            with self._span("cart", "send orders", SpanKind.PRODUCER, _queue("send")):
                message: dict[str, str] = {}
                inject(message)
                self._queue.append(message)

    def deliver(self) -> None:
        """The mail service takes what is in the queue, later and in a trace of its own, linked to who sent it."""
        while self._queue:
            sender = get_current_span(extract(self._queue.pop(0))).get_span_context()
            with self._span("mail", "process orders", SpanKind.CONSUMER, _queue("process"), links=[Link(sender)]):
                pass

    def _span(self, service: str, name: str, kind: SpanKind, attributes: Any = None, **more: Any) -> Any:
        tracer = self.providers[service].get_tracer("shop")
        return tracer.start_as_current_span(name, kind=kind, attributes=attributes, **more)

    def close(self) -> None:
        """Send what is left."""
        for provider in self.providers.values():
            assert provider.force_flush()
            provider.shutdown()


def _queue(operation: str) -> dict[str, str]:
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": "orders",
        "messaging.operation.type": operation,
    }


def _provider(name: str, exporter: SpanExporter) -> TracerProvider:
    about = {
        "service.name": name,
        "service.namespace": "shop",
        "service.version": "1.2",
        "deployment.environment.name": "test",
        "host.secret": SECRET,
        "k8s.cluster.name": "blue",
        "k8s.namespace.name": "shop",
        "k8s.deployment.name": name,
    }
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=50_000, schedule_delay_millis=200))
    return provider
