"""Writing a batch: one pass over its tasks in order, one revision, one sync."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from cmdb.chain import START, sha256
from cmdb.model.kind import Kind
from cmdb.ports.errors import (
    Fenced,
    MissingEndpoint,
    TransactionReused,
    UniqueViolation,
    WrittenMeanwhile,
)
from cmdb.ports.store import Applied, Fence, Op, Progress, Unwritten
from cmdb.stores import batch
from cmdb.stores.batch import Current, Deciding, Outcome, Task
from cmdb.stores.intake import CHUNK, Intake
from cmdb.stores.sqlite import read, schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.schema import Shape

_KEYS_AT_ONCE = 500


class Writing:
    """The part of the store that writes what has history."""

    _database: Database

    def apply(
        self,
        ops: Iterable[Op],
        *,
        txn_id: str,
        actor: str,
        reason: str,
        fence: Fence | None = None,
        unwritten: Unwritten | None = None,
        progress: Progress | None = None,
    ) -> Applied:
        """Apply a batch: all of it or nothing, as one revision (:meth:`cmdb.ports.store.Store.apply`)."""
        # There must be room for the batch beside the store anyway.
        beside = self._database.path.parent
        with (
            Intake(ops, progress, folder=beside, failed=self._database.failed) as intake,
            self._database.writing(txn_id) as connection,
        ):
            if (repeated := _repeated(connection, txn_id, intake.digest)) is not None:
                return repeated
            if fence is not None:
                _check_fence(connection, fence, self._database.clock().timestamp())
            if unwritten is not None:
                _check_unwritten(connection, unwritten)
            work = _Batch(connection, intake)
            work.write()
            if work.size == 0:
                newest = work.number - 1
                connection.execute("INSERT INTO idle VALUES (?, ?, ?)", (txn_id, intake.digest, newest))
                return Applied(newest, 0)
            work.judge()
            moment = batch.moment_text(self._database.clock())
            return work.seal(moment, actor=actor, reason=reason, txn_id=txn_id)

    def applied(self, txn_id: str) -> Applied | None:
        """Return what the batch of this transaction id did, or None if there was none."""
        with self._database.reading() as connection:
            row = _of_transaction(connection, txn_id)
        return None if row is None else Applied(row[1], row[2], repeated=True)


def _of_transaction(connection: sqlite3.Connection, txn_id: str) -> tuple[str, int, int] | None:
    """Return the digest of the batch of this transaction id, the revision it has and how much it changed, or None."""
    row: tuple[str, int, int] | None = connection.execute(
        "SELECT digest, number, size FROM revision WHERE txn_id = ?1"
        " UNION ALL SELECT digest, revision, 0 FROM idle WHERE txn_id = ?1",
        (txn_id,),
    ).fetchone()
    return row


def _repeated(connection: sqlite3.Connection, txn_id: str, digest: str) -> Applied | None:
    row = _of_transaction(connection, txn_id)
    if row is None:
        return None
    if row[0] != digest:
        raise TransactionReused(txn_id=txn_id, revision=row[1])
    return Applied(row[1], row[2], repeated=True)


def _check_fence(connection: sqlite3.Connection, fence: Fence, now: float) -> None:
    row = connection.execute("SELECT token FROM lease WHERE name = ? AND until > ?", (fence.name, now)).fetchone()
    if row is None or row[0] != fence.token:
        raise Fenced(name=fence.name, token=fence.token)


def _check_unwritten(connection: sqlite3.Connection, unwritten: Unwritten) -> None:
    marks = ",".join("?" * len(unwritten.kinds))
    if unwritten.since < (floor := read.floor(connection)):
        _check_unwritten_below(connection, unwritten, floor)
    row = connection.execute(
        f"SELECT kind, revision FROM part WHERE revision > ? AND kind IN ({marks}) ORDER BY revision, kind LIMIT 1",
        (unwritten.since, *unwritten.kinds),
    ).fetchone()
    if row is not None:
        raise WrittenMeanwhile(kind=row[0], since=unwritten.since, revision=row[1])


def _check_unwritten_below(connection: sqlite3.Connection, unwritten: Unwritten, floor: int) -> None:
    """Whatever wrote a kind up to the floor, the newest of it there is still kept."""
    for name in unwritten.kinds:
        if (shape := schema.shape_of(connection, name)) is None:
            continue
        row = connection.execute(
            f"SELECT from_rev FROM {shape.table} WHERE from_rev > ? AND from_rev <= ? ORDER BY id LIMIT 1",
            (unwritten.since, floor),
        ).fetchone()
        if row is not None:
            raise WrittenMeanwhile(kind=name, since=unwritten.since, revision=row[0])


class _Batch:
    """One batch while it is written."""

    def __init__(self, connection: sqlite3.Connection, intake: Intake) -> None:
        self.connection = connection
        self.intake = intake
        newest: tuple[int, str, str] = connection.execute(
            "SELECT number, at, hash FROM revision ORDER BY number DESC LIMIT 1"
        ).fetchone() or (0, "", START)
        self.number = newest[0] + 1
        self.at, self.previous = newest[1:]
        self.size = 0
        self.sums = sha256()
        self.parts: list[tuple[Shape, int, int]] = []
        self.deleted: set[str] = set()
        self.claiming: set[str] = set()
        self.deciding = Deciding()

    # the documents ---------------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write the new versions, kind by kind, in the order of the keys."""
        for name in sorted(self.intake.kinds):
            kind = self.intake.kinds[name]
            self._write_kind(kind, schema.prepared(self.connection, kind))
            self.deciding.refuse_missing(name)

    def _write_kind(self, kind: Kind[Any], shape: Shape) -> None:
        (last,) = self.connection.execute(f"SELECT coalesce(max(id), 0) FROM {shape.table}").fetchone()
        loading = last == 0 and self.intake.large
        if loading:
            # Indexes are far cheaper to build once, from what is there, than to keep up row by row.
            schema.drop_indexes(self.connection, shape)
        first, living = last + 1, 0
        for chunk in self.intake.chunks(kind.name):
            currents = {} if first == 1 else self._currents(shape, chunk)
            outcomes = self.deciding.outcomes(kind, chunk, currents)
            living += self._insert(kind, shape, last + 1, outcomes, currents)
            last += len(outcomes)
            if self.intake.size > CHUNK:
                self.intake.heard()
        if loading:
            schema.build_indexes(self.connection, shape)
        size = last - first + 1
        if size:
            self.size += size
            self.parts.append((shape, first, size))
            self.connection.execute("INSERT INTO part VALUES (?, ?, ?, ?)", (self.number, kind.name, first, size))
            self.connection.execute("UPDATE kind SET living = living + ? WHERE name = ?", (living, kind.name))

    def _currents(self, shape: Shape, chunk: Sequence[Task]) -> dict[str, Current]:
        found = {}
        keys = iter([task[0] for task in chunk])
        while some := list(islice(keys, _KEYS_AT_ONCE)):
            marks = ",".join("?" * len(some))
            rows = self.connection.execute(
                f"SELECT key, version, document, claims, id FROM {shape.table}"
                f" WHERE to_rev IS NULL AND key IN ({marks})",
                some,
            )
            found.update({key: Current(*rest) for key, *rest in rows})
        return found

    def _insert(
        self, kind: Kind[Any], shape: Shape, first: int, outcomes: list[Outcome], currents: dict[str, Current]
    ) -> int:
        """Insert the versions with the ids from ``first``; return by how many the living documents grew."""
        rows, closing, released, indexed, grew = [], [], [], [], 0
        for row, outcome in enumerate(outcomes, first):
            key, version, body, claims, document = outcome
            current = currents.get(key)
            self.sums.update(batch.line_of_entry(kind.name, key, version, claims, body))
            place = current.place if current else None
            rows.append((row, key, version, self.number, place, claims, *shape.values(document), body))
            if current is not None:
                closing.append((self.number, current.place))
                grew -= current.body is not None
                released += batch.released(current, claims)
            if document is None:
                self.deleted.add(kind.name)
            else:
                grew += 1
                if claims is not None and (current is None or current.claims != claims):
                    self.claiming.add(kind.name)
                if shape.text:
                    indexed.append((row, schema.words(kind, document)))
        many = self.connection.executemany
        many(f"UPDATE {shape.table} SET to_rev = ? WHERE id = ?", closing)
        many(shape.insertion, rows)
        if indexed:
            many(f"INSERT INTO {shape.words} (rowid, words) VALUES (?, ?)", indexed)
        many("DELETE FROM claim WHERE claim = ?", [(claim,) for claim in released])
        return grew

    # what is judged when all is in place -----------------------------------------------------------------------------
    def judge(self) -> None:
        """Refuse the batch if an end is missing or a claim is held twice."""
        missing = sorted(self._missing_ends())
        if missing:
            raise MissingEndpoint(ends=missing[: batch.NAMED_ENDS], count=len(missing))
        for shape, first, size in self.parts:
            if shape.name in self.claiming:
                self._claim(shape, first, size)

    def _missing_ends(self) -> list[tuple[str, str, str]]:
        found: set[tuple[str, str, str]] = set()
        for shape, first, size in self.parts:
            for field, target in shape.ends.items():
                found.update(self._without(shape, field, target, first, size))
        for shape in schema.shapes(self.connection) if self.deleted else ():
            for field, target in shape.ends.items():
                if target in self.deleted:
                    found.update(self._left_behind(shape, field, target))
        return list(found)

    def _without(self, shape: Shape, field: str, target: str, first: int, size: int) -> Iterable[tuple[str, str, str]]:
        """Yield the documents of this revision that name an end which is not there."""
        there, end = schema.shape_of(self.connection, target), schema.column(field)
        lives = "0"
        if there is not None:
            lives = (
                f"EXISTS (SELECT 1 FROM {there.table} WHERE to_rev IS NULL AND key = named AND document IS NOT NULL)"
            )
        # In a table that this batch began the index gives the ends in order, each once, and so are they looked up.
        mine = "to_rev IS NULL" if first == 1 else f"id BETWEEN {first} AND {first + size - 1}"
        names = self.connection.execute(
            f"SELECT named FROM (SELECT DISTINCT {end} AS named FROM {shape.table} WHERE {mine} AND {end} IS NOT NULL)"
            f" WHERE NOT {lives}"
        ).fetchall()
        for (missing,) in names:
            keys = self.connection.execute(
                f"SELECT key FROM {shape.table} WHERE to_rev IS NULL AND {end} = ? AND id >= ?", (missing, first)
            )
            yield from ((shape.name, key, str(missing)) for (key,) in keys)

    def _left_behind(self, shape: Shape, field: str, target: str) -> Iterable[tuple[str, str, str]]:
        """Yield the living documents that name an end which this revision deleted."""
        end = f"r.{schema.column(field)}"
        for gone, first, size in self.parts:
            if gone.name != target:
                continue
            rows = self.connection.execute(
                f"SELECT r.key, {end} FROM {gone.table} t CROSS JOIN {shape.table} r ON r.to_rev IS NULL"
                f" AND {end} = t.key WHERE t.id BETWEEN ? AND ? AND t.document IS NULL AND r.document IS NOT NULL",
                (first, first + size - 1),
            )
            yield from ((shape.name, key, missing) for key, missing in rows)

    def _claim(self, shape: Shape, first: int, size: int) -> None:
        rows = self.connection.execute(
            f"SELECT key, claims FROM {shape.table} WHERE id BETWEEN ? AND ? AND claims IS NOT NULL ORDER BY id",
            (first, first + size - 1),
        )
        for key, claims in rows:
            for claim in json.loads(claims):
                holder = self.connection.execute("SELECT kind, key FROM claim WHERE claim = ?", (claim,)).fetchone()
                if holder is None:
                    self.connection.execute("INSERT INTO claim VALUES (?, ?, ?)", (claim, shape.name, key))
                elif holder != (shape.name, key):
                    raise UniqueViolation(claim=claim, holder=holder[1])

    # the revision ----------------------------------------------------------------------------------------------------
    def seal(self, moment: str, *, actor: str, reason: str, txn_id: str) -> Applied:
        """Write the revision's header, with its link in the chain."""
        header = {
            "number": self.number,
            # A clock that was set back must not make time run backwards in the log.
            "at": max(moment, self.at),
            "actor": actor,
            "reason": reason,
            "txn_id": txn_id,
            "digest": self.intake.digest,
            "size": self.size,
            "previous_hash": self.previous,
        }
        total = batch.seal(self.sums, header)
        self.connection.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*header.values(), total))
        self.connection.execute("UPDATE head SET revision = ?, hash = ?", (self.number, total))
        return Applied(self.number, self.size)
