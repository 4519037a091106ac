"""
The shop: asks PostgreSQL, MariaDB and Redis on each request, and works on without Redis.

``/`` answers 200 with "up", or "degraded" where the cache is not there, and 503 with "down" where a database is not;
``/health`` tells only that the application runs. Connections are kept and made anew when they have failed.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SECONDS = 1.0  # How long a database may take to answer, and to be connected with.
SOFT_SECONDS = 0.4


class Part:
    """Something the shop asks over one connection, which it keeps."""

    def __init__(self, connect: Callable[[], Any], ask: Callable[[Any], Any], close: Callable[[Any], None]) -> None:
        self._connect, self._ask, self._close = connect, ask, close
        self._connection: Any = None
        self._lock = threading.Lock()

    def works(self) -> bool:
        """Ask; where that fails, once more over a new connection."""
        with self._lock:
            kept = self._connection is not None
            return self._try() or (kept and self._try())

    def _try(self) -> bool:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._ask(self._connection)
        except Exception:
            lost, self._connection = self._connection, None
            if lost is not None:
                with contextlib.suppress(Exception):
                    self._close(lost)
            return False
        return True


def postgresql(settings: dict[str, Any]) -> Part:
    """Return the database of goods."""
    import pg8000.native

    def connect() -> Any:
        return pg8000.native.Connection("shop", host=settings["postgresql"], database="shop", timeout=SECONDS)

    return Part(connect, lambda connection: connection.run("SELECT 1"), lambda connection: connection.close())


def mariadb(settings: dict[str, Any]) -> Part:
    """Return the database of bills."""
    import pymysql

    def connect() -> Any:
        times = {"connect_timeout": SECONDS, "read_timeout": SECONDS, "write_timeout": SECONDS}
        where = {"host": settings["mariadb"], "database": "shop"}
        return pymysql.connect(user="shop", password=settings["password"], **where, **times)

    def ask(connection: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    return Part(connect, ask, lambda connection: connection._force_close())


def redis(settings: dict[str, Any]) -> Part:
    """Return the cache. Its protocol is lines of text, so no library is needed."""

    def ask(connection: socket.socket) -> None:
        connection.sendall(b"INCR requests\r\n")
        if not connection.recv(100).startswith(b":"):
            raise ConnectionError("the cache does not count")

    def connect() -> socket.socket:
        return socket.create_connection((settings["redis"], 6379), SOFT_SECONDS)

    return Part(connect, ask, lambda connection: connection.close())


class Shop:
    """The three parts, and what the shop is without each."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.hard = {"postgresql": postgresql(settings), "mariadb": mariadb(settings)}
        self.soft = {"redis": redis(settings)}

    def answer(self) -> dict[str, Any]:
        """Ask every part and tell the outcome."""
        missing = [name for name, part in {**self.hard, **self.soft}.items() if not part.works()]
        state = "down" if self.hard.keys() & set(missing) else "degraded" if missing else "up"
        return {"state": state, "missing": missing, "host": socket.gethostname()}


def handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    """Return what answers one request."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = {"state": "runs"} if self.path == "/health" else shop.answer()
            body = json.dumps(answer).encode()
            self.send_response(503 if answer["state"] == "down" else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    return Handler


def main() -> None:
    """Serve until ended."""
    settings = json.loads(Path("/etc/shop/shop.json").read_text(encoding="utf-8"))
    shop = Shop(settings)
    threading.Thread(target=shop.answer, daemon=True).start()  # Connections are there before the first customer.
    ThreadingHTTPServer(("127.0.0.1", settings["port"]), handler(shop)).serve_forever()


if __name__ == "__main__":
    main()
