"""
Leases, runs and counters: small transactions of their own, without revision or log, in the time of the server.

A transaction whose answer was lost is done again. What must not happen twice carries a text of the caller's, made anew
for each call, by which the second try finds out that the first one counted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from cmdb.chain import canonical
from cmdb.ports.coordination import Lease, QueuedRun
from cmdb.stores import batch
from cmdb.stores.neo4j.connection import SHORT_SECONDS, Database
from cmdb.stores.neo4j.texts import bounded

_REMEMBERED = 16  # Calls that a counter remembers.
_COPYING = "EXISTS { MATCH (h:_Head) WHERE h.copying IS NOT NULL }"


class Neo4jCoordination:
    """The database as :class:`~cmdb.ports.coordination.Coordination`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # leases ----------------------------------------------------------------------------------------------------------
    def lease(self, name: str, *, holder: str, seconds: float) -> Lease | None:
        """Take the lease if it is free or expired (or held by ``holder``, who then gets a new token), else None."""
        # The node outlives the lease, so that tokens go on growing.
        token = self._agree(
            "MERGE (n:_Lease {id: $id}) ON CREATE SET n.name = $name, n.token = 0, n.until = 0.0 SET n:_Lease",
            "MATCH (n:_Lease {id: $id}) WHERE n.until <= $now OR n.holder = $holder"
            " SET n.token = n.token + 1, n.holder = $holder, n.until = $now + $millis RETURN n.token",
            id=bounded(name),
            name=name,
            holder=holder,
            millis=seconds * 1000,
        )
        return Lease(name, holder, token) if token is not None else None

    def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Extend the lease from now; False when it has expired or is another's."""
        return self._set_lease(lease, seconds) is not None

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens when it is no longer held."""
        self._set_lease(lease, 0.0)

    def _set_lease(self, lease: Lease, seconds: float) -> Any:
        return self._agree(
            "MATCH (n:_Lease {id: $id}) SET n:_Lease",
            "MATCH (n:_Lease {id: $id}) WHERE n.token = $token AND n.until > $now"
            " SET n.until = $now + $millis RETURN true",
            id=bounded(lease.name),
            token=lease.token,
            millis=seconds * 1000,
        )

    # runs ------------------------------------------------------------------------------------------------------------
    def claim_run(self, job: str, slot: str) -> bool:
        """Return True to exactly one caller for this job and slot, for ever."""
        return bool(
            self._agree(
                "",
                "MERGE (n:_ClaimedRun {id: $id}) ON CREATE SET n.job = $job, n.slot = $slot, n.call = $call"
                " RETURN n.call = $call",
                id=_pair(job, slot),
                job=job,
                slot=slot,
                call=uuid.uuid4().hex,
            )
        )

    def enqueue(self, queue: str, run_id: str, payload: dict[str, Any], *, delay: float = 0.0) -> bool:
        """Add a run, to be taken after ``delay`` seconds; False when one of this id was ever added."""
        return bool(
            self._agree(
                # The queue's lock puts runs in an order; it is also held by whoever takes one.
                "MERGE (q:_Queue {id: $queue_id}) ON CREATE SET q.place = 0 SET q:_Queue",
                "MATCH (q:_Queue {id: $queue_id}) SET q.place = q.place + 1"
                " MERGE (n:_QueuedRun {id: $id}) ON CREATE SET n += $run, n.place = q.place, n.due = $now + $millis"
                " RETURN n.call = $call",
                queue_id=bounded(queue),
                id=bounded(run_id),
                run={
                    "run": run_id,
                    "queue": queue,
                    # What is done leaves the index of what waits.
                    "waiting": bounded(queue),
                    "payload": canonical(payload).decode("utf-8"),
                    "held_until": 0.0,
                    "attempt": 0,
                    "call": (call := uuid.uuid4().hex),
                },
                call=call,
                millis=delay * 1000,
            )
        )

    def take(self, queue: str, *, holder: str, seconds: float, only: str | None = None) -> QueuedRun | None:
        """Take the run that became due first and is not held, or the one of the id ``only``."""
        found = "(n:_QueuedRun)" if only is None else "(n:_QueuedRun {id: $only})"
        row = self._agree(
            "MATCH (q:_Queue {id: $queue_id}) SET q:_Queue",
            f"MATCH {found} WHERE n.waiting = $queue_id AND n.due <= $now"
            " AND (n.held_until <= $now OR n.taking = $call)"
            " WITH n ORDER BY CASE WHEN n.taking = $call THEN 0 ELSE 1 END, n.due, n.place LIMIT 1"
            " SET n.attempt = n.attempt + CASE WHEN n.taking = $call THEN 0 ELSE 1 END,"
            " n.held_until = $now + $millis, n.holder = $holder, n.taking = $call"
            " RETURN [n.run, n.payload, n.attempt]",
            queue_id=bounded(queue),
            only=None if only is None else bounded(only),
            holder=holder,
            millis=seconds * 1000,
            call=uuid.uuid4().hex,
        )
        # Every taking counts one up, so the count is the token too.
        return QueuedRun(row[0], queue, batch.parse(row[1]), row[2], row[2]) if row else None

    def heartbeat(self, run: QueuedRun, *, seconds: float) -> bool:
        """Hold the run for ``seconds`` from now; False when another has taken it or it is done."""
        return bool(
            self._agree(
                "MATCH (n:_QueuedRun {id: $id}) SET n:_QueuedRun",
                "MATCH (n:_QueuedRun {id: $id}) WHERE n.attempt = $token AND n.waiting IS NOT NULL"
                " SET n.held_until = $now + $millis RETURN true",
                id=bounded(run.id),
                token=run.token,
                millis=seconds * 1000,
            )
        )

    def done(self, run: QueuedRun) -> bool:
        """Take the run off the queue; False when another has taken it meanwhile."""
        return bool(
            self._agree(
                "MATCH (n:_QueuedRun {id: $id}) SET n:_QueuedRun",
                # The id stays for ever, for a run of this id must never be added again.
                "MATCH (n:_QueuedRun {id: $id}) WHERE n.attempt = $token"
                " AND (n.waiting IS NOT NULL OR n.finishing = $call)"
                " SET n.finishing = $call, n.payload = '{}', n.waiting = null RETURN true",
                id=bounded(run.id),
                token=run.token,
                call=uuid.uuid4().hex,
            )
        )

    # counters --------------------------------------------------------------------------------------------------------
    def count(self, name: str, *, seconds: float, by: int = 1) -> int:
        """Add ``by`` to the counter and return it; it starts at 0 again ``seconds`` after its first count."""
        return int(
            self._agree(
                "MERGE (n:_Counter {id: $id})"
                " ON CREATE SET n.name = $name, n.value = 0, n.until = 0.0, n.calls = [] SET n:_Counter",
                "MATCH (n:_Counter {id: $id}) WITH n, $call IN n.calls AS counted, n.until <= $now AS over"
                " SET n.value = CASE WHEN counted THEN n.value WHEN over THEN $by ELSE n.value + $by END,"
                " n.until = CASE WHEN over AND NOT counted THEN $now + $millis ELSE n.until END,"
                f" n.calls = ([$call] + n.calls)[..{_REMEMBERED}] RETURN n.value",
                id=bounded(name),
                name=name,
                by=by,
                millis=seconds * 1000,
                call=uuid.uuid4().hex,
            )
        )

    def leave(self, name: str, state: dict[str, Any], *, seconds: float) -> None:
        """Leave what was last seen of ``name``, in place of what was left before; forgotten after ``seconds``."""
        self._agree(
            "MERGE (n:_Seen {id: $id}) SET n:_Seen",
            "MATCH (n:_Seen {id: $id}) SET n.name = $name, n.state = $state, n.until = $now + $millis"
            " WITH n, $now AS moment CALL (n, moment) { MATCH (o:_Seen) WHERE o.until <= moment AND o <> n DELETE o }"
            " RETURN true",
            id=bounded(name),
            name=name,
            state=canonical(state).decode("utf-8"),
            millis=seconds * 1000,
        )

    def seen(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what was left under these names and is not forgotten yet, by name."""
        rows = self._agree(
            "",
            "MATCH (n:_Seen) WHERE n.id IN $ids AND n.until > $now RETURN collect([n.name, n.state])",
            ids=[bounded(name) for name in names],
        )
        found = dict(rows)
        return {name: batch.parse(found[name]) for name in names if name in found}

    def next_number(self, series: str, *, first: int = 1) -> int:
        """Return the next number of the series, never the same twice; numbers of failed work are left out."""
        return int(
            self._agree(
                "MERGE (n:_Series {id: $id}) ON CREATE SET n.name = $name, n.number = $first - 1 SET n:_Series",
                "MATCH (n:_Series {id: $id}) SET n.number = n.number + 1 RETURN n.number",
                id=bounded(series),
                name=series,
                first=first,
            )
        )

    def _agree(self, lock: str, statement: str, **values: Any) -> Any:
        """Take a lock, then run the statement on what is there now, and return what it returns, None for nothing."""
        return self._database.surely(_agreement(self._database, lock, statement, values), seconds=SHORT_SECONDS)


def _agreement(database: Database, lock: str, statement: str, values: dict[str, Any]) -> Callable[[Any], Any]:
    from cmdb.stores.neo4j.write import database_millis

    def run(tx: Any) -> Any:
        if lock:
            tx.run(lock, values).consume()
        given = database_millis(database)
        now = "$given AS now" if given is not None else "toFloat(datetime.realtime().epochMillis) AS now"
        # The clock is read behind the lock, for waiting takes time too.
        text = f"WITH {now} CALL (now) {{ {statement.replace('$now', 'now')} AS answer }} RETURN answer, {_COPYING}"
        row = tx.run(text, {**values, "given": given}).single()
        if row is None or row[1]:
            database.head(tx)
        return row[0] if row is not None else None

    return run


def _pair(one: str, other: str) -> str:
    return bounded(canonical([one, other]).decode("utf-8"))
