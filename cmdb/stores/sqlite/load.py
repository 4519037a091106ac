"""Taking over a dump: whole revisions at a time into plain tables, and at the end all that derives from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from cmdb.chain import START, sha256
from cmdb.errors import InvalidInput
from cmdb.ports.dump import (
    BlobRow,
    ClaimedRunRow,
    CounterRow,
    DumpRow,
    End,
    IdleRow,
    KindRow,
    LeaseRow,
    QueuedRunRow,
    RevisionRow,
    SeriesRow,
    Start,
    VersionRow,
)
from cmdb.ports.store import Progress
from cmdb.stores.dumping import TOKENS_SKIPPED, Place, document_of, dump_fault, misplaced, verified
from cmdb.stores.sqlite import derive, read, retain, schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.schema import Shape

_ROWS_AT_ONCE = 2000
_ROWS_A_COMMIT = 20_000
_KEYS_AT_ONCE = 500
_HEARD_EVERY = 5000


def load(database: Database, rows: Iterable[DumpRow], progress: Progress | None) -> int:
    """Do what :meth:`cmdb.ports.store.Store.load` says."""
    with database.in_our_words():
        number, last = database.connection.execute("SELECT revision, hash FROM head").fetchone()
    walk = verified(rows, Place(str(database.path), number, last if number else START))
    work = _Load(number, progress)
    following: Iterator[tuple[int, DumpRow]] = walk
    while not work.done:
        with database.writing(loading=True) as connection:
            waiting = work.some(connection, following)
        following = walk if waiting is None else chain([waiting], walk)
    return work.number


class _Load:
    """
    Where a load is; each transaction takes rows until a good many came and a revision is whole.

    The first one ends before the first revision, so that an interruption leaves a store that says it is not whole.

    A revision is known to be what was written only when the first row after it comes, so its rows wait till then.
    """

    def __init__(self, began: int, progress: Progress | None) -> None:
        self.began = began
        self.number = began
        self.done = self.marked = False
        self.start = Start(0, 0, 0)
        self.connection: sqlite3.Connection
        self._progress = progress
        self._shapes: dict[str, Shape] = {}
        self._versions: list[tuple[int, VersionRow]] = []
        self._wrong: InvalidInput | None = None
        self._kind = ""
        self._first: dict[str, int] = {}
        self._takers: dict[type[Any], Callable[[int, Any], None]] = {
            Start: self._begin,
            KindRow: self._adopt,
            RevisionRow: self._open,
            VersionRow: self._version,
            BlobRow: self._blob,
            QueuedRunRow: self._queued,
            End: self._end,
        }

    def some(self, connection: sqlite3.Connection, rows: Iterator[tuple[int, DumpRow]]) -> tuple[int, DumpRow] | None:
        """Take rows; return the one to be taken first next time, None when all are there."""
        self.connection = connection
        for taken, (place, row) in enumerate(rows):
            if isinstance(row, RevisionRow) and not self.marked:
                # It continues this store, so from here on nobody may take the store for whole.
                self.marked = True
                return place, row
            if taken >= _ROWS_A_COMMIT and not isinstance(row, VersionRow) and self._may_stop:
                self._close()
                return place, row
            if not isinstance(row, VersionRow):
                self._close()
            taker = self._takers.get(type(row))
            if taker is not None:
                taker(place, row)
            else:
                self.connection.execute(_UPSERTS[type(row)], row)
            if self._progress is not None and place % _HEARD_EVERY == 0:
                self._progress(place)
        return None

    @property
    def _may_stop(self) -> bool:
        """Not below the floor, for no dump goes on within it; and not before the dump proved that it continues this."""
        return self.number >= self.start.floor and (self.number > self.began or self.began == 0)

    # the beginning ---------------------------------------------------------------------------------------------------
    def _begin(self, _: int, row: Start) -> None:
        self.start = row
        self.connection.execute("INSERT INTO loading VALUES (1) ON CONFLICT DO NOTHING")
        self.connection.execute("DELETE FROM queued_run")
        self.connection.execute("DELETE FROM counter")

    def _adopt(self, _: int, row: KindRow) -> None:
        shape = Shape(row.name, row.paths, dict(row.ends), row.text, row.indexed, 0)
        self._shapes[row.name] = schema.adopted(self.connection, shape)

    # revisions -------------------------------------------------------------------------------------------------------
    def _open(self, _: int, row: RevisionRow) -> None:
        self.number = row.number
        self.connection.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self.connection.execute("UPDATE head SET revision = ?, hash = ?", (row.number, row.hash))
        self._first = {}

    def _version(self, place: int, row: VersionRow) -> None:
        if row.kind != self._kind or len(self._versions) >= _ROWS_AT_ONCE:
            self._write()
            self._kind = row.kind
        self._versions.append((place, row))

    def _close(self) -> None:
        """Write what still waits of the revision, and which rows it has; it fits its hash, so what is wrong counts."""
        self._write()
        if self._wrong is not None:
            raise self._wrong
        if self.number > self.start.floor:
            for kind, first in self._first.items():
                size = self._next_id(self._shapes[kind]) - first
                self.connection.execute("INSERT INTO part VALUES (?, ?, ?, ?)", (self.number, kind, first, size))
        self._first = {}

    def _next_id(self, shape: Shape) -> int:
        (last,) = self.connection.execute(f"SELECT coalesce(max(id), 0) FROM {shape.table}").fetchone()
        return int(last) + 1

    def _write(self) -> None:
        """Write versions of one kind and one revision."""
        if not self._versions:
            return
        shape = self._shapes[self._kind]
        first = self._next_id(shape)
        self._first.setdefault(shape.name, first)
        currents = self._currents(shape) if first > 1 else {}
        rows, closing, ending = [], [], []
        for id_, (place, row) in enumerate(self._versions, first):
            document, fault = document_of(place, row)
            former, version = currents.get(row.key, (None, 0))
            fault = fault or misplaced(place, row, version, below=self.number <= self.start.floor)
            self._wrong = self._wrong or fault
            if former is not None:
                closing.append((self.number, former))
            if row.until is not None:
                ending.append((row.until, id_))
            values = shape.values(document)
            rows.append((id_, row.key, row.version, self.number, former, row.claims, *values, row.body))
        close = f"UPDATE {shape.table} SET to_rev = ? WHERE id = ?"
        self.connection.executemany(close, closing)
        self.connection.executemany(shape.insertion, rows)
        self.connection.executemany(close, ending)
        self._versions.clear()

    def _currents(self, shape: Shape) -> dict[str, tuple[int, int]]:
        found = {}
        keys = iter([row.key for _, row in self._versions])
        while some := list(islice(keys, _KEYS_AT_ONCE)):
            query = f"SELECT key, id, version FROM {shape.table} WHERE to_rev IS NULL AND key IN"
            for key, id_, version in self.connection.execute(f"{query} ({','.join('?' * len(some))})", some):
                found[key] = (id_, version)
        return found

    # the rest --------------------------------------------------------------------------------------------------------
    def _blob(self, _: int, row: BlobRow) -> None:
        name = sha256(row.content).hexdigest()
        self.connection.execute("INSERT INTO blob VALUES (?, ?) ON CONFLICT DO NOTHING", (name, row.content))

    def _queued(self, _: int, row: QueuedRunRow) -> None:
        self.connection.execute(
            "INSERT INTO queued_run (id, queue, payload, due, held_until, holder, attempt, done)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            row,
        )

    def _end(self, place: int, _: End) -> None:
        def twice(claim: str) -> None:
            raise dump_fault("dump.claim", place, claim=claim)

        kept = read.retention(self.connection)
        if kept.floor:
            baseline = read.baseline(self.connection)
            sealed = retain.sealed(self.connection, kept).digest
            if baseline is None or baseline.document["digest"] != sealed:
                raise dump_fault("dump.baseline", place, floor=kept.floor)
        if kept.floor != self.start.floor:
            raise dump_fault("dump.baseline", place, floor=self.start.floor)
        derive.derive(self.connection, twice=twice)
        self.connection.execute("DELETE FROM loading")
        self.done = True


# What is one row here as there; what a store that is loaded again has of it is never lessened.
_UPSERTS: dict[type[Any], str] = {
    IdleRow: "INSERT INTO idle VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    LeaseRow: "INSERT INTO lease VALUES (?1, ?2, ?3 + " + str(TOKENS_SKIPPED) + ", 0 * ?4) ON CONFLICT DO UPDATE"
    " SET token = max(token + " + str(TOKENS_SKIPPED) + ", excluded.token), until = 0",
    ClaimedRunRow: "INSERT INTO claimed_run VALUES (?, ?) ON CONFLICT DO NOTHING",
    CounterRow: "INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    SeriesRow: "INSERT INTO series VALUES (?, ?) ON CONFLICT DO UPDATE SET number = max(number, excluded.number)",
}
