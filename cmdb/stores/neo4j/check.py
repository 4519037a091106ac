"""
Whether a store is sound: its indexes, the chain, every version against its neighbours, and all that derives from them.

The log up to the newest revision never changes, so it is read in many short transactions. What is true now may change
while it is looked at; where something was written meanwhile and a fault was seen, it is looked at again, and only what
every look saw is a fault. What is counted is counted while nobody writes (see still.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from cmdb.chain import sha256
from cmdb.ports.store import Finding, Progress
from cmdb.stores import batch, checking
from cmdb.stores.checking import Told
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.check_below import agrees, sealed_below
from cmdb.stores.neo4j.check_graph import again, counts, graph
from cmdb.stores.neo4j.connection import Database, Head
from cmdb.stores.neo4j.ledger import Row, in_order
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.still import free
from cmdb.stores.neo4j.texts import bounded, full, quoted, safe
from cmdb.stores.neo4j.upkeep import blob
from cmdb.stores.retention import HEADER

_ROWS = 5000
_STEP = 10_000
_LOOKS = 3


def check(database: Database, progress: Progress | None) -> tuple[Finding, ...]:
    """Return everything that is wrong."""
    told = Told(progress)
    found = list(_guarded(told, "kinds", lambda: _kinds(database)))
    if found:
        return tuple(found)
    for _ in range(_LOOKS):
        head = database.steady()
        found = _past(database, head, told)
        if not found or database.steady().retention == head.retention:
            # Else history was let go meanwhile.
            break
    found += _guarded(told, "blobs", lambda: _blobs(database, told))
    found += _now(database, told)
    found += _guarded(told, "counts", lambda: counts(database))
    told.again()
    return tuple(found)


def _now(database: Database, told: Told) -> list[Finding]:
    """Return what is wrong with what is true now, and was at every look while others wrote."""
    lasting: list[Finding] | None = None
    for _ in range(_LOOKS):
        before = free(database)
        now = _derived(database, told)
        if database.steady().seq == before.seq:
            return now
        lasting = [one for one in now if lasting is None or one in lasting]
        if not lasting:
            break
    # A document that is written all the time may be between its version and its node at every look.
    drawn = [one for one in lasting or () if one.code == "check.graph"]
    others = [one for one in lasting or () if one not in drawn]
    return [*others, *again(database, database.read(schema.shapes), drawn)] if drawn else others


def _kinds(database: Database) -> Iterator[Finding]:
    """What the registry of kinds says must be readable, for all else is read by it."""
    database.read(schema.shapes)
    yield from ()


def _guarded(told: Told, part: str, findings: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Check a part; progress is told once more before it."""
    told.again()
    yield from checking.guarded(part, findings)


def _past(database: Database, head: Head, told: Told) -> list[Finding]:
    shapes = database.read(schema.shapes)
    found = list(_guarded(told, "medium", lambda: _medium(database, shapes)))
    found += _guarded(told, "chain", lambda: _Chain(database, shapes, head, told).findings())
    found += _guarded(told, "baseline", lambda: sealed_below(database, shapes, head.retention, told))
    for shape in shapes:
        found += _guarded(told, f"versions of {shape.name}", lambda shape=shape: _versions(database, shape, head))  # type: ignore[misc]
    return found


def _derived(database: Database, told: Told) -> list[Finding]:
    shapes = database.read(schema.shapes)
    found = list(_guarded(told, "claims", lambda: _claims(database, shapes)))
    for shape in shapes:
        found += _guarded(told, f"ends of {shape.name}", lambda shape=shape: _ends(database, shape))  # type: ignore[misc]
    found += _guarded(told, "graph", lambda: graph(database, shapes, told.again))
    return found


def _all(database: Database, query: str, **values: Any) -> list[tuple[Any, ...]]:
    return database.read(lambda tx: [tuple(row) for row in tx.run(query, values)])


def _medium(database: Database, shapes: list[Shape]) -> Iterator[Finding]:
    from cmdb.stores.neo4j.migrations import step_1

    wanted = {"_Schema", *step_1.indexes()}
    for shape in shapes:
        sorting = [name[2:] for name in shape.columns if name[0] == "$"]
        wanted.update(schema.indexes(shape.name, sorting, shape.ends, bool(shape.text)))
    there = dict(_all(database, "SHOW INDEXES YIELD name, state RETURN name, state"))
    for name in sorted(wanted):
        if there.get(name) != "ONLINE":
            yield Finding("check.index", {"index": name, "state": there.get(name, "missing").lower()})


# the chain -----------------------------------------------------------------------------------------------------------
class _Chain:
    """One walk over the log from the first revision to ``newest``."""

    def __init__(self, database: Database, shapes: list[Shape], head: Head, progress: Progress) -> None:
        self.database = database
        self.newest = head.revision
        self.floor = head.retention.floor
        self.progress = progress
        self.seen = 0
        self.shapes = shapes
        self.waiting: dict[str, Iterator[Row]] = {}
        self.next: dict[str, Row | None] = {}
        for shape in shapes:
            rows = in_order(self._rows(shape), lambda _: 0, descending=False)
            self.waiting[shape.name], self.next[shape.name] = rows, next(rows, None)

    def findings(self) -> Iterator[Finding]:
        links = checking.Links()
        for header in self._headers():
            above = links.number >= self.floor
            yield from links.follow(header)
            if above:
                # What was made at or below the floor is sealed by the baseline instead.
                sums = sha256()
                yield from self._parts(header, sums)
                if header["hash"] != checking.seal(sums, {name: header.get(name) for name in HEADER}):
                    yield Finding("check.altered", {"revision": header["number"]})
            if header.get("txn") != bounded(str(header["txn_id"])):
                yield Finding("check.column", {"revision": header["number"]})
        row = _all(self.database, "MATCH (h:_Head) RETURN h.revision, h.hash, h.at")[0]
        if row[0] == self.newest and row != (links.number, links.hash, links.at):
            yield Finding("check.head", {"revision": links.number})
        yield from self._loose()

    def _headers(self) -> Iterator[dict[str, Any]]:
        number = 0
        while True:
            rows = _all(
                self.database,
                "MATCH (r:_Revision) WHERE r.number > $number AND r.number <= $newest"
                " RETURN properties(r) ORDER BY r.number LIMIT $limit",
                number=number,
                newest=self.newest,
                limit=_ROWS,
            )
            for (header,) in rows:
                yield header
            if len(rows) < _ROWS:
                return
            number = rows[-1][0]["number"]

    def _parts(self, header: dict[str, Any], sums: Any) -> Iterator[Finding]:
        number, found = header["number"], {}
        for shape in self.shapes:
            count, last = 0, None
            while (row := self.next[shape.name]) is not None and row.values[0]["from"] <= number:
                properties, labels = row.values
                place = {"revision": number, "kind": shape.name, "key": row.key}
                if properties["from"] != number or (last is not None and row.key <= last):
                    yield Finding("check.entries", place)
                if not agrees(shape, row.key, properties, labels):
                    yield Finding("check.column", place)
                body, claims = properties.get("body"), properties.get("claims")
                sums.update(checking.line(shape.name, row.key, properties.get("version"), claims, body))
                count, last = count + 1, row.key
                self.next[shape.name] = next(self.waiting[shape.name], None)
            if count:
                found[shape.name] = count
        said = dict(zip(header["kinds"], header["sizes"], strict=False))
        if found != said or sum(found.values()) != header["size"]:
            yield Finding("check.entries", {"revision": number, "size": header["size"], "found": sum(found.values())})

    def _rows(self, shape: Shape) -> Iterator[Row]:
        # Nothing is greater than null, so the walk begins above the floor.
        place: tuple[int, str | None] = (self.floor if self.floor else -1, None)
        while True:
            rows = _all(
                self.database,
                f"MATCH (v:{shape.label}) WHERE v.from >= $from AND v.from <= $newest"
                " AND (v.from > $from OR v.k > $k) RETURN v.k, v.key, properties(v), labels(v)"
                " ORDER BY v.from, v.k LIMIT $limit",
                **{"from": place[0], "k": place[1], "newest": self.newest, "limit": _ROWS},
            )
            for k, key, properties, labels in rows:
                yield Row(k, key, (properties, labels), f"{properties['from']:012}")
                self.seen += 1
                if self.seen % _STEP == 0:
                    self.progress(self.seen)
            if len(rows) < _ROWS:
                return
            place = rows[-1][2]["from"], rows[-1][0]

    def _loose(self) -> Iterator[Finding]:
        """What belongs to no revision."""
        for shape in self.shapes:
            rows = 1 if self.next[shape.name] is not None else 0
            rows += sum(1 for _ in self.waiting[shape.name])
            query = f"MATCH (v:{shape.label}) WHERE v.from > $newest RETURN count(v)"
            ((later,),) = _all(self.database, query, newest=self.newest)
            after = self.database.steady()
            if after.revision == self.newest and not after.loading:
                # Else they may be those of a revision that came, or is being staged, since the walk began.
                rows += later
            if rows:
                yield Finding("check.entries", {"kind": shape.name, "without_revision": rows})


# versions, ends, claims, blobs ---------------------------------------------------------------------------------------
def _versions(database: Database, shape: Shape, head: Head) -> Iterator[Finding]:
    """
    Each version follows the one before it without a gap, in number and in time; the newest has no end.

    Up to the floor versions may be missing, but none may deny the one before it that is there.
    """
    values = {"newest": head.revision, "floor": head.retention.floor}
    for query in (
        f"MATCH (v:{shape.label}) WHERE v.from <= $newest AND v.version <> 1 AND NOT EXISTS {{"
        f" MATCH (b:{shape.closed}) USING INDEX b:{shape.closed}(k, to, from)"
        " WHERE b.k = v.k AND b.to = v.from AND b.from >= 0 AND b.version = v.version - 1 }"
        " AND NOT (v.from <= $floor AND v.version > 1 AND NOT EXISTS {"
        f" MATCH (p:{shape.closed}) USING INDEX p:{shape.closed}(k, to, from)"
        " WHERE p.k = v.k AND p.to > 0 AND p.from >= 0 AND p.version = v.version - 1 })",
        f"MATCH (v:{shape.closed}) WHERE v.to <= $newest AND (v.to > $floor OR v.to <= v.from) AND NOT EXISTS {{"
        f" MATCH (n:{shape.label}) USING INDEX n:{shape.label}(from, k)"
        " WHERE n.from = v.to AND n.k = v.k AND n.version = v.version + 1 }",
    ):
        for k, key, version in _all(database, f"{query} RETURN v.k, v.key, v.version", **values):
            yield Finding("check.version", {"kind": shape.name, "key": full(k, key), "version": version})


def _ends(database: Database, shape: Shape) -> Iterator[Finding]:
    for field, target in shape.ends.items():
        end = f"v.{quoted(f'$.{field}')}"
        rows = _all(
            database,
            f"MATCH (v:{shape.open}) WHERE v.body IS NOT NULL AND {end} <> '3' AND NOT EXISTS {{"
            f" MATCH (t:{quoted(f'_{safe(target)}_open')}) WHERE t.k = substring({end}, 1)"
            " AND t.body IS NOT NULL } RETURN v.k, v.key, v.body",
        )
        for k, key, body in rows:
            missing = str(batch.dig(batch.parse(body), field))
            yield Finding("check.end", {"kind": shape.name, "key": full(k, key), "missing": missing})


def _claims(database: Database, shapes: list[Shape]) -> Iterator[Finding]:
    rows = _all(database, "MATCH (c:_Claim) WHERE c.kind IS NOT NULL RETURN c.claim, c.text, c.kind, c.key")
    held = {full(claim, text): (kind, key) for claim, text, kind, key in rows}
    documents = (
        (shape.name, full(k, key), claims)
        for shape in shapes
        for k, key, claims in _all(
            database, f"MATCH (v:{shape.open}) WHERE v.claims IS NOT NULL RETURN v.k, v.key, v.claims"
        )
    )
    yield from checking.claims(held, documents)


def _blobs(database: Database, told: Told) -> Iterator[Finding]:
    names = iter(_all(database, "MATCH (b:_Blob) RETURN b.sha256 ORDER BY b.sha256"))
    while some := list(islice(names, 1)):
        name = some[0][0]
        content = database.read(lambda tx: blob(tx, name))  # noqa: B023
        if content is None or sha256(content).hexdigest() != name:
            yield Finding("check.blob", {"sha256": name})
        told.again()
