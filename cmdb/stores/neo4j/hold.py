"""Keeping everyone else from writing, while the database is mended or a copy is poured into it."""

from __future__ import annotations

import time
import uuid
from typing import Any

from cmdb.ports.errors import StoreBusy
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import GATE, Database
from cmdb.stores.neo4j.stage import ALIVE_MILLIS, Load, recover

_PAUSE = 0.05


def hold(database: Database, phase: str) -> Load:
    """
    Say at the head what we are about, as soon as nobody else is writing a large batch, and return the loading.

    Raises:
        StoreBusy: somebody still is.
    """
    load, deadline = Load(database, uuid.uuid4().hex), time.monotonic() + database.patience
    while (head := database.surely(lambda tx: _begin(tx, load, phase))) is not None:
        if head["loading_until"] <= head["now"]:
            recover(database, head)
        elif time.monotonic() > deadline:
            raise StoreBusy(seconds=database.patience)
        else:
            time.sleep(_PAUSE)
    return load


def _begin(tx: Any, load: Load, phase: str) -> dict[str, Any] | None:
    """Return the head when another is writing."""
    tx.run(schema.LOCK).consume()
    now = "datetime.realtime().epochMillis"
    head, moment = tx.run(f"MATCH (h:_Head) RETURN properties(h), {now}").single()
    if head.get("loading") not in (None, load.token):
        return {**head, "now": moment}
    tx.run(
        "MATCH (h:_Head) SET h.loading = $token, h.loading_phase = $phase, h.loading_number = h.revision,"
        f" h.loading_step = 0, h.loading_until = {now} + {ALIVE_MILLIS} WITH 1 AS one " + GATE,
        token=load.token,
        phase=phase,
    ).consume()
    return None
