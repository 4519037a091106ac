"""Serve the application with waitress, to this machine alone, until it is told to stop."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from cmdb.errors import Family, ForeshockError
from web.errors import MEDIA_TYPE, http_problem
from web.loopback import is_this_machine
from web.request import UPLOAD_BYTES, WHILE_SERVING
from web.signin.guard import SIGN_IN

if TYPE_CHECKING:
    from flask import Flask

THREADS = 8
EVERYWHERE = ("", "0.0.0.0", "::")


class LoopbackOnly(ForeshockError):
    """The server was asked to listen where others could reach it, while it can not tell who they are."""

    code = "serve.loopback_only"
    sentence = (
        "{host} can be reached from other machines, and sign-in is off: everyone there would act as {actor}; "
        "set FORESHOCK_SIGN_IN=on, or use 127.0.0.1, or a tunnel such as ssh -L"
    )
    family = Family.REFUSED

    def __init__(self, *, host: str, actor: str) -> None:
        super().__init__(host=host, actor=actor)


class PublicUrlNeeded(ForeshockError):
    """The server was asked to listen at every address of the machine, and does not know by which name people come."""

    code = "serve.public_url"
    sentence = (
        "{host} is every address of this machine; set FORESHOCK_PUBLIC_URL to the one people use, "
        "such as https://cmdb.example.org: other names are refused"
    )
    family = Family.REFUSED

    def __init__(self, *, host: str) -> None:
        super().__init__(host=host)


class AddressInUse(ForeshockError):
    """The server can not listen at the address it was given."""

    code = "serve.address"
    sentence = "can not listen on {host}, port {port}: {cause}"

    def __init__(self, *, host: str, port: int, cause: str) -> None:
        super().__init__(host=host, port=port, cause=cause)


def refuse_foreign(host: str, *, actor: str, sign_in: bool = False, public_url: str = "") -> None:
    """
    Return if ``host`` means this machine only, or persons sign in and are known to come by a name of ours.

    Raises:
        LoopbackOnly: it is another address, or a name of which nobody knows where it leads, and nobody signs in.
        PublicUrlNeeded: persons sign in, and it is every address.
    """
    if is_this_machine(host):
        return
    if not sign_in:
        raise LoopbackOnly(host=host, actor=actor)
    if host in EVERYWHERE and not public_url:
        raise PublicUrlNeeded(host=host)


def serve(
    app: Flask, *, host: str, port: int, actor: str, ready: Callable[[str], None], proxy: str = "", public_url: str = ""
) -> None:
    """
    Answer requests until SIGTERM or SIGINT; what is being worked on then is finished first, for up to five seconds.

    ``port`` 0 takes a free one. ``ready`` is called once, with the address, as soon as requests are accepted. ``proxy``
    is the address of one in front, whose word on who asks is taken.

    Raises:
        LoopbackOnly: as :func:`refuse_foreign`.
        AddressInUse: the address is taken or not allowed.
    """
    refuse_foreign(host, actor=actor, sign_in=SIGN_IN in app.extensions, public_url=public_url)
    import waitress

    options: dict[str, Any] = {
        "threads": THREADS,
        "max_request_body_size": UPLOAD_BYTES,
        "ident": None,
        "clear_untrusted_proxy_headers": True,
    }
    if proxy:
        options |= {"trusted_proxy": proxy, "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}}
    # A name may stand for two addresses, each of which would take a free port of its own.
    address = "127.0.0.1" if host == "localhost" else host
    try:
        server = waitress.create_server(app, host=address, port=port, **options)
    except OSError as cause:
        raise AddressInUse(host=host, port=port, cause=cause.strerror or str(cause)) from cause
    server.channel_class = _channel_class()
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with app.extensions.get(WHILE_SERVING, nullcontext)():
            ready(f"http://{f'[{address}]' if ':' in address else address}:{server.effective_port}/")
            server.run()  # Returns after KeyboardInterrupt or SystemExit, when its threads have finished their tasks.
    finally:
        signal.signal(signal.SIGTERM, before)
        server.close()


def _channel_class() -> type:
    """Return waitress's channel, but with a problem document for a request that is not even HTTP."""
    from waitress.channel import HTTPChannel
    from waitress.task import ErrorTask

    class ProblemTask(ErrorTask):  # type: ignore[misc]
        def execute(self) -> None:
            error = self.request.error
            body = json.dumps(http_problem(error.code, error.reason, error.body)).encode("utf-8")
            self.status = f"{error.code} {error.reason}"
            self.response_headers.append(("Content-Type", MEDIA_TYPE))
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    class ProblemChannel(HTTPChannel):  # type: ignore[misc]
        error_task_class = ProblemTask

    return ProblemChannel


def _stop(_signal: int, _frame: Any) -> None:
    raise SystemExit(0)
