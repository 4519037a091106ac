"""
The way to the server: one driver for each process, managed transactions, and the driver's errors in our words.

Neo4j is read-committed, and while a commit is applied its properties are seen before its index entries are. So a
revision is read only when it is known to be applied whole:

- every transaction on the ledger counts ``seq`` of the head up, and takes the gate's lock as its last act before the
  commit; the server lets go of the lock when the commit is applied, indexes too;
- who finds a ``seq`` that this process has not seen applied takes the gate's lock for a moment, and waits for nobody
  but a commit.
"""

from __future__ import annotations

import copy
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import neo4j
from neo4j.exceptions import (
    ConfigurationError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from cmdb.ports.errors import Incomplete, StoreRefused, StoreUnavailable
from cmdb.stores.neo4j.apart import apart
from cmdb.stores.neo4j.faults import READ_ONLY, UNSETTLED, translated, unspoken
from cmdb.stores.retention import Retention

PATIENCE = 30.0
_QUERY_SECONDS = 600.0
# Of what is short by itself, and else waits for a lock: the server ends it, so a writer that froze holds nobody longer.
SHORT_SECONDS = 120.0
_CONNECT_SECONDS = 5.0
_OPENING_SECONDS = 5.0
Result = TypeVar("Result")
# Who wants the driver's own log asks for it; else Python would print its warnings on standard error, each retry a line.
logging.getLogger("neo4j").addHandler(logging.NullHandler())
Clock = Callable[[], datetime]

_HEAD = (
    "MATCH (h:_Head) OPTIONAL MATCH (k:_Kind {name: $kind})"
    " RETURN h.revision, h.seq, h.undone, h.loading IS NOT NULL, properties(k), h.floor, h.kept, h.copying IS NOT NULL"
)
GATE = "MATCH (gate:_Gate) SET gate:_Gate"


class LostAnswer(Exception):
    """A commit was sent, and its answer never came or leaves open whether it happened."""


class Again(Exception):
    """What was read can not be answered for; read again."""


class Head(NamedTuple):
    """
    The newest revision, how many transactions the ledger has seen, how many of them took back, and the kind.

    ``floor`` and ``kept`` say what is left of the history; ``copying`` that a copy into this store is not whole.
    """

    revision: int
    seq: int
    undone: int
    loading: bool
    kind: dict[str, Any] | None
    floor: int | None
    kept: list[int] | None
    copying: bool

    @property
    def retention(self) -> Retention:
        """What is left of the history."""
        return Retention(self.floor or 0, tuple(self.kept or ()))


class _Held:
    """A driver, how many use it now, and whether it is to be closed when they are through."""

    def __init__(self, driver: neo4j.Driver) -> None:
        self.driver = driver
        self.users = 0
        self.retired = False


class Database:
    """One database of a server. ``clock`` gives aware time (None: the server's); ``patience`` is in seconds."""

    def __init__(
        self, address: str, *, user: str, password: str, database: str, clock: Clock | None, patience: float
    ) -> None:
        self.address = address
        self.name = database
        self.clock = clock
        self.patience = patience
        self.applied = -1
        self._outside: Database | None = None
        self.shapes: dict[str, Any] = {}
        self._auth = (user, password) if user else None
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        self._using = threading.Lock()
        self._held: _Held | None = None
        self._process = os.getpid()
        self._away = False

    # connections -----------------------------------------------------------------------------------------------------
    @contextmanager
    def _driver(self) -> Iterator[neo4j.Driver]:
        """This process's driver while it is used; a child never touches what its parent has opened."""
        if self._outside is not None:
            with self._outside._driver() as driver:
                yield driver
            return
        if self._process != os.getpid():
            # A lock may have been held when the process forked, by a thread that is not here.
            self._using, self._process = threading.Lock(), os.getpid()
            _OF_THE_PARENT.append(self._held)
            self._held = None
        with self._using:
            held = self._held = self._held or _Held(self._opened())
            held.users += 1
        try:
            yield held.driver
        finally:
            with self._using:
                held.users -= 1
                idle = held.retired and held.users == 0
            if idle:
                held.driver.close()

    def _opened(self) -> neo4j.Driver:
        try:
            return neo4j.GraphDatabase.driver(
                self.address,
                auth=self._auth,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="Foreshock",
                connection_timeout=min(_CONNECT_SECONDS, max(self.patience, 0.1)),
                connection_acquisition_timeout=max(self.patience, 1.0),
                max_transaction_retry_time=self.patience,
                # The pause grows by a fiftieth of the time that has passed: to 0.4 s after ten seconds, 0.8 s after 30.
                # Doubled each time, as it is by default, it would be longer than the server's own start.
                initial_retry_delay=0.2,
                retry_delay_multiplier=1.02,
                liveness_check_timeout=30.0,
            )
        except (ConfigurationError, ValueError) as error:
            raise StoreUnavailable(store=self.address, cause=str(error)) from error

    def close(self) -> None:
        """Let go of this process's driver, when its other threads are through with it; the next use opens another."""
        if self._process != os.getpid():
            return
        with self._using:
            held, self._held = self._held, None
            if held is not None:
                held.retired = True
            idle = held is not None and held.users == 0
        if held is not None and idle:
            held.driver.close()

    @contextmanager
    def _session(self, mode: str) -> Iterator[neo4j.Session]:
        with (
            self._driver() as driver,
            driver.session(
                database=self.name,
                default_access_mode=mode,
                # What this process has written, it reads, whichever member of a cluster answers.
                bookmark_manager=self._bookmarks,
                fetch_size=5000,
            ) as session,
        ):
            yield session

    # transactions ----------------------------------------------------------------------------------------------------
    def read(self, work: Callable[[neo4j.ManagedTransaction], Result], *, seconds: float = _QUERY_SECONDS) -> Result:
        """Return what ``work`` reads in one transaction; it may be called more than once."""
        return self._managed(neo4j.READ_ACCESS, work, seconds)

    def write(self, work: Callable[[neo4j.ManagedTransaction], Result], *, seconds: float = _QUERY_SECONDS) -> Result:
        """
        Return what ``work`` did in one transaction; it may be called more than once.

        Raises:
            LostAnswer: the commit was sent, and whether it happened is unknown.
        """
        return self._managed(neo4j.WRITE_ACCESS, work, seconds)

    def surely(self, work: Callable[[neo4j.ManagedTransaction], Result], *, seconds: float = _QUERY_SECONDS) -> Result:
        """Write what may be done twice without harm: a lost answer is asked for again."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return self.write(work, seconds=seconds)
            except LostAnswer as lost:
                if time.monotonic() > deadline:
                    raise StoreUnavailable(store=self.address, cause="the connection was lost") from lost

    def _managed(self, mode: str, work: Callable[[Any], Result], seconds: float) -> Result:
        def run() -> Result:
            if self._away:
                # It is asked now and once more, as connections from before may be dead, not as long as patience lasts.
                with suppress(ServiceUnavailable, SessionExpired):
                    self._away = not self._ask()
                if self._away:
                    self._ask()
            with self._session(mode) as session:
                unit = neo4j.unit_of_work(timeout=seconds)(lambda tx: work(tx))
                return session.execute_read(unit) if mode == neo4j.READ_ACCESS else session.execute_write(unit)

        try:
            done = apart(run)
        except IncompleteCommit as error:
            raise LostAnswer from error
        except Neo4jError as error:
            if (error.code or "") in UNSETTLED:
                raise LostAnswer from error
            raise self._translated(error, seconds) from error
        except (DriverError, OSError) as error:
            self._away = isinstance(error, ServiceUnavailable | SessionExpired)
            raise self._translated(error, seconds) from error
        self._away = False
        return done

    def _translated(self, error: Exception, seconds: float) -> Exception:
        return translated(error, address=self.address, database=self.name, seconds=seconds, patience=self.patience)

    def _ask(self) -> str:
        with self._driver() as driver:
            return str(driver.get_server_info().agent)

    def agent(self) -> str:
        """
        Return what the server calls itself; a server that is away is waited for, but not as long as one that was there.

        Raises:
            StoreUnavailable: it did not come, or nothing can be said to it; that is told at once.
        """
        end, pause = time.monotonic() + min(self.patience, _OPENING_SECONDS), 0.2
        while True:
            try:
                return apart(self._ask)
            except (DriverError, Neo4jError, OSError) as error:
                if cause := unspoken(error, opening=True):
                    raise StoreRefused(store=self.address, cause=cause) from error
                waits = isinstance(error, ServiceUnavailable | SessionExpired)
                if not waits or time.monotonic() + pause > end:
                    raise self._translated(error, 0.0) from error
            time.sleep(pause)
            pause *= 1.3

    def alone(self, statement: str, **values: Any) -> list[Any]:
        """Run a statement in a transaction of its own, such as one on the schema; it may be run more than once."""
        return self.surely(lambda tx: list(tx.run(statement, values)))

    # what can be read ------------------------------------------------------------------------------------------------
    def within(self) -> Database:
        """Return the same database for whoever copies into it: it may be read before the copy is whole."""
        inside = copy.copy(self)
        inside._outside = self
        return inside

    def head(self, tx: Any, kind: str = "", *, whole: bool = True) -> Head:
        """
        Return the head as this transaction sees it now.

        Raises:
            Incomplete: a copy into this store is not whole; with ``whole`` False that does not matter.
        """
        row = tx.run(_HEAD, kind=kind).single()
        if row is None:
            raise StoreUnavailable(store=self.address, cause="its head is missing")
        head = Head(*row.values())
        if head.copying and whole and self._outside is None:
            raise Incomplete(store=self.address, revision=head.revision)
        return head

    def saw(self, seq: int) -> None:
        """Remember that everything up to ``seq`` is applied whole."""
        if seq > self.applied:
            self.applied = seq

    def confirm(self, *, whole: bool = True) -> Head:
        """Return the head when all that it tells of is applied whole."""

        def wait(tx: Any) -> Head:
            tx.run(GATE).consume()
            return self.head(tx, whole=whole)

        try:
            head = self.surely(wait, seconds=SHORT_SECONDS)
        except StoreUnavailable as error:
            if error.facts["cause"] != READ_ONLY:
                raise
            # Nobody can be committing, so there is nobody to wait for.
            head = self.read(lambda tx: self.head(tx, whole=whole))
        self.saw(head.seq)
        return head

    def steady(self, kind: str = "", *, whole: bool = True) -> Head:
        """Return the head, applied whole."""
        head = self.read(lambda tx: self.head(tx, kind, whole=whole))
        return head if head.seq <= self.applied else self.confirm(whole=whole)._replace(kind=head.kind)

    def exact(
        self, kind: str, opened: Callable[[Any, Head], Any], closed: Callable[[Any, Head, Any], Any]
    ) -> tuple[Head, Any, Any]:
        """
        Return the head and what was read of the versions that are open, and then of those that are closed.

        A version may be closed between the two; as it keeps its revisions, it is then found in both or in the second,
        never in neither. ``opened`` and ``closed`` may be called more than once.
        """
        while True:
            try:
                part = self.read(lambda tx: self._first(tx, kind, opened, closed))
                if len(part) == 2:
                    self.confirm()
                    part = self.read(lambda tx: self._second(tx, part, closed))  # noqa: B023
                return part[0], part[1], part[2]
            except Again:
                self.confirm()

    def _first(self, tx: Any, kind: str, opened: Any, closed: Any) -> Any:
        head = self.head(tx, kind)
        if head.seq > self.applied:
            raise Again
        rows = opened(tx, head)
        after = self.head(tx)
        if after.seq > self.applied:
            # Some version may have left the one index and not yet be in the other.
            return head, rows
        return self._second(tx, (head, rows), closed, after)

    def _second(self, tx: Any, part: tuple[Head, Any], closed: Any, after: Head | None = None) -> Any:
        head, rows = part
        more = closed(tx, head, rows)
        # What was let go meanwhile may have been missed; that it goes is written before it does.
        last = self.head(tx)
        if last.retention != head.retention or ((after is None or after.loading) and last.undone != head.undone):
            raise Again
        return head, rows, more


# What a forked child must neither use nor close: its parent's driver.
_OF_THE_PARENT: list[Any] = []
