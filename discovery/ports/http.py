"""
Asks an HTTP API for JSON: bounded, paced, cancellable, and what goes wrong becomes one of the ports' errors.

It stands here and not in one connector, as a connector knows no other and what a credential needs is written once. It
is the standard library's client: no library of ours follows a redirect with a credential, reads proxies out of the
environment or keeps a whole answer that has no end.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from marshmallow import ValidationError, fields

from discovery.ports.connector import Line
from discovery.ports.errors import (
    CredentialsRefused,
    Stumbled,
    TargetError,
    Throttled,
    TimedOut,
    Unreachable,
    Unreadable,
)
from discovery.ports.json_text import NotJson, loads

MIB = 1024 * 1024
_LOOKS_EVERY = 0.1  # Seconds between two looks at whether the reading was cancelled.
_TRIES = 4
_LONGEST_WAIT = 300.0
_PIECE = 256 * 1024


class WebAddress(fields.String):
    """Where an API is: an http or https URL without user, password, query and fragment."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        try:
            parts = urlsplit(text)
            sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            sound = False
        if not sound or any(character.isspace() or not character.isprintable() for character in text):
            raise ValidationError("must be an http or https address")
        if "@" in parts.netloc:
            # The value is not repeated: it may hold a password.
            raise ValidationError("must not hold a user or a password; name those by reference")
        if parts.query or parts.fragment:
            raise ValidationError("must end with its path")
        return text.rstrip("/")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the value of its JSON, the headers by their names in lower case, and the status."""

    body: Any
    headers: Mapping[str, str]
    status: int = 200


class Api:
    """
    One API at one address, which is asked one thing after another over one connection.

    ``target`` is the name under which its errors are told: ``target.id`` in ``fetch``, in ``targets`` the address.
    ``headers`` go with each request and may hold a credential; they are in no error and no representation. ``seconds``
    is how long one answer may take, ``most_bytes`` how large it may be; ``ca_file`` holds the certificates to trust in
    place of the machine's. To be closed, or used in a ``with``.
    """

    def __init__(
        self,
        address: str,
        line: Line,
        *,
        target: str,
        headers: Mapping[str, str],
        seconds: float = 30.0,
        most_bytes: int = 64 * MIB,
        ca_file: str | None = None,
    ) -> None:
        parts = urlsplit(address)
        self._host, self._port, self._path = parts.hostname or "", parts.port, parts.path.rstrip("/")
        self._line, self._target, self._seconds, self._most = line, target, seconds, most_bytes
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", **_sound(headers, target)}
        self._tls = _tls(ca_file, target) if parts.scheme == "https" else None
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; what is still being read of it ends."""
        connection, self._connection = self._connection, None
        _cut(connection)

    def get(self, path: str, query: Mapping[str, Any] | None = None, *, also: tuple[int, ...] = ()) -> Answer:
        """
        Return what GET of ``path`` below the address answers with 200, or a status of ``also``, whose body is None.

        ``query`` are the names and values behind the question mark, as they are before they are escaped. Told to be
        patient (429, or 503 with a time) it waits as long as it is told to and asks again, a few times.

        Raises:
            TargetError: one of the ports' errors; and whatever the line ends the reading with.
        """
        return self._asked("GET", path + (f"?{urlencode(query)}" if query else ""), None, also)

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Return what POST of a form answers; as :meth:`get`."""
        return self._asked("POST", path, urlencode(form).encode("ascii"), ())

    def _asked(self, method: str, path: str, body: bytes | None, also: tuple[int, ...]) -> Answer:
        for attempt in range(1, _TRIES + 1):
            self._line.check()
            self._line.pace()
            reused = self._connection is not None
            try:
                status, headers, data = self._answered(method, path, body)
            except _Dropped as dropped:
                if reused and attempt < _TRIES:
                    # A server may end a kept connection between two requests; that says nothing about it.
                    continue
                raise Unreachable(target=self._target, reason=dropped.reason) from None
            patience = _patience(status, headers)
            if patience is None and status in also:
                return Answer(None, headers, status)
            if patience is None:
                return self._judged(status, headers, data, path)
            if attempt == _TRIES or patience > min(_LONGEST_WAIT, self._line.left()):
                raise Throttled(target=self._target, reason=f"it answers {status}", seconds=patience)
            self._line.wait(patience)
        raise AssertionError("unreachable")

    def _judged(self, status: int, headers: Mapping[str, str], data: bytes, path: str) -> Answer:
        what = f"it answers {status} to {path.partition('?')[0]}"
        if status in (401, 403):
            raise CredentialsRefused(target=self._target, reason=what)
        if status >= 500:
            raise Stumbled(target=self._target, reason=what)
        if 300 <= status < 400:
            # The credential would go wherever the answer says.
            raise Unreadable(target=self._target, reason=f"{what}, a redirect, which is not followed; set its address")
        if status != 200:
            raise Unreadable(target=self._target, reason=what)
        if headers.get("content-encoding", "identity") != "identity":
            raise Unreadable(target=self._target, reason="it packs its answer, which it was not asked to")
        try:
            return Answer(loads(data), headers)
        except NotJson as wrong:
            raise Unreadable(target=self._target, reason=f"the answer to {path.partition('?')[0]}: {wrong}") from None

    def _answered(self, method: str, path: str, body: bytes | None) -> tuple[int, dict[str, str], bytes]:
        """
        Return status, headers and body, read by a thread of its own: a name server, a connection or an answer that
        hangs is then let go of as soon as the reading is cancelled or its time is up.
        """
        if self._connection is None:
            self._connection = self._connected()
        exchange = _Exchange(self._connection, self._most)
        headers = self._headers | ({"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {})
        thread = threading.Thread(
            target=exchange.run, args=(method, self._path + path, body, headers), daemon=True, name="foreshock-http"
        )
        until = time.monotonic() + min(self._seconds, max(self._line.left(), 0.0))
        try:
            thread.start()
            while not exchange.done.wait(_LOOKS_EVERY):
                self._line.check()
                if time.monotonic() > until:
                    raise TimedOut(target=self._target, reason="no whole answer in the time one may take")
            return exchange.result(self._target)
        except BaseException:
            exchange.abandoned = True
            self.close()
            raise

    def _connected(self) -> http.client.HTTPConnection:
        if self._tls is not None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._seconds, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)


class _Dropped(Exception):
    """The connection ended, or could not be made."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Exchange:
    """One request and its answer, on a thread of their own."""

    def __init__(self, connection: http.client.HTTPConnection, most: int) -> None:
        self._connection, self._most = connection, most
        self.done = threading.Event()
        self._answer: tuple[int, dict[str, str], bytes] | None = None
        self._error: Exception | None = None
        self._too_large = False
        self.abandoned = False

    def run(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> None:
        response = None
        try:
            self._connection.request(method, path, body=body, headers=dict(headers))
            response = self._connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            self._answer = (response.status, found, self._read(response))
        except Exception as wrong:  # It is told to whoever waits; nothing may end a thread unheard.
            self._error = wrong
            if response is not None:  # It holds the socket open, whatever becomes of the connection.
                response.close()
            self._connection.close()
        finally:
            if self.abandoned:  # It may have been connecting when nobody could close it yet.
                self._connection.close()
            self.done.set()

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        pieces, size = [], 0
        while piece := response.read1(_PIECE):
            size += len(piece)
            if size > self._most:
                self._too_large = True
                raise ValueError("too large")
            pieces.append(piece)
        if response.length:  # read1 does not tell an answer that was cut off from one that ended.
            raise http.client.IncompleteRead(b"", response.length)
        response.close()  # After read1 alone the connection would take the answer for one that is still being read.
        return b"".join(pieces)

    def result(self, target: str) -> tuple[int, dict[str, str], bytes]:
        wrong = self._error
        if wrong is None and self._answer is not None:
            return self._answer
        if self._too_large:
            raise Unreadable(target=target, reason=f"one answer is larger than {self._most // MIB} MiB")
        if isinstance(wrong, ssl.SSLCertVerificationError):
            raise Unreadable(target=target, reason=f"its certificate is not trusted: {wrong.verify_message}")
        if isinstance(wrong, TimeoutError):
            raise TimedOut(target=target, reason="no answer in the time one may take")
        if isinstance(wrong, http.client.IncompleteRead):
            raise _Dropped("its answer was cut off")
        if isinstance(wrong, OSError):
            raise _Dropped(wrong.strerror or "the connection was closed")
        # The message is not repeated: of some errors it holds what was sent.
        raise Unreadable(target=target, reason=f"it does not answer as HTTP does ({type(wrong).__name__})")


def bearer(word: str, secret: str) -> dict[str, str]:
    """Return the header that carries a token after ``word``: Bearer, Token."""
    return {"Authorization": f"{word} {secret}"}


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header that carries a name and a password (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")}


def _sound(headers: Mapping[str, str], target: str) -> Mapping[str, str]:
    # http.client would repeat the value in its message.
    if any(not value.isascii() or not value.isprintable() for value in headers.values()):
        raise CredentialsRefused(target=target, reason="it holds characters that no header can carry")
    return headers


def _tls(ca_file: str | None, target: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise TargetError(target=target, reason="the file of its certificate authority can not be read") from None


def _patience(status: int, headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the answer asks to wait, None where it does not ask for patience."""
    said = headers.get("retry-after")
    if status != 429 and not (status == 503 and said is not None):
        return None
    try:
        return min(max(float(said or 1), 0.0), 86_400.0)
    except ValueError:
        return 30.0  # A date; clocks differ, so it is taken for "not at once".


def _cut(connection: http.client.HTTPConnection | None) -> None:
    if connection is None:
        return
    # Closing alone would not wake a thread that reads of it.
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(2)
    connection.close()
