"""The gRPC side of OTLP: a server with the one method that exporters of traces call."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from discovery.connectors.otlp_traces.decoding import Undecodable, from_protobuf, missing_library
from discovery.connectors.otlp_traces.http import MAX_UNPACKED, accepted, is_admitted
from discovery.connectors.otlp_traces.receiver import NoRoom, Receiver
from discovery.ports import TargetError

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
THREADS = 8
MAX_AT_ONCE = 256  # requests that wait for a thread, each with what the transport buffers of it


class GrpcServer:
    """A server that runs; ``port`` is the one it listens on, which matters where 0 was asked for."""

    def __init__(self, server: Any, port: int) -> None:
        self._server, self.port = server, port

    def close(self, grace: float = 5.0) -> None:
        """Take no more requests, and give those that are being answered ``grace`` seconds."""
        self._server.stop(grace).wait()


def serve(receiver: Receiver, address: str, *, token: str = "", tls: tuple[bytes, bytes] | None = None) -> GrpcServer:
    """
    Listen at ``address`` (``HOST:PORT``) and hand what comes to the receiver, until it is closed.

    ``tls`` is the key and the certificate, both PEM; without it everything travels in the clear, as is right on the
    own host alone.

    Raises:
        TargetError: grpcio is missing, or nothing can listen there.
    """
    try:
        import grpc
    except ImportError:
        raise missing_library() from None
    server = grpc.server(
        ThreadPoolExecutor(THREADS, thread_name_prefix="otlp-grpc"),
        maximum_concurrent_rpcs=MAX_AT_ONCE,
        options=(("grpc.max_receive_message_length", MAX_UNPACKED), ("grpc.so_reuseport", 0)),
    )
    server.add_generic_rpc_handlers((_handler(grpc, _export(grpc, receiver, token)),))
    try:
        if tls is None:
            port = server.add_insecure_port(address)
        else:
            port = server.add_secure_port(address, grpc.ssl_server_credentials([tls]))
    except RuntimeError:
        raise TargetError(target=address, reason="nothing can listen there; is the port taken?") from None
    server.start()
    return GrpcServer(server, port)


def _export(grpc: Any, receiver: Receiver, token: str) -> Callable[[bytes, Any], bytes]:
    def export(body: bytes, context: Any) -> bytes:
        shown = dict(context.invocation_metadata()).get("authorization", "")
        if not is_admitted(shown if isinstance(shown, str) else "", token):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is missing or wrong")
        try:
            with receiver.room():
                decoded = from_protobuf(body)
                receiver.take(decoded)
        except Undecodable as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except NoRoom as error:
            # Exporters try again after this code, and not after RESOURCE_EXHAUSTED.
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        return accepted(decoded)

    return export


def _handler(grpc: Any, export: Callable[[bytes, Any], bytes]) -> Any:
    # Bytes are taken as they are and not parsed by the library, so that our bounds are those that count.
    method = grpc.unary_unary_rpc_method_handler(export)

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]
        """Knows the one method."""

        def service(self, details: Any) -> Any:
            return method if details.method == METHOD else None

    return Handler()
