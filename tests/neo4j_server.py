"""
A real Neo4j Community server on this machine, for tests and for a person: no container, only Java and its jars.

``make neo4j`` runs one (see ``neo4j_serve.py``); tests start one with :class:`Server`, on a free port of the loopback
address, and may kill it, stop it and start it again on the same data.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from tests.neo4j_jars import LTS, Missing, find_java, jars

LOOPBACK = "127.0.0.1"
USER = "neo4j"

# The server reaches into Java's own packages, which must be opened to it, and is spared what a test has no use for.
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent", "java.lang", "java.util")
FLAGS = (
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
    "--enable-native-access=ALL-UNNAMED",
    "-XX:+IgnoreUnrecognizedVMOptions",
    "-XX:+UseSerialGC",
    "-XX:-OmitStackTraceInFastThrow",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
)
SETTINGS = {
    "server.default_listen_address": LOOPBACK,
    "server.bolt.enabled": "true",
    "server.http.enabled": "false",
    "server.https.enabled": "false",
    "dbms.usage_report.enabled": "false",
    "dbms.fleet_manager.enabled": "false",
    "server.fleet_discovery.enabled": "false",
    "internal.server.bolt.connection_shutdown_wait_time": "1s",
    "internal.server.bolt.thread_pool_shutdown_wait_time": "1s",
    "server.memory.pagecache.size": "64m",
    "db.tx_log.preallocate": "false",
    "db.tx_log.rotation.retention_policy": "2 files",
}
FOLDERS = ("conf", "data", "logs", "run", "import", "plugins", "licenses", "certificates", "lib")

# Ends the server when the process that started it ends, however that ended: its end of the pipe is closed then.
GUARD = """
import contextlib, os, sys
sys.stdin.buffer.read()
with contextlib.suppress(ProcessLookupError):
    os.kill(int(sys.argv[1]), 9)
"""


class NotReady(Exception):
    """The server ended, did not answer in time, or is not one to test with; the text says which."""


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


class Neo4j:
    """A server to test with: its address without user and password, and these (empty where it asks for none)."""

    def __init__(self, address: str, user: str = "", password: str = "") -> None:
        self.address = address
        self.user = user
        self.password = password

    @property
    def full_address(self) -> str:
        """Return the address with user and password in it, as :class:`Named` takes it."""
        if not self.user:
            return self.address
        scheme, _, host = self.address.partition("://")
        return f"{scheme}://{quote(self.user, safe='')}:{quote(self.password, safe='')}@{host}"

    @contextlib.contextmanager
    def driver(self) -> Iterator[Any]:
        """Give a driver of its own, closed afterwards."""
        import neo4j

        auth = (self.user, self.password) if self.user else None
        times = {"connection_timeout": 5, "max_transaction_retry_time": 1}
        with neo4j.GraphDatabase.driver(self.address, auth=auth, **times) as driver:
            yield driver

    def wipe(self, *, schema: bool = False) -> None:
        """Remove every node, and on demand every constraint and index."""
        with self.driver() as driver, driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
            if schema:
                for kind in ("CONSTRAINT", "INDEX"):
                    what = "WHERE type <> 'LOOKUP'" if kind == "INDEX" else ""
                    for name in session.run(f"SHOW {kind} YIELD name, type {what} RETURN name").value():
                        session.run(f"DROP {kind} `{name}`").consume()


class Named(Neo4j):
    """
    A server that somebody else started and named for tests: ``bolt://[USER:PASSWORD@]HOST:PORT``.

    Tests remove everything in it, so it must be empty when they begin.
    """

    def __init__(self, named: str) -> None:
        parts = urlsplit(named)
        host = parts.netloc.rpartition("@")[2]
        user, password = (unquote(part or "") for part in (parts.username, parts.password))
        super().__init__(f"{parts.scheme}://{host}", user, password)

    def __enter__(self) -> Named:
        with self.driver() as driver:
            nodes = driver.execute_query("MATCH (n) RETURN count(n)").records[0][0]
        if nodes:
            raise NotReady(f"{self.address} holds {nodes} node(s) and tests would remove them; name an empty one")
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe(schema=True)


class Server(Neo4j):
    """
    One server with its data in ``home``.

    ``password`` turns authentication on, for the user ``neo4j``; it is set in an empty ``home`` and can not be changed
    by another start. ``heap`` is what Java may use, ``settings`` are added to its configuration and may be changed
    between two starts; ``scheme`` is how its address begins, where it speaks TLS. The server ends with this process,
    even if that is killed.
    """

    def __init__(
        self,
        home: Path,
        port: int | None = None,
        version: str = LTS,
        *,
        password: str = "",
        heap: str = "512m",
        settings: dict[str, str] | None = None,
        scheme: str = "bolt",
    ) -> None:
        self.home = home.resolve()
        self.port = port or free_port()
        super().__init__(f"{scheme}://{LOOPBACK}:{self.port}", USER if password else "", password)
        self.version = version
        self.heap = heap
        self.settings = dict(settings or {})
        self.log = self.home / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """
        Start the server and return at once; :meth:`ready` waits.

        Raises:
            Missing: Java or the jars are not here.
        """
        java, library = find_java(self.version), jars(self.version)
        fresh = not (self.home / "data" / "databases").exists()
        for folder in FOLDERS:
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        self._configure()
        if fresh and self.password:
            self._set_password(java, library)
        main = "server.CommunityEntryPoint" if self.version.startswith("5.") else "server.Neo4jCommunity"
        place = [f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}", "--console-mode"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [java, f"-Xmx{self.heap}", *FLAGS, "-cp", f"{library}/*", f"org.neo4j.{main}", *place],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # What a person's Ctrl-C means for the server is decided here, not by the terminal.
                start_new_session=True,
            )
        self._guard = subprocess.Popen(
            [sys.executable, "-c", GUARD, str(self._process.pid)], stdin=subprocess.PIPE, start_new_session=True
        )
        return self

    def ready(self, seconds: float = 120.0) -> Server:
        """
        Wait until the database answers a query.

        Raises:
            NotReady: the server ended, or ``seconds`` are over.
        """
        end = time.monotonic() + seconds
        while not self._answers():
            if not self.runs():
                raise NotReady(f"the server ended: {self.said()}")
            if time.monotonic() > end:
                raise NotReady(f"the server did not answer within {seconds:g} s: {self.said()}")
            time.sleep(0.05)
        return self

    def runs(self) -> bool:
        """Tell whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        """Return the last lines of the log."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return " / ".join(text.strip().splitlines()[-4:]) or "nothing"

    def kill(self) -> None:
        """End the server as a crash would, with SIGKILL."""
        self._end(signal.SIGKILL, 60.0)

    def stop(self, seconds: float = 60.0) -> None:
        """Let the server end in order; it is killed if it has not after ``seconds``."""
        self._end(signal.SIGTERM, seconds)

    def restart(self) -> Server:
        """Stop the server, if it runs, start it on the same data and port, and wait until it answers."""
        self.stop()
        return self.start().ready()

    def pid(self) -> int | None:
        """Return the number of the server's process, if it was started."""
        return self._process.pid if self._process else None

    def _configure(self) -> None:
        """Write the configuration; what a version of Neo4j does not know is no error to it."""
        here = f"{LOOPBACK}:{self.port}"
        lines = {
            **SETTINGS,
            "server.bolt.listen_address": here,
            "server.bolt.advertised_address": here,
            "dbms.security.auth_enabled": "true" if self.password else "false",
            "server.config.strict_validation.enabled": "false",
            **self.settings,
        }
        text = "".join(f"{name}={value}\n" for name, value in lines.items())
        (self.home / "conf" / "neo4j.conf").write_text(text, encoding="utf-8")

    def _set_password(self, java: Path, library: Path) -> None:
        done = subprocess.run(
            [java, "-cp", f"{library}/*", "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", self.password],
            env={**os.environ, "NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NotReady(f"the password could not be set: {(done.stdout + done.stderr).strip()[-300:]}")

    def _answers(self) -> bool:
        """Tell whether a query is answered; a wrong password is an error, not a "not yet"."""
        from neo4j.exceptions import AuthError, DriverError, Neo4jError

        try:
            # A driver's own attempts take longer and say no more while nobody listens.
            socket.create_connection((LOOPBACK, self.port), timeout=1).close()
            with self.driver() as driver:
                driver.execute_query("RETURN 1")
        except AuthError:
            raise
        except (OSError, DriverError, Neo4jError):
            return False
        return True

    def _end(self, number: int, seconds: float) -> None:
        if self._guard is not None:
            # The guard goes first: the number of an ended process may be another's soon.
            self._guard.kill()
            self._guard.communicate()
            self._guard = None
        if self._process is not None:
            self._process.send_signal(number)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@contextlib.contextmanager
def own_neo4j(folder: Path, **options: Any) -> Iterator[Server]:
    """Start a server for tests with its data in the folder; afterwards it is killed and its data is gone."""
    import pytest

    server = Server(folder, version=os.environ.get("FORESHOCK_TEST_NEO4J_VERSION") or LTS, **options)
    try:
        yield server.start().ready()
    except Missing as missing:
        pytest.skip(str(missing))
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


_WORKER = contextlib.ExitStack()


@cache
def here() -> Neo4j:
    """
    Return the server that is this test worker's alone: the one that is named, or one started at the first asking.

    FORESHOCK_TEST_NEO4J names one for each worker, separated by commas; FORESHOCK_TEST_NEO4J_VERSION the version of one
    that is started. Skips the test where neither is possible.
    """
    import pytest

    named = [part.strip() for part in os.environ.get("FORESHOCK_TEST_NEO4J", "").split(",") if part.strip()]
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if named and worker >= len(named):
        pytest.fail(
            f"FORESHOCK_TEST_NEO4J names {len(named)} server(s), too few for each worker of this run to have one"
        )
    if named:
        return _WORKER.enter_context(Named(named[worker]))
    return _WORKER.enter_context(own_neo4j(Path(tempfile.mkdtemp(prefix="foreshock-neo4j-"))))


@cache
def beside() -> Neo4j:
    """
    Return a second server of this worker's, for tests that pour one store into another.

    It is always one that is started here, for those that are named are one for each worker.
    """
    return _WORKER.enter_context(own_neo4j(Path(tempfile.mkdtemp(prefix="foreshock-neo4j-"))))


def leave() -> None:
    """Let go of this worker's servers, if it had any."""
    here.cache_clear()
    beside.cache_clear()
    _WORKER.close()


def query(text: str, **values: Any) -> list[list[Any]]:
    """Run a statement on this worker's server, outside the store, and return its rows."""
    with here().driver() as driver, driver.session() as session:
        return [row.values() for row in session.run(text, values)]
