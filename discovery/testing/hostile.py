"""
Counterparts that behave badly, over real sockets on the loopback: silent, garbled, endless, refusing, impatient.

A :class:`Behaviour` says how each request is answered, and by which errors a connector may tell it. What follows HTTP
is put together from bytes, as no server of a library would send it.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from discovery.ports import (
    CredentialsRefused,
    PartlyRead,
    TargetError,
    Throttled,
    TimedOut,
    Unreachable,
    Unreadable,
)

GARBAGE = random.Random(6).randbytes(65_536)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_DEEP = b"[" * 200_000
PATIENCE = 1.0
"""Seconds that are asked for with 429."""
_NOT_READ = (Unreachable, Unreadable)


@dataclass(slots=True)
class Place:
    """
    Where a counterpart listens, and what it has seen: how many connections, and how many requests of HTTP.

    ``met`` are the requests that were answered badly, where not all are (:func:`sound_to`). ``trap`` is where its
    redirects lead; nobody is to ask there.
    """

    host: str
    port: int
    connections: int = 0
    requests: int = 0
    met: int = 0
    heads: list[bytes] = field(default_factory=list)
    trap: Place | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address as one of HTTP."""
        return f"http://{self.host}:{self.port}"


Answer = Callable[[socket.socket, Place], bool]
"""Answers one request; tells whether the connection goes on."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A way to behave: ``answer``, ``errors`` it may be told by; ``of_http``: only once a whole request was read."""

    name: str
    answer: Answer
    errors: tuple[type[TargetError], ...]
    of_http: bool = True


def _closes(_: socket.socket, __: Place) -> bool:
    return False


def _silent(_: socket.socket, place: Place) -> bool:
    place.over.wait(60)
    return False


def _garbage(peer: socket.socket, _: Place) -> bool:
    peer.sendall(GARBAGE)
    return False


def _for_ever(piece: bytes, before: bytes = b"", pause: float = 0.0) -> Answer:
    def answer(peer: socket.socket, place: Place) -> bool:
        peer.sendall(before)
        while not place.over.wait(pause) if pause else not place.over.is_set():
            peer.sendall(piece)
        return False

    return answer


def reply(body: bytes, head: bytes = _HEAD, *, goes_on: bool = True) -> Answer:
    """Return what answers with this body, and its length, after this head."""
    whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def answer(peer: socket.socket, _: Place) -> bool:
        peer.sendall(whole)
        return goes_on

    return answer


def _status(line: bytes, body: bytes = b"{}") -> Answer:
    return reply(body, b"HTTP/1.1 " + line + b"\r\nContent-Type: application/json\r\n")


def _redirects(peer: socket.socket, place: Place) -> bool:
    assert place.trap is not None
    where = f"Location: {place.trap.url}/\r\n".encode()
    return reply(b"", b"HTTP/1.1 302 Found\r\n" + where)(peer, place)


def sound_to(listed: Callable[[str, int], Any], behaviour: Behaviour) -> Behaviour:
    """
    Return who behaves so only where ``listed`` returns None for a request; else that is answered, as JSON.

    Of requests ``listed`` is given the head and the number, from 1 on; ``place.met`` counts the others.
    """

    def answer(peer: socket.socket, place: Place) -> bool:
        body = listed(place.heads[-1].decode("latin-1"), place.requests)
        if body is not None:
            return reply(json.dumps(body).encode())(peer, place)
        place.met += 1
        return behaviour.answer(peer, place)

    return replace(behaviour, answer=answer, of_http=True)


STREAM = (
    Behaviour("closes", _closes, _NOT_READ, of_http=False),
    Behaviour("silent", _silent, (TimedOut, Unreachable), of_http=False),
    Behaviour("garbage", _garbage, _NOT_READ, of_http=False),
    Behaviour("garbage_for_ever", _for_ever(GARBAGE), (*_NOT_READ, TimedOut), of_http=False),
    Behaviour("drips", _for_ever(b"S", pause=0.02), (*_NOT_READ, TimedOut), of_http=False),
)
"""For whatever speaks over TCP."""
HTTP = (
    Behaviour("drips_body", _for_ever(b" ", _HEAD + b"Content-Length: 900000\r\n\r\n", 0.02), (TimedOut,)),
    Behaviour(
        "body_for_ever",
        _for_ever(b"10000\r\n" + b" " * 65_536 + b"\r\n", _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        (Unreadable, PartlyRead, TimedOut),
    ),
    Behaviour("headers_for_ever", _for_ever(b"X-More: more\r\n", _HEAD), (*_NOT_READ, TimedOut)),
    Behaviour("cut", reply(b"", _HEAD + b"Content-Length: 900\r\n", goes_on=False), (*_NOT_READ, TimedOut)),
    Behaviour("no_json", reply(b"<html>Sign in</html>"), (Unreadable,)),
    Behaviour("empty", reply(b""), (Unreadable,)),
    Behaviour("a_list", reply(b'["a", 1]'), (Unreadable,)),
    Behaviour("null", reply(b"null"), (Unreadable,)),
    Behaviour("too_deep", reply(_DEEP), (Unreadable,)),
    Behaviour("packed", reply(GARBAGE, _HEAD + b"Content-Encoding: gzip\r\n"), _NOT_READ),
    Behaviour("refuses", _status(b"401 Unauthorized"), (CredentialsRefused,)),
    Behaviour("forbids", _status(b"403 Forbidden"), (CredentialsRefused, Unreadable)),
    Behaviour("knows_nothing", _status(b"404 Not Found"), (Unreadable,)),
    Behaviour("stumbles", _status(b"500 Internal Server Error"), _NOT_READ),
    Behaviour("asks_for_patience", _status(b"429 Too Many Requests\r\nRetry-After: %d" % PATIENCE), (Throttled,)),
    Behaviour("redirects", _redirects, _NOT_READ),
)
"""For whatever speaks HTTP, beside :data:`STREAM`."""


@contextlib.contextmanager
def listening(behaviour: Behaviour) -> Iterator[Place]:
    """Let somebody listen on the loopback who behaves so; and somebody else, where a redirect leads."""
    with _served(behaviour) as place, _served(Behaviour("trap", _closes, ())) as trap:
        place.trap = trap
        yield place


@contextlib.contextmanager
def listening_udp(answer: Callable[[bytes], bytes | None]) -> Iterator[Place]:
    """Let somebody listen for datagrams who answers each so, or not at all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(0.05)
        place = Place("127.0.0.1", ear.getsockname()[1])

        def work() -> None:
            while not place.over.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    heard, sender = ear.recvfrom(65_535)
                    place.requests += 1
                    if (said := answer(heard)) is not None:
                        ear.sendto(said, sender)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield place
        finally:
            place.over.set()
            thread.join(5)


def nobody() -> Place:
    """Return a place where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Place("127.0.0.1", probe.getsockname()[1])


@contextlib.contextmanager
def _served(behaviour: Behaviour) -> Iterator[Place]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.05)
        place = Place("127.0.0.1", door.getsockname()[1])

        def work() -> None:
            while not place.over.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    peer, _ = door.accept()
                    place.connections += 1
                    threading.Thread(target=_attend, args=(peer, behaviour, place), daemon=True).start()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield place
        finally:
            place.over.set()
            thread.join(5)


def _attend(peer: socket.socket, behaviour: Behaviour, place: Place) -> None:
    peer.settimeout(5)
    with peer, contextlib.suppress(OSError):
        goes_on = True
        while goes_on and not place.over.is_set():
            if behaviour.of_http and not _heard(peer, place):
                return
            goes_on = behaviour.answer(peer, place) and behaviour.of_http


def _heard(peer: socket.socket, place: Place) -> bool:
    """Read one request with its body; tell whether there was one."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = peer.recv(65_536)
        if not piece or len(heard) > 1_000_000:
            return False
        heard += piece
    head, _, body = heard.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += peer.recv(65_536)
    place.requests += 1
    place.heads.append(head)
    return True
