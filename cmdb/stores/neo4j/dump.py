"""Everything the database holds, as the rows of a dump, read in many transactions and consistent at one revision."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
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
from cmdb.ports.errors import HistoryGone
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database, Head
from cmdb.stores.neo4j.ledger import Row, check_since, in_order
from cmdb.stores.neo4j.retain import headers
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.upkeep import blob
from cmdb.stores.retention import Retention

_ROWS_AT_ONCE = 2000
_QUEUED = (
    "MATCH (n:_QueuedRun) RETURN n.queue, n.place, n.run, n.payload, n.due, n.held_until, n.holder, n.attempt,"
    " n.waiting IS NULL"
)
# What has no revision, in the order of a dump: the row, what selects its fields, and what makes them the row's.
_PLAIN: tuple[tuple[type[Any], str, Callable[[Any], tuple[Any, ...]]], ...] = (
    (
        LeaseRow,
        "MATCH (n:_Lease) WHERE n.token > 0 RETURN n.name, n.holder, n.token, n.until",
        lambda row: (row[0], row[1], row[2], row[3] / 1000),
    ),
    (ClaimedRunRow, "MATCH (n:_ClaimedRun) RETURN n.job, n.slot", tuple),
    (
        QueuedRunRow,
        _QUEUED,
        lambda row: (row[2], row[0], row[3], row[4] / 1000, row[5] / 1000, *row[6:]),
    ),
    (
        CounterRow,
        "MATCH (n:_Counter) RETURN n.name, n.value, n.until",
        lambda row: (row[0], row[1], row[2] / 1000),
    ),
    (SeriesRow, "MATCH (n:_Series) RETURN n.name, n.number", tuple),
)


def dump(database: Database, since: int) -> Iterator[DumpRow]:
    """
    Yield the rows of :meth:`cmdb.ports.store.Store.dump`.

    Raises:
        HistoryGone: history was let go while it was read; begin again.
    """
    database.steady()
    # Before the head: a run whose end is in no revision of the dump must not be off the queue, for nobody would end it.
    queued = _all(database, _QUEUED)
    head = database.steady()
    if since:
        check_since(head, since)
    yield Start(since, head.revision, head.retention.floor)
    kinds = [row for (row,) in _all(database, "MATCH (k:_Kind) RETURN properties(k)")]
    shapes = sorted(shape for row in kinds if (shape := schema.shape(row)))
    for row in sorted(kinds, key=itemgetter("name")):
        yield _kind(row)
    last = START
    for one in _revisions(database, shapes, since, head):
        yield one
        last = one.hash if isinstance(one, RevisionRow) else last
    idle = _all(
        database,
        "MATCH (i:_Idle) WHERE i.revision <= $newest RETURN i.txn_id, i.digest, i.revision",
        newest=head.revision,
    )
    yield from (IdleRow(*fields) for fields in sorted(idle))
    for (name,) in _all(database, "MATCH (b:_Blob) RETURN b.sha256 ORDER BY b.sha256"):
        content = database.read(lambda tx: blob(tx, name))  # noqa: B023
        if content is not None:
            yield BlobRow(content)
    for made, query, fields_of in _PLAIN:
        rows = queued if query is _QUEUED else _all(database, query)
        yield from (made(*fields_of(fields)) for fields in sorted(rows))
    if since == head.revision > 0:
        ((last,),) = _all(database, "MATCH (r:_Revision {number: $number}) RETURN r.hash", number=since)
    yield End(head.revision, last)


def _all(database: Database, query: str, **values: Any) -> list[tuple[Any, ...]]:
    return database.read(lambda tx: [tuple(row) for row in tx.run(query, values)])


def _kind(row: dict[str, Any]) -> KindRow:
    shape = schema.shape(row)
    assert shape is not None
    paths = tuple(name[2:] if name[0] == "$" else name[1:] for name in (*shape.columns, *shape.pending))
    sorting = [name[2:] for name in (*shape.columns, *shape.pending) if name[0] == "$"]
    indexed = tuple(row.get("indexed", sorting))
    return KindRow(shape.name, paths, indexed, tuple(shape.ends.items()), shape.words)


def _revisions(database: Database, shapes: list[Shape], since: int, head: Head) -> Iterator[RevisionRow | VersionRow]:
    walks = [_versions(database, shape, since, head) for shape in shapes]
    # Each walk is in the order of the revisions; of one revision, the walks come one after the other.
    versions = heapq.merge(*walks, key=itemgetter(0))
    waiting = next(versions, None)
    for header in headers(database, since, head.revision):
        yield RevisionRow(*header)
        while waiting is not None and waiting[0] == header[0]:
            yield waiting[1]
            waiting = next(versions, None)


def _versions(database: Database, shape: Shape, since: int, head: Head) -> Iterator[tuple[int, VersionRow]]:
    for row in in_order(_rows(database, shape, since, head), lambda _: 0, descending=False):
        made, version, claims, body, until = row.values
        yield made, VersionRow(shape.name, row.key, version, claims, body, until)


def _rows(database: Database, shape: Shape, since: int, head: Head) -> Iterator[Row]:
    # Nothing is greater than null, so the walk begins above the revision.
    place: tuple[int, str | None] = (since, None)
    kept = head.retention
    query = (
        f"MATCH (v:{shape.label}) WHERE v.from >= $from AND v.from <= $newest AND (v.from > $from OR v.k > $k)"
        " RETURN v.k, v.key, v.from, v.to, v.version, v.claims, v.body ORDER BY v.from, v.k LIMIT $limit"
    )

    def some(tx: Any) -> list[tuple[Any, ...]]:
        values = {"from": place[0], "k": place[1], "newest": head.revision, "limit": _ROWS_AT_ONCE}
        rows = [tuple(row) for row in tx.run(query, values)]
        untils = _untils(tx, shape, rows, kept)
        now = database.head(tx).retention
        if now != kept:
            raise HistoryGone(revision=since, oldest=now.floor)
        return [(*row, until) for row, until in zip(rows, untils, strict=True)]

    while True:
        rows = database.read(some)
        for k, key, made, to, version, claims, body, until in rows:
            # What does not stay is about to be removed.
            if kept.stays(made, to):
                yield Row(k, key, (made, version, claims, body, until), f"{made:012}")
        if len(rows) < _ROWS_AT_ONCE:
            return
        place = rows[-1][2], rows[-1][0]


def _untils(tx: Any, shape: Shape, rows: list[tuple[Any, ...]], kept: Retention) -> list[int | None]:
    """Return for each version the revision that closed it, where the version that followed is no longer kept."""
    closed = [[row[0], row[3]] for row in rows if row[3] <= kept.floor]
    if not closed:
        return [None] * len(rows)
    query = f"UNWIND $closed AS c MATCH (v:{shape.label}) WHERE v.from = c[1] AND v.k = c[0] RETURN v.k, v.from, v.to"
    follows = {(k, made) for k, made, to in tx.run(query, closed=closed) if kept.stays(made, to)}
    return [row[3] if row[3] <= kept.floor and (row[0], row[3]) not in follows else None for row in rows]
