"""
Large batches: staged in many transactions, published by a small one.

Versions of the revision that comes next are seen by no reader, for every reader asks as of the newest revision. So a
large batch is written as that revision, part by part, while the head says who is loading and until when he is believed
to live; then one transaction writes the revision's header and moves the head. Whoever finds a loading that has expired
takes back what it has staged, or, if it was published, goes on with what follows: the graph for people, and claims.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from cmdb.chain import sha256
from cmdb.errors import ForeshockError
from cmdb.ports.errors import OutcomeUnknown, StoreBusy, StoreUnavailable
from cmdb.ports.store import Applied
from cmdb.stores import batch
from cmdb.stores.batch import Deciding
from cmdb.stores.intake import Intake
from cmdb.stores.neo4j import project, schema
from cmdb.stores.neo4j.connection import GATE, Database, LostAnswer
from cmdb.stores.neo4j.judge import claim, left_behind, refuse_missing
from cmdb.stores.neo4j.schema import OPEN, Shape
from cmdb.stores.neo4j.texts import full, quoted, safe

if TYPE_CHECKING:
    from cmdb.stores.neo4j.write import Start, Terms

STAGING, PUBLISHED, MENDING, COPYING = "staging", "published", "mending", "copying"
ALIVE_MILLIS = 20_000
_ROWS = 5000
_PROJECTED = 2000
_CLEARED = (
    " SET h.loading = null, h.loading_until = null, h.loading_phase = null, h.loading_number = null,"
    " h.loading_step = null, h.loading_place = null"
)


def _beyond(after: str) -> str:
    """A key may be the empty text, with which every walk begins."""
    return ">" if after else ">="


class Superseded(Exception):
    """This loading was believed dead and taken back by another."""


def write(database: Database, intake: Intake, terms: Terms) -> Applied:
    """Apply a large batch."""
    load = Load(database, uuid.uuid4().hex)
    start = load.open(intake, terms)
    if isinstance(start, Applied):
        return start
    try:
        done = _staged(load, intake, terms, start)
    except Superseded as error:
        raise StoreBusy(seconds=database.patience) from error
    except BaseException:
        with suppress(ForeshockError, Superseded):
            load.take_back()
        raise
    if done.changed:
        with suppress(StoreBusy, StoreUnavailable, Superseded):
            # It is written whatever comes of this; the next writer goes on with it.
            load.follow()
    return done


def _staged(load: Load, intake: Intake, terms: Terms, start: Start) -> Applied:
    from cmdb.stores.neo4j.write import Batch

    total = Figures(load.number)
    for name in sorted(intake.kinds):
        for tasks in intake.chunks(name):
            intake.heard()

            def some(tx: Any, _: Any, name: str = name, tasks: Any = tasks) -> Batch:
                work = Batch(tx, intake, start, deciding=total.deciding.copy(), staged=True)
                work.sums = total.sums.copy()
                work.write(name, tasks)
                return work

            total.take(load.step(some))
        total.deciding.refuse_missing(name)
    if not total.sizes:
        return load.idle(intake, terms)
    _judge(load, total, start)
    return load.publish(total, start, intake.digest, terms)


class Figures:
    """What the parts of a batch came to so far."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.sums = sha256()
        self.deciding = Deciding()
        self.sizes: dict[str, int] = {}
        self.grown: dict[str, int] = {}
        self.deleted: set[str] = set()
        self.claiming: set[str] = set()

    def take(self, part: Any) -> None:
        """Add a part that is written."""
        self.sums, self.deciding = part.sums, part.deciding
        for name, size in part.sizes.items():
            self.sizes[name] = self.sizes.get(name, 0) + size
            self.grown[name] = self.grown.get(name, 0) + part.grown[name]
        self.deleted |= part.deleted
        self.claiming |= part.claiming

    def rows(self) -> list[tuple[str, int, int]]:
        """Return for each kind, by name, how many versions there are and by how much the living documents grew."""
        return [(name, size, self.grown[name]) for name, size in sorted(self.sizes.items())]


class Version(NamedTuple):
    """A version of the revision that is loaded; ``former`` is the text of the document that lived before."""

    key: str
    body: str | None
    claims: str | None
    former: str | None


class Load:
    """One loading: ``token`` proves that it is ours."""

    def __init__(self, database: Database, token: str, number: int = 0, steps: int = 0) -> None:
        self.database = database
        self.token = token
        self.number = number
        self.steps = steps

    # transactions ----------------------------------------------------------------------------------------------------
    def open(self, intake: Intake, terms: Terms) -> Start | Applied:
        """Say at the head that we are loading."""
        from cmdb.stores.neo4j.write import begin

        def opening(tx: Any) -> Any:
            start = begin(self.database, tx, intake, terms, token=self.token)
            if isinstance(start, Applied):
                return start
            number = start.head["revision"] + 1
            tx.run(
                "MATCH (h:_Head) SET h.loading = $token, h.loading_phase = $phase, h.loading_number = $number,"
                f" h.loading_step = 0, h.loading_until = datetime.realtime().epochMillis + {ALIVE_MILLIS}"
                " WITH 1 AS one " + GATE,
                token=self.token,
                phase=STAGING,
                number=number,
            ).consume()
            return start

        start: Start | Applied = self.database.surely(opening)
        if not isinstance(start, Applied):
            self.number = start.head["revision"] + 1
        return start

    def step(self, work: Callable[[Any, dict[str, Any]], Any], *, place: Any = None) -> Any:
        """
        Do one part in a transaction, exactly once, and live on; ``place`` is where one who takes over goes on.

        Raises:
            Superseded: another has taken over.
        """
        self.steps += 1
        done: Any = None

        def run(tx: Any) -> int:
            nonlocal done
            head = self._locked(tx)
            if head["loading_step"] >= self.steps:
                return int(head["seq"])
            done = work(tx, head)
            tx.run(
                "MATCH (h:_Head) SET h.loading_step = $step, h.loading_place = coalesce($place, h.loading_place),"
                f" h.loading_until = datetime.realtime().epochMillis + {ALIVE_MILLIS} WITH 1 AS one " + GATE,
                step=self.steps,
                place=None if place is None else json.dumps(place),
            ).consume()
            return int(head["seq"])

        self.database.saw(self.database.surely(run))
        return done

    def _locked(self, tx: Any) -> dict[str, Any]:
        tx.run(schema.LOCK).consume()
        head: dict[str, Any] = tx.run("MATCH (h:_Head) RETURN properties(h)").single()[0]
        if head.get("loading") != self.token:
            raise Superseded(self.token)
        return head

    def versions(self, tx: Any, shape: Shape, after: str, limit: int, only: str = "true") -> list[tuple[str, Version]]:
        """Return some versions of the revision, each with its place, in the order of their keys."""
        rows = tx.run(
            f"MATCH (v:{shape.label}) WHERE v.from = $number AND v.k {_beyond(after)} $after AND {only}"
            " RETURN v.k, v.key, v.body, v.claims, CASE WHEN v.version > 1 THEN head(COLLECT {"
            f" MATCH (b:{shape.closed}) USING INDEX b:{shape.closed}(k, to, from)"
            " WHERE b.k = v.k AND b.to = $number AND b.from >= 0 RETURN b.body }) END"
            " ORDER BY v.k LIMIT $limit",
            number=self.number,
            after=after,
            limit=limit,
        )
        return [(k, Version(full(k, key), *rest)) for k, key, *rest in rows]

    def each(self, shape: Shape, work: Callable[[Any, list[Version]], Any], only: str) -> None:
        """Do something for all versions of the revision, some at a time."""
        after = ""
        while True:

            def some(tx: Any, _: Any, after: str = after) -> str | None:
                rows = self.versions(tx, shape, after, _ROWS, only)
                work(tx, [row for _, row in rows])
                return rows[-1][0] if len(rows) == _ROWS else None

            following = self.step(some)
            if following is None:
                return
            after = following

    # the ends of it --------------------------------------------------------------------------------------------------
    def idle(self, intake: Intake, terms: Terms) -> Applied:
        """Remember that the batch changed nothing."""
        from cmdb.stores.neo4j.write import idle

        def run(tx: Any) -> Applied:
            head = self._locked(tx)
            tx.run("MATCH (h:_Head)" + _CLEARED).consume()
            return idle(tx, intake, terms, head)

        return self._told(run, terms)

    def publish(self, total: Figures, start: Start, digest: str, terms: Terms) -> Applied:
        """Make the revision the newest."""
        from cmdb.stores.neo4j.write import check_fence, seal

        def run(tx: Any) -> Applied:
            head = self._locked(tx)
            check_fence(self.database, tx, terms.fence)
            more = f", h.loading_phase = '{PUBLISHED}', h.loading_step = 0"
            fresh = start._replace(head=head)
            return seal(tx, total.sums, total.rows(), fresh, digest, terms, more)

        done = self._told(run, terms)
        self.steps = 0
        return done

    def _told(self, run: Callable[[Any], Applied], terms: Terms) -> Applied:
        """Do what ends in an answer; when the answer is lost, the transaction id tells what became of it."""
        from cmdb.stores.neo4j.write import of_transaction

        deadline = time.monotonic() + self.database.patience
        while True:
            try:
                return self.database.write(run)
            except LostAnswer as lost:
                try:
                    # The lock of the head is free when that commit has been applied or given up.
                    self.database.surely(lambda tx: tx.run(schema.LOCK).consume())
                    row = self.database.read(lambda tx: of_transaction(tx, terms.txn_id))
                except (StoreBusy, StoreUnavailable) as error:
                    raise OutcomeUnknown(txn_id=terms.txn_id) from error
                if row is not None:
                    return Applied(row[1], row[2])
                if time.monotonic() > deadline:
                    raise OutcomeUnknown(txn_id=terms.txn_id) from lost

    def take_back(self) -> None:
        """Undo what was staged, newest first by kind, and let others write; what was published stays."""
        # The commit that published it may have counted although nobody heard of it. The next writer then goes on.
        if self.step(lambda _, head: head["revision"] >= self.number):
            return
        for shape in self.database.read(schema.shapes):
            for statement in (
                f"MATCH (v:{shape.label}) WHERE v.from = $number WITH v LIMIT {_ROWS} DETACH DELETE v",
                # A reader who looked among the open versions before, and among the closed ones after, looks again.
                f"MATCH (v:{shape.closed}) WHERE v.to = $number WITH v LIMIT {_ROWS}"
                f" SET v.to = {OPEN} REMOVE v:{shape.closed} SET v:{shape.open}"
                " WITH count(*) AS all MATCH (h:_Head) SET h.undone = h.undone + 1",
            ):
                self.until_nothing(statement)
        self.until_nothing(f"MATCH (c:_Claim) WHERE c.staged = $number AND c.was IS NULL WITH c LIMIT {_ROWS} DELETE c")
        self.until_nothing(
            f"MATCH (c:_Claim) WHERE c.staged = $number WITH c LIMIT {_ROWS}"
            " SET c.kind = c.was[0], c.key = c.was[1] REMOVE c.was, c.staged"
        )
        self.clear()

    def follow(self, place: tuple[int, str, str] = (0, "", "")) -> None:
        """Do what follows a published revision: the graph for people from ``place`` on, and claims that were let go."""
        shapes = self.database.read(schema.shapes)
        for turn, shape, work in _projections(shapes):
            if (turn, shape.name) < place[:2]:
                continue
            after = place[2] if (turn, shape.name) == place[:2] else ""
            while after is not None:
                after = self._project(turn, shape, work, after)
        self.until_nothing(
            f"MATCH (c:_Claim) WHERE c.staged = $number AND c.kind IS NULL WITH c LIMIT {_ROWS} DELETE c"
        )
        self.until_nothing(f"MATCH (c:_Claim) WHERE c.staged = $number WITH c LIMIT {_ROWS} REMOVE c.was, c.staged")
        self.clear()

    def _project(self, turn: int, shape: Shape, work: Callable[[Any, Shape, Any], None], after: str) -> Any:
        rows = self.database.read(lambda tx: self.versions(tx, shape, after, _PROJECTED))
        following = rows[-1][0] if len(rows) == _PROJECTED else None
        if rows:
            # Whoever goes on behind the last row of a kind finds nothing there, and goes to the next.
            became = [
                project.Became(row.key, batch.document(row.body), project.former_of(row.former)) for _, row in rows
            ]
            self.step(lambda tx, _: work(tx, shape, became), place=(turn, shape.name, rows[-1][0]))
        return following

    def until_nothing(self, statement: str) -> None:
        """Run a statement that takes some at a time until it finds no more."""

        def some(tx: Any, _: Any) -> int:
            counters = tx.run(statement, number=self.number).consume().counters
            return int(counters.nodes_deleted + counters.labels_removed + max(counters.properties_set - 1, 0))

        while self.step(some):
            pass

    def clear(self, more: str = "") -> None:
        """Let others write; ``more`` is done to the head too."""

        def run(tx: Any) -> None:
            tx.run(schema.LOCK).consume()
            tx.run("MATCH (h:_Head) WHERE h.loading = $token" + _CLEARED + more, token=self.token).consume()
            tx.run(GATE).consume()

        self.database.surely(run)


def _projections(shapes: list[Shape]) -> Iterator[tuple[int, Shape, Callable[[Any, Shape, Any], None]]]:
    relations = [shape for shape in shapes if shape.name == project.RELATION]
    for shape in relations:
        yield 0, shape, lambda tx, _, became: project.unlink(tx, [one.key for one in became if one.former is not None])
    for shape in shapes:
        if shape.name != project.RELATION:
            yield 1, shape, lambda tx, shape, became: project.project(tx, [(shape, became)])
    for shape in relations:
        yield (
            2,
            shape,
            lambda tx, _, became: project.put_links(
                tx, [project.link_of(one.key, one.document) for one in became if one.document is not None]
            ),
        )


def recover(database: Database, head: dict[str, Any]) -> None:
    """Take over a loading whose writer is believed dead: take it back, or go on with what follows it."""
    load = Load(database, uuid.uuid4().hex)

    def take(tx: Any) -> dict[str, Any] | None:
        tx.run(schema.LOCK).consume()
        row = tx.run(
            "MATCH (h:_Head) WHERE h.loading = $old AND h.loading_until <= datetime.realtime().epochMillis"
            " OR h.loading = $token"
            f" SET h.loading = $token, h.loading_until = datetime.realtime().epochMillis + {ALIVE_MILLIS}"
            " RETURN properties(h)",
            old=head["loading"],
            token=load.token,
        ).single()
        tx.run(GATE).consume()
        return row[0] if row else None

    taken = database.surely(take)
    if taken is None:
        return
    load.number, load.steps = taken["loading_number"], taken["loading_step"]
    with suppress(Superseded):
        if taken["loading_phase"] == PUBLISHED:
            place = json.loads(taken.get("loading_place") or '[0, "", ""]')
            load.follow((place[0], place[1], place[2]))
        elif taken["loading_phase"] == MENDING:
            from cmdb.stores.neo4j.repair import mend

            mend(load)
        elif taken["loading_phase"] == COPYING:
            # What it staged, whoever copies again takes away first.
            load.clear()
        else:
            load.take_back()


# what is judged when all is in place ---------------------------------------------------------------------------------
def _judge(load: Load, total: Figures, start: Start) -> None:
    found: set[tuple[str, str, str]] = set()
    for name in sorted(total.sizes):
        shape = start.shapes[name]
        for field, target in shape.ends.items():
            _without_end(load, shape, field, target, found)
        if name in total.deleted:

            def look(tx: Any, rows: list[Version], name: str = name) -> None:
                found.update(left_behind(tx, name, [row.key for row in rows]))

            load.each(shape, look, "v.body IS NULL")
    refuse_missing(found)
    for name in sorted(total.claiming):

        def take(tx: Any, rows: list[Version], name: str = name) -> None:
            claim(tx, name, [(row.key, row.claims) for row in rows], load.number)

        load.each(start.shapes[name], take, "v.claims IS NOT NULL")


def _without_end(load: Load, shape: Shape, field: str, target: str, found: set[tuple[str, str, str]]) -> None:
    """Find documents of the revision that name an end which is not there; the server looks them up."""
    there = quoted(f"_{safe(target)}_open")
    end = f"v.{quoted(f'$.{field}')}"
    after = ""
    while True:

        def some(tx: Any, _: Any, after: str = after) -> tuple[str | None, list[tuple[str, str, str]]]:
            last = tx.run(
                f"MATCH (v:{shape.label}) WHERE v.from = $number AND v.k {_beyond(after)} $after"
                " WITH v.k AS k ORDER BY k LIMIT $limit RETURN max(k), count(*)",
                number=load.number,
                after=after,
                limit=_ROWS,
            ).single()
            if last[0] is None:
                return None, []
            rows = tx.run(
                f"MATCH (v:{shape.label}) WHERE v.from = $number AND v.k {_beyond(after)} $after AND v.k <= $last"
                f" AND v.body IS NOT NULL AND {end} <> '3' AND NOT EXISTS {{"
                f" MATCH (t:{there}) WHERE t.k = substring({end}, 1) AND t.body IS NOT NULL }}"
                " RETURN v.k, v.key, v.body",
                number=load.number,
                after=after,
                last=last[0],
            )
            missing = [(shape.name, full(k, key), str(batch.dig(batch.parse(body), field))) for k, key, body in rows]
            return (last[0] if last[1] == _ROWS else None), missing

        following, missing = load.step(some)
        found.update(missing)
        if following is None:
            return
        after = following
