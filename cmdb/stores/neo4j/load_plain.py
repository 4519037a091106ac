"""What a dump holds that has no revision, put beside what is there; of that nothing is ever lessened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cmdb.chain import canonical
from cmdb.ports.dump import ClaimedRunRow, CounterRow, DumpRow, IdleRow, LeaseRow, QueuedRunRow, SeriesRow
from cmdb.stores.dumping import TOKENS_SKIPPED
from cmdb.stores.neo4j.texts import bounded


def put_plain(tx: Any, rows: Sequence[DumpRow]) -> None:
    """Write such rows."""
    for kind, (statement, fields_of) in _UPSERTS.items():
        some = [fields_of(row) for row in rows if isinstance(row, kind)]
        if some:
            tx.run("UNWIND $rows AS row " + statement, rows=some, skipped=TOKENS_SKIPPED).consume()


def _idle(row: Any) -> dict[str, Any]:
    return {**row._asdict(), "txn": bounded(row.txn_id)}


def _named(row: Any) -> dict[str, Any]:
    return {**row._asdict(), "id": bounded(row.name)}


def _counter(row: Any) -> dict[str, Any]:
    return {**_named(row), "until": row.until * 1000}


def _claimed(row: Any) -> dict[str, Any]:
    return {**row._asdict(), "id": bounded(canonical([row.job, row.slot]).decode("utf-8"))}


def _queued(row: Any) -> dict[str, Any]:
    run = {"run": row.id, "queue": row.queue, "payload": row.payload, "attempt": row.attempt, "call": ""}
    run |= {"due": row.due * 1000, "held_until": row.held_until * 1000, "holder": row.holder}
    if not row.done:
        run["waiting"] = bounded(row.queue)
    return {"id": bounded(row.id), "queue_id": bounded(row.queue), "run": run}


_UPSERTS: dict[type[Any], tuple[str, Callable[[Any], dict[str, Any]]]] = {
    IdleRow: (
        "MERGE (n:_Idle {txn: row.txn})"
        " ON CREATE SET n.txn_id = row.txn_id, n.digest = row.digest, n.revision = row.revision",
        _idle,
    ),
    # A store that was loaded must not give a fencing token that the one it was copied from has given since.
    LeaseRow: (
        "MERGE (n:_Lease {id: row.id}) ON CREATE SET n.name = row.name, n.holder = row.holder, n.token = 0"
        " SET n.until = 0.0, n.token = CASE WHEN n.token + CASE n.token WHEN 0 THEN 0 ELSE $skipped END >"
        " row.token + $skipped THEN n.token + $skipped ELSE row.token + $skipped END",
        _named,
    ),
    ClaimedRunRow: (
        "MERGE (n:_ClaimedRun {id: row.id}) ON CREATE SET n.job = row.job, n.slot = row.slot, n.call = ''",
        _claimed,
    ),
    QueuedRunRow: (
        "MERGE (q:_Queue {id: row.queue_id}) ON CREATE SET q.place = 0 SET q.place = q.place + 1"
        " MERGE (n:_QueuedRun {id: row.id}) ON CREATE SET n += row.run, n.place = q.place",
        _queued,
    ),
    CounterRow: (
        "MERGE (n:_Counter {id: row.id})"
        " ON CREATE SET n.name = row.name, n.value = row.value, n.until = row.until, n.calls = []",
        _counter,
    ),
    SeriesRow: (
        "MERGE (n:_Series {id: row.id}) ON CREATE SET n.name = row.name, n.number = row.number"
        " SET n.number = CASE WHEN n.number > row.number THEN n.number ELSE row.number END",
        _named,
    ),
}
