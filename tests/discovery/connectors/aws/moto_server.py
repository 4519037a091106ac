"""Runs moto's AWS on loopback as a process of its own, with a door through which a test makes parts of it fail."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from io import BytesIO
from threading import Event
from typing import Any
from urllib.parse import parse_qs

SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")
ERROR = "<Error><Code>{code}</Code><Message>no</Message></Error>"
EC2 = f"<Response><Errors>{ERROR}</Errors><RequestID>1</RequestID></Response>"
QUERY = f"<ErrorResponse>{ERROR}</ErrorResponse>"


class Faulty:
    """
    AWS as moto plays it, but for what the faults say.

    A fault is ``{"region", "service", "action", "status", "code", "text", "silent", "times"}``, all optional: the
    first three say which requests it is for, the others what becomes of them and how often. A silent one answers when
    the faults are next set.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._faults: list[dict[str, Any]] = []
        self._asked: Counter[str] = Counter()
        self._set_anew = Event()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        if environ["PATH_INFO"] == "/faults":
            self._faults, self._asked = json.loads(body), Counter()
            self._set_anew.set()
            self._set_anew = Event()
            return self._answer(start, "200 OK", "{}")
        if environ["PATH_INFO"] == "/asked":
            return self._answer(start, "200 OK", json.dumps(self._asked))
        signed = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        region, service = signed.groups() if signed else ("", "")
        action = "".join(parse_qs(body.decode("latin-1")).get("Action", []))
        self._asked[f"{region} {action}"] += 1
        fault = self._fault({"region": region, "service": service, "action": action})
        if fault is None:
            return self._application(environ, start)
        if fault.get("silent"):
            self._set_anew.wait(60)
        text = fault.get("text", (EC2 if service == "ec2" else QUERY).format(code=fault.get("code", "Trouble")))
        return self._answer(start, f"{fault.get('status', 400)} Trouble", text)

    def _fault(self, request: dict[str, str]) -> dict[str, Any] | None:
        for fault in self._faults:
            if all(fault.get(key, value) == value for key, value in request.items()) and fault.get("times", 1) > 0:
                if "times" in fault:
                    fault["times"] -= 1
                return fault
        return None

    def _answer(self, start: Callable[..., Any], status: str, text: str) -> list[bytes]:
        start(status, [("Content-Type", "text/xml"), ("Content-Length", str(len(text.encode())))])
        return [text.encode()]


def main() -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        """Keeps connections and says nothing."""

        protocol_version = "HTTP/1.1"
        wbufsize = 2**16  # Head and body go out together; apart each answer would wait for the client's delayed thanks.

        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # Its name in the library.
            pass

    application = Faulty(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)  # type: ignore[arg-type]
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
