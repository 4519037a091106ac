"""Upkeep of the file: migration, backup, restore, and blobs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from cmdb.chain import sha256
from cmdb.errors import NotFound
from cmdb.ports.errors import NotAStore, TargetExists
from cmdb.ports.store import Finding, Progress
from cmdb.stores.batch import is_text
from cmdb.stores.publishing import publish
from cmdb.stores.sqlite import read, schema
from cmdb.stores.sqlite.connection import Database

if TYPE_CHECKING:
    from cmdb.ports.dump import DumpRow

_PAGES_AT_ONCE = 10_000


class Upkeep:
    """The part of the store that keeps the file itself in order."""

    _database: Database

    def migrate(self) -> int:
        """Bring the store to this programme's schema and return the schema's number."""
        return schema.migrate(self._database)

    def check(self, *, progress: Progress | None = None) -> tuple[Finding, ...]:
        """Return all that is wrong; empty means sound."""
        from cmdb.stores.sqlite.check import check

        return check(self._database, progress)

    def repair(self, *, progress: Progress | None = None) -> tuple[Finding, ...]:
        """Make anew all that derives from the log; return what a check would have found there."""
        from cmdb.stores.sqlite.repair import repair

        return repair(self._database, progress)

    def dump(self, *, since: int = 0) -> Iterator[DumpRow]:
        """Yield everything the store holds above revision ``since``, consistent at one revision, while others write."""
        from cmdb.stores.sqlite.dump import dump

        return dump(self._database, since)

    def load(self, rows: Iterable[DumpRow], *, progress: Progress | None = None) -> int:
        """Take over a dump and return its revision (:meth:`cmdb.ports.store.Store.load`)."""
        from cmdb.stores.sqlite.load import load

        return load(self._database, rows, progress)

    def backup(self, target: Path) -> int:
        """Write a copy that is consistent at one revision, while others go on writing, and return that revision."""
        with self._database.in_our_words(), closing(self._database.open()) as source:
            # The open transaction pins one state; a copy in steps would otherwise start again after every write.
            source.execute("BEGIN")
            self._database.refuse_incomplete(source)
            revision = read.newest_revision(source)
            _copy(source, Path(target), _as_one_file)
        return revision

    def put_blob(self, content: bytes) -> str:
        """Keep ``content`` and return its SHA-256 in hexadecimal; keeping the same twice is keeping it once."""
        name = sha256(content).hexdigest()
        with self._database.in_our_words():
            connection = self._database.connection
            self._database.refuse_incomplete(connection)
            there = connection.execute("SELECT 1 FROM blob WHERE sha256 = ?", (name,)).fetchone()
        if there is None:
            with self._database.writing() as connection:
                connection.execute("INSERT INTO blob VALUES (?, ?) ON CONFLICT DO NOTHING", (name, content))
        return name

    def get_blob(self, sha256: str) -> bytes | None:
        """Return the content, or None."""
        if not is_text(sha256):
            return None
        with self._database.reading() as connection:
            row = connection.execute("SELECT content FROM blob WHERE sha256 = ?", (sha256,)).fetchone()
        return row[0] if row else None


def restore(source: Path, target: Path) -> int:
    """
    Make a store in the new file ``target`` from a backup, and return its revision.

    Raises:
        NotFound: there is no file ``source``.
        NotAStore: it is no store's backup.
        TargetExists: ``target`` is there already.
    """
    source, target = Path(source).absolute(), Path(target).absolute()
    if not source.exists():
        raise NotFound(kind="backup", ids=(str(source),))
    if source.is_dir():
        raise NotAStore(store=str(source), cause="it is a directory")
    database = Database(source)
    with database.in_our_words(), closing(database.open(mode="ro")) as connection:
        schema.recognise(connection, database, create=False)
        revision = read.newest_revision(connection)
        _copy(connection, target, _as_live_store)
    return revision


def _as_one_file(copy: sqlite3.Connection) -> None:
    """A backup needs no log beside it and can be read from a medium that can not be written."""
    copy.execute("PRAGMA journal_mode = DELETE")


def _as_live_store(copy: sqlite3.Connection) -> None:
    from cmdb.stores.dumping import TOKENS_SKIPPED

    copy.execute("UPDATE lease SET token = token + ?, until = 0", (TOKENS_SKIPPED,))


def _copy(source: sqlite3.Connection, target: Path, finish: Callable[[sqlite3.Connection], None]) -> None:
    """Copy a whole database under another name first, so that ``target`` is never half a copy."""
    if os.path.lexists(target):
        raise TargetExists(target=str(target))
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        try:
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                source.backup(copy, pages=_PAGES_AT_ONCE)
                finish(copy)
            publish(part, target)
        finally:
            for suffix in ("", "-journal", "-wal", "-shm"):
                Path(f"{part}{suffix}").unlink(missing_ok=True)
    except FileExistsError as error:
        raise TargetExists(target=str(target)) from error
    except OSError as error:
        raise Database(target).failed(error) from error
    except sqlite3.DatabaseError as error:
        # A damaged page is the source's; no room, no folder and no permission are the copy's.
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise
        raise Database(target).translated(error) from error
