"""The HTTP receiver as a WSGI application, for a server of its own or to be mounted beside others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from discovery.connectors.otlp_traces.http import MAX_BODY, PATH, handle
from discovery.connectors.otlp_traces.receiver import Receiver
from discovery.ports import Answer

Application = Callable[[Mapping[str, Any], Callable[..., Any]], Iterable[bytes]]


def application(receiver: Receiver, *, token: str = "") -> Application:
    """Return an application that answers ``POST /v1/traces``."""

    def answer(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = _answer(receiver, environ, token)
        headers = {**found.headers, "content-length": str(len(found.body))}
        start_response(f"{found.status} {HTTPStatus(found.status).phrase}", list(headers.items()))
        return [found.body]

    return answer


def _answer(receiver: Receiver, environ: Mapping[str, Any], token: str) -> Answer:
    if environ.get("PATH_INFO") != PATH:
        return Answer(404, {"content-type": "text/plain"}, b"")
    if environ.get("REQUEST_METHOD") != "POST":
        return Answer(405, {"content-type": "text/plain", "allow": "POST"}, b"")
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()):
        return Answer(411, {"content-type": "text/plain"}, b"")
    headers = {
        "content-type": environ.get("CONTENT_TYPE", ""),
        "content-encoding": environ.get("HTTP_CONTENT_ENCODING", ""),
        "authorization": environ.get("HTTP_AUTHORIZATION", ""),
    }
    return handle(receiver, headers, environ["wsgi.input"].read(min(int(length[:20]), MAX_BODY + 1)), token=token)
