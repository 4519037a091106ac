"""Mending what derives from the ledger: indexes, counts of the living, and the graph for people, made anew."""

from __future__ import annotations

import time
import uuid
from itertools import islice
from typing import Any

from cmdb.ports.errors import StoreBusy
from cmdb.stores.neo4j import project, schema
from cmdb.stores.neo4j.check_graph import living
from cmdb.stores.neo4j.connection import GATE, Database
from cmdb.stores.neo4j.stage import ALIVE_MILLIS, MENDING, Load, recover

_ROWS = 2000
_PAUSE = 0.05


def repair(database: Database) -> None:
    """
    Make anew what can be made anew, while no one else writes; the ledger itself is never touched.

    Raises:
        StoreBusy: a large batch is being written.
    """
    from cmdb.stores.neo4j.migrations import step_1

    wanted = step_1.indexes()
    for shape in database.read(schema.shapes):
        sorting = [name[2:] for name in shape.columns if name[0] == "$"]
        wanted.update(schema.indexes(shape.name, sorting, shape.ends, bool(shape.text)))
    schema.create(database, wanted)
    load, deadline = Load(database, uuid.uuid4().hex), time.monotonic() + database.patience
    while (head := database.surely(lambda tx: _begin(tx, load))) is not None:
        if head["loading_until"] <= head["now"]:
            recover(database, head)
        elif time.monotonic() > deadline:
            raise StoreBusy(seconds=database.patience)
        else:
            time.sleep(_PAUSE)
    mend(load)


def _begin(tx: Any, load: Load) -> dict[str, Any] | None:
    """Say at the head that we are mending; return the head when another is writing."""
    tx.run(schema.LOCK).consume()
    now = "datetime.realtime().epochMillis"
    head, moment = tx.run(f"MATCH (h:_Head) RETURN properties(h), {now}").single()
    if head.get("loading") not in (None, load.token):
        return {**head, "now": moment}
    tx.run(
        "MATCH (h:_Head) SET h.loading = $token, h.loading_phase = $phase, h.loading_number = h.revision,"
        f" h.loading_step = 0, h.loading_until = {now} + {ALIVE_MILLIS} WITH 1 AS one " + GATE,
        token=load.token,
        phase=MENDING,
    ).consume()
    return None


def mend(load: Load) -> None:
    """Make the graph and the counts anew; done again from the start when it was interrupted."""
    load.until_nothing(f"MATCH (n:_Node) WITH n LIMIT {_ROWS} DETACH DELETE n")
    shapes = load.database.read(schema.shapes)
    for shape in sorted(shapes, key=lambda one: (one.name == project.RELATION, one.name)):
        rows, count = living(load.database, shape), 0
        while some := list(islice(rows, _ROWS)):
            became = [project.Became(one.key, one.document, True) for one in some]
            load.step(lambda tx, _: project.project(tx, [(shape, became)]))  # noqa: B023
            count += len(some)
        load.step(
            lambda tx, _: tx.run(
                "MATCH (k:_Kind {name: $name}) SET k.living = $count",
                name=shape.name,  # noqa: B023
                count=count,  # noqa: B023
            ).consume()
        )
    load.clear()
