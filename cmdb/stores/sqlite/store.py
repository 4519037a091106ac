"""The store as one object, and how it is opened."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cmdb.errors import NotFound
from cmdb.ports.errors import NotAStore, StoreUnavailable
from cmdb.stores.sqlite import schema
from cmdb.stores.sqlite.connection import INCREMENTAL, PATIENCE, Database, utc_now
from cmdb.stores.sqlite.coordination import SqliteCoordination
from cmdb.stores.sqlite.feed import Feed
from cmdb.stores.sqlite.read import Reading
from cmdb.stores.sqlite.retain import Retaining
from cmdb.stores.sqlite.upkeep import Upkeep
from cmdb.stores.sqlite.write import Writing


class SqliteStore(Writing, Reading, Feed, Retaining, Upkeep):
    """
    One SQLite file as :class:`~cmdb.ports.store.Store`.

    ``coordination`` is the same file as :class:`~cmdb.ports.coordination.Coordination`.
    May be shared by threads and used on after a fork: each thread of each process has a connection of its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.coordination = SqliteCoordination(database)

    @property
    def path(self) -> Path:
        """The store's file."""
        return self._database.path

    def close(self) -> None:
        """Let go of what this process and thread hold."""
        self._database.close()


def open_store(
    path: Path, *, create: bool = True, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
) -> SqliteStore:
    """
    Open the store in the file ``path``; an older schema is brought up to date first.

    Args:
        path: the file; where there is none, or an empty one, ``create`` makes a store.
        clock: aware time; tests may pass their own.
        patience: seconds to wait for another writer.

    Raises:
        NotFound: there is no such file and ``create`` is False.
        NotAStore: it is something else.
        SchemaTooNew: a later programme wrote it; it is left untouched.
        StoreUnavailable: the file or its directory can not be read or written.
    """
    path = Path(path).absolute()
    _check_path(path, create)
    database = Database(path, clock=clock, patience=patience)
    try:
        with database.in_our_words():
            _prepare(database, create)
    except BaseException:
        database.close()
        raise
    return SqliteStore(database)


def _check_path(path: Path, create: bool) -> None:
    if path.is_dir():
        raise NotAStore(store=str(path), cause="it is a directory")
    if not path.exists():
        if not create:
            raise NotFound(kind="store", ids=(str(path),))
        if not path.parent.is_dir():
            raise StoreUnavailable(store=str(path), cause="its directory does not exist")


def _prepare(database: Database, create: bool) -> None:
    if create and not database.path.exists():
        database.open(mode="rwc").close()
    connection = database.connection
    found = schema.recognise(connection, database, create=create)
    if found == 0:
        # Only a file without a table takes this; letting go of history can then give room back.
        connection.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        with database.locked():
            mode = _write_ahead(connection, database.patience)
        if mode != ("wal",):
            raise sqlite3.OperationalError("the file system does not support a write-ahead log")
    if found < schema.known():
        schema.migrate(database)


def _write_ahead(connection: sqlite3.Connection, patience: float) -> tuple[str]:
    """Switch to the write-ahead log; SQLite itself does not wait for those who look at the file at this moment."""
    deadline = time.monotonic() + patience
    while True:
        try:
            mode: tuple[str] = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return mode
        except sqlite3.OperationalError as error:
            busy = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
            if not busy or time.monotonic() >= deadline:
                raise
            time.sleep(0.001)
