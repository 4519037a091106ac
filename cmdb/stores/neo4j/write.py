"""Writing a batch: a small one in one transaction under the lock of the head; a large one is staged (see stage.py)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cmdb.chain import sha256
from cmdb.model.baseline import BASELINE, BASELINES
from cmdb.model.kind import Kind
from cmdb.ports.errors import (
    Fenced,
    Incomplete,
    OutcomeUnknown,
    StoreBusy,
    StoreUnavailable,
    TransactionReused,
    WrittenMeanwhile,
)
from cmdb.ports.store import Applied, Fence, Op, Progress, Unwritten
from cmdb.stores import batch
from cmdb.stores.batch import Current, Deciding, Outcome, Task
from cmdb.stores.intake import Intake
from cmdb.stores.neo4j import project, schema, stage
from cmdb.stores.neo4j.connection import GATE, SHORT_SECONDS, Database, LostAnswer
from cmdb.stores.neo4j.judge import claim, left_behind, refuse_missing, release, without_end
from cmdb.stores.neo4j.retain import mark_floor
from cmdb.stores.neo4j.schema import OPEN, Shape
from cmdb.stores.neo4j.texts import bounded, full, is_long

SMALL = 10_000  # The ops of a batch that one transaction takes.
_PAUSE = 0.05


# What the batch of a transaction id has done already.
_WRITTEN = (
    "COLLECT { MATCH (r:_Revision {txn: $txn}) RETURN [r.digest, r.number, r.size] AS found"
    " UNION MATCH (i:_Idle {txn: $txn}) RETURN [i.digest, i.revision, 0] AS found }"
)
# One statement for all that is asked first: under the lock, each is a round trip that everybody waits for.
_BEGIN = (
    f"{schema.LOCK} RETURN properties(h), datetime.realtime().epochMillis, {_WRITTEN},"
    " COLLECT { MATCH (k:_Kind) WHERE k.name IN $names RETURN properties(k) }"
)


class Loading(Exception):
    """A large batch is being staged; ``until`` (milliseconds of the server) tells how long it is believed to live."""

    def __init__(self, head: dict[str, Any], now: int) -> None:
        super().__init__(head["loading"])
        self.head = head
        self.expired = head["loading_until"] <= now


class Unprepared(Exception):
    """Another process has changed what a kind wants since it was prepared."""


class Terms(NamedTuple):
    """What a batch is applied under."""

    txn_id: str
    actor: str
    reason: str
    fence: Fence | None
    unwritten: Unwritten | None


class Start(NamedTuple):
    """What is known when the head is locked: the head, the moment, and the shapes of the kinds to be written."""

    head: dict[str, Any]
    moment: str
    shapes: dict[str, Shape]


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
        terms = Terms(txn_id, actor, reason, fence, unwritten)
        with Intake(ops, progress, folder=None, failed=self._failed) as intake:
            schema.prepare(self._database, intake.kinds.values())
            if intake.size > SMALL:
                return self._when_free(intake, lambda: stage.write(self._database, intake, terms))
            return self._when_free(intake, lambda: self._small(intake, terms))

    def applied(self, txn_id: str) -> Applied | None:
        """Return what the batch of this transaction id did, or None if there was none."""

        def look(tx: Any) -> tuple[str, int, int] | None:
            self._database.head(tx)
            return of_transaction(tx, txn_id)

        row = self._database.read(look)
        if row is None:
            # A commit that is being applied is waited for.
            self._database.confirm()
            row = self._database.read(lambda tx: of_transaction(tx, txn_id))
        return None if row is None else Applied(row[1], row[2], repeated=True)

    def _failed(self, error: OSError) -> Exception:
        return StoreUnavailable(store="the folder for temporary files", cause=error.strerror or str(error))

    def _small(self, intake: Intake, terms: Terms) -> Applied:
        lost = False
        deadline = time.monotonic() + self._database.patience
        while True:
            try:
                done, seq = self._database.write(
                    lambda tx: _apply(self._database, tx, intake, terms), seconds=SHORT_SECONDS
                )
            except LostAnswer as error:
                # Whoever asks again waits for the lock of the head, and so for what has become of that commit.
                lost = True
                if time.monotonic() > deadline:
                    raise OutcomeUnknown(txn_id=terms.txn_id) from error
                continue
            except (StoreUnavailable, StoreBusy) as error:
                if lost:
                    raise OutcomeUnknown(txn_id=terms.txn_id) from error
                raise
            self._database.saw(seq)
            return done._replace(repeated=False) if lost else done

    def _when_free(self, intake: Intake, write: Any) -> Applied:
        """Wait for a large batch of another; take back one whose writer has died."""
        deadline = time.monotonic() + self._database.patience
        while True:
            try:
                done: Applied = write()
                return done
            except Unprepared:
                self._database.shapes.clear()
                schema.prepare(self._database, intake.kinds.values())
            except Loading as loading:
                if loading.expired:
                    stage.recover(self._database, loading.head)
                elif time.monotonic() > deadline:
                    raise StoreBusy(seconds=self._database.patience) from loading
                else:
                    time.sleep(_PAUSE)


def _apply(database: Database, tx: Any, intake: Intake, terms: Terms) -> tuple[Applied, int]:
    start = begin(database, tx, intake, terms)
    if isinstance(start, Applied):
        return start, -1
    work = Batch(tx, intake, start)
    for name in sorted(intake.kinds):
        for tasks in intake.chunks(name):
            work.write(name, tasks)
        work.deciding.refuse_missing(name)
    if work.size == 0:
        return idle(tx, intake, terms, start.head), start.head["seq"]
    work.judge()
    work.project()
    done = seal(tx, work.sums, work.figures(), start, intake.digest, terms)
    for shape, pairs in work.outcomes:
        if shape.name == BASELINES.name:
            mark_floor(tx, next((one.document for one, _ in pairs if one.key == BASELINE), None))
    return done, start.head["seq"]


# the start -----------------------------------------------------------------------------------------------------------
def begin(database: Database, tx: Any, intake: Intake, terms: Terms, *, token: str = "") -> Start | Applied:
    """Lock the head and judge whether the batch may be written; Applied when it was already; ``token`` is our own."""
    row = tx.run(_BEGIN, txn=bounded(terms.txn_id), names=list(intake.kinds)).single()
    head, now, written, kinds = row.values()
    there = tuple(written[0]) if written else None
    if head.get("copying"):
        raise Incomplete(store=database.address, revision=head["revision"])
    if there is not None:
        if there[0] != intake.digest:
            raise TransactionReused(txn_id=terms.txn_id, revision=there[1])
        return Applied(there[1], there[2], repeated=True)
    if head.get("loading") not in (None, token):
        raise Loading(head, now)
    check_fence(database, tx, terms.fence)
    if terms.unwritten is not None:
        _check_unwritten(tx, terms.unwritten)
    shapes = {found.name: found for one in kinds if (found := schema.shape(one))}
    for name, kind in intake.kinds.items():
        if not schema.suits(shapes.get(name), kind):
            raise Unprepared(name)
    return Start(head, moment_text(database, now), shapes)


def moment_text(database: Database, millis: int) -> str:
    """Return the moment of a revision: the given clock's, else the server's."""
    if database.clock is not None:
        return batch.moment_text(database.clock())
    return batch.moment_text(datetime.fromtimestamp(millis // 1000, UTC).replace(microsecond=millis % 1000 * 1000))


def of_transaction(tx: Any, txn_id: str) -> tuple[str, int, int] | None:
    """Return the digest of the batch of this transaction id, the revision it has and how much it changed, or None."""
    row = tx.run(f"RETURN {_WRITTEN}", txn=bounded(txn_id)).single()
    return tuple(row[0][0]) if row[0] else None


def check_fence(database: Database, tx: Any, fence: Fence | None) -> None:
    """Hold the lease until the commit, so that none gets a newer token meanwhile, and refuse an older one."""
    if fence is None:
        return
    name = bounded(fence.name)
    tx.run("MATCH (l:_Lease {id: $id}) SET l:_Lease", id=name).consume()
    now = "datetime.realtime().epochMillis" if database.clock is None else "$now"
    row = tx.run(
        f"MATCH (l:_Lease {{id: $id}}) WHERE l.until > {now} RETURN l.token", id=name, now=database_millis(database)
    ).single()
    if row is None or row[0] != fence.token:
        raise Fenced(name=fence.name, token=fence.token)


def database_millis(database: Database) -> float | None:
    """Return the given clock's time in milliseconds, None where the server's counts."""
    return None if database.clock is None else database.clock().timestamp() * 1000


def _check_unwritten(tx: Any, unwritten: Unwritten) -> None:
    row = tx.run(
        "MATCH (r:_Revision) WHERE r.number > $since AND any(k IN r.kinds WHERE k IN $kinds)"
        " RETURN r.number, r.kinds ORDER BY r.number LIMIT 1",
        since=unwritten.since,
        kinds=list(unwritten.kinds),
    ).single()
    if row is not None:
        kind = min(name for name in row[1] if name in unwritten.kinds)
        raise WrittenMeanwhile(kind=kind, since=unwritten.since, revision=row[0])


# the documents -------------------------------------------------------------------------------------------------------
class Batch:
    """The documents of one batch while they are written; ``staged`` notes on claims how to take them back."""

    def __init__(
        self, tx: Any, intake: Intake, start: Start, *, deciding: Deciding | None = None, staged: bool = False
    ) -> None:
        self.tx = tx
        self.intake = intake
        self.start = start
        self.number: int = start.head["revision"] + 1
        self.staged = staged
        self.sums = sha256()
        self.sizes: dict[str, int] = {}
        self.grown: dict[str, int] = {}
        self.deleted: set[str] = set()
        self.claiming: set[str] = set()
        self.deciding = deciding or Deciding()
        self.outcomes: list[tuple[Shape, list[tuple[Outcome, Current | None]]]] = []

    @property
    def size(self) -> int:
        return sum(self.sizes.values())

    def figures(self) -> list[tuple[str, int, int]]:
        """Return for each kind, by name, how many versions there are and by how much the living documents grew."""
        return [(name, size, self.grown[name]) for name, size in sorted(self.sizes.items()) if size]

    def write(self, name: str, tasks: Sequence[Task]) -> list[tuple[Outcome, Current | None]]:
        """Write the new versions of some documents of a kind, in the order of their keys; return what became."""
        kind, shape = self.intake.kinds[name], self.start.shapes[name]
        currents = read_currents(self.tx, shape, [task[0] for task in tasks])
        outcomes = self.deciding.outcomes(kind, tasks, currents)
        pairs = [(outcome, currents.get(outcome.key)) for outcome in outcomes]
        if pairs and not self.deciding.missing:
            self._insert(kind, shape, pairs)
            self.sizes[name] = self.sizes.get(name, 0) + len(pairs)
            if not self.staged:
                self.outcomes.append((shape, pairs))
        return pairs

    def _insert(self, kind: Kind[Any], shape: Shape, pairs: Sequence[tuple[Outcome, Current | None]]) -> None:
        rows, closing, released, grew = [], [], [], 0
        for (key, version, body, claims, document), current in pairs:
            self.sums.update(batch.line_of_entry(kind.name, key, version, claims, body))
            row = {"k": bounded(key), "version": version, "from": self.number, "to": OPEN, **shape.values(document)}
            if is_long(key):
                row["key"] = key
            if claims is not None:
                row["claims"] = claims
            if current is not None:
                closing.append(row["k"])
                grew -= current.body is not None
                released += batch.released(current, claims)
            if document is None:
                self.deleted.add(kind.name)
            else:
                grew += 1
                row["body"] = body
                row |= schema.words(kind, document)
                if claims is not None and (current is None or current.claims != claims):
                    self.claiming.add(kind.name)
            rows.append(row)
        put_versions(self.tx, shape, rows, closing, self.number)
        release(self.tx, released, self.number if self.staged else None)
        self.grown[kind.name] = self.grown.get(kind.name, 0) + grew

    # what is judged when all is in place -----------------------------------------------------------------------------
    def judge(self) -> None:
        """Refuse the batch if an end is missing or a claim is held twice."""
        found: set[tuple[str, str, str]] = set()
        for shape, pairs in self.outcomes:
            documents = [(one.key, one.document) for one, _ in pairs if one.document is not None]
            found.update(without_end(self.tx, shape, documents))
            gone = [one.key for one, _ in pairs if one.document is None]
            if gone:
                found.update(left_behind(self.tx, shape.name, gone))
        refuse_missing(found)
        for shape, pairs in self.outcomes:
            if shape.name in self.claiming:
                claim(self.tx, shape.name, [(one.key, one.claims) for one, _ in pairs if one.claims is not None], None)

    def project(self) -> None:
        """Bring the graph for people along."""
        project.project(
            self.tx,
            [
                (
                    shape,
                    [project.Became(one.key, one.document, project.former_of(now and now.body)) for one, now in pairs],
                )
                for shape, pairs in self.outcomes
            ],
        )


def read_currents(tx: Any, shape: Shape, keys: Sequence[str]) -> dict[str, Current]:
    """Return the newest versions of documents, by key."""
    rows = tx.run(
        f"UNWIND $keys AS k MATCH (v:{shape.open} {{k: k}}) RETURN v.k, v.key, v.version, v.body, v.claims",
        keys=list(map(bounded, keys)),
    )
    return {full(k, key): Current(version, body, claims) for k, key, version, body, claims in rows}


def put_versions(tx: Any, shape: Shape, rows: list[dict[str, Any]], closing: list[str], number: int) -> None:
    """Close versions at the revision and write those that follow, and others."""
    if closing:
        tx.run(
            f"UNWIND $keys AS k MATCH (v:{shape.open} {{k: k}})"
            f" SET v.to = $number REMOVE v:{shape.open} SET v:{shape.closed}",
            keys=closing,
            number=number,
        ).consume()
    tx.run(f"UNWIND $rows AS row CREATE (v:_Version:{shape.label}:{shape.open}) SET v = row", rows=rows).consume()


# the end -------------------------------------------------------------------------------------------------------------
def idle(tx: Any, intake: Intake, terms: Terms, head: dict[str, Any]) -> Applied:
    """Remember a batch that changed nothing."""
    tx.run(
        "CREATE (:_Idle {txn: $txn, txn_id: $txn_id, digest: $digest, revision: $revision}) WITH 1 AS one " + GATE,
        txn=bounded(terms.txn_id),
        txn_id=terms.txn_id,
        digest=intake.digest,
        revision=head["revision"],
    ).consume()
    return Applied(head["revision"], 0)


def seal(
    tx: Any, sums: Any, figures: Sequence[tuple[str, int, int]], start: Start, digest: str, terms: Terms, more: str = ""
) -> Applied:
    """Write the revision's header, with its link in the chain, and move the head; ``more`` is done to the head too."""
    number, size = start.head["revision"] + 1, sum(size for _, size, _ in figures)
    header = {
        "number": number,
        # A clock that was set back must not make time run backwards in the log.
        "at": max(start.moment, start.head["at"]),
        "actor": terms.actor,
        "reason": terms.reason,
        "txn_id": terms.txn_id,
        "digest": digest,
        "size": size,
        "previous_hash": start.head["hash"],
    }
    total = batch.seal(sums, header)
    kinds = {"kinds": [name for name, _, _ in figures], "sizes": [size for _, size, _ in figures]}
    tx.run(
        "MATCH (h:_Head) SET h.revision = $header.number, h.at = $header.at, h.hash = $header.hash"
        + more
        + " CREATE (r:_Revision) SET r = $header"
        " WITH 1 AS one UNWIND $figures AS f MATCH (k:_Kind {name: f[0]}) SET k.living = k.living + f[2]"
        " WITH count(*) AS all " + GATE,
        header={**header, "hash": total, "txn": bounded(terms.txn_id), **kinds},
        figures=[list(one) for one in figures],
    ).consume()
    return Applied(number, size)
