"""A wire between a client and its server that can be counted, and cut at the worst moment."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"

# The Bolt message COMMIT as it stands on the wire: a chunk of two bytes, a structure without fields, the end mark.
COMMIT = b"\x00\x02\xb0\x12\x00\x00"

Moment = Literal["before", "at once", "answered"]


class Proxy:
    """
    Listens on a port of its own, passes everything on to the server at ``upstream``, and counts ``connections``.

    ``address`` is the proxy's, with the user and password of the one it stands for.

    ``plan`` is asked at every commit that a client sends, with its number from 1: None passes it on; "before" cuts the
    connection instead of passing it on; "at once" passes it on and cuts while the server works; "answered" cuts when
    the server has answered, so that it has surely committed. ``cuts`` counts them.
    """

    def __init__(self, upstream: str, plan: Callable[[int], Moment | None] = lambda _: None) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname, parts.port)
        self._who = parts.netloc.rpartition("@")[0]
        self.plan = plan
        self.connections = self.commits = self.cuts = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((LOOPBACK, 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def address(self) -> str:
        who = f"{self._who}@" if self._who else ""
        return f"bolt://{who}{LOOPBACK}:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        # Closing a socket does not wake a thread that waits for it; a shutdown does.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        with client, contextlib.suppress(OSError):
            server = socket.create_connection(self._upstream)
            self._open.add(server)
            with server:
                wire = _Wire(self, client, server)
                back = threading.Thread(target=wire.down)
                back.start()
                wire.up()
                back.join()
            self._open.discard(server)
        self._open.discard(client)

    def decide(self) -> Moment | None:
        """Number a commit and return what the plan has for it."""
        with self._lock:
            self.commits += 1
            moment = self.plan(self.commits)
            self.cuts += moment is not None
            return moment


class _Wire:
    """One connection: a thread for each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._silent = False

    def up(self) -> None:
        """Pass on what the client says, until a commit that is to be cut."""
        tail, moment = b"", None
        with contextlib.suppress(OSError):
            while data := self._client.recv(65536):
                seen = (tail + data).count(COMMIT)
                tail = (tail + data)[-len(COMMIT) + 1 :] if not data.endswith(COMMIT) else b""
                moment = self._proxy.decide() if seen else None
                if moment == "before":
                    break
                # From here on the client hears nothing any more: the next that the server says is about the commit.
                self._silent = moment is not None
                self._server.sendall(data)
                if moment == "at once":
                    break
                if moment == "answered":
                    return
        self._end(cut=moment is not None)

    def down(self) -> None:
        """Pass on what the server says, unless the client is to hear nothing any more."""
        with contextlib.suppress(OSError):
            while (data := self._server.recv(65536)) and not self._silent:
                self._client.sendall(data)
        self._end(cut=self._silent)

    def _end(self, *, cut: bool) -> None:
        """End both sides in order; of a wire that is cut, the client sees a reset when its socket is closed."""
        with contextlib.suppress(OSError):
            if cut:
                self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._client.shutdown(socket.SHUT_RD if cut else socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
