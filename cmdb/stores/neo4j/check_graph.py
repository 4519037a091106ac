"""Whether the graph for people is what follows from the ledger, and making it anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from cmdb.ports.store import Finding, Stored
from cmdb.stores.neo4j import project, schema
from cmdb.stores.neo4j.connection import Database
from cmdb.stores.neo4j.ledger import STORED, Row, Seek, Walk, in_order, stored
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.still import still
from cmdb.stores.neo4j.texts import bounded

_ROWS = 2000
_FOUND = (
    "UNWIND $ids AS id MATCH (n:_Node {_id: id}) RETURN id, labels(n), properties(n),"
    f" COLLECT {{ MATCH (n)-[r]->(o) WHERE {project.REFERENCE} RETURN [type(r), o._id, false] }},"
    " COLLECT { MATCH (n)<-[r:HAS_GROUP]-(o) WHERE n:Group RETURN [type(r), o._id, true] }"
)
_LINKED = (
    "UNWIND $rows AS row MATCH (a:_Node {_id: row[1]}) MATCH (b:_Node {_id: row[2]})"
    " MATCH (a)-[r]->(b) WHERE r.key = row[0] RETURN row[0], type(r), properties(r)"
)
_COUNTS = (
    "RETURN COUNT { MATCH (n:_Node) WHERE size(labels(n)) > 1 }, COUNT { MATCH ()-[r]->() WHERE r.key IS NOT NULL },"
    # A reference is its document's; those of living documents were looked at one by one.
    " COUNT { MATCH (n)-[r]->(o) WHERE r.key IS NULL"
    "  AND NOT CASE WHEN type(r) = 'HAS_GROUP' AND o:Group THEN o:_Node ELSE n:_Node AND size(labels(n)) > 1 END }"
)


def graph(database: Database, shapes: list[Shape], between: Callable[[], None]) -> Iterator[Finding]:
    """Yield the living documents of which the graph shows something else; ``between`` may stop it now and then."""
    for shape in shapes:
        rows = living(database, shape)
        while some := list(islice(rows, _ROWS)):
            between()
            yield from database.read(lambda tx: _judged(tx, shape, some))  # noqa: B023


def again(database: Database, shapes: list[Shape], findings: list[Finding]) -> list[Finding]:
    """Return what :func:`graph` would yield of the documents of these findings if nobody wrote."""

    def look(tx: Any) -> list[Finding]:
        found = []
        for shape in shapes:
            keys = [bounded(one.facts["key"]) for one in findings if one.facts["kind"] == shape.name]
            query = f"UNWIND $keys AS k MATCH (v:{shape.open} {{k: k}}) WHERE v.body IS NOT NULL"
            rows = tx.run(f"{query} RETURN v.k, v.key, v.body, v.version, v.from", keys=keys) if keys else ()
            found += _judged(tx, shape, [stored(Row(k, key, tuple(rest))) for k, key, *rest in rows])
        return found

    return still(database, look)


def _judged(tx: Any, shape: Shape, rows: list[Stored]) -> list[Finding]:
    return list(_links(tx, shape, rows) if shape.name == project.RELATION else _nodes(tx, shape, rows))


def counts(database: Database) -> Iterator[Finding]:
    """Yield what differs in number between the ledger, what it says of itself, and the graph."""
    kinds, numbers = still(database, _counted)
    for name, said, counted in kinds:
        if said != counted:
            yield Finding("check.count", {"kind": name, "counted": counted, "said": said})
    links = sum(counted for name, _, counted in kinds if name == project.RELATION)
    nodes = sum(counted for _, _, counted in kinds) - links
    wanted = {"nodes": nodes, "relations": links, "stray references": 0}
    for number, (what, said) in zip(numbers, wanted.items(), strict=True):
        if number != said:
            yield Finding("check.graph", {"what": what, "counted": number, "said": said})


def _counted(tx: Any) -> tuple[list[tuple[str, int, int]], list[int]]:
    kinds = []
    for shape in schema.shapes(tx):
        row = tx.run(f"RETURN COUNT {{ MATCH (v:{shape.open}) WHERE v.body IS NOT NULL }}").single()
        kinds.append((shape.name, shape.living, row[0]))
    return kinds, list(tx.run(_COUNTS).single())


def living(database: Database, shape: Shape) -> Iterator[Stored]:
    """Yield the living documents of a kind."""
    walk = Walk(database, shape.name, None, lambda _: Seek(), STORED)
    yield from map(stored, in_order(walk.rows(None, _ROWS), lambda _: 0, descending=False))


def _nodes(tx: Any, shape: Shape, rows: list[Stored]) -> Iterator[Finding]:
    wanted = [project.node_of(shape, one.key, one.document) for one in rows]
    there = tx.run(_FOUND, ids=[one.id for one in wanted])
    found = {
        id_: (sorted(labels), properties, sorted(map(tuple, out)) + sorted(map(tuple, into)))
        for id_, labels, properties, out, into in there
    }
    for row, one in zip(rows, wanted, strict=True):
        links = sorted(link for link in one.links if not link[2]) + sorted(link for link in one.links if link[2])
        if found.get(one.id) != (sorted({*one.labels, "_Node"}), one.properties, links):
            yield Finding("check.graph", {"kind": shape.name, "key": row.key})


def _links(tx: Any, shape: Shape, rows: list[Stored]) -> Iterator[Finding]:
    wanted = [project.link_of(one.key, one.document) for one in rows]
    ends: list[Any] = [[one.key, one.source, one.target] for one in wanted]
    found: dict[str, Any] = {}
    for key, type_, properties in tx.run(_LINKED, rows=ends):
        found[key] = None if key in found else (type_, properties)
    for one in wanted:
        if found.get(one.key) != (one.type, one.properties):
            yield Finding("check.graph", {"kind": shape.name, "key": one.key})
