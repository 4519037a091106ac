"""
The tables of the kinds, and the way from one schema to the next.

Every kind has one table, ``doc_<kind>``: a row for each version of each document, never altered but for ``to_rev``.

    id        grows with the revisions; the rows of one revision stand together, in the order of the key
    key, version, from_rev, to_rev (NULL: the newest version), former (the id of the version before), claims
    "$.path"  a column for each promoted field: text and numbers as they are, all else as JSON bytes
    document  canonical JSON; NULL where the version ended the document

So the log is the table itself, "now" is ``to_rev IS NULL``, and "as of r" is ``from_rev <= r < to_rev``.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import cache
from typing import Any, NamedTuple

from cmdb.model.kind import Kind
from cmdb.ports.errors import NotAStore, SchemaTooNew
from cmdb.stores import batch
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.fields import encoded

_PLAIN = frozenset((type(None), str, int, float))
APPLICATION = 0x46534B31  # "FSK1", so that the file tells what it is.


class Shape(NamedTuple):
    """
    What the file knows of a kind.

    ``paths`` are promoted to columns and ``indexed`` are those with an index, ``ends`` maps each guarded field to the
    kind it refers to, ``text`` names the fields its full text index covers (none: there is no such index, or a process
    without FTS5 has written since), ``living`` counts its documents.
    """

    name: str
    paths: tuple[str, ...]
    ends: dict[str, str]
    text: tuple[str, ...]
    indexed: tuple[str, ...]
    living: int

    @property
    def table(self) -> str:
        return name_of(f"doc_{self.name}")

    @property
    def words(self) -> str:
        return name_of(f"text_{self.name}")

    @property
    def insertion(self) -> str:
        """The statement that adds a version: id, key, version, from_rev, former, claims, :meth:`values`, document."""
        columns = ["id", "key", "version", "from_rev", "former", "claims", *map(column, self.paths), "document"]
        return f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"

    def values(self, document: dict[str, Any] | None) -> tuple[Any, ...]:
        """Return what the promoted columns hold for a document."""
        if document is None:
            return (None,) * len(self.paths)
        values = tuple([batch.dig(document, path) if "." in path else document.get(path) for path in self.paths])
        return values if _PLAIN.issuperset(map(type, values)) else tuple(map(encoded, values))


def name_of(name: str) -> str:
    """Return an SQL name, quoted."""
    return '"' + name.replace('"', '""') + '"'


def column(path: str) -> str:
    """Return the name of a promoted column."""
    return name_of(f"$.{path}")


# kinds ---------------------------------------------------------------------------------------------------------------
def shape_of(connection: sqlite3.Connection, name: str) -> Shape | None:
    """Return the shape of a kind, None when nothing of it was ever written."""
    row = connection.execute("SELECT paths, ends, text, indexed, living FROM kind WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    paths, ends, text, indexed = map(json.loads, row[:4])
    return Shape(name, tuple(paths), ends, tuple(text), tuple(indexed), row[4])


def shapes(connection: sqlite3.Connection) -> list[Shape]:
    """Return the shapes of all kinds, by name."""
    names = [name for (name,) in connection.execute("SELECT name FROM kind ORDER BY name")]
    return [shape for name in names if (shape := shape_of(connection, name))]


def prepared(connection: sqlite3.Connection, kind: Kind[Any]) -> Shape:
    """Return the shape of a kind that is about to be written; its table is made, or brought to what the kind says."""
    old = shape_of(connection, kind.name)
    text = kind.text if has_full_text() else ()
    paths = batch.promoted(kind)
    ends = {field: kind.refers_to[field] for field in kind.ends}
    if old and {*paths} <= {*old.paths} and {*kind.indexed} <= {*old.indexed} and (old.ends, old.text) == (ends, text):
        return old
    added = [path for path in paths if old is None or path not in old.paths]
    shape = Shape(
        kind.name,
        (*(old.paths if old else ()), *added),
        ends,
        text,
        tuple(dict.fromkeys((*(old.indexed if old else ()), *kind.indexed))),
        old.living if old else 0,
    )
    if old is None:
        _create(connection, shape)
        build_indexes(connection, shape)
    else:
        _widen(connection, shape, added)
    _remember(connection, shape)
    if old is None or old.text != shape.text:
        index_words(connection, shape)
    return shape


def adopted(connection: sqlite3.Connection, wanted: Shape) -> Shape:
    """
    Return the shape of a kind as another store has it, which is about to be loaded.

    A table that is new has the one index that loading needs; :func:`build_indexes` and :func:`index_words` follow when
    all is in place.
    """
    old = shape_of(connection, wanted.name)
    shape = wanted._replace(text=wanted.text if has_full_text() else (), living=old.living if old else 0)
    if old is None:
        _create(connection, shape)
        connection.execute(f"CREATE {indexes(shape)[f'{shape.name} newest']}")
    elif added := [path for path in shape.paths if path not in old.paths]:
        shape = shape._replace(paths=(*old.paths, *added))
        _widen(connection, shape, added)
    _remember(connection, shape)
    return shape


def _remember(connection: sqlite3.Connection, shape: Shape) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO kind VALUES (?, ?, ?, ?, ?, ?)",
        (shape.name, *map(json.dumps, (shape.paths, shape.ends, shape.text, shape.indexed)), shape.living),
    )


def _create(connection: sqlite3.Connection, shape: Shape) -> None:
    columns = "".join(f", {column(path)}" for path in shape.paths)
    connection.execute(
        f"CREATE TABLE {shape.table} (id INTEGER PRIMARY KEY, key TEXT NOT NULL, version INTEGER NOT NULL,"
        f" from_rev INTEGER NOT NULL, to_rev INTEGER, former INTEGER, claims TEXT{columns}, document TEXT)"
    )


def _widen(connection: sqlite3.Connection, shape: Shape, added: list[str]) -> None:
    """Give the table the columns a newer programme wants, filled for all versions."""
    for path in added:
        connection.execute(f"ALTER TABLE {shape.table} ADD COLUMN {column(path)}")
        connection.execute(
            f"UPDATE {shape.table} SET {column(path)} = field(document, ?) WHERE document IS NOT NULL", (path,)
        )
    drop_indexes(connection, shape)
    build_indexes(connection, shape)


def indexes(shape: Shape) -> dict[str, str]:
    """
    Return the statements that make the indexes of a kind, by the index's name.

    ``to_rev`` is NULL throughout an index of newest versions and costs a byte; with it the index covers more questions.
    In that of the closed ones it tells which were alive at a revision, without a look at each row.
    """
    newest, closed = "WHERE to_rev IS NULL", "WHERE to_rev IS NOT NULL"
    made = {
        "newest": f"UNIQUE INDEX {{}} ON {shape.table} (key) {newest}",
        "closed": f"UNIQUE INDEX {{}} ON {shape.table} (key, from_rev, version, to_rev) {closed}",
    }
    for path in dict.fromkeys((*shape.indexed, *shape.ends)):
        made[f"newest {path}"] = f"INDEX {{}} ON {shape.table} ({column(path)}, key, to_rev) {newest}"
    for path in shape.ends:
        made[f"closed {path}"] = f"INDEX {{}} ON {shape.table} ({column(path)}, key) {closed}"
    return {f"{shape.name} {name}": sql.format(name_of(f"{shape.name} {name}")) for name, sql in made.items()}


def build_indexes(connection: sqlite3.Connection, shape: Shape) -> None:
    """Make the indexes of a kind."""
    for statement in indexes(shape).values():
        connection.execute(f"CREATE {statement}")


def drop_indexes(connection: sqlite3.Connection, shape: Shape) -> None:
    """Drop the indexes of a kind."""
    for name in indexes(shape):
        connection.execute(f"DROP INDEX IF EXISTS {name_of(name)}")


# full text -----------------------------------------------------------------------------------------------------------
@cache
def has_full_text() -> bool:
    """Tell whether this SQLite has FTS5 with trigrams; where it has not, searching reads the documents."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(words, tokenize='trigram')")
        except sqlite3.Error:
            return False
    return True


def index_words(connection: sqlite3.Connection, shape: Shape) -> None:
    """Make the full text index of a kind anew."""
    if not shape.text:
        return
    connection.execute(f"DROP TABLE IF EXISTS {shape.words}")
    connection.execute(
        f"CREATE VIRTUAL TABLE {shape.words} USING fts5(words, content='', columnsize=0, detail=none,"
        " tokenize='trigram case_sensitive 1')"
    )
    rows = connection.execute(f"SELECT id, document FROM {shape.table} WHERE document IS NOT NULL ORDER BY id")
    connection.executemany(
        f"INSERT INTO {shape.words} (rowid, words) VALUES (?, ?)",
        ((row, words(shape, batch.parse(document))) for row, document in rows),
    )


def words(fields: Kind[Any] | Shape, document: dict[str, Any]) -> str:
    """Return what the full text index gets: FTS5 ends a text at NUL, so another character stands for it."""
    kind = Kind(object, name=fields.name, text=fields.text) if isinstance(fields, Shape) else fields
    return batch.folded_text(kind, document).replace("\0", "\ufffd")


# the schema ----------------------------------------------------------------------------------------------------------
def known() -> int:
    """Return the newest schema this programme knows."""
    from cmdb.stores.sqlite.migrations import STEPS

    return len(STEPS)


def migrate(database: Database, steps: tuple[Any, ...] | None = None) -> int:
    """
    Bring the file to the newest schema and return its number.

    Raises:
        SchemaTooNew: a later programme wrote it.
    """
    if steps is None:
        from cmdb.stores.sqlite import migrations

        steps = migrations.STEPS
    while True:
        with database.writing(loading=True) as connection:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found > len(steps):
                raise SchemaTooNew(found=found, known=len(steps))
            if found == len(steps):
                return int(found)
            steps[found](connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {found + 1}")


def recognise(connection: sqlite3.Connection, database: Database, *, create: bool) -> int:
    """
    Return the schema of an opened file, 0 for an empty one that is about to become a store.

    Raises:
        NotAStore: it is some other database, or empty where no store shall be made.
        SchemaTooNew: a later programme wrote it.
    """
    # As one state: another process may be making a store of this file between the questions.
    connection.execute("BEGIN")
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.execute("ROLLBACK")
    if application == APPLICATION:
        if found > known():
            raise SchemaTooNew(found=found, known=known())
        return int(found)
    if tables:
        raise NotAStore(store=str(database.path), cause="it is a database of something else")
    if not create:
        raise NotAStore(store=str(database.path), cause="it is empty")
    return 0
