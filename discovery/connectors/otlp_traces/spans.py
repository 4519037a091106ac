"""
A span as far as it tells who calls whom: nothing of it is kept that could hold what a user typed or a secret.

Names are those of OpenTelemetry's semantic conventions, the older ones beside the newer. Attributes come by an
allow list (:data:`WANTED`); of an URL only host and port are taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple
from urllib.parse import urlsplit

MAX_NAME = 200  # characters of a name; longer ones are no names
_UNCLEAN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1|0:0:0:0:0:0:0:1")

Value = str | int | float | bool


class SpanKind(IntEnum):
    """OpenTelemetry's kinds of span."""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class Service(NamedTuple):
    """What identifies a service in traces; namespace and environment may be empty."""

    namespace: str
    name: str
    environment: str


class Resource(NamedTuple):
    """Who sent spans: the service, and what else is known of it (``language``, ``version``, ``workload``)."""

    service: Service
    about: Mapping[str, str]


class Peer(NamedTuple):
    """
    What a span says of its other side.

    ``kind`` is ``database``, ``queue``, ``named`` (by ``peer.service``) or ``address``. ``receives`` is set of a queue
    that is read from rather than written to.
    """

    kind: str
    system: str = ""
    name: str = ""
    address: str = ""
    port: int = 0
    receives: bool = False


class Span(NamedTuple):
    """One span; ``key``, ``parent`` and ``links`` are trace id and span id joined, ``micros`` is how long it took."""

    key: bytes
    parent: bytes
    service: Service
    kind: SpanKind
    micros: int
    error: bool
    peer: Peer | None
    links: tuple[bytes, ...] = ()


RESOURCE_WANTED = frozenset(
    {
        "service.name",
        "service.namespace",
        "service.version",
        "deployment.environment.name",
        "deployment.environment",
        "telemetry.sdk.language",
        "k8s.cluster.name",
        "k8s.namespace.name",
        "k8s.deployment.name",
        "k8s.statefulset.name",
        "k8s.daemonset.name",
    }
)
WANTED = frozenset(
    {
        "db.system.name",
        "db.system",
        "db.namespace",
        "db.name",
        "messaging.system",
        "messaging.destination.name",
        "messaging.destination",
        "messaging.destination.template",
        "messaging.destination.temporary",
        "messaging.destination.anonymous",
        "messaging.operation.type",
        "messaging.operation",
        "peer.service",
        "server.address",
        "server.port",
        "net.peer.name",
        "net.peer.port",
        "network.peer.address",
        "network.peer.port",
        "url.full",
        "http.url",
    }
)
_WORKLOADS = (("k8s.deployment.name", "Deployment"), ("k8s.statefulset.name", "StatefulSet"))
_DAEMONS = (("k8s.daemonset.name", "DaemonSet"),)
_RECEIVING = frozenset({"receive", "process", "deliver", "settle"})


def clean(value: Value | None) -> str:
    """Return a value as a name that can be shown, "" for what is none."""
    if value is None or isinstance(value, (bool, float)):
        return ""
    text = str(value).strip()
    return text if len(text) <= MAX_NAME and not _UNCLEAN.search(text) else ""


def resource_of(attributes: Mapping[str, Value]) -> Resource | None:
    """
    Return who a resource's attributes mean, None where they name no service.

    The name that an SDK invents for a service without one is none: all nameless services would be one.
    """
    name = clean(attributes.get("service.name"))
    if not name or name == "unknown_service" or name.startswith("unknown_service:"):
        return None
    environment = clean(attributes.get("deployment.environment.name")) or clean(
        attributes.get("deployment.environment")
    )
    about = {
        "language": clean(attributes.get("telemetry.sdk.language")),
        "version": clean(attributes.get("service.version")),
        "workload": _workload(attributes),
    }
    service = Service(clean(attributes.get("service.namespace")), name, environment)
    return Resource(service, {key: value for key, value in about.items() if value})


def _workload(attributes: Mapping[str, Value]) -> str:
    """Return the workload as the kubernetes sources name it, "" where any part of the name is missing."""
    where = [clean(attributes.get(key)) for key in ("k8s.cluster.name", "k8s.namespace.name")]
    for key, kind in (*_WORKLOADS, *_DAEMONS):
        name = clean(attributes.get(key))
        if name and all(where):
            return "/".join([*where, kind, name])
    return ""


def peer_of(kind: SpanKind, attributes: Mapping[str, Value]) -> Peer | None:
    """
    Return what a span's attributes say of its other side, None where they say nothing or the span has none.

    >>> peer_of(SpanKind.CLIENT, {"db.system": "postgresql", "db.name": "shop", "server.address": "10.0.0.5"})
    Peer(kind='database', system='postgresql', name='shop', address='10.0.0.5', port=0, receives=False)
    """
    system = clean(attributes.get("messaging.system"))
    if system and kind is not SpanKind.INTERNAL:
        return _queue(kind, system, attributes)
    if kind is not SpanKind.CLIENT:
        return None
    address, port = _address(attributes)
    system = clean(attributes.get("db.system.name")) or clean(attributes.get("db.system"))
    if system:
        name = clean(attributes.get("db.namespace")) or clean(attributes.get("db.name"))
        return Peer("database", system.lower(), name, address, port)
    named = clean(attributes.get("peer.service"))
    if named or address:
        return Peer("named" if named else "address", "", named, address, port)
    return None


def _queue(kind: SpanKind, system: str, attributes: Mapping[str, Value]) -> Peer:
    operation = clean(attributes.get("messaging.operation.type")) or clean(attributes.get("messaging.operation"))
    name = clean(attributes.get("messaging.destination.name")) or clean(attributes.get("messaging.destination"))
    if attributes.get("messaging.destination.temporary") is True or (
        attributes.get("messaging.destination.anonymous") is True
    ):
        # A queue made for one answer has a name that never comes again.
        name = clean(attributes.get("messaging.destination.template"))
    receives = kind in (SpanKind.CONSUMER, SpanKind.SERVER) or operation in _RECEIVING
    return Peer("queue", system.lower(), name, receives=receives and kind is not SpanKind.PRODUCER)


def _address(attributes: Mapping[str, Value]) -> tuple[str, int]:
    for name, port in (("server.address", "server.port"), ("net.peer.name", "net.peer.port")):
        if address := clean(attributes.get(name)):
            return _folded(address), _port(attributes.get(port))
    for name in ("url.full", "http.url"):
        url = attributes.get(name)
        if isinstance(url, str) and (found := _of_url(url)):
            return found
    address = clean(attributes.get("network.peer.address"))
    return _folded(address), _port(attributes.get("network.peer.port")) if address else 0


def _of_url(url: str) -> tuple[str, int] | None:
    """Return host and port of an URL; user, password, path and query are never looked at."""
    try:
        split = urlsplit(url[:2_000])
        host, port = split.hostname, split.port
    except ValueError:
        return None
    address = clean(host)
    usual = {"http": 80, "https": 443}.get(split.scheme, 0)
    return (_folded(address), port or usual) if address else None


def _folded(address: str) -> str:
    return address.lower().rstrip(".").strip("[]")


def _port(value: Value | None) -> int:
    text = clean(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65_535 else 0


def is_loopback(address: str) -> bool:
    """Tell whether an address means another thing on every host."""
    return bool(_LOOPBACK.fullmatch(address))
