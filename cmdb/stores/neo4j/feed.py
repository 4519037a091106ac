"""Revisions, the feed of changes, and the state at one revision as a snapshot."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from cmdb.model.kind import Kind, by_id
from cmdb.ports.store import Entry, Revision, Stored
from cmdb.stores import batch
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database
from cmdb.stores.neo4j.ledger import STORED, Row, Seek, Walk, check_revision, check_since, in_order, stored
from cmdb.stores.neo4j.read import by_keys
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.texts import bounded, field_value, quoted

_ROWS_AT_ONCE = 10_000
_ENTRIES_AT_ONCE = 1000
_REVISIONS_AT_ONCE = 200
_POLL_SECONDS = 0.01
_SHORT = 400
_ENTRY = "v.k, v.key, v.version, b.body, v.body"


class Feed:
    """The part of the store that follows revisions."""

    _database: Database

    def revision(self) -> int:
        """Return the newest revision, 0 for an empty store; cheap enough to ask at every request."""
        # How far an interrupted copy came, whoever goes on with it must know.
        return self._database.steady(whole=False).revision

    def revision_at(self, moment: datetime) -> int:
        """Return the newest revision made at or before the aware ``moment``, 0 when there was none yet."""
        newest = self._database.steady().revision
        row = self._database.read(
            lambda tx: tx.run(
                "MATCH (r:_Revision) WHERE r.at <= $at AND r.number <= $newest"
                " RETURN r.number ORDER BY r.at DESC, r.number DESC LIMIT 1",
                at=batch.moment_text(moment),
                newest=newest,
            ).single()
        )
        return row[0] if row else 0

    @contextmanager
    def snapshot(self, *, at: int | None = None) -> Iterator[Neo4jSnapshot]:
        """Open the state at one revision; leaving the ``with`` lets go of it."""
        yield Neo4jSnapshot(self._database, check_revision(self._database.steady(), at))

    def changes(self, since: int, *, limit: int | None = None) -> Iterator[Revision]:
        """Yield the revisions above ``since``, in order, each whole."""
        left = limit
        while left is None or left > 0:
            newest = self._database.steady()
            check_since(newest, since)
            some = _REVISIONS_AT_ONCE if left is None else min(left, _REVISIONS_AT_ONCE)
            rows = self._database.read(lambda tx: _revisions(tx, since, newest.revision, some))  # noqa: B023
            for together in _together(rows):
                few = _Few(self._database, together) if _size(together) <= _ENTRIES_AT_ONCE else None
                for row in together:
                    entries = _Entries(self._database, row.number, tuple(row.kinds), few)
                    moment = datetime.fromisoformat(row.at)
                    yield Revision(row.number, moment, *row[2:8], entries)
                    entries.few = None
            if len(rows) < some:
                return
            since = rows[-1].number
            left = None if left is None else left - len(rows)

    def wait_for(self, revision: int, *, seconds: float) -> int:
        """Return the newest revision as soon as it is at least ``revision``, at the latest after ``seconds``."""
        deadline = time.monotonic() + seconds
        while (newest := self.revision()) < revision and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(_POLL_SECONDS, left))
        return newest


class _Header(NamedTuple):
    """A revision as its node has it."""

    number: int
    at: str
    actor: str
    reason: str
    txn_id: str
    size: int
    hash: str
    previous_hash: str
    kinds: list[str]


def _revisions(tx: Any, since: int, newest: int, some: int) -> list[_Header]:
    columns = ", ".join(f"r.{name}" for name in _Header._fields)
    rows = tx.run(
        "MATCH (r:_Revision) WHERE r.number > $since AND r.number <= $newest"
        f" RETURN {columns} ORDER BY r.number LIMIT $some",
        since=since,
        newest=newest,
        some=some,
    )
    return [_Header(*row) for row in rows]


def _size(rows: Iterable[_Header]) -> int:
    return sum(row.size for row in rows)


def _together(rows: Iterable[_Header]) -> Iterator[list[_Header]]:
    """Yield runs of revisions with few entries together; one that has many stands alone."""
    some: list[_Header] = []
    for row in rows:
        if some and _size((*some, row)) > _ENTRIES_AT_ONCE:
            yield some
            some = []
        some.append(row)
    if some:
        yield some


class _Few:
    """Revisions that follow each other and are small together; what they changed is read at once when first asked."""

    def __init__(self, database: Database, rows: list[_Header]) -> None:
        self._database = database
        self._rows = rows

    @cached_property
    def entries(self) -> dict[int, list[Entry]]:
        """The entries of each, by its number."""
        numbers, kinds = [row.number for row in self._rows], sorted({kind for row in self._rows for kind in row.kinds})
        return self._database.read(lambda tx: _entries(self._database, tx, kinds, numbers))


def _entries(database: Database, tx: Any, kinds: Sequence[str], numbers: Sequence[int]) -> dict[int, list[Entry]]:
    """Return what revisions that follow each other changed, in the order of kinds and keys."""
    found: dict[int, list[Entry]] = {number: [] for number in numbers}
    for kind in kinds:
        shape = _labelled(kind)
        rows = tx.run(
            f"MATCH (v:{shape.label}) USING INDEX v:{shape.label}(from, k)"
            f" WHERE v.from >= $first AND v.from <= $last AND v.k >= '' {_before(shape)} RETURN v.from, {_ENTRY}",
            first=numbers[0],
            last=numbers[-1],
        )
        by_revision: dict[int, list[Row]] = {}
        for number, k, key, *rest in sorted(map(tuple, rows), key=lambda row: row[:2]):
            by_revision.setdefault(number, []).append(Row(k, key, tuple(rest)))
        for number, some in by_revision.items():
            found[number] += _told(kind, some)
    # Some of it may have been let go since the revisions were looked up.
    check_since(database.head(tx), numbers[0] - 1)
    return found


def _labelled(kind: str) -> Shape:
    """Return a shape of which only the labels are asked."""
    return Shape(kind, (), (), {}, {}, (), (), 0)


def _before(shape: Shape) -> str:
    """Return what finds the version that another one of its revision closed."""
    return (
        f"OPTIONAL MATCH (b:{shape.closed}) USING INDEX b:{shape.closed}(k, to, from)"
        " WHERE b.k = v.k AND b.to = v.from AND b.from >= 0"
    )


def _told(kind: str, rows: Iterable[Row]) -> Iterator[Entry]:
    for row in in_order(rows, lambda _: 0, descending=False):
        version, before, after = row.values
        yield Entry(kind, row.key, version, batch.document(before), batch.document(after))


@dataclass(slots=True)
class _Entries:
    """
    What one revision changed; every walk reads the log anew, for it never changes, but may be let go.

    ``few`` are the revisions it is read with, until the next revision is asked for.
    """

    database: Database
    number: int
    kinds: tuple[str, ...]
    few: _Few | None

    def __iter__(self) -> Iterator[Entry]:
        if self.few is not None:
            yield from self.few.entries[self.number]
            return
        for kind in self.kinds:
            yield from _told(kind, self._rows(kind))

    def _rows(self, kind: str) -> Iterator[Row]:
        shape = _labelled(kind)
        after: str | None = None
        while True:
            query = (
                f"MATCH (v:{shape.label}) WHERE v.from = $number AND v.k {'>=' if after is None else '>'} $after"
                f" WITH v ORDER BY v.k LIMIT $limit {_before(shape)} RETURN {_ENTRY} ORDER BY v.k"
            )
            values = {"number": self.number, "after": after or "", "limit": _ENTRIES_AT_ONCE}
            rows = self.database.read(lambda tx: self._some(tx, query, values))  # noqa: B023
            for k, key, *rest in rows:
                yield Row(k, key, tuple(rest))
            if len(rows) < _ENTRIES_AT_ONCE:
                return
            after = rows[-1][0]

    def _some(self, tx: Any, query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        rows = [tuple(row) for row in tx.run(query, values)]
        # Some of it may have been let go since the revision was looked up.
        check_since(self.database.head(tx), self.number - 1)
        return rows


class Neo4jSnapshot:
    """The state at ``revision``; versions keep the revisions they hold for, so nothing is held open meanwhile."""

    def __init__(self, database: Database, revision: int) -> None:
        self.revision = revision
        self._database = database

    def columns(self, kind: Kind[Any], *paths: str) -> Iterator[list[Sequence[Any]]]:
        """Yield the kind's living documents in batches: for each (dotted) path a column of their values, by key."""
        shape = schema.shape(self._database.steady(kind.name).kind)
        if shape is None:
            return
        sources = [_source(shape, path, kind.key is by_id) for path in paths]
        wanted = list(dict.fromkeys(name for name in sources if name not in ("key", "body")))
        deep = "body" in sources
        read = [f"v.{quoted(name)}" for name in wanted] + (["v.body"] if deep else [])
        walk = Walk(self._database, kind.name, self.revision, lambda _: Seek(), ", ".join(read or ["1"]))
        some: list[Row] = []
        for row in in_order(walk.rows(None, _ROWS_AT_ONCE, _ROWS_AT_ONCE), lambda _: 0, descending=False):
            some.append(row)
            if len(some) == _ROWS_AT_ONCE:
                yield self._ordered(kind, paths, sources, wanted, some)
                some = []
        if some:
            yield self._ordered(kind, paths, sources, wanted, some)

    def documents(self, kind: Kind[Any]) -> Iterator[Stored]:
        """Yield the kind's living documents, ordered by key."""
        walk = Walk(self._database, kind.name, self.revision, lambda _: Seek(), STORED)
        rows = walk.rows(None, _ENTRIES_AT_ONCE, _ENTRIES_AT_ONCE * 5)
        yield from map(stored, in_order(rows, lambda _: 0, descending=False))

    def _ordered(
        self, kind: Kind[Any], paths: Sequence[str], sources: list[str], wanted: list[str], rows: list[Row]
    ) -> list[Sequence[Any]]:
        """Bring what was read into the order that was asked for."""
        columns = list(zip(*[row.values for row in rows], strict=True))
        parsed = [batch.parse(body) for body in columns[-1]] if "body" in sources else []
        made: list[Sequence[Any]] = []
        for path, name in zip(paths, sources, strict=True):
            if name == "key":
                made.append([row.key for row in rows])
            elif name == "body":
                made.append([batch.dig(one, path) for one in parsed])
            elif name[0] == ".":
                made.append(_raw(columns[wanted.index(name)]))
            else:
                made.append(self._fields(kind, path, columns[wanted.index(name)], rows))
        return made

    def _fields(self, kind: Kind[Any], path: str, forms: Sequence[str], rows: list[Row]) -> list[Any]:
        """Return the values of forms; where a text is too long for one, its document has it."""
        values: list[Any] = []
        for form, row in zip(forms, rows, strict=True):
            if len(form) < _SHORT and form[0] == "1" and form.isascii():
                values.append(form[1:])
                continue
            try:
                values.append(field_value(form))
            except LookupError:
                values.append(batch.dig(self._document(kind, row.key), path))
        return values

    def _document(self, kind: Kind[Any], key: str) -> dict[str, Any]:
        return by_keys(self._database, kind.name, [bounded(key)], self.revision)[1][0].document


def _source(shape: Shape, path: str, key_is_id: bool) -> str:
    """Return where a path's values come from: a property, the key, or the document."""
    for name in (f"$.{path}", f".{path}"):
        if name in shape.columns:
            return name
    return "key" if key_is_id and path == "id" else "body"


def _raw(values: Sequence[Any]) -> Sequence[Any]:
    if bytes in set(map(type, values)):
        return [batch.parse(value.decode("utf-8")) if type(value) is bytes else value for value in values]
    return values
