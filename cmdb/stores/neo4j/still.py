"""Looking at what is true now while others write: when nobody does, else by keeping them waiting for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from cmdb.ports.errors import StoreBusy
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import GATE, Database, Head

_LOOKS = 3
_PAUSE = 0.2
_LOADING = "MATCH (h:_Head) RETURN h.loading IS NOT NULL AND h.loading_until > datetime.realtime().epochMillis"
Found = TypeVar("Found")


def free(database: Database) -> Head:
    """
    Return the head as soon as nobody is writing a large batch, of which the ledger tells before it counts.

    Raises:
        StoreBusy: somebody still is.
    """
    deadline = time.monotonic() + database.patience
    # One whose writer has died is not waited for: the next writer goes on with it.
    while any(database.read(lambda tx: tx.run(_LOADING).value())):
        if time.monotonic() > deadline:
            raise StoreBusy(seconds=database.patience)
        time.sleep(_PAUSE)
    return database.steady()


def still(database: Database, look: Callable[[Any], Found]) -> Found:
    """
    Return what ``look`` sees in one transaction during which nothing is written.

    Raises:
        StoreBusy: somebody is writing a large batch.
    """
    for _ in range(_LOOKS):
        before = free(database)
        found, after = database.read(lambda tx: (look(tx), database.head(tx)))
        if after.seq == before.seq:
            return found
    free(database)

    def alone(tx: Any) -> Found:
        tx.run(schema.LOCK).consume()
        seen = look(tx)
        tx.run(GATE).consume()
        return seen

    return database.surely(alone)
