"""Whether the graph for people is what follows from the ledger, and making it anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from cmdb.ports.store import Finding, Stored
from cmdb.stores.neo4j import project
from cmdb.stores.neo4j.connection import Database
from cmdb.stores.neo4j.ledger import STORED, Seek, Walk, in_order, stored
from cmdb.stores.neo4j.schema import Shape

_ROWS = 2000
_FOUND = (
    "UNWIND $ids AS id MATCH (n:_Node {_id: id}) RETURN id, labels(n), properties(n),"
    " COLLECT { MATCH (n)-[r]->(o) WHERE r.key IS NULL AND NOT (type(r) = 'HAS_GROUP' AND o:Group)"
    "  RETURN [type(r), o._id, false] },"
    " COLLECT { MATCH (n)<-[r:HAS_GROUP]-(o) WHERE n:Group RETURN [type(r), o._id, true] }"
)
_LINKED = (
    "UNWIND $rows AS row MATCH (a:_Node {_id: row[1]}) MATCH (b:_Node {_id: row[2]})"
    " MATCH (a)-[r]->(b) WHERE r.key = row[0] RETURN row[0], type(r), properties(r)"
)
_COUNTS = (
    "RETURN COUNT { MATCH (n:_Node) WHERE size(labels(n)) > 1 }, COUNT { MATCH ()-[r]->() WHERE r.key IS NOT NULL },"
    " COUNT { MATCH ()-[r]->() WHERE r.key IS NULL }"
)


def graph(database: Database, shapes: list[Shape], between: Callable[[], None]) -> Iterator[Finding]:
    """Yield what differs between the graph and the ledger; ``between`` is called now and then, and may stop it."""
    nodes = links = references = 0
    for shape in shapes:
        rows = living(database, shape)
        while some := list(islice(rows, _ROWS)):
            between()
            if shape.name == project.RELATION:
                links += len(some)
                yield from _links(database, shape, some)
            else:
                nodes += len(some)
                wanted = [project.node_of(shape, one.key, one.document) for one in some]
                references += sum(len(one.links) for one in wanted)
                yield from _nodes(database, shape, some, wanted)
    (counts,) = database.read(lambda tx: [row.values() for row in tx.run(_COUNTS)])
    for what, counted, said in zip(
        ("nodes", "relations", "references"), counts, (nodes, links, references), strict=True
    ):
        if counted != said:
            yield Finding("check.graph", {"what": what, "counted": counted, "said": said})


def living(database: Database, shape: Shape) -> Iterator[Stored]:
    """Yield the living documents of a kind."""
    walk = Walk(database, shape.name, None, lambda _: Seek(), STORED)
    yield from map(stored, in_order(walk.rows(None, _ROWS), lambda _: 0, descending=False))


def _nodes(database: Database, shape: Shape, rows: list[Stored], wanted: list[project.Node]) -> Iterator[Finding]:
    ids = [one.id for one in wanted]
    there = database.read(lambda tx: [row.values() for row in tx.run(_FOUND, ids=ids)])
    found = {
        id_: (sorted(labels), properties, sorted(map(tuple, out)) + sorted(map(tuple, into)))
        for id_, labels, properties, out, into in there
    }
    for row, one in zip(rows, wanted, strict=True):
        links = sorted(link for link in one.links if not link[2]) + sorted(link for link in one.links if link[2])
        if found.get(one.id) != (sorted({*one.labels, "_Node"}), one.properties, links):
            yield Finding("check.graph", {"kind": shape.name, "key": row.key})


def _links(database: Database, shape: Shape, rows: list[Stored]) -> Iterator[Finding]:
    wanted = [project.link_of(one.key, one.document) for one in rows]
    ends: list[Any] = [[one.key, one.source, one.target] for one in wanted]
    found: dict[str, Any] = {}
    for key, type_, properties in database.read(lambda tx: [row.values() for row in tx.run(_LINKED, rows=ends)]):
        found[key] = None if key in found else (type_, properties)
    for one in wanted:
        if found.get(one.key) != (one.type, one.properties):
            yield Finding("check.graph", {"kind": shape.name, "key": one.key})
