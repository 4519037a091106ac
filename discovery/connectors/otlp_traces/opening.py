"""Opens the receivers of a source as its settings want them: one sum, an HTTP side to mount, and a gRPC server."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discovery.connectors.otlp_traces.grpc_server import GrpcServer, serve
from discovery.connectors.otlp_traces.http import MAX_BODY, PATH, handle
from discovery.connectors.otlp_traces.receiver import Receiver
from discovery.connectors.otlp_traces.spool import Spool
from discovery.ports import Answer, TargetError


@dataclass(frozen=True, slots=True)
class Receivers:
    """What listens for one source in one process: handed bodies by :meth:`take`, or by a gRPC server of its own."""

    receiver: Receiver
    token: str
    grpc: GrpcServer | None
    most_bytes: int = MAX_BODY

    @property
    def guarded(self) -> bool:
        """Whether senders have to show a token."""
        return bool(self.token)

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer the body of a ``POST v1/traces``, of which at most ``most_bytes + 1`` bytes were read."""
        if f"/{path}" != PATH:
            return Answer(404, {"content-type": "text/plain"}, b"traces are sent to v1/traces\n")
        return handle(self.receiver, headers, body, token=self.token)

    def close(self) -> None:
        """Take nothing more, and leave in the spool what is held."""
        if self.grpc is not None:
            self.grpc.close()
        self.receiver.close()

    def __repr__(self) -> str:
        return "Receivers(...)"  # The token is nobody's to read.


def receive(settings: Mapping[str, Any], secret: Callable[[str], str], listen: bool) -> Receivers | None:
    """
    Begin to receive for a source: with ``listen`` by the gRPC server of its settings, None where they name none.

    ``secret`` turns a reference into what it stands for.

    Raises:
        TargetError: a library is missing, the certificate can not be read, the address is taken, or others could reach
            it without a token.
    """
    if listen and "grpc_address" not in settings:
        return None
    token = secret(settings["token"]) if "token" in settings else ""
    receiver = Receiver(Spool(settings["folder"]), keep_hours=settings["keep_hours"])
    server = _served(receiver, settings, secret, token) if listen else None
    receiver.start()
    return Receivers(receiver, token, server)


def _served(receiver: Receiver, settings: Mapping[str, Any], secret: Callable[[str], str], token: str) -> GrpcServer:
    address = settings["grpc_address"]
    if not token and not _is_this_machine(address):
        reason = "other machines can reach it, so senders have to show a token; set `token`, or listen at 127.0.0.1"
        raise TargetError(target=address, reason=reason)
    return serve(receiver, address, token=token, tls=_tls(settings, secret))


def _is_this_machine(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"  # Any other name may lead elsewhere.


def _tls(settings: Mapping[str, Any], secret: Callable[[str], str]) -> tuple[bytes, bytes] | None:
    if "grpc_certificate" not in settings:
        return None
    try:
        certificate = Path(settings["grpc_certificate"]).read_bytes()
    except OSError as error:
        raise TargetError(target="grpc_certificate", reason=error.strerror or "it can not be read") from None
    return secret(settings["grpc_key"]).encode(), certificate
