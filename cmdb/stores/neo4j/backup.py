"""A backup is a dump in a file, for Community Edition has no backup while it runs; and bringing one back."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cmdb.errors import NotFound
from cmdb.ports.dump import DumpRow, RevisionRow, Start, VersionRow
from cmdb.ports.errors import HistoryGone, NotAStore, StoreFull, StoreUnavailable, TargetExists
from cmdb.stores.dump_file import read_dump, write_dump
from cmdb.stores.neo4j.connection import Database
from cmdb.stores.neo4j.dump import dump
from cmdb.stores.publishing import publish

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TRIES = 3


def backup(database: Database, target: Path) -> int:
    """Do what :meth:`cmdb.ports.store.Store.backup` says."""
    if os.path.lexists(target):
        raise TargetExists(target=str(target))
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        try:
            revision = _written(database, part)
            publish(part, target)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError as error:
        raise TargetExists(target=str(target)) from error
    except OSError as error:
        raise _failed(target, error) from error
    return revision


def _written(database: Database, part: Path) -> int:
    for turn in range(1, _TRIES + 1):
        try:
            with part.open("wb") as file:
                return write_dump(dump(database, 0), file)
        except HistoryGone:
            # Somebody let go of history while it was read.
            if turn == _TRIES:
                raise
    raise AssertionError


def restore(source: Path, address: str, **options: Any) -> int:
    """
    Bring a backup into an empty database and return its revision; an interrupted restore goes on.

    ``options`` are those of :func:`cmdb.stores.neo4j.open_store`.

    Raises:
        NotFound: there is no file ``source``.
        NotAStore: it is a directory, or the database holds something else.
        TargetExists: there is a store in the database that holds something.
        InvalidInput: the file is no such backup, or was altered or cut off.
        Whatever opening a store refuses.
    """
    from cmdb.stores.neo4j.store import open_store

    source = Path(source).absolute()
    if not source.exists():
        raise NotFound(kind="backup", ids=(str(source),))
    if source.is_dir():
        raise NotAStore(store=str(source), cause="it is a directory")
    try:
        with source.open("rb") as file:
            # A file that is no dump must not leave a store behind.
            next(read_dump(file))
            file.seek(0)
            store = open_store(address, **options)
            try:
                head = store._database.steady(whole=False)
                if head.revision and not head.copying:
                    raise TargetExists(target=address)
                return store.load(_above(read_dump(file), head.revision))
            finally:
                store.close()
    except OSError as error:
        raise _failed(source, error) from error


def _above(rows: Iterator[DumpRow], since: int) -> Iterator[DumpRow]:
    """Yield a dump of everything as one since a revision."""
    passed = False
    for row in rows:
        if isinstance(row, Start):
            yield row._replace(since=since)
            continue
        if isinstance(row, RevisionRow):
            passed = row.number <= since
        if not (passed and isinstance(row, RevisionRow | VersionRow)):
            yield row


def _failed(file: Path, error: OSError) -> Exception:
    if error.errno in _NO_ROOM:
        return StoreFull(store=str(file))
    return StoreUnavailable(store=str(file), cause=error.strerror or str(error))
