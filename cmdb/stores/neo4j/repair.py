"""Mending what derives from the ledger: indexes, values beside documents, claims, counts, and the graph for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from typing import Any

from cmdb.ports.errors import StoreBusy
from cmdb.ports.store import Finding, Progress
from cmdb.stores import batch
from cmdb.stores.neo4j import project, schema
from cmdb.stores.neo4j.check import check
from cmdb.stores.neo4j.check_graph import living
from cmdb.stores.neo4j.connection import Database
from cmdb.stores.neo4j.hold import hold
from cmdb.stores.neo4j.judge import claim
from cmdb.stores.neo4j.retain import baseline, mark_floor
from cmdb.stores.neo4j.schema import OPEN, Shape
from cmdb.stores.neo4j.stage import MENDING, Load, Superseded
from cmdb.stores.neo4j.texts import bounded, full, is_long, quoted

_ROWS = 2000
_OF_THE_LEDGER = ("k", "key", "version", "from", "to", "body", "claims")
Twice = Callable[[str], None]


def repair(database: Database, progress: Progress | None) -> tuple[Finding, ...]:
    """
    Do what :meth:`cmdb.ports.store.Store.repair` says, while no one else writes.

    Raises:
        StoreBusy: a large batch is being written, or another has taken over what is mended here.
    """
    from cmdb.stores.neo4j.migrations import step_1

    before = check(database, progress)
    wanted = step_1.indexes()
    for shape in database.read(schema.shapes):
        sorting = [name[2:] for name in shape.columns if name[0] == "$"]
        wanted.update(schema.indexes(shape.name, sorting, shape.ends, bool(shape.text)))
    schema.create(database, wanted)
    try:
        mend(hold(database, MENDING))
    except Superseded as error:
        raise StoreBusy(seconds=database.patience) from error
    after = check(database, progress)
    return tuple(finding for finding in before if finding not in after)


def mend(load: Load) -> None:
    """Make all of it anew; done again from the start when it was interrupted."""
    for shape in load.database.read(schema.shapes):
        _columns(load, shape)
    # A claim that is held twice stays a finding; who is to have it, a person must say.
    derive(load, twice=lambda _: None)
    load.clear()


def derive(load: Load, *, twice: Twice) -> None:
    """Make claims, the graph and the counts anew; ``twice`` hears of a claim that a second living document holds."""
    load.until_nothing(f"MATCH (c:_Claim) WITH c LIMIT {_ROWS} DELETE c")
    load.until_nothing(f"MATCH (n:_Node) WITH n LIMIT {_ROWS} DETACH DELETE n")
    shapes = load.database.read(schema.shapes)
    for shape in sorted(shapes, key=lambda one: (one.name == project.RELATION, one.name)):
        _claim(load, shape, twice)
        count = _draw(load, shape, None)
        load.step(
            lambda tx, _: tx.run(
                "MATCH (k:_Kind {name: $name}) SET k.living = $count",
                name=shape.name,  # noqa: B023
                count=count,  # noqa: B023
            ).consume()
        )
    load.step(lambda tx, _: mark_floor(tx, baseline(tx)))


def redrawn(database: Database, register: Callable[[Any], Shape]) -> Shape:
    """
    Register a kind that gains references, and draw those that its documents have; return its shape.

    Whoever takes over from a process that died amid this makes all of the graph anew.

    Raises:
        StoreBusy: a large batch is being written, or another has taken over.
    """
    try:
        load = hold(database, MENDING)
        shape: Shape = load.step(lambda tx, _: register(tx))
        _draw(load, shape, {})
        load.clear()
    except Superseded as error:
        raise StoreBusy(seconds=database.patience) from error
    return shape


def _draw(load: Load, shape: Shape, former: dict[str, Any] | None) -> int:
    """Draw the living documents of a kind, each of which was ``former`` before, and return how many there are."""
    rows, count = living(load.database, shape), 0
    while some := list(islice(rows, _ROWS)):
        became = [project.Became(one.key, one.document, former) for one in some]
        load.step(lambda tx, _: project.project(tx, [(shape, became)]))  # noqa: B023
        count += len(some)
    return count


def _claim(load: Load, shape: Shape, twice: Twice) -> None:
    place = ""
    while True:
        rows = load.database.read(lambda tx: _claiming(tx, shape, place))  # noqa: B023
        wanted = [(full(k, key), claims) for k, key, claims in rows]
        if wanted:
            for text in load.step(lambda tx, _: _taken(tx, shape, wanted)) or ():  # noqa: B023
                twice(text)
        if len(rows) < _ROWS:
            return
        place = rows[-1][0]


def _claiming(tx: Any, shape: Shape, place: str) -> list[tuple[Any, ...]]:
    query = (
        f"MATCH (v:{shape.open}) WHERE v.k {'>' if place else '>='} $place AND v.claims IS NOT NULL"
        " AND v.body IS NOT NULL RETURN v.k, v.key, v.claims ORDER BY v.k LIMIT $limit"
    )
    return [tuple(row) for row in tx.run(query, place=place, limit=_ROWS)]


def _taken(tx: Any, shape: Shape, wanted: list[tuple[str, str]]) -> list[str]:
    """Take the claims that nobody holds; return the others."""
    texts = sorted({text for _, claims in wanted for text in json.loads(claims)})
    query = "UNWIND $claims AS claim MATCH (c:_Claim {claim: claim}) RETURN c.claim"
    held = {form for (form,) in tx.run(query, claims=[bounded(text) for text in texts])}
    free, twice = [], []
    for key, claims in wanted:
        mine = [text for text in json.loads(claims) if bounded(text) not in held]
        twice += [text for text in json.loads(claims) if bounded(text) in held]
        held.update(map(bounded, mine))
        free.append((key, json.dumps(mine)))
    claim(tx, shape.name, free, None)
    return twice


# values beside documents ---------------------------------------------------------------------------------------------
def _columns(load: Load, shape: Shape) -> None:
    """Bring what stands beside each document to what it says; one that can not be read is left alone."""
    place: tuple[int, str | None] = (-1, None)
    while True:
        rows = load.database.read(lambda tx: _beside(tx, shape, place))  # noqa: B023
        wrong = [found for row in rows if (found := _wrong(shape, *row)) is not None]
        # Also where nothing is wrong: who does not say for long that he lives is taken for dead.
        load.step(lambda tx, _: _put_right(tx, shape, wrong))  # noqa: B023
        if len(rows) < _ROWS:
            return
        place = rows[-1][1]["from"], rows[-1][1]["k"]


def _beside(tx: Any, shape: Shape, place: tuple[int, str | None]) -> list[tuple[Any, ...]]:
    query = (
        f"MATCH (v:{shape.label}) WHERE v.from >= $from AND (v.from > $from OR v.k > $k)"
        " RETURN elementId(v), properties(v), labels(v) ORDER BY v.from, v.k LIMIT $limit"
    )
    return [tuple(row) for row in tx.run(query, {"from": place[0], "k": place[1], "limit": _ROWS})]


def _wrong(shape: Shape, node: str, properties: dict[str, Any], labels: list[str]) -> dict[str, Any] | None:
    """Return how the version is to be where it is not."""
    wanted = {name: properties[name] for name in _OF_THE_LEDGER if name in properties}
    try:
        body = properties.get("body")
        document = batch.document(body)
        wanted |= shape.values(document) | ({} if document is None else schema.words(shape, document))
        key = full(properties["k"], properties.get("key"))
    except (ValueError, TypeError, AttributeError):
        return None
    wanted["k"] = bounded(key)
    if not is_long(key):
        wanted.pop("key", None)
    is_open = properties.get("to") == OPEN
    state = shape.open if is_open else shape.closed
    same = wanted == properties and all(type(wanted[name]) is type(properties[name]) for name in wanted)
    if same and {*map(quoted, labels)} == {"`_Version`", shape.label, state}:
        return None
    return {"id": node, "set": wanted, "open": is_open}


def _put_right(tx: Any, shape: Shape, wrong: list[dict[str, Any]]) -> None:
    for is_open, state, other in ((True, shape.open, shape.closed), (False, shape.closed, shape.open)):
        tx.run(
            "UNWIND $rows AS row MATCH (v) WHERE elementId(v) = row.id"
            f" SET v = row.set REMOVE v:{other} SET v:_Version:{shape.label}:{state}",
            rows=[row for row in wrong if row["open"] is is_open],
        ).consume()
