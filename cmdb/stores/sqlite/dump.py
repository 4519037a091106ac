"""Everything the file holds, as the rows of a dump, out of one read transaction."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from operator import itemgetter
from typing import Any

from cmdb.chain import START
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
from cmdb.stores.retention import HEADER, Retention
from cmdb.stores.sqlite import read, schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.schema import Shape

# What has no revision, in the order of a dump: the row, and what selects its fields.
_PLAIN: tuple[tuple[type[Any], str], ...] = (
    (IdleRow, "SELECT txn_id, digest, revision FROM idle ORDER BY txn_id"),
    (BlobRow, "SELECT content FROM blob ORDER BY sha256"),
    (LeaseRow, "SELECT name, holder, token, until FROM lease ORDER BY name"),
    (ClaimedRunRow, "SELECT job, slot FROM claimed_run ORDER BY job, slot"),
    (
        QueuedRunRow,
        "SELECT id, queue, payload, due, held_until, holder, attempt, done FROM queued_run ORDER BY place",
    ),
    (CounterRow, "SELECT name, value, until FROM counter ORDER BY name"),
    (SeriesRow, "SELECT name, number FROM series ORDER BY name"),
)


def dump(database: Database, since: int) -> Iterator[DumpRow]:
    """Yield the rows of :meth:`cmdb.ports.store.Store.dump`."""
    with database.in_our_words(), closing(database.open()) as connection:
        connection.execute("BEGIN")
        database.refuse_incomplete(connection)
        if since:
            read.check_since(connection, since)
        newest, kept = read.newest_revision(connection), read.retention(connection)
        yield Start(since, newest, kept.floor)
        shapes = schema.shapes(connection)
        for shape in shapes:
            yield KindRow(shape.name, shape.paths, shape.indexed, tuple(shape.ends.items()), shape.text)
        yield from _revisions(connection, shapes, since, kept)
        for made, query in _PLAIN:
            for fields in connection.execute(query):
                yield made(*fields[:-1], bool(fields[-1])) if made is QueuedRunRow else made(*fields)
        (last,) = connection.execute("SELECT hash FROM head").fetchone() if newest else (START,)
        yield End(newest, last)


def _revisions(
    connection: sqlite3.Connection, shapes: list[Shape], since: int, kept: Retention
) -> Iterator[RevisionRow | VersionRow]:
    walks = [_versions(connection, shape, since, kept) for shape in shapes]
    # Each walk is in the order of the revisions; of one revision, the walks come one after the other.
    versions = heapq.merge(*walks, key=itemgetter(0))
    waiting = next(versions, None)
    columns = ", ".join(HEADER)
    for header in connection.execute(f"SELECT {columns} FROM revision WHERE number > ? ORDER BY number", (since,)):
        yield RevisionRow(*header)
        while waiting is not None and waiting[0] == header[0]:
            yield waiting[1]
            waiting = next(versions, None)


def _versions(
    connection: sqlite3.Connection, shape: Shape, since: int, kept: Retention
) -> Iterator[tuple[int, VersionRow]]:
    first = 0
    if since:
        row = connection.execute(
            "SELECT first FROM part WHERE kind = ? AND revision > ? ORDER BY revision LIMIT 1", (shape.name, since)
        ).fetchone()
        if row is None:
            return
        (first,) = row
    rows = connection.execute(
        f"SELECT key, version, from_rev, to_rev, claims, document FROM {shape.table} WHERE id >= ? ORDER BY id",
        (first,),
    )
    for key, version, made, until, claims, document in rows:
        if not kept.stays(made, until):
            # It is about to be removed.
            continue
        last = None
        if until is not None and until <= kept.floor and not _follows(connection, shape, key, version + 1, kept):
            last = until
        yield made, VersionRow(shape.name, key, version, claims, document, last)


def _follows(connection: sqlite3.Connection, shape: Shape, key: str, version: int, kept: Retention) -> bool:
    """Tell whether the version that followed one is still there."""
    row = connection.execute(
        f"SELECT from_rev, to_rev FROM {shape.table} WHERE to_rev IS NULL AND key = ?1 AND version = ?2 UNION ALL"
        f" SELECT from_rev, to_rev FROM {shape.table} WHERE to_rev IS NOT NULL AND key = ?1 AND version = ?2",
        (key, version),
    ).fetchone()
    return row is not None and kept.stays(*row)
