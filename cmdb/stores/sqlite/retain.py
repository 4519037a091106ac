"""Letting go of history in the file: what to digest, and removing rows in steps that hold no writer up for long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from cmdb.ports.store import Progress
from cmdb.stores import batch, retention
from cmdb.stores.retention import HEADER, Compacting, Header, Retention, Sealed, Version
from cmdb.stores.sqlite import read, schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.schema import Shape

_ROWS_AT_ONCE = 5000
_PAGES_AT_ONCE = 2000
# Whoever waits for the lock asks some thousand times a second.
_PAUSE = 0.002


class Retaining(Compacting):
    """The part of the store that keeps and lets go of history."""

    _database: Database

    def floor(self) -> int:
        """Return the oldest revision the unbroken history goes back to: 0 until :meth:`compact` let go of some."""
        with self._database.reading() as connection:
            return read.floor(connection)

    def size(self) -> int | None:
        """Return how many bytes the file has, what waits in the write-ahead log counted where it will stand."""
        with self._database.reading() as connection:
            (pages,), (bytes_,) = (
                connection.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "page_size")
            )
        return int(pages * bytes_)

    def sealed(self, wanted: Retention, progress: Progress | None) -> Sealed:
        """Return the digest of what stays at and below a floor, in one consistent state."""
        with self._database.in_our_words(), closing(self._database.open()) as connection:
            connection.execute("BEGIN")
            return sealed(connection, wanted, progress)

    def let_go(self, wanted: Retention, progress: Progress | None) -> int:
        """Remove every version that does not stay, and give the room back; return how many there were."""
        gone = _Removal(self._database, wanted, progress).remove()
        self._give_room_back(gone, progress)
        return gone

    def _give_room_back(self, gone: int, progress: Progress | None) -> None:
        """Cut free pages off the file, where it was made to allow that; else later writes use them."""
        while self._database.give_room_back(_PAGES_AT_ONCE):
            if progress is not None:
                progress(gone)
            time.sleep(_PAUSE)
        self._database.checkpoint()


def sealed(connection: sqlite3.Connection, wanted: Retention, progress: Progress | None = None) -> Sealed:
    """Return the digest of what stays at and below a floor."""
    return retention.sealed(wanted, headers(connection, wanted.floor), versions(connection, wanted.floor), progress)


def headers(connection: sqlite3.Connection, floor: int) -> Iterator[Header]:
    """Yield the headers up to a floor."""
    return connection.execute(f"SELECT {', '.join(HEADER)} FROM revision WHERE number <= ? ORDER BY number", (floor,))


def versions(connection: sqlite3.Connection, floor: int) -> Iterator[Version]:
    """Yield the versions made at or below a floor, by kind, key and version."""
    for shape in schema.shapes(connection):
        for row in made_below(connection, shape, floor):
            yield (shape.name, *row)


def made_below(connection: sqlite3.Connection, shape: Shape, floor: int, *more: str) -> Iterator[tuple[Any, ...]]:
    """Yield (key, version, from, to, claims, document, more columns) of those made at or below a floor, in order."""
    columns = ", ".join(("key", "version", "from_rev", "to_rev", "claims", "document", *more))
    # In the order of an index each, and a later version was made later.
    return connection.execute(
        f"SELECT {columns} FROM {shape.table} WHERE to_rev IS NULL AND from_rev <= ?1 UNION ALL"
        f" SELECT {columns} FROM {shape.table} WHERE to_rev IS NOT NULL AND from_rev <= ?1 ORDER BY 1, 3",
        (floor,),
    )


class _Removal:
    """Removing the versions that do not stay, kind by kind."""

    def __init__(self, database: Database, wanted: Retention, progress: Progress | None) -> None:
        self.database = database
        self.wanted = wanted
        self.progress = progress
        self.gone = 0

    def remove(self) -> int:
        with self.database.writing() as connection:
            # No feed reaches below the floor, so nobody asks any more which rows a revision had there.
            connection.execute("DELETE FROM part WHERE revision <= ?", (self.wanted.floor,))
            shapes = schema.shapes(connection)
        for shape in shapes:
            last = 0
            while rows := self._found(shape, last):
                last = rows[-1][0]
                going = [row for row, made, until in rows if not self.wanted.stays(made, until)]
                if going:
                    self._delete(shape, going)
                if self.progress is not None:
                    self.progress(self.gone)
        return self.gone

    def _found(self, shape: Shape, last: int) -> list[tuple[int, int, int]]:
        """Return the next rows that were closed at or below the floor: id, from, to."""
        floor = self.wanted.floor
        with self.database.reading() as connection:
            (end,) = connection.execute(
                "SELECT min(first) FROM"
                " (SELECT first FROM part WHERE kind = ? AND revision > ? ORDER BY revision LIMIT 1)",
                (shape.name, floor),
            ).fetchone()
            # Rows stand in the order in which they were made, so those above the floor need no look.
            return connection.execute(
                f"SELECT id, from_rev, to_rev FROM {shape.table} NOT INDEXED WHERE id > ? AND id < ? AND to_rev <= ?"
                " ORDER BY id LIMIT ?",
                (last, 2**62 if end is None else end, floor, _ROWS_AT_ONCE),
            ).fetchall()

    def _delete(self, shape: Shape, going: list[int]) -> None:
        with self.database.writing() as connection:
            # The shape may have changed since; what is removed from its words must be what was put in.
            shape = schema.shape_of(connection, shape.name) or shape
            if shape.text and not schema.has_full_text():
                # This process can not keep the index in step, so the next one that can makes it anew.
                connection.execute("UPDATE kind SET text = '[]' WHERE name = ?", (shape.name,))
            elif shape.text:
                documents = (
                    (row, connection.execute(f"SELECT document FROM {shape.table} WHERE id = ?", (row,)).fetchone())
                    for row in going
                )
                connection.executemany(
                    f"INSERT INTO {shape.words} ({shape.words}, rowid, words) VALUES ('delete', ?, ?)",
                    [
                        (row, schema.words(shape, batch.parse(found[0])))
                        for row, found in documents
                        if found is not None and found[0] is not None
                    ],
                )
            deleted = connection.executemany(f"DELETE FROM {shape.table} WHERE id = ?", ((row,) for row in going))
            self.gone += deleted.rowcount
        time.sleep(_PAUSE)
