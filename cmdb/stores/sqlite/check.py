"""
Whether a store is sound: the medium, the chain, every version against its neighbours, and all that derives from them.

Reading is tolerant (text that is not UTF-8 comes back with its bytes), so that damage becomes a finding, not a failure.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from cmdb.chain import sha256
from cmdb.ports.store import Finding, Progress
from cmdb.stores import batch, checking
from cmdb.stores.checking import Told
from cmdb.stores.retention import HEADER, Retention, Version
from cmdb.stores.sqlite import read, retain, schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.schema import Shape

_STEP = 10_000


def check(database: Database, progress: Progress | None) -> tuple[Finding, ...]:
    """Return everything that is wrong, in one consistent state."""
    with database.in_our_words(), closing(database.open()) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.execute("BEGIN")
        database.refuse_incomplete(connection)
        return tuple(_parts(connection, checking.Told(progress)))


def _parts(connection: sqlite3.Connection, told: Told) -> Iterator[Finding]:
    """Check part by part; progress is told once more before each."""

    def guarded(part: str, findings: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
        told.again()
        yield from checking.guarded(part, findings, sqlite3.Error)

    yield from guarded("medium", lambda: _medium(connection))
    shapes: list[Shape] = []
    yield from guarded("kinds", lambda: _kinds(connection, shapes))
    kept: list[Retention] = []
    yield from guarded("baseline", lambda: _retention(connection, kept))
    retention = kept[0] if kept else Retention()
    yield from guarded("chain", lambda: _Chain(connection, shapes, retention.floor, told).findings())
    yield from guarded("baseline", lambda: _sealed_below(connection, shapes, retention, told))
    for shape in shapes:
        yield from guarded(f"versions of {shape.name}", lambda shape=shape: _versions(connection, shape, retention))  # type: ignore[misc]
        yield from guarded(f"indexes of {shape.name}", lambda shape=shape: _indexes(connection, shape))  # type: ignore[misc]
        yield from guarded(f"ends of {shape.name}", lambda shape=shape: _ends(connection, shape))  # type: ignore[misc]
    yield from guarded("claims", lambda: _claims(connection, shapes))
    yield from guarded("blobs", lambda: _blobs(connection, told))
    told.again()


def _medium(connection: sqlite3.Connection) -> Iterator[Finding]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield Finding("check.medium", {"cause": line})


def _kinds(connection: sqlite3.Connection, shapes: list[Shape]) -> Iterator[Finding]:
    shapes += schema.shapes(connection)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE name GLOB 'doc_*'")}
    for name in tables ^ {f"doc_{shape.name}" for shape in shapes}:
        yield Finding("check.kind", {"table": name})


# the chain -----------------------------------------------------------------------------------------------------------
class _Chain:
    """One walk over the log from the first revision to the newest."""

    def __init__(self, connection: sqlite3.Connection, shapes: list[Shape], floor: int, progress: Progress) -> None:
        self.connection = connection
        self.shapes = {shape.name: shape for shape in shapes}
        self.floor = floor
        self.next_id = {shape.name: _first_above(connection, shape, floor) for shape in shapes}
        self.progress = progress
        self.seen = 0

    def findings(self) -> Iterator[Finding]:
        links = checking.Links()
        rows = self.connection.execute(f"SELECT {', '.join(HEADER)} FROM revision ORDER BY number")
        for row in rows:
            header = dict(zip(HEADER, row, strict=True))
            above = links.number >= self.floor
            yield from links.follow(header)
            if above:
                # What was made at or below the floor is sealed by the baseline instead.
                sums = sha256()
                yield from self._parts(header, sums)
                if header["hash"] != checking.seal(sums, header):
                    yield Finding("check.altered", {"revision": header["number"]})
        if self.connection.execute("SELECT revision, hash FROM head").fetchall() != [(links.number, links.hash)]:
            yield Finding("check.head", {"revision": links.number})
        yield from self._loose(links.number)

    def _parts(self, header: dict[str, Any], sums: Any) -> Iterator[Finding]:
        number, total = header["number"], 0
        parts = self.connection.execute(
            "SELECT kind, first, size FROM part WHERE revision = ? ORDER BY kind", (number,)
        ).fetchall()
        for kind, first, size in parts:
            if kind not in self.shapes or first != self.next_id[kind]:
                yield Finding("check.entries", {"revision": number, "kind": kind})
                continue
            shape, last, before = self.shapes[kind], "", total
            for row in self._rows(shape, first, size):
                key, version, from_rev, claims, document, values = row[0], row[1], row[2], row[3], row[4], row[5:]
                total += 1
                if from_rev != number or (last and key <= last):
                    yield Finding("check.entries", {"revision": number, "kind": kind, "key": key})
                if not _agrees(shape, document, values):
                    yield Finding("check.column", {"revision": number, "kind": kind, "key": key})
                sums.update(checking.line(kind, key, version, claims, document))
                last = key
            self.next_id[kind] = first + size
            if (found := total - before) != size:
                yield Finding("check.entries", {"revision": number, "kind": kind, "size": size, "found": found})
        if total != header["size"]:
            yield Finding("check.entries", {"revision": number, "size": header["size"], "found": total})

    def _rows(self, shape: Shape, first: int, size: int) -> Iterator[tuple[Any, ...]]:
        columns = "".join(f", {schema.column(path)}" for path in shape.paths)
        for row in self.connection.execute(
            f"SELECT key, version, from_rev, claims, document{columns} FROM {shape.table}"
            " WHERE id >= ? AND id < ? ORDER BY id",
            (first, first + size),
        ):
            yield row
            self.seen += 1
            if self.seen % _STEP == 0:
                self.progress(self.seen)

    def _loose(self, newest: int) -> Iterator[Finding]:
        """What belongs to no revision."""
        for kind, following in self.next_id.items():
            query = f"SELECT count(*) FROM {self.shapes[kind].table} WHERE id >= ? OR id < 1"
            (count,) = self.connection.execute(query, (following,)).fetchone()
            if count:
                yield Finding("check.entries", {"kind": kind, "without_revision": count})
        (count,) = self.connection.execute(
            "SELECT count(*) FROM part WHERE revision NOT IN (SELECT number FROM revision)"
        ).fetchone()
        if count:
            yield Finding("check.entries", {"revision": newest, "parts_without_revision": count})


def _first_above(connection: sqlite3.Connection, shape: Shape, floor: int) -> int:
    """Return the id that the first version above the floor has."""
    query = f"SELECT id FROM {shape.table} WHERE from_rev <= ? ORDER BY id DESC LIMIT 1"
    row = connection.execute(query, (floor,)).fetchone() if floor else None
    return int(row[0]) + 1 if row else 1


# below the floor -----------------------------------------------------------------------------------------------------
def _retention(connection: sqlite3.Connection, kept: list[Retention]) -> Iterator[Finding]:
    kept.append(read.retention(connection))
    if read.floor(connection) != kept[0].floor:
        yield Finding("check.baseline", {"floor": kept[0].floor})


def _sealed_below(
    connection: sqlite3.Connection, shapes: list[Shape], retention: Retention, progress: Progress
) -> Iterator[Finding]:
    if not retention.floor:
        return
    baseline = read.baseline(connection)
    document, past = (baseline.document if baseline else None), retain.headers(connection, retention.floor)
    yield from checking.below(
        document, retention, past, lambda found: _below(connection, shapes, retention.floor, found), progress
    )


def _below(
    connection: sqlite3.Connection, shapes: list[Shape], floor: int, findings: list[Finding]
) -> Iterator[Version]:
    for shape in shapes:
        for row in retain.made_below(connection, shape, floor, *map(schema.column, shape.paths)):
            key, version, made, until, claims, document, *values = row
            yield (shape.name, key, version, made, until, claims, document)
            if not _agrees(shape, document, tuple(values)):
                findings.append(Finding("check.column", {"revision": made, "kind": shape.name, "key": key}))


def _agrees(shape: Shape, document: Any, values: tuple[Any, ...]) -> bool:
    try:
        wanted = shape.values(batch.document(document))
    except (ValueError, TypeError, AttributeError):
        return False
    return wanted == values and list(map(type, wanted)) == list(map(type, values))


# versions, ends, claims, blobs ---------------------------------------------------------------------------------------
def _versions(connection: sqlite3.Connection, shape: Shape, retention: Retention) -> Iterator[Finding]:
    """
    Each version follows the one before it without a gap, in number and in time; the newest has no end.

    Up to the floor versions may be missing, but none may deny the one before it that is there.
    """
    table = shape.table
    before = f"SELECT 1 FROM {table} p WHERE p.to_rev IS NOT NULL AND p.key = v.key AND p.version = v.version - 1"
    gap = f"v.from_rev <= {retention.floor} AND v.version > 1 AND NOT EXISTS ({before})" if retention.floor else "0"
    rows = connection.execute(
        f"SELECT v.key, v.version FROM {table} v LEFT JOIN {table} f ON f.id = v.former WHERE NOT iif(f.id IS NULL,"
        f" v.former IS NULL AND v.version = 1 OR {gap},"
        " f.key IS v.key AND f.version IS v.version - 1 AND f.to_rev IS v.from_rev AND f.id < v.id)"
        f" UNION SELECT key, version FROM {table} WHERE (to_rev > {retention.floor} OR to_rev <= from_rev)"
        f" AND id NOT IN (SELECT former FROM {table} WHERE former IS NOT NULL)"
    )
    for key, version in rows:
        yield Finding("check.version", {"kind": shape.name, "key": key, "version": version})
    query = f"SELECT count(*) FROM {table} WHERE to_rev IS NULL AND document IS NOT NULL"
    (living,) = connection.execute(query).fetchone()
    if living != shape.living:
        yield Finding("check.count", {"kind": shape.name, "counted": living, "said": shape.living})


def _indexes(connection: sqlite3.Connection, shape: Shape) -> Iterator[Finding]:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    for name in schema.indexes(shape):
        if name not in there:
            yield Finding("check.index", {"kind": shape.name, "index": name})


def _ends(connection: sqlite3.Connection, shape: Shape) -> Iterator[Finding]:
    for field, target in shape.ends.items():
        end, there = schema.column(field), schema.shape_of(connection, target)
        living = (
            f"SELECT key FROM {there.table} WHERE to_rev IS NULL AND document IS NOT NULL" if there else "SELECT NULL"
        )
        rows = connection.execute(
            f"SELECT key, {end} FROM {shape.table} WHERE to_rev IS NULL AND document IS NOT NULL AND {end} IS NOT NULL"
            f" AND {end} NOT IN ({living})"
        )
        for key, missing in rows:
            yield Finding("check.end", {"kind": shape.name, "key": key, "missing": missing})


def _claims(connection: sqlite3.Connection, shapes: list[Shape]) -> Iterator[Finding]:
    held = {claim: (kind, key) for claim, kind, key in connection.execute("SELECT claim, kind, key FROM claim")}
    documents = (
        (shape.name, key, claims)
        for shape in shapes
        for key, claims in connection.execute(
            f"SELECT key, claims FROM {shape.table} WHERE to_rev IS NULL AND claims IS NOT NULL ORDER BY key"
        )
    )
    yield from checking.claims(held, documents)


def _blobs(connection: sqlite3.Connection, told: Told) -> Iterator[Finding]:
    for name, content in connection.execute("SELECT sha256, content FROM blob ORDER BY sha256"):
        if type(content) is not bytes or sha256(content).hexdigest() != name:
            yield Finding("check.blob", {"sha256": name})
        told.again()
