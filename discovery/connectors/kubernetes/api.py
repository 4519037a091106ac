"""
Asking a cluster's API: one verb, GET, over one kept connection, with every answer bounded.

This is the standard library's HTTP rather than the official client: of that, 7 MB and seven more packages, a listing
would use one function, which builds a typed object of every pod only for it to be taken apart again, and which reads an
answer of any size.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from discovery.ports import (
    CredentialsRefused,
    HostKeyChanged,
    Line,
    Target,
    TargetError,
    Throttled,
    TimedOut,
    Unreachable,
    Unreadable,
)
from discovery.ports.blocking import attend

MAX_ANSWER = 64 * 2**20  # bytes of one page; 500 pods come to about 5 MB
LONGEST_WAIT = 30.0  # seconds between two tries, whatever the API would like
CHUNK = 2**16


class Withheld(Exception):  # It is told as a part that is not whole, never to people as it is.
    """One listing can not be read, which says nothing about the others; ``denied`` where a permission is missing."""

    def __init__(self, reason: str, *, denied: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.denied = reason, denied


class Expired(Exception):  # It never leaves the reading.
    """The rest of a listing can not be had any more; it has to begin again."""


class Answer(NamedTuple):
    """What came back: the status, what it says about trying again, and the body."""

    status: int
    retry_after: str
    body: bytes


class Api:
    """The API of one cluster."""

    def __init__(self, target: Target, settings: Mapping[str, Any], line: Line) -> None:
        self._target, self._settings, self._line = target.id, settings, line
        self._address = urlsplit(settings["server"])
        self._tls = self._context() if self._address.scheme == "https" else None
        self._headers = {"Accept": "application/json", "User-Agent": "foreshock"}
        if "token" in settings:
            self._headers["Authorization"] = f"Bearer {line.secret(settings['token']).strip()}"
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Close the connection, also under a request that still runs."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)  # This wakes whoever reads from it; closing does not.
        connection.close()

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """
        Return the object at a path.

        Raises:
            Withheld: this one is not to be had.
            Expired: the page that was asked for is none any more.
            TargetError: nothing more is to be had from the cluster for now.
        """
        asked = {name: value for name, value in parameters.items() if value}
        whole = quote(self._address.path.rstrip("/") + path) + (f"?{urlencode(asked)}" if asked else "")
        tried = 0
        while True:
            self._line.pace()
            answer, fault = self._tried(path, whole)
            if answer is not None and (found := self._judged(path, answer)) is not None:
                return found
            tried += 1
            pause = _pause(tried, answer.retry_after if answer else "")
            if tried >= self._settings["tries"] or pause >= self._line.left():
                raise fault or self._final(path, answer)
            self._line.wait(pause)

    def _tried(self, path: str, whole: str) -> tuple[Answer | None, TargetError | None]:
        """Return the answer to one request, or what went wrong on the way."""
        until = time.monotonic() + max(1.0, self._line.left())
        try:
            return attend(self._line, lambda: self._once(whole, until)), None
        except ssl.SSLCertVerificationError as error:
            self.close()
            reason = f"its certificate is not trusted: {error.verify_message}"
            raise HostKeyChanged(target=self._target, reason=reason) from None
        except TimeoutError:
            self.close()
            return None, TimedOut(target=self._target, reason=f"GET {path}")
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return None, Unreachable(target=self._target, reason=f"GET {path}: {type(error).__name__}")
        except BaseException:
            self.close()
            raise

    def _once(self, whole: str, until: float) -> Answer:
        connection = self._connected()
        connection.request("GET", whole, headers=self._headers)
        response = connection.getresponse()
        chunks, size = [], 0
        while chunk := response.read1(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER:
                self.close()
                raise Withheld(f"an answer of more than {MAX_ANSWER:,} bytes; ask for smaller pages")
            if time.monotonic() > until:
                raise TimeoutError
        response.close()  # Else the connection takes no other request.
        return Answer(response.status, response.getheader("Retry-After", ""), b"".join(chunks))

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self._address.hostname or "", self._address.port
            seconds = self._settings["connect_seconds"]
            if self._tls is not None:
                made: http.client.HTTPConnection = http.client.HTTPSConnection(
                    host, port, timeout=seconds, context=self._tls
                )
            else:
                made = http.client.HTTPConnection(host, port, timeout=seconds)
            self._connection = made
            made.connect()
            made.sock.settimeout(self._settings["answer_seconds"])
        return self._connection

    def _judged(self, path: str, answer: Answer) -> dict[str, Any] | None:
        """Return the object of an answer, None where it is worth asking again, and raise what else it means."""
        status = answer.status
        if status == 200:
            return self._read(path, answer.body)
        if status == 429 or status >= 500:
            return None
        if status == 401:
            raise CredentialsRefused(target=self._target, reason=f"GET {path}: status 401")
        if status == 403:
            raise Withheld("forbidden", denied=True)
        if status == 404:
            raise Withheld("this cluster does not serve it")
        if status == 410:
            raise Expired
        raise Unreadable(target=self._target, reason=f"GET {path}: status {status}")

    def _read(self, path: str, body: bytes) -> dict[str, Any]:
        try:
            found = json.loads(body, parse_constant=_no_number)
            if b"\\ud" in body.lower():  # Half a character, which can be written nowhere, becomes a question mark.
                found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Unreadable(target=self._target, reason=f"GET {path}: no JSON object")
        return found

    def _final(self, path: str, answer: Answer | None) -> TargetError:
        status = answer.status if answer else 0
        reason = f"GET {path}: status {status}"
        if status == 429:
            return Throttled(target=self._target, reason=reason, seconds=_seconds(answer.retry_after if answer else ""))
        return Unreachable(target=self._target, reason=reason)

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._settings.get("ca_file"))
        except (OSError, ssl.SSLError) as error:
            reason = f"ca_file can not be read: {type(error).__name__}"
            raise TargetError(target=self._target, reason=reason) from None
        if "client_certificate" in self._settings:
            own = self._line.secret(self._settings["client_certificate"])
            key = self._line.secret(self._settings["client_key"])
            # The library takes a certificate from a file only; this one is ours alone and gone at once.
            with NamedTemporaryFile("w", prefix="foreshock-", suffix=".pem") as file:
                file.write(f"{own.strip()}\n{key.strip()}\n")
                file.flush()
                try:
                    context.load_cert_chain(file.name, password="")
                except (OSError, ssl.SSLError, ValueError):
                    reason = "the client certificate and its key can not be read"
                    raise CredentialsRefused(target=self._target, reason=reason) from None
        return context


def _no_number(word: str) -> None:
    raise ValueError(word)


def _seconds(retry_after: str) -> float | None:
    """Return the seconds of a Retry-After; a date in it is not what this API sends, so it counts as none."""
    return float(retry_after) if len(retry_after) <= 9 and retry_after.isascii() and retry_after.isdecimal() else None


def _pause(tried: int, retry_after: str) -> float:
    return min(_seconds(retry_after) or 2.0 ** (tried - 1), LONGEST_WAIT)
