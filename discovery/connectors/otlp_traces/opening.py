"""Opens the receivers of a source as its settings want them: one sum, an HTTP side to mount, and a gRPC server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discovery.connectors.otlp_traces.grpc_server import GrpcServer, serve
from discovery.connectors.otlp_traces.http import Answer, handle
from discovery.connectors.otlp_traces.receiver import Receiver
from discovery.connectors.otlp_traces.spool import Spool
from discovery.ports import TargetError


@dataclass(frozen=True, slots=True)
class Receivers:
    """What listens for one source in one process; :meth:`http` may be called from many threads."""

    receiver: Receiver
    token: str
    grpc: GrpcServer | None

    def http(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer the body of a ``POST /v1/traces``, of which at most ``MAX_BODY + 1`` bytes were read."""
        return handle(self.receiver, headers, body, token=self.token)

    def close(self) -> None:
        """Take nothing more, and leave in the spool what is held."""
        if self.grpc is not None:
            self.grpc.close()
        self.receiver.close()

    def __repr__(self) -> str:
        return "Receivers(...)"  # The token is nobody's to read.


def open_receivers(settings: Mapping[str, Any], secret: Callable[[str], str], *, grpc: bool) -> Receivers:
    """
    Begin to receive for a source; ``grpc`` tells whether this process is to run the gRPC server, which one only can.

    ``secret`` turns a reference into what it stands for.

    Raises:
        TargetError: a library is missing, the certificate can not be read, or the address is taken.
    """
    token = secret(settings["token"]) if "token" in settings else ""
    receiver = Receiver(Spool(settings["folder"]), keep_hours=settings["keep_hours"])
    server = None
    if grpc and "grpc_address" in settings:
        server = serve(receiver, settings["grpc_address"], token=token, tls=_tls(settings, secret))
    receiver.start()
    return Receivers(receiver, token, server)


def _tls(settings: Mapping[str, Any], secret: Callable[[str], str]) -> tuple[bytes, bytes] | None:
    if "grpc_certificate" not in settings:
        return None
    try:
        certificate = Path(settings["grpc_certificate"]).read_bytes()
    except OSError as error:
        raise TargetError(target="grpc_certificate", reason=error.strerror or "it can not be read") from None
    return secret(settings["grpc_key"]).encode(), certificate
