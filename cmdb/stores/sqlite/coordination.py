"""Leases, runs and counters: small tables of their own under the same write lock, without revision or log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cmdb.chain import canonical
from cmdb.ports.coordination import Lease, QueuedRun
from cmdb.stores import batch
from cmdb.stores.sqlite.connection import Database

LONGEST = 86_400.0
"""Seconds. Nothing is held for longer: an end beyond that was written before the machine's clock was set back."""


class SqliteCoordination:
    """The store's file as :class:`~cmdb.ports.coordination.Coordination`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # leases ----------------------------------------------------------------------------------------------------------
    def lease(self, name: str, *, holder: str, seconds: float) -> Lease | None:
        """Take the lease if it is free or expired (or held by ``holder``, who then gets a new token), else None."""
        with self._agreeing() as (connection, now):
            # The row outlives the lease, so that tokens go on growing.
            row = connection.execute(
                "INSERT INTO lease VALUES (?1, ?2, 1, ?3 + ?4) ON CONFLICT DO UPDATE"
                " SET holder = ?2, token = token + 1, until = ?3 + ?4"
                " WHERE until <= ?3 OR until > ?3 + ?5 OR holder = ?2 RETURNING token",
                (name, holder, now, seconds, LONGEST),
            ).fetchone()
        return Lease(name, holder, row[0]) if row else None

    def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Extend the lease from now; False when it has expired or is another's."""
        with self._agreeing() as (connection, now):
            return _touched(
                connection,
                "UPDATE lease SET until = ? WHERE name = ? AND token = ? AND until > ?",
                (now + seconds, lease.name, lease.token, now),
            )

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens when it is no longer held."""
        with self._agreeing() as (connection, now):
            connection.execute(
                # Not the present moment, which comes again where the clock is set back.
                "UPDATE lease SET until = 0 WHERE name = ? AND token = ? AND until > ?",
                (lease.name, lease.token, now),
            )

    # runs ------------------------------------------------------------------------------------------------------------
    def claim_run(self, job: str, slot: str) -> bool:
        """Return True to exactly one caller for this job and slot, for ever."""
        with self._agreeing() as (connection, _):
            return _touched(connection, "INSERT INTO claimed_run VALUES (?, ?) ON CONFLICT DO NOTHING", (job, slot))

    def enqueue(self, queue: str, run_id: str, payload: dict[str, Any], *, delay: float = 0.0) -> bool:
        """Add a run, to be taken after ``delay`` seconds; False when one of this id was ever added."""
        text = canonical(payload).decode("utf-8")
        with self._agreeing() as (connection, now):
            return _touched(
                connection,
                "INSERT INTO queued_run (id, queue, payload, due, attempt, done) VALUES (?, ?, ?, ?, 0, 0)"
                " ON CONFLICT DO NOTHING",
                (run_id, queue, text, now + delay),
            )

    def take(self, queue: str, *, holder: str, seconds: float, only: str | None = None) -> QueuedRun | None:
        """Take the run that became due first and is not held, or the one of the id ``only``."""
        wanted = "" if only is None else "AND id = ?6"
        with self._agreeing() as (connection, now):
            row = connection.execute(
                "UPDATE queued_run SET held_until = ?1 + ?2, holder = ?3, attempt = attempt + 1 WHERE place ="
                " (SELECT place FROM queued_run WHERE done = 0 AND queue = ?4 AND (due <= ?1 OR due > ?1 + ?5)"
                f" AND (held_until <= ?1 OR held_until > ?1 + ?5) {wanted} ORDER BY due, place LIMIT 1)"
                " RETURNING id, payload, attempt",
                (now, seconds, holder, queue, LONGEST, *([] if only is None else [only])),
            ).fetchone()
        # Every taking counts one up, so the count is the token too.
        return QueuedRun(row[0], queue, batch.parse(row[1]), row[2], row[2]) if row else None

    def heartbeat(self, run: QueuedRun, *, seconds: float) -> bool:
        """Hold the run for ``seconds`` from now; False when another has taken it or it is done."""
        with self._agreeing() as (connection, now):
            return _touched(
                connection,
                "UPDATE queued_run SET held_until = ? WHERE id = ? AND attempt = ? AND done = 0",
                (now + seconds if seconds > 0 else 0.0, run.id, run.token),
            )

    def done(self, run: QueuedRun) -> bool:
        """Take the run off the queue; False when another has taken it meanwhile."""
        with self._agreeing() as (connection, _):
            # The id stays for ever, for a run of this id must never be added again.
            return _touched(
                connection,
                "UPDATE queued_run SET done = 1, payload = '{}' WHERE id = ? AND attempt = ? AND done = 0",
                (run.id, run.token),
            )

    # counters --------------------------------------------------------------------------------------------------------
    def count(self, name: str, *, seconds: float, by: int = 1) -> int:
        """Add ``by`` to the counter and return it; it starts at 0 again ``seconds`` after its first count."""
        with self._agreeing() as (connection, now):
            (value,) = connection.execute(
                "INSERT INTO counter VALUES (?1, ?2, ?3 + ?4) ON CONFLICT DO UPDATE SET"
                " value = iif(until <= ?3, ?2, value + ?2), until = iif(until <= ?3, ?3 + ?4, until) RETURNING value",
                (name, by, now, seconds),
            ).fetchone()
        return int(value)

    def leave(self, name: str, state: dict[str, Any], *, seconds: float) -> None:
        """Leave what was last seen of ``name``, in place of what was left before; forgotten after ``seconds``."""
        text = canonical(state).decode("utf-8")
        with self._agreeing() as (connection, now):
            connection.execute("DELETE FROM seen WHERE until <= ?", (now,))
            connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (name, text, now + seconds))

    def seen(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what was left under these names and is not forgotten yet, by name."""
        now, found = self._database.clock().timestamp(), {}
        with self._database.reading() as connection:
            for name in names:
                row = connection.execute("SELECT state FROM seen WHERE name = ? AND until > ?", (name, now)).fetchone()
                if row is not None:
                    found[name] = batch.parse(row[0])
        return found

    def next_number(self, series: str, *, first: int = 1) -> int:
        """Return the next number of the series, never the same twice; numbers of failed work are left out."""
        with self._agreeing() as (connection, _):
            (number,) = connection.execute(
                "INSERT INTO series VALUES (?, ?) ON CONFLICT DO UPDATE SET number = number + 1 RETURNING number",
                (series, first),
            ).fetchone()
        return int(number)

    @contextmanager
    def _agreeing(self) -> Iterator[tuple[sqlite3.Connection, float]]:
        with self._database.writing() as connection:
            yield connection, self._database.clock().timestamp()


def _touched(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> bool:
    return connection.execute(statement, values).rowcount > 0
