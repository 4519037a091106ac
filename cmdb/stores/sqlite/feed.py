"""Revisions, the feed of changes, and the state at one revision as a snapshot."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any

from cmdb.model.kind import Kind, by_id
from cmdb.ports.store import Entry, Revision, Stored
from cmdb.stores import batch
from cmdb.stores.sqlite import read, schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.fields import decoded
from cmdb.stores.sqlite.schema import Shape
from cmdb.stores.sqlite.select import Selection, scan

_ROWS_AT_ONCE = 10_000
# Between so many versions for each living document one walk over all is the shortest way to those of a revision.
_VERSIONS_SCANNED = (2, 20)
_ENTRIES_AT_ONCE = 1000
_REVISIONS_AT_ONCE = 200
_POLL_SECONDS = 0.005


class Feed:
    """The part of the store that follows revisions."""

    _database: Database

    def revision(self) -> int:
        """Return the newest revision, 0 for an empty store; cheap enough to ask at every request."""
        with self._database.in_our_words():
            return read.newest_revision(self._database.connection)

    def revision_at(self, moment: datetime) -> int:
        """Return the newest revision made at or before the aware ``moment``, 0 when there was none yet."""
        query = "SELECT number FROM revision WHERE at <= ? ORDER BY at DESC, number DESC LIMIT 1"
        with self._database.reading() as connection:
            row = connection.execute(query, (batch.moment_text(moment),)).fetchone()
        return row[0] if row else 0

    @contextmanager
    def snapshot(self, *, at: int | None = None) -> Iterator[SqliteSnapshot]:
        """Open the state at one revision; leaving the ``with`` lets go of it."""
        with self._database.in_our_words():
            # A connection of its own, so that the thread may write while it reads.
            connection = self._database.open()
            try:
                connection.execute("BEGIN")
                self._database.refuse_incomplete(connection)
                read.check_revision(connection, at)
                newest = read.newest_revision(connection)
                yield SqliteSnapshot(newest if at is None else at, connection, None if at == newest else at)
            finally:
                connection.close()

    def changes(self, since: int, *, limit: int | None = None) -> Iterator[Revision]:
        """Yield the revisions above ``since``, in order, each whole."""
        left = limit
        while left is None or left > 0:
            some = _REVISIONS_AT_ONCE if left is None else min(left, _REVISIONS_AT_ONCE)
            with self._database.reading() as connection:
                read.check_since(connection, since)
                rows = _at_once(
                    connection,
                    "number, at, actor, reason, txn_id, size, hash, previous_hash",
                    "(SELECT * FROM revision WHERE number > ? ORDER BY number LIMIT ?)",
                    (since, some),
                )
                # Small revisions are read with their headers: who follows the store reads one after the other.
                few = _read_together(connection, rows) if sum(row[5] for row in rows) <= _ENTRIES_AT_ONCE else {}
            for number, at, actor, reason, txn_id, size, own, previous in rows:
                entries = _Entries(self._database, number, few.pop(number, None))
                moment = datetime.fromisoformat(at)
                yield Revision(number, moment, actor, reason, txn_id, size, own, previous, entries)
                # Whoever comes back to it later reads the log as it is then.
                entries.read = None
            if len(rows) < some:
                return
            since = rows[-1][0]
            left = None if left is None else left - len(rows)

    def wait_for(self, revision: int, *, seconds: float) -> int:
        """Return the newest revision as soon as it is at least ``revision``, at the latest after ``seconds``."""
        deadline = time.monotonic() + seconds
        while (newest := self.revision()) < revision and (left := deadline - time.monotonic()) > 0:
            # Asking costs some ten microseconds, and no writer is held up by it.
            time.sleep(min(_POLL_SECONDS, left))
        return newest


def _at_once(connection: sqlite3.Connection, columns: str, rest: str, arguments: Sequence[Any]) -> list[list[Any]]:
    """
    Return the rows of a query as one value, sorted by their first column.

    Each row that is stepped to lets go of the interpreter; where many threads compute, getting it back takes longer
    than all the rest, and who follows the store would fall behind.
    """
    query = f"SELECT json_group_array(json_array({columns})) FROM {rest}"
    (text,) = connection.execute(query, arguments).fetchone()
    rows: list[list[Any]] = json.loads(text)
    return sorted(rows, key=itemgetter(0))


_Parts = list[tuple[str, list[Any]]]
"""Rows of key, version and documents before and after, by kind."""


def _read_together(connection: sqlite3.Connection, revisions: list[list[Any]]) -> dict[int, _Parts]:
    """Return what these revisions, which follow each other, changed."""
    if not revisions:
        return {}
    span = (revisions[0][0], revisions[-1][0])
    parts = _at_once(connection, "revision, kind, first, size", "part WHERE revision >= ? AND revision <= ?", span)
    parts.sort()
    rows: dict[str, dict[int, list[Any]]] = {}
    for kind in sorted({part[1] for part in parts}):
        spans = [(first, first + size) for _, of, first, size in parts if of == kind]
        table = schema.name_of(f"doc_{kind}")
        found = _at_once(
            connection,
            "v.id, v.key, v.version, b.document, v.document",
            f"{table} v LEFT JOIN {table} b ON b.id = v.former WHERE v.id >= ? AND v.id < ?",
            (min(first for first, _ in spans), max(end for _, end in spans)),
        )
        rows[kind] = {row[0]: row[1:] for row in found}
    few: dict[int, _Parts] = {row[0]: [] for row in revisions}
    for number, kind, first, size in parts:
        few[number].append((kind, [rows[kind][place] for place in range(first, first + size) if place in rows[kind]]))
    return few


@dataclass(slots=True)
class _Entries:
    """
    What one revision changed; every walk reads the log anew, in short transactions, for it never changes.

    ``read`` is what was read already, for a first walk.
    """

    database: Database
    number: int
    read: _Parts | None = None

    def __iter__(self) -> Iterator[Entry]:
        for kind, rows in self._parts() if self.read is None else self.read:
            for key, version, before, after in rows:
                yield Entry(kind, key, version, batch.document(before), batch.document(after))

    def _parts(self) -> Iterator[tuple[str, list[Any]]]:
        with self._reading() as connection:
            parts = connection.execute(
                "SELECT kind, first, first + size FROM part WHERE revision = ? ORDER BY kind", (self.number,)
            ).fetchall()
            # A small revision is read in this one transaction: who follows the store reads one after the other.
            few = sum(end - first for _, first, end in parts) <= _ENTRIES_AT_ONCE
            read_already = [(kind, _versions(connection, kind, first, end)) for kind, first, end in parts if few]
        yield from read_already or self._in_turn(parts)

    def _in_turn(self, parts: list[tuple[str, int, int]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        for kind, first, end in parts:
            for start in range(first, end, _ENTRIES_AT_ONCE):
                with self._reading() as connection:
                    rows = _versions(connection, kind, start, min(end, start + _ENTRIES_AT_ONCE))
                yield kind, rows

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self.database.reading() as connection:
            # Some of it may have been let go since the revision was looked up.
            read.check_since(connection, self.number - 1)
            yield connection


def _versions(connection: sqlite3.Connection, kind: str, first: int, end: int) -> list[tuple[Any, ...]]:
    """Return key, version and the documents before and after of the versions with these numbers."""
    table = schema.name_of(f"doc_{kind}")
    return connection.execute(
        f"SELECT v.key, v.version, b.document, v.document FROM {table} v"
        f" LEFT JOIN {table} b ON b.id = v.former WHERE v.id >= ? AND v.id < ? ORDER BY v.id",
        (first, end),
    ).fetchall()


class SqliteSnapshot:
    """The state at ``revision``: a read transaction that stays open, so that what others write is not seen."""

    def __init__(self, revision: int, connection: sqlite3.Connection, at: int | None) -> None:
        self.revision = revision
        self._connection = connection
        self._at = at

    def columns(self, kind: Kind[Any], *paths: str) -> Iterator[list[Sequence[Any]]]:
        """Yield the kind's living documents in batches: for each (dotted) path a column of their values, by key."""
        shape = schema.shape_of(self._connection, kind.name)
        if shape is None:
            return
        key_field = "id" if kind.key is by_id else None
        wanted = [schema.column(p) if p in shape.paths else "key" if p == key_field else None for p in paths]
        names = [name for name in wanted if name is not None]
        if None in wanted:
            names.append("document")
        # Two walks are merged by a column of both; one has an order that need not be read.
        if order := ("key" if self._at is None else ""):
            statement = Selection(shape, self._at).statement(", ".join(names), order=order)
        else:
            statement = self._as_of(shape, names)
        cursor = self._connection.execute(*statement)
        deep = [path for path, column in zip(paths, wanted, strict=True) if column is None]
        while some := cursor.fetchmany(_ROWS_AT_ONCE):
            found = list(map(_plain, zip(*some, strict=True)))
            yield _ordered(found if order else found[1:], deep, wanted)

    def _as_of(self, shape: Shape, names: list[str]) -> tuple[str, list[Any]]:
        """Return the statement that gives the key and these columns, by key."""
        keyed = ", ".join(["key", *names])
        if self._at is not None and "document" not in names and self._some_versions(shape):
            return scan(shape, self._at, keyed)
        return Selection(shape, self._at).statement(keyed, order="1")

    def _some_versions(self, shape: Shape) -> bool:
        """Tell whether the table is longer than what is read of it, but not by much."""
        (last,) = self._connection.execute(f"SELECT coalesce(max(id), 0) FROM {shape.table}").fetchone()
        return bool(_VERSIONS_SCANNED[0] * shape.living < last < _VERSIONS_SCANNED[1] * shape.living)

    def documents(self, kind: Kind[Any]) -> Iterator[Stored]:
        """Yield the kind's living documents, ordered by key."""
        shape = schema.shape_of(self._connection, kind.name)
        if shape is None:
            return
        columns = "key, document, version, from_rev"
        cursor = self._connection.execute(*Selection(shape, self._at).statement(columns, order="1"))
        while some := list(islice(cursor, _ENTRIES_AT_ONCE)):
            yield from map(read.stored, some)


def _plain(column: Sequence[Any]) -> Sequence[Any]:
    """Return a column of the file with the values the documents have; most need nothing, and many hold nothing."""
    if column.count(None) == len(column) or bytes not in set(map(type, column)):
        return column
    return list(map(decoded, column))


def _ordered(columns: list[Sequence[Any]], deep: list[str], wanted: list[str | None]) -> list[Sequence[Any]]:
    """Bring columns of the file, and what only the documents have, into the order that was asked for."""
    if not deep:
        return columns
    parsed = [batch.parse(text) for text in columns.pop()]
    looked_up = ([batch.dig(document, path) for document in parsed] for path in deep)
    promoted = iter(columns)
    return [next(looked_up) if name is None else next(promoted) for name in wanted]
