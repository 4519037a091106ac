"""
The way to the file: one connection for each thread of each process, the write lock, and sqlite's errors in our words.

Most installed SQLite versions (3.7.0 to 3.51.2) may corrupt a file in WAL mode when connections write and checkpoint at
the same moment. So every write and every checkpoint holds an exclusive lock on ``<file>.wlock``, SQLite never
checkpoints by itself, and nothing is memory-mapped. The lock is fair enough that no writer starves.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cmdb.ports.errors import (
    Incomplete,
    NotAStore,
    OutcomeUnknown,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreUnavailable,
)
from cmdb.stores.sqlite import fields

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _unlock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


PATIENCE = 30.0
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
INCREMENTAL = 2  # What SQLite calls a file that can give free pages back in steps.
LOG_BYTES = 4 * 2**20
_SETTINGS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA mmap_size = 0",
    "PRAGMA cache_size = -32768",
)
# What a forked child must neither use nor close: its parent's connections.
_OF_THE_PARENT: list[Any] = []


def utc_now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


class _Held:
    """What one thread of one process holds; it lets go when the thread ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.process = os.getpid()
        self.next_checkpoint = 0

    def close(self) -> None:
        if self.process == os.getpid():
            self.connection.close()
        else:
            _OF_THE_PARENT.append(self.connection)

    __del__ = close


class Database:
    """One store's file. ``clock`` gives aware UTC time; ``patience`` is how long to wait for the lock, in seconds."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE) -> None:
        self.path = path
        self.clock = clock
        self.patience = patience
        self._threads = threading.local()

    # connections -----------------------------------------------------------------------------------------------------
    def open(self, *, mode: str = "rw") -> sqlite3.Connection:
        """Open a connection of its own, to be closed by the caller; ``mode`` is SQLite's (ro, rw, rwc)."""
        name = str(self.path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        connection = sqlite3.connect(
            f"file:{name}?mode={mode}", uri=True, isolation_level=None, timeout=self.patience, check_same_thread=False
        )
        try:
            for setting in (*_SETTINGS, f"PRAGMA journal_size_limit = {LOG_BYTES}"):
                connection.execute(setting)
            fields.register(connection)
        except UnicodeDecodeError as error:
            # SQLite quotes a damaged schema in its message.
            connection.close()
            raise sqlite3.DatabaseError("its schema is damaged") from error
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened when first asked for and anew after a fork."""
        held: _Held | None = getattr(self._threads, "held", None)
        if held is None or held.process != os.getpid():
            held = self._threads.held = _Held(self.open())
        return held.connection

    def close(self) -> None:
        """Close this thread's connection."""
        held: _Held | None = self._threads.__dict__.pop("held", None)
        if held is not None:
            held.close()

    # transactions ----------------------------------------------------------------------------------------------------
    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent state for several statements; be short, for the write-ahead log can not shrink meanwhile."""
        with self.in_our_words():
            connection = self.connection
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                self.refuse_incomplete(connection)
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, txn_id: str | None = None, *, loading: bool = False) -> Iterator[sqlite3.Connection]:
        """
        A transaction under the write lock: all or nothing, on the disk when it is left.

        Only ``loading`` a dump, and bringing the schema up to date, may write to a store that is not whole.
        """
        with self.locked(), self.in_our_words():
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                if not loading:
                    self.refuse_incomplete(connection)
                yield connection
                self._commit(connection, txn_id)
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            self._checkpoint_if_due(connection)

    def refuse_incomplete(self, connection: sqlite3.Connection) -> None:
        """
        Return if the store is whole.

        Raises:
            Incomplete: a copy into it was interrupted.
        """
        row = connection.execute("SELECT revision FROM head WHERE EXISTS (SELECT 1 FROM loading)").fetchone()
        if row is not None:
            raise Incomplete(store=str(self.path), revision=row[0])

    def _commit(self, connection: sqlite3.Connection, txn_id: str | None) -> None:
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            if txn_id is not None and name.startswith("SQLITE_IOERR") and not self._is_full(name):
                # The commit may or may not be what a recovery after a crash finds.
                raise OutcomeUnknown(txn_id=txn_id) from error
            raise

    # the write lock --------------------------------------------------------------------------------------------------
    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the write lock, across processes and threads."""
        handle = self._lock_file()
        try:
            self._wait_for_lock(handle)
            try:
                yield
            finally:
                _unlock(handle)
        finally:
            os.close(handle)

    def _lock_file(self) -> int:
        try:
            return os.open(f"{self.path}.wlock", os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise self.failed(error) from error

    def _wait_for_lock(self, handle: int) -> None:
        start = time.monotonic()
        while True:
            try:
                return _try_lock(handle)
            except OSError:
                waited = time.monotonic() - start
            if waited >= self.patience:
                raise StoreBusy(seconds=self.patience)
            # Who has waited longer asks more often, so that none starves; uneven, so that none marches in step. Whoever
            # still waits after a second waits for a bulk load, and that is not worth a busy processor.
            pause = 0.001 if waited < 0.01 else 0.0003 if waited < 1 else 0.005
            time.sleep(pause * (0.5 + time.perf_counter_ns() % 997 / 997))

    # checkpoints -----------------------------------------------------------------------------------------------------
    def _checkpoint_if_due(self, connection: sqlite3.Connection) -> None:
        """Move the write-ahead log into the file when it has grown; the commit has succeeded whatever comes of this."""
        held: _Held = self._threads.held
        size = self._log_size()
        if size <= LOG_BYTES:
            held.next_checkpoint = 0
        elif size >= held.next_checkpoint:
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            # A long reader may hold it up; asking again at every commit would cost each one a sync.
            held.next_checkpoint = size + LOG_BYTES

    def give_room_back(self, pages: int) -> int:
        """Cut up to so many free pages off the file; return how many are left that can be cut off."""
        with self.locked(), self.in_our_words():
            connection = self.connection
            if connection.execute("PRAGMA auto_vacuum").fetchone() != (INCREMENTAL,):
                return 0
            # Only a script is run to its end; anything else would stop after the first page.
            connection.executescript(f"PRAGMA incremental_vacuum({pages})")
            self._checkpoint_if_due(connection)
            (left,) = connection.execute("PRAGMA freelist_count").fetchone()
        return int(left)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file now, as far as readers allow."""
        with self.locked(), suppress(sqlite3.Error):
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def _log_size(self) -> int:
        """
        Return how large the write-ahead log is.

        After a checkpoint SQLite begins the log anew and cuts it to LOG_BYTES, so beyond that it is all in use. The
        file is asked for its size and never opened here: closing a file drops every lock that the process has on it.
        """
        try:
            return os.stat(f"{self.path}-wal").st_size  # noqa: PTH116
        except OSError:
            return 0

    # errors ----------------------------------------------------------------------------------------------------------
    @contextmanager
    def in_our_words(self) -> Iterator[None]:
        """Turn sqlite's errors into the port's."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.Error as error:
            raise self.translated(error) from error

    def translated(self, error: sqlite3.Error) -> Exception:
        """Return the port's error for one of sqlite's."""
        name, store = getattr(error, "sqlite_errorname", ""), str(self.path)
        if self._is_full(name):
            return StoreFull(store=store)
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return StoreBusy(seconds=self.patience)
        if name == "SQLITE_NOTADB":
            return NotAStore(store=store, cause="it is not a database")
        if name.startswith("SQLITE_CORRUPT"):
            return StoreDamaged(store=store, cause=str(error))
        return StoreUnavailable(store=store, cause=str(error))

    def failed(self, error: OSError) -> Exception:
        """Return the port's error for one of a file of ours beside the store."""
        if error.errno in _NO_ROOM:
            return StoreFull(store=str(self.path))
        return StoreUnavailable(store=str(self.path), cause=error.strerror or str(error))

    def _is_full(self, name: str) -> bool:
        if name == "SQLITE_FULL":
            return True
        # A file size limit and a full disk under the shared index come as an error of writing.
        return name in ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE") and not self._has_room()

    def _has_room(self) -> bool:
        import shutil

        if sys.platform != "win32":
            import resource

            if resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY:
                return False
        return shutil.disk_usage(self.path.parent).free >= 2**20
