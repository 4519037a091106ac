"""
Whether a store is sound: the medium, the chain, every version against its neighbours, and all that derives from them.

Reading is tolerant (text that is not UTF-8 comes back with its bytes), so that damage becomes a finding, not a failure.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from cmdb.chain import START, sha256
from cmdb.ports.store import Finding, Progress
from cmdb.stores import batch
from cmdb.stores.sqlite import schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.schema import Shape

_HEADER = ("number", "at", "actor", "reason", "txn_id", "digest", "size", "previous_hash", "hash")
_STEP = 10_000


def check(database: Database, progress: Progress | None) -> tuple[Finding, ...]:
    """Return everything that is wrong, in one consistent state."""
    with database.in_our_words(), closing(database.open()) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.execute("BEGIN")
        found = list(_guarded("medium", lambda: _medium(connection)))
        shapes: list[Shape] = []
        found += _guarded("kinds", lambda: _kinds(connection, shapes))
        found += _guarded("chain", lambda: _Chain(connection, shapes, progress).findings())
        for shape in shapes:
            found += _guarded(f"versions of {shape.name}", lambda shape=shape: _versions(connection, shape))  # type: ignore[misc]
            found += _guarded(f"ends of {shape.name}", lambda shape=shape: _ends(connection, shape))  # type: ignore[misc]
        found += _guarded("claims", lambda: _claims(connection, shapes))
        found += _guarded("blobs", lambda: _blobs(connection))
        return tuple(found)


def _guarded(part: str, findings: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield findings; where the damage stops the search itself, that is a finding too."""
    try:
        yield from findings()
    except (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        yield Finding("check.unreadable", {"part": part, "cause": str(error)})


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

    def __init__(self, connection: sqlite3.Connection, shapes: list[Shape], progress: Progress | None) -> None:
        self.connection = connection
        self.shapes = {shape.name: shape for shape in shapes}
        self.next_id = dict.fromkeys(self.shapes, 1)
        self.progress = progress
        self.seen = 0

    def findings(self) -> Iterator[Finding]:
        number, previous, at = 0, START, ""
        rows = self.connection.execute(f"SELECT {', '.join(_HEADER)} FROM revision ORDER BY number")
        for row in rows:
            header = dict(zip(_HEADER, row, strict=True))
            said = header.pop("hash")
            if header["number"] != number + 1:
                yield Finding("check.revision_gap", {"after": number, "found": header["number"]})
            if header["previous_hash"] != previous or str(header["at"]) < at:
                yield Finding("check.chain_broken", {"revision": header["number"]})
            sums = sha256()
            yield from self._parts(header, sums)
            if said != _sealed(sums, header):
                yield Finding("check.altered", {"revision": header["number"]})
            number, previous, at = header["number"], said, str(header["at"])
        if self.connection.execute("SELECT revision, hash FROM head").fetchall() != [(number, previous)]:
            yield Finding("check.head", {"revision": number})
        yield from self._loose(number)

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
                sums.update(_line(kind, key, version, claims, document))
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
            if self.progress is not None and self.seen % _STEP == 0:
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


def _sealed(sums: Any, header: dict[str, Any]) -> str:
    try:
        return batch.seal(sums, header)
    except (ValueError, TypeError):
        return "not Unicode"


def _line(kind: str, key: Any, version: Any, claims: Any, document: Any) -> bytes:
    """Return the line of an entry as it stands in the file; what can not have been written gives another line."""
    if type(key) is not str or type(version) is not int:
        return b"of another type"
    if claims in ("", "[]") or document in ("", "null"):
        # NULL stands for these in the file, and in the line they stand for NULL.
        return b"not as it is written"
    try:
        return batch.line_of_entry(kind, key, version, claims, document)
    except UnicodeEncodeError:
        return b"not Unicode"


def _agrees(shape: Shape, document: Any, values: tuple[Any, ...]) -> bool:
    try:
        wanted = shape.values(None if document is None else batch.parse(document))
    except (ValueError, TypeError, AttributeError):
        return False
    return wanted == values and list(map(type, wanted)) == list(map(type, values))


# versions, ends, claims, blobs ---------------------------------------------------------------------------------------
def _versions(connection: sqlite3.Connection, shape: Shape) -> Iterator[Finding]:
    """Each version follows the one before it without a gap, in number and in time; the newest has no end."""
    table = shape.table
    rows = connection.execute(
        f"SELECT v.key, v.version FROM {table} v LEFT JOIN {table} f ON f.id = v.former WHERE NOT iif(v.former IS NULL,"
        " v.version = 1, f.key IS v.key AND f.version IS v.version - 1 AND f.to_rev IS v.from_rev AND f.id < v.id)"
        f" UNION SELECT key, version FROM {table} WHERE to_rev IS NOT NULL"
        f" AND id NOT IN (SELECT former FROM {table} WHERE former IS NOT NULL)"
    )
    for key, version in rows:
        yield Finding("check.version", {"kind": shape.name, "key": key, "version": version})
    query = f"SELECT count(*) FROM {table} WHERE to_rev IS NULL AND document IS NOT NULL"
    (living,) = connection.execute(query).fetchone()
    if living != shape.living:
        yield Finding("check.count", {"kind": shape.name, "counted": living, "said": shape.living})


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
    for shape in shapes:
        rows = connection.execute(
            f"SELECT key, claims FROM {shape.table} WHERE to_rev IS NULL AND claims IS NOT NULL ORDER BY key"
        )
        for key, claims in rows:
            for claim in json.loads(claims):
                if held.pop(claim, None) != (shape.name, key):
                    yield Finding("check.claim", {"claim": claim, "kind": shape.name, "key": key})
    for claim, (kind, key) in held.items():
        yield Finding("check.claim", {"claim": claim, "kind": kind, "key": key})


def _blobs(connection: sqlite3.Connection) -> Iterator[Finding]:
    for name, content in connection.execute("SELECT sha256, content FROM blob ORDER BY sha256"):
        if type(content) is not bytes or sha256(content).hexdigest() != name:
            yield Finding("check.blob", {"sha256": name})
