"""Taking over a dump: versions are staged as they come, the head moves over whole revisions, the rest is derived."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from cmdb.chain import START
from cmdb.errors import ForeshockError, InvalidInput
from cmdb.model.kind import Kind
from cmdb.ports.dump import BlobRow, DumpRow, End, KindRow, RevisionRow, Start, VersionRow
from cmdb.ports.errors import StoreBusy
from cmdb.ports.store import Progress
from cmdb.stores.dumping import Place, document_of, dump_fault, misplaced, verified
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database
from cmdb.stores.neo4j.hold import hold
from cmdb.stores.neo4j.load_plain import put_plain
from cmdb.stores.neo4j.repair import derive
from cmdb.stores.neo4j.retain import baseline, mark_floor, sealed
from cmdb.stores.neo4j.schema import OPEN, Shape
from cmdb.stores.neo4j.stage import COPYING, Load, Superseded
from cmdb.stores.neo4j.texts import bounded, full, is_long
from cmdb.stores.neo4j.upkeep import is_there, put_blob
from cmdb.stores.retention import Retention

_END = "MATCH (h:_Head) RETURN h.revision, h.hash"
_ROWS_AT_ONCE = 5000
_HEARD_EVERY = 5000
_CLEARED_AT_ONCE = 5000


def load(database: Database, rows: Iterable[DumpRow], progress: Progress | None) -> int:
    """Do what :meth:`cmdb.ports.store.Store.load` says."""
    inside = database.within()
    holding = hold(inside, COPYING)
    try:
        ((number, last),) = inside.read(lambda tx: [tuple(row) for row in tx.run(_END)])
        tidy(holding, number)
        work = _Load(holding, number, progress)
        for place, row in verified(rows, Place(database.address, number, last if number else START)):
            work.take(place, row)
    except Superseded as error:
        raise StoreBusy(seconds=database.patience) from error
    except BaseException:
        with suppress(ForeshockError, Superseded):
            holding.clear()
        raise
    return work.number


def tidy(load: Load, number: int) -> None:
    """Take away what an interrupted copy staged above the newest revision."""
    load.number = number
    for shape in load.database.read(schema.shapes):
        load.until_nothing(
            f"MATCH (v:{shape.label}) WHERE v.from > $number WITH v LIMIT {_CLEARED_AT_ONCE} DETACH DELETE v"
        )
        load.until_nothing(
            f"MATCH (v:{shape.closed}) WHERE v.to > $number WITH v LIMIT {_CLEARED_AT_ONCE}"
            f" SET v.to = {OPEN} REMOVE v:{shape.closed} SET v:{shape.open}"
        )
    load.until_nothing(f"MATCH (r:_Revision) WHERE r.number > $number WITH r LIMIT {_CLEARED_AT_ONCE} DELETE r")


class _Load:
    """
    Where a load is. A revision is known to be what was written only when the first row after it comes.

    Until then its versions may be staged, for nobody reads above the head, and the head waits.
    """

    def __init__(self, holding: Load, began: int, progress: Progress | None) -> None:
        self.holding = holding
        self.began = self.number = began
        self.start = Start(0, 0, 0)
        self._progress = progress
        self._kinds: list[KindRow] = []
        self._shapes: dict[str, Shape] = {}
        self._marked = False
        self._open: RevisionRow | None = None
        self._sizes: dict[str, int] = {}
        self._headers: list[dict[str, Any]] = []
        self._versions: list[tuple[int, int, VersionRow]] = []
        self._plain: list[DumpRow] = []
        self._wrong: InvalidInput | None = None

    def take(self, place: int, row: DumpRow) -> None:
        """Take over the next row."""
        if isinstance(row, VersionRow):
            self._versions.append((place, self._number, row))
            self._sizes[row.kind] = self._sizes.get(row.kind, 0) + 1
            if len(self._versions) >= _ROWS_AT_ONCE:
                self._flush()
        else:
            self._close()
            self._other(place, row)
        if self._progress is not None and place % _HEARD_EVERY == 0:
            self._progress(place)

    @property
    def _number(self) -> int:
        return self._open.number if self._open else 0

    def _other(self, place: int, row: DumpRow) -> None:
        if isinstance(row, Start):
            self.start = row
        elif isinstance(row, KindRow):
            self._kinds.append(row)
        elif isinstance(row, RevisionRow):
            self._mark()
            self._open, self._sizes = row, {}
        elif isinstance(row, End):
            self._end(place)
        elif isinstance(row, BlobRow) and (self._marked or is_there(self.holding.database, row.content)):
            put_blob(self.holding.database, row.content)
        else:
            self._plain.append(row)
            if len(self._plain) >= _ROWS_AT_ONCE and self._marked:
                self._flush()

    def _mark(self) -> None:
        """From here on nobody may take the store for whole: the dump continues it."""
        if self._marked:
            return
        self._marked = True

        def mark(tx: Any, _: Any) -> None:
            tx.run("MATCH (h:_Head) SET h.copying = true").consume()

        self.holding.step(mark)
        for label in ("_QueuedRun", "_Counter"):
            self.holding.until_nothing(f"MATCH (n:{label}) WITH n LIMIT {_CLEARED_AT_ONCE} DELETE n")
        kinds = [_kind(row) for row in self._kinds]
        schema.prepare(self.holding.database, kinds, redraw=False)
        self._shapes = {shape.name: shape for shape in self.holding.database.read(schema.shapes)}

    def _close(self) -> None:
        """The revision that was open fits its hash, so what is wrong with it counts, and the head may move over it."""
        row, self._open = self._open, None
        if row is None:
            return
        if self._wrong is None and len(self._headers) < _ROWS_AT_ONCE:
            self._headers.append(self._header(row))
            return
        self._headers.append(self._header(row))
        self._flush()

    def _header(self, row: RevisionRow) -> dict[str, Any]:
        kinds = sorted(self._sizes)
        sizes = [self._sizes[name] for name in kinds]
        return {**row._asdict(), "txn": bounded(row.txn_id), "kinds": kinds, "sizes": sizes}

    # writing ---------------------------------------------------------------------------------------------------------
    def _flush(self) -> None:
        """Write what waits, in one transaction, and move the head over the revisions that are whole."""
        versions, headers, plain = self._versions, self._headers, self._plain
        by_kind: dict[str, list[tuple[int, int, VersionRow]]] = {}
        for one in versions:
            by_kind.setdefault(one[2].kind, []).append(one)

        def write(tx: Any, _: Any) -> InvalidInput | None:
            wrong: InvalidInput | None = None
            for name, some in by_kind.items():
                wrong = wrong or _write(tx, self._shapes[name], some, self.start.floor)
            if headers:
                tx.run("UNWIND $rows AS row CREATE (r:_Revision) SET r = row", rows=headers).consume()
            whole = headers[-1] if headers and wrong is None and self._wrong is None else None
            if whole is not None and whole["number"] >= self.start.floor:
                tx.run(
                    "MATCH (h:_Head) SET h.revision = $number, h.at = $at, h.hash = $hash",
                    number=whole["number"],
                    at=whole["at"],
                    hash=whole["hash"],
                ).consume()
            put_plain(tx, plain)
            return wrong

        self._wrong = self.holding.step(write) or self._wrong
        if self._wrong is not None and self._open is None:
            raise self._wrong
        if headers:
            self.number = max(self.number, headers[-1]["number"])
        self._versions, self._headers, self._plain = [], [], []

    def _end(self, place: int) -> None:
        self._mark()
        blobs = [row for row in self._plain if isinstance(row, BlobRow)]
        self._plain = [row for row in self._plain if not isinstance(row, BlobRow)]
        for row in blobs:
            put_blob(self.holding.database, row.content)
        self._flush()
        self._judge_baseline(place)

        def twice(claim: str) -> None:
            raise dump_fault("dump.claim", place, claim=claim)

        derive(self.holding, twice=twice)
        self.holding.clear(" SET h.copying = null")

    def _judge_baseline(self, place: int) -> None:
        """What lies below the floor fits no hash of a revision; the baseline's digest stands for it."""
        database = self.holding.database
        found = database.read(baseline)
        kept = Retention(found["floor"], tuple(found["kept"])) if found else Retention()
        self.holding.step(lambda tx, _: mark_floor(tx, found))
        if found is not None and kept.floor and found["digest"] != sealed(database, kept).digest:
            raise dump_fault("dump.baseline", place, floor=kept.floor)
        if kept.floor != self.start.floor:
            raise dump_fault("dump.baseline", place, floor=self.start.floor)


def _write(tx: Any, shape: Shape, versions: list[tuple[int, int, VersionRow]], floor: int) -> InvalidInput | None:
    """Write versions of one kind, those of a key in their order; return the first fault."""
    wrong: InvalidInput | None = None
    forms = sorted({bounded(row.key) for _, _, row in versions})
    query = f"UNWIND $keys AS k MATCH (v:{shape.open} {{k: k}}) RETURN v.k, v.key, v.version"
    currents: dict[str, tuple[int, dict[str, Any] | None]] = {
        full(k, key): (version, None) for k, key, version in tx.run(query, keys=forms)
    }
    closing: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for place, number, row in versions:
        document, fault = document_of(place, row)
        version, former = currents.pop(row.key, (0, None))
        wrong = wrong or fault or misplaced(place, row, version, below=number <= floor)
        if former is not None:
            former["to"] = number
        elif version:
            closing[bounded(row.key)] = number
        made = _properties(shape, number, row, document)
        rows.append(made)
        if row.until is None:
            currents[row.key] = row.version, made
    tx.run(
        f"UNWIND $rows AS row MATCH (v:{shape.open} {{k: row[0]}})"
        f" SET v.to = row[1] REMOVE v:{shape.open} SET v:{shape.closed}",
        rows=sorted(map(list, closing.items())),
    ).consume()
    for label, some in (
        (shape.open, [row for row in rows if row["to"] == OPEN]),
        (shape.closed, [row for row in rows if row["to"] != OPEN]),
    ):
        tx.run(f"UNWIND $rows AS row CREATE (v:_Version:{shape.label}:{label}) SET v = row", rows=some).consume()
    return wrong


def _properties(shape: Shape, number: int, row: VersionRow, document: dict[str, Any] | None) -> dict[str, Any]:
    made = {"k": bounded(row.key), "version": row.version, "from": number, "to": row.until or OPEN}
    made |= shape.values(document)
    if is_long(row.key):
        made["key"] = row.key
    if row.claims is not None:
        made["claims"] = row.claims
    if row.body is not None:
        made["body"] = row.body
        made |= schema.words(shape, document or {})
    return made


def _kind(row: KindRow) -> Kind[Any]:
    """Return what the dump says of a kind, with what it refers to if this programme knows it, for the graph."""
    ends = dict(row.ends)
    refers_to = {**next((one.refers_to for one in _known() if one.name == row.name), {}), **ends}
    return Kind(object, name=row.name, indexed=row.indexed, refers_to=refers_to, ends=tuple(ends), text=row.text)


def _known() -> list[Kind[Any]]:
    """Return the kinds of records that the model has."""
    import pkgutil
    from importlib import import_module

    import cmdb.model

    modules = [import_module(f"cmdb.model.{one.name}") for one in pkgutil.iter_modules(cmdb.model.__path__)]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Kind)]
