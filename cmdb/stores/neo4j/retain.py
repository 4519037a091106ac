"""Letting go of history: what to digest, and removing versions in transactions that hold no writer up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cmdb.model.baseline import BASELINE
from cmdb.ports.store import Progress
from cmdb.stores import batch, retention
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database, Head
from cmdb.stores.neo4j.ledger import Row, in_order
from cmdb.stores.neo4j.schema import OPEN, Shape
from cmdb.stores.retention import HEADER, Compacting, Header, Retention, Sealed, Version

_HEADERS_AT_ONCE = 5000
_KEYS_AT_ONCE = 1000
_MANY = 20_000
_REMOVED_AT_ONCE = 5000


class Retaining(Compacting):
    """The part of the store that keeps and lets go of history."""

    _database: Database

    def floor(self) -> int:
        """Return the oldest revision the unbroken history goes back to: 0 until :meth:`compact` let go of some."""
        return self._database.steady().retention.floor

    def size(self) -> int | None:
        """Return None: Community Edition does not tell how many bytes it takes."""
        return None

    def sealed(self, wanted: Retention, progress: Progress | None) -> Sealed:
        """Return the digest of what stays at and below a floor; nothing there changes but by letting go of it."""
        return sealed(self._database, wanted, progress)

    def let_go(self, wanted: Retention, progress: Progress | None) -> int:
        """Remove every version that does not stay; return how many there were."""
        gone = 0
        for shape in self._database.read(schema.shapes):
            place = _Place(0, 0)
            while place.more:
                place, removed = self._database.surely(lambda tx: _remove(tx, shape, wanted, place))  # noqa: B023
                gone += removed
                if progress is not None:
                    progress(gone)
        return gone


def mark_floor(tx: Any, document: dict[str, Any] | None) -> None:
    """Say at the head what the baseline says, so that every reader sees it together with the newest revision."""
    if document is not None:
        tx.run(
            "MATCH (h:_Head) SET h.floor = $floor, h.kept = $kept", floor=document["floor"], kept=document["kept"]
        ).consume()


def baseline(tx: Any) -> dict[str, Any] | None:
    """Return the record that says what is left of the history, None where none was let go."""
    row = tx.run("MATCH (v:_baseline_open {k: $k}) WHERE v.body IS NOT NULL RETURN v.body", k=BASELINE).single()
    return None if row is None else batch.parse(row[0])


# the digest ----------------------------------------------------------------------------------------------------------
def sealed(database: Database, wanted: Retention, progress: Progress | None = None) -> Sealed:
    """Return the digest of what stays at and below a floor."""
    return retention.sealed(wanted, headers(database, 0, wanted.floor), _versions(database, wanted.floor), progress)


def headers(database: Database, above: int, last: int) -> Iterator[Header]:
    """Yield the headers above a revision, up to another."""
    columns = ", ".join(f"r.{name}" for name in HEADER)
    query = (
        f"MATCH (r:_Revision) WHERE r.number > $above AND r.number <= $last RETURN {columns}"
        " ORDER BY r.number LIMIT $limit"
    )
    while above < last:
        values = {"above": above, "last": last, "limit": _HEADERS_AT_ONCE}
        rows = database.read(lambda tx: [tuple(row) for row in tx.run(query, values)])  # noqa: B023
        yield from rows
        if len(rows) < _HEADERS_AT_ONCE:
            return
        above = rows[-1][0]


def _versions(database: Database, floor: int) -> Iterator[Version]:
    for shape in database.read(schema.shapes):
        for key, properties, _ in made_below(database, shape, floor):
            yield version_of(shape, key, properties)


def version_of(shape: Shape, key: str, properties: dict[str, Any]) -> Version:
    """Return a version as it is digested."""
    until = properties["to"]
    return (
        shape.name,
        key,
        properties["version"],
        properties["from"],
        None if until == OPEN else until,
        properties.get("claims"),
        properties.get("body"),
    )


def made_below(database: Database, shape: Shape, floor: int) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Yield (key, properties, labels) of the versions made at or below a floor, by key and version."""
    for row in in_order(_made_below(database, shape, floor), lambda _: 0, descending=False):
        yield row.key, row.values[0], row.values[1]


def _made_below(database: Database, shape: Shape, floor: int) -> Iterator[Row]:
    after, limit = None, _KEYS_AT_ONCE
    while True:
        opened, closed = _range(database, shape, floor, after, limit)
        if closed is None:
            # So many versions of these keys were closed that fewer keys are enough.
            limit = max(limit // 8, 1)
            continue
        found = {(row[0], row[2]["version"]): row for row in opened if row[2]["from"] <= floor}
        # One that was closed between the two looks is in both.
        found.update(((row[0], row[2]["version"]), row) for row in closed)
        for _, (k, key, properties, labels) in sorted(found.items()):
            yield Row(k, key, (properties, labels))
        if len(opened) < limit:
            return
        after, limit = opened[-1][0], min(limit * 2, _KEYS_AT_ONCE)


def _range(database: Database, shape: Shape, floor: int, after: str | None, limit: int) -> tuple[Any, Any]:
    """Return the newest versions of the next keys, and those that were closed of them; None when these are too many."""
    values: dict[str, Any] = {"after": after or "", "floor": floor}
    columns = "RETURN v.k, v.key, properties(v), labels(v)"
    behind = "v.k >= $after" if after is None else "v.k > $after"

    def opened(tx: Any, _: Head) -> list[Any]:
        query = f"MATCH (v:{shape.open}) WHERE {behind} {columns} ORDER BY v.k LIMIT $limit"
        return [tuple(row) for row in tx.run(query, values, limit=limit)]

    def closed(tx: Any, _: Head, rows: list[Any]) -> list[Any] | None:
        if not rows:
            return []
        most = _MANY if limit > 1 else 2**40
        query = (
            f"MATCH (v:{shape.closed}) USING INDEX v:{shape.closed}(k, to, from)"
            f" WHERE {behind} AND v.k <= $last AND v.to > 0 AND v.from <= $floor {columns} LIMIT $most"
        )
        found = [tuple(row) for row in tx.run(query, values, last=rows[-1][0], most=most)]
        return found if len(found) < most else None

    _, some, more = database.exact(shape.name, opened, closed)
    return some, more


# removing ------------------------------------------------------------------------------------------------------------
class _Place(NamedTuple):
    """Where a removal goes on: at the versions closed by ``to``, of which so many were looked at and stay."""

    to: int
    skip: int
    more: bool = True


def _remove(tx: Any, shape: Shape, wanted: Retention, place: _Place) -> tuple[_Place, int]:
    """Remove some versions of a kind that were closed at or below the floor and do not stay."""
    rows = [
        tuple(row)
        for row in tx.run(
            f"MATCH (v:{shape.closed}) USING INDEX v:{shape.closed}(to) WHERE v.to >= $to AND v.to <= $floor"
            " WITH v ORDER BY v.to, elementId(v) SKIP $skip LIMIT $limit RETURN elementId(v), v.from, v.to",
            to=place.to,
            floor=wanted.floor,
            skip=place.skip,
            limit=_REMOVED_AT_ONCE,
        )
    ]
    going = [node for node, made, until in rows if not wanted.stays(made, until)]
    removed = 0
    if going:
        # A number that was given back may be another node's by now, which then was closed later or not at all.
        query = (
            f"UNWIND $ids AS id MATCH (v) WHERE elementId(v) = id AND v:{shape.closed} AND v.to <= $floor"
            " DETACH DELETE v"
        )
        removed = tx.run(query, ids=going, floor=wanted.floor).consume().counters.nodes_deleted
    if len(rows) < _REMOVED_AT_ONCE:
        return place._replace(more=False), removed
    last = rows[-1][2]
    staying = sum(1 for _, made, until in rows if until == last and wanted.stays(made, until))
    return _Place(last, staying + (place.skip if last == place.to else 0)), removed
