"""
The nodes of the ledger, the registry of kinds, and the way from one schema to the next.

Every version of every document is a node ``(:_Version:_<kind>)``; the newest one of a key is ``:_<kind>_open`` too,
whether the document lives or has ended, and all others are ``:_<kind>_closed``.

    k          the key in a form that an index can hold (see texts.py); ``key`` the key itself where that is long
    version, from, to (OPEN: the newest), claims and body (canonical JSON; no body where the version ended the document)
    "$.path"   an indexed field in a form that sorts as the port says; ".path" a field that is only read in bulk
    text       the case-folded texts of the document, for full text; ``huge`` is 1 instead where an index refuses them

Nothing of a version ever changes but ``to`` and which of the two labels it has. "Now" is "as of the newest revision".
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from neo4j.exceptions import ClientError

from cmdb.chain import canonical
from cmdb.model.kind import Kind
from cmdb.ports.errors import NotAStore, SchemaTooNew, StoreBusy, StoreRefused, StoreUnavailable
from cmdb.stores import batch
from cmdb.stores.neo4j.connection import GATE, Database
from cmdb.stores.neo4j.texts import field_form, quoted, safe

OPEN = 2**34  # Kept in one block of a record, as every revision is, so that closing a version moves nothing.
LARGEST_TEXT = 32_766  # Bytes; a text index takes no more.
LOWEST_SERVER = (5, 26)
LOCK = "MATCH (h:_Head) SET h.seq = h.seq + 1"
_AT_ONCE = 1000
_PAUSE = 0.05
_FILLING_SECONDS = 600.0
_SERVES = "ONLINE"
_LOCK_MILLIS = 60_000
_PLACE = "@name"  # Where the name of an index stands in a statement that makes it.


class Shape(NamedTuple):
    """
    What the store knows of a kind.

    ``columns`` are the properties every version has, ``pending`` those that new versions have and older ones are being
    given; ``ends`` and ``refs`` map a field to the kind it refers to; ``text`` names the fields that full text covers
    in all versions and ``words`` those it covers in new ones; ``living`` counts the documents.
    """

    name: str
    columns: tuple[str, ...]
    pending: tuple[str, ...]
    ends: dict[str, str]
    refs: dict[str, str]
    text: tuple[str, ...]
    words: tuple[str, ...]
    living: int

    @property
    def label(self) -> str:
        return quoted(f"_{safe(self.name)}")

    @property
    def open(self) -> str:
        return quoted(f"_{safe(self.name)}_open")

    @property
    def closed(self) -> str:
        return quoted(f"_{safe(self.name)}_closed")

    def sorts(self, path: str) -> bool:
        """Tell whether an index orders all documents by the field."""
        return f"$.{path}" in self.columns

    def values(self, document: dict[str, Any] | None) -> dict[str, Any]:
        """Return what a version has beside the document."""
        if document is None:
            return {}
        return {name: value for name in (*self.columns, *self.pending) if (value := column(name, document)) is not None}


def column(name: str, document: dict[str, Any]) -> Any:
    """Return what the property ``name`` ("$.path" or ".path") holds for a document."""
    if name[0] == "$":
        return field_form(batch.dig(document, name[2:]))
    value = batch.dig(document, name[1:])
    return value if value is None or isinstance(value, str | int | float | bool) else canonical(value)


def columns_of(kind: Kind[Any]) -> tuple[str, ...]:
    """Return the properties that a kind wants beside its documents."""
    sorting = {*kind.indexed, *kind.ends}
    return tuple(f"$.{path}" if path in sorting else f".{path}" for path in batch.promoted(kind))


# kinds ---------------------------------------------------------------------------------------------------------------
def shape(row: dict[str, Any] | None) -> Shape | None:
    """Return the shape that a node of the registry tells of."""
    return None if row is None else _shape(row)


def _shape(row: dict[str, Any]) -> Shape:
    lists = [tuple(row[name]) for name in ("columns", "pending", "text", "words")]
    ends, refs = json.loads(row["ends"]), json.loads(row["refs"])
    return Shape(row["name"], lists[0], lists[1], ends, refs, lists[2], lists[3], row["living"])


def shapes(tx: Any) -> list[Shape]:
    """Return the shapes of all kinds, by name."""
    rows = tx.run("MATCH (k:_Kind) RETURN properties(k)")
    return sorted(found for (row,) in rows if (found := shape(row)))


def suits(there: Shape | None, kind: Kind[Any]) -> bool:
    """Tell whether a kind can be written as it is registered."""
    return (
        there is not None
        and {*columns_of(kind)} <= {*there.columns, *there.pending}
        and there.words == kind.text
        and there.ends == _ends(kind)
        and not _gains_references(there, kind)
    )


def _gains_references(there: Shape, kind: Kind[Any]) -> bool:
    """Tell whether a kind refers to something by a field that was not known for it."""
    return not kind.refers_to.items() <= there.refs.items()


def ready(there: Shape) -> bool:
    """Tell whether all versions have what the kind wants."""
    return not there.pending and there.words == there.text


def _ends(kind: Kind[Any]) -> dict[str, str]:
    return {field: kind.refers_to[field] for field in kind.ends}


def prepare(database: Database, kinds: Iterable[Kind[Any]], *, redraw: bool = True) -> None:
    """
    Register kinds that are about to be written, with their indexes; older versions are given what is new.

    So is the graph, with references that documents had before their kind knew them for such, unless ``redraw`` is False
    because all of it is about to be made anew.
    """
    for kind in kinds:
        there = database.shapes.get(kind.name)
        if there is not None and suits(there, kind) and ready(there):
            continue
        found = database.read(lambda tx: database.head(tx, kind.name).kind)  # noqa: B023
        there = shape(found)
        if not suits(there, kind):
            create_indexes(database, kind)
            if redraw and there is not None and there.living and _gains_references(there, kind):
                from cmdb.stores.neo4j.repair import redrawn

                there = redrawn(database, lambda tx: register(tx, kind))  # noqa: B023
            else:
                there = database.surely(lambda tx: register(tx, kind))  # noqa: B023
        if there is not None and not ready(there):
            _fill(database, kind, there)
            there = database.surely(lambda tx: _filled(tx, kind.name))  # noqa: B023
        database.shapes[kind.name] = there


def create_indexes(database: Database, kind: Kind[Any]) -> None:
    """Create the indexes of a kind that are not there, and wait until they serve."""
    create(database, indexes(kind.name, (*kind.indexed, *kind.ends), kind.ends, bool(kind.text)))


def indexes(kind: str, sorting: Iterable[str], ends: Iterable[str], text: bool) -> dict[str, str]:
    """Return what makes the indexes of a kind, by the index's name."""
    name = f"_{safe(kind)}"
    made = {
        f"{name}_open": f"CONSTRAINT {_PLACE} IF NOT EXISTS FOR (v:{quoted(name + '_open')}) REQUIRE v.k IS UNIQUE",
        f"{name}_closed": _index(f"{name}_closed", "k", "to", "from"),
        f"{name}_closed to": _index(f"{name}_closed", "to"),
        f"{name} from": _index(name, "from", "k"),
    }
    for path in dict.fromkeys(sorting):
        made[f"{name}_open {path}"] = _index(f"{name}_open", f"$.{path}", "k")
    for path in ends:
        made[f"{name}_closed {path}"] = _index(f"{name}_closed", f"$.{path}", "k")
    if text:
        made[f"{name}_open text"] = f"TEXT INDEX {_PLACE} IF NOT EXISTS FOR (v:{quoted(name + '_open')}) ON (v.text)"
        made[f"{name}_open huge"] = _index(f"{name}_open", "huge", "k")
    return made


def create(database: Database, wanted: dict[str, str]) -> None:
    """
    Create the indexes and constraints that are not there, and wait until all of them serve.

    ``wanted`` maps a name to what makes it.

    Raises:
        StoreBusy: they are still being filled after ten minutes; the server goes on with that.
        StoreUnavailable: the server could not fill one.
    """
    states = _states(database)
    for name in [name for name in wanted if name not in states]:
        try:
            database.alone(f"CREATE {wanted[name].replace(_PLACE, quoted(name), 1)}")
        except ClientError as error:
            # IF NOT EXISTS looks before it locks: of two processes at once, one is told that the other was first.
            if not (error.code or "").endswith("AlreadyExists"):
                raise
    end = time.monotonic() + _FILLING_SECONDS
    # The procedure that waits for indexes locks their labels meanwhile. A constraint that another process is making
    # needs that lock at its end, so both would wait for each other, and the server sees no deadlock in it.
    while any(states.get(name) != _SERVES for name in wanted):
        if failed := sorted(name for name in wanted if states.get(name) == "FAILED"):
            raise StoreUnavailable(store=database.address, cause=f"it could not fill the index {failed[0]}")
        if time.monotonic() > end:
            raise StoreBusy(seconds=_FILLING_SECONDS)
        time.sleep(_PAUSE)
        states = _states(database)


def _states(database: Database) -> dict[str, str]:
    return dict(database.alone("SHOW INDEXES YIELD name, state RETURN name, state"))


def _index(label: str, *properties: str) -> str:
    named = ", ".join(f"v.{quoted(name)}" for name in properties)
    return f"INDEX {_PLACE} IF NOT EXISTS FOR (v:{quoted(label)}) ON ({named})"


def register(tx: Any, kind: Kind[Any]) -> Shape:
    """
    Write down what a kind wants, and return its shape.

    References that it no longer names stay: while programmes of two ages write, neither takes the other's back.
    """
    tx.run(LOCK).consume()
    row = tx.run("OPTIONAL MATCH (k:_Kind {name: $name}) RETURN properties(k)", name=kind.name).single()[0]
    old, wanted = shape(row), columns_of(kind)
    columns = old.columns if old else wanted
    pending = dict.fromkeys((*old.pending, *(name for name in wanted if name not in old.columns))) if old else ()
    new = {
        "name": kind.name,
        "columns": list(columns),
        "pending": list(pending),
        "ends": json.dumps(_ends(kind)),
        "refs": json.dumps({**(old.refs if old else {}), **kind.refers_to}),
        # Those of the columns that the kind itself wants sorted, for whoever dumps the store.
        "indexed": list(dict.fromkeys((*(row.get("indexed", ()) if row else ()), *kind.indexed))),
        "text": list(old.text if old else kind.text),
        "words": list(kind.text),
        "living": old.living if old else 0,
    }
    tx.run("MERGE (k:_Kind {name: $name}) SET k = $new", name=kind.name, new=new).consume()
    tx.run(GATE).consume()
    return _shape(new)


def _fill(database: Database, kind: Kind[Any], there: Shape) -> None:
    """Give all versions the properties that are pending; done again from the start when it was interrupted."""
    place: Any = (0, "")
    while place is not None:
        place = database.surely(lambda tx: _fill_some(tx, kind, there, place))  # noqa: B023


def _fill_some(tx: Any, kind: Kind[Any], there: Shape, place: tuple[int, str]) -> tuple[int, str] | None:
    rows = list(
        tx.run(
            f"MATCH (v:{there.label}) WHERE v.from > $from OR (v.from = $from AND v.k > $k)"
            " RETURN elementId(v), v.from, v.k, v.body ORDER BY v.from, v.k LIMIT $limit",
            {"from": place[0], "k": place[1], "limit": _AT_ONCE},
        )
    )
    given = []
    for node, _, _, body in rows:
        if body is not None:
            document = batch.parse(body)
            fresh = {**there.values(document), "text": None, "huge": None, **words(kind, document)}
            given.append({"id": node, "set": fresh})
    tx.run("UNWIND $rows AS row MATCH (v) WHERE elementId(v) = row.id SET v += row.set", rows=given).consume()
    return (rows[-1][1], rows[-1][2]) if len(rows) == _AT_ONCE else None


def _filled(tx: Any, name: str) -> Shape | None:
    tx.run(LOCK).consume()
    tx.run(
        "MATCH (k:_Kind {name: $name}) SET k.columns = k.columns + k.pending, k.pending = [], k.text = k.words",
        name=name,
    ).consume()
    tx.run(GATE).consume()
    return shape(tx.run("MATCH (k:_Kind {name: $name}) RETURN properties(k)", name=name).single()[0])


def words(kind: Any, document: dict[str, Any]) -> dict[str, Any]:
    """Return what full text looks into; ``kind`` is a Kind or a Shape."""
    if not kind.text:
        return {}
    text = batch.folded_text(kind, document)
    return {"text": text} if len(text) * 4 <= LARGEST_TEXT or len(text.encode()) <= LARGEST_TEXT else {"huge": 1}


# the schema ----------------------------------------------------------------------------------------------------------
def known() -> int:
    """Return the newest schema this programme knows."""
    from cmdb.stores.neo4j.migrations import STEPS

    return len(STEPS)


def check_server(database: Database, agent: str) -> None:
    """
    Refuse a server that is too old; ``agent`` is such as ``Neo4j/5.26.29``.

    Raises:
        StoreRefused: it is.
    """
    number = agent.partition("/")[2]
    parts = [int(part) for part in number.split(".")[:2] if part.isdigit()]
    if len(parts) == 2 and tuple(parts) < LOWEST_SERVER:
        cause = f"it is Neo4j {number}; at least {'.'.join(map(str, LOWEST_SERVER))} is needed"
        raise StoreRefused(store=database.address, cause=cause)


def recognise(database: Database) -> int:
    """
    Return the schema of the database, 0 for an empty one that is about to become a store.

    Raises:
        NotAStore: it holds something else.
        SchemaTooNew: a later programme wrote it.
    """
    found, empty = database.read(_version)
    if found is None and not empty:
        raise NotAStore(store=database.address, cause=f"database {database.name} holds something else")
    if found is not None and found > known():
        raise SchemaTooNew(found=found, known=known())
    return found or 0


def _version(tx: Any) -> tuple[int | None, bool]:
    """
    Return the schema, or None, and whether nothing at all was there a moment before.

    Every statement sees what is committed when it begins, and a store's schema is the first node it gets. So emptiness
    is asked first: what another process begins in between then reads as a store, never as something else.
    """
    (empty,) = tx.run("RETURN NOT EXISTS { MATCH () }").single()
    (found,) = tx.run("OPTIONAL MATCH (s:_Schema) RETURN s.version").single()
    return found, empty


def migrate(database: Database, steps: tuple[Callable[[Database], None], ...] | None = None) -> int:
    """
    Bring the database to the newest schema and return its number.

    A step may be interrupted and is then taken again, so each is made to be. One process takes it, others wait.

    Raises:
        SchemaTooNew: a later programme wrote it.
    """
    if steps is None:
        from cmdb.stores.neo4j import migrations

        steps = migrations.STEPS
    if recognise(database) == 0:
        create(database, {"_Schema": f"CONSTRAINT {_PLACE} IF NOT EXISTS FOR (n:_Schema) REQUIRE n.one IS UNIQUE"})
    me, deadline = uuid.uuid4().hex, time.monotonic() + database.patience
    while True:
        found, mine = database.surely(lambda tx: _turn(tx, me))
        if found > len(steps):
            raise SchemaTooNew(found=found, known=len(steps))
        if found == len(steps):
            return found
        if mine:
            steps[found](database)
            database.surely(lambda tx: _moved(tx, me, found))  # noqa: B023
            deadline = time.monotonic() + database.patience
        elif time.monotonic() > deadline:
            raise StoreBusy(seconds=database.patience)
        else:
            time.sleep(_PAUSE)


def _turn(tx: Any, me: str) -> tuple[int, bool]:
    tx.run("MERGE (s:_Schema {one: 1}) ON CREATE SET s.version = 0 SET s:_Schema").consume()
    now = "datetime.realtime().epochMillis"
    row = tx.run(
        f"MATCH (s:_Schema) RETURN s.version, coalesce(s.until, 0) <= {now} OR s.holder = $me, s.until",
        me=me,
    ).single()
    if row[1]:
        tx.run(f"MATCH (s:_Schema) SET s.holder = $me, s.until = {now} + {_LOCK_MILLIS}", me=me).consume()
    return row[0], row[1]


def _moved(tx: Any, me: str, found: int) -> None:
    tx.run(
        "MATCH (s:_Schema {one: 1}) SET s:_Schema WITH s WHERE s.holder = $me AND s.version = $found"
        " SET s.version = $found + 1, s.until = 0",
        me=me,
        found=found,
    ).consume()
