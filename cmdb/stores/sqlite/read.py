"""Reading documents: by key, by filter, by words, by neighbourhood, and their past."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from cmdb.chain import canonical
from cmdb.errors import NotFound
from cmdb.model.kind import Kind
from cmdb.ports.store import Direction, Filter, Page, Past, Stored
from cmdb.stores import batch
from cmdb.stores.batch import is_text
from cmdb.stores.retention import Retention, retention_of
from cmdb.stores.sqlite import schema
from cmdb.stores.sqlite.connection import Database
from cmdb.stores.sqlite.fields import decoded, encoded
from cmdb.stores.sqlite.schema import Shape
from cmdb.stores.sqlite.select import Condition, Selection, all_of, expression

_STORED = "key, document, version, from_rev"
_KEYS_AT_ONCE = 500
_FEW = 5000
_GRAMS = 64
_LONG_WORD = 1000


class Reading:
    """The part of the store that reads documents."""

    _database: Database

    def get(self, kind: Kind[Any], key: str, *, at: int | None = None) -> Stored | None:
        """Return the document, or None."""
        return self.get_many(kind, (key,), at=at).get(key)

    def get_many(self, kind: Kind[Any], keys: Sequence[str], *, at: int | None = None) -> dict[str, Stored]:
        """Return those of the documents that are there, by key."""
        found = {}
        with self._shape(kind, at) as (connection, shape):
            rest = iter([key for key in dict.fromkeys(keys) if is_text(key)] if shape else ())
            while shape and (some := list(islice(rest, _KEYS_AT_ONCE))):
                among = (f"key IN ({','.join('?' * len(some))})", tuple(some))
                for row in connection.execute(*Selection(shape, at, (among,)).statement(_STORED)):
                    found[row[0]] = stored(row)
        return found

    def find(
        self,
        kind: Kind[Any],
        where: Sequence[Filter] = (),
        *,
        order: str | None = None,
        descending: bool = False,
        after: str | None = None,
        limit: int = 100,
        at: int | None = None,
    ) -> Page:
        """Return documents for which every filter holds, by key, or by the indexed field ``order`` and then key."""
        if order is not None and order not in kind.indexed:
            raise ValueError(f"{order} is not indexed in {kind.name}")
        place = batch.position(after, lengths=(1,) if order is None else (1, 2)) if after is not None else None
        with self._shape(kind, at) as (connection, shape):
            if shape is None:
                return Page(())
            selection = all_of(shape, where, at)
            if order is None:
                return _by_key(connection, selection, place, descending, limit)
            return _by_field(connection, selection, order, place, descending, limit)

    def count(self, kind: Kind[Any], where: Sequence[Filter] = (), *, at: int | None = None) -> int:
        """Return how many documents :meth:`find` would give in all."""
        with self._shape(kind, at) as (connection, shape):
            if shape is None:
                return 0
            if not where and at is None:
                return shape.living
            text, values = all_of(shape, where, at).statement("1")
            (count,) = connection.execute(f"SELECT count(*) FROM ({text})", values).fetchone()
            return int(count)

    def search(
        self, kind: Kind[Any], words: str, *, after: str | None = None, limit: int = 100, at: int | None = None
    ) -> Page:
        """Return the documents in whose text fields every word occurs, by key."""
        place = batch.position(after, lengths=(1,)) if after is not None else None
        wanted = batch.words_of(words)
        with self._shape(kind, at) as (connection, shape):
            if shape is None or not all(map(is_text, wanted)):
                return Page(())
            selection = Selection(shape, at)
            if place is not None:
                selection = selection.where(("key > ?", (place[0],)))
            rows = (
                row
                for row in _candidates(connection, kind, selection, wanted)
                if _holds_all(batch.folded_text(kind, row.document), wanted)
            )
            return page(list(islice(rows, limit + 1)), limit)

    def neighbours(
        self,
        key: str,
        direction: Direction,
        *,
        after: str | None = None,
        limit: int = 100,
        at: int | None = None,
    ) -> Page:
        """Return the relations in which the CI is the source ("out"), the target ("in") or either, by key."""
        from cmdb.model.relation import RELATIONS

        place = batch.position(after, lengths=(1,)) if after is not None else None
        out: Condition = ('"$.source" = ?', (key,))
        into: Condition = ('"$.target" = ?', (key,))
        # A relation of a CI with itself is one neighbour, not two.
        others: Condition = ('"$.target" = ? AND "$.source" <> ?', (key, key))
        either = {"out": (out,), "in": (into,), "both": (out, others)}[direction]
        with self._shape(RELATIONS, at) as (connection, shape):
            if shape is None or not is_text(key):
                return Page(())
            return _by_key(connection, Selection(shape, at, (), either), place, False, limit)

    def history(
        self, kind: Kind[Any], key: str, *, before: int | None = None, limit: int = 100, at: int | None = None
    ) -> tuple[Past, ...]:
        """Return the versions of a document, newest first, those below version ``before``; empty if never there."""
        with self._shape(kind, at) as (connection, shape):
            if shape is None or not is_text(key):
                return ()
            some = "key = :key AND (:at IS NULL OR from_rev <= :at) AND (:before IS NULL OR version < :before)"
            table, floor, kept = shape.table, *retention(connection)
            # What is still to be removed must not be seen.
            stays = "(to_rev > :floor OR among(:kept, from_rev, to_rev))" if floor else "1"
            former = "b.id = v.former AND (b.to_rev > :floor OR among(:kept, b.from_rev, b.to_rev))"
            former = former if floor else "b.id = v.former"
            rows = connection.execute(
                f"SELECT v.version, v.from_rev, r.at, r.actor, r.reason, b.document, v.document FROM"
                f" (SELECT * FROM {table} WHERE to_rev IS NULL AND {some} UNION ALL"
                f"  SELECT * FROM {table} WHERE to_rev IS NOT NULL AND {some} AND {stays}"
                "  ORDER BY version DESC LIMIT :limit) v"
                f" JOIN revision r ON r.number = v.from_rev LEFT JOIN {table} b ON {former}"
                " ORDER BY v.version DESC",
                {
                    "key": key,
                    "at": at,
                    "before": batch.version_below(before),
                    "limit": limit,
                    "floor": floor,
                    "kept": canonical(kept),
                },
            )
            return tuple(
                Past(
                    version,
                    made,
                    datetime.fromisoformat(moment),
                    actor,
                    reason,
                    batch.document(old),
                    batch.document(new),
                )
                for version, made, moment, actor, reason, old, new in rows
            )

    @contextmanager
    def _shape(self, kind: Kind[Any], at: int | None) -> Iterator[tuple[sqlite3.Connection, Shape | None]]:
        """One consistent state to read the kind in; ``at`` is there, or NotFound."""
        with self._database.reading() as connection:
            check_revision(connection, at)
            yield connection, schema.shape_of(connection, kind.name)


def newest_revision(connection: sqlite3.Connection) -> int:
    """Return the newest revision, 0 when there is none."""
    (number,) = connection.execute("SELECT revision FROM head").fetchone()
    return int(number)


def check_revision(connection: sqlite3.Connection, at: int | None) -> None:
    """
    Refuse to read as of a revision (None: the newest) that was not made yet, or of which not all is kept.

    Raises:
        NotFound, HistoryGone: as said.
    """
    if at is None:
        return
    if not 0 <= at <= newest_revision(connection):
        raise NotFound(kind="revision", ids=(str(at),))
    if at < floor(connection):
        retention(connection).refuse_gone(at)


def check_since(connection: sqlite3.Connection, since: int) -> None:
    """
    Refuse a revision above which the log is not whole, or that was not made yet.

    Raises:
        NotFound, HistoryGone: as said.
    """
    if not 0 <= since <= newest_revision(connection):
        raise NotFound(kind="revision", ids=(str(since),))
    Retention(floor(connection)).refuse_gap(since)


def floor(connection: sqlite3.Connection) -> int:
    """Return the oldest revision that is whole."""
    row = _of_baseline(connection, '"$.floor"')
    return int(row[0]) if row else 0


def retention(connection: sqlite3.Connection) -> Retention:
    """Return what is kept of the history."""
    return retention_of(baseline(connection))


def baseline(connection: sqlite3.Connection) -> Stored | None:
    """Return what was written when history was last let go."""
    row = _of_baseline(connection, _STORED)
    return stored(row) if row else None


def _of_baseline(connection: sqlite3.Connection, columns: str) -> tuple[Any, ...] | None:
    """Return columns of the baseline there is; most stores never had one, nor its table."""
    if connection.execute("SELECT 1 FROM kind WHERE name = 'baseline'").fetchone() is None:
        return None
    query = f"SELECT {columns} FROM doc_baseline WHERE key = 'baseline' AND to_rev IS NULL AND document IS NOT NULL"
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    return row


def stored(row: Sequence[Any]) -> Stored:
    """Return a row of key, document, version and revision as the port has it."""
    key, text, version, revision = row[:4]
    return Stored(key, batch.parse(text), version, revision)


def page(rows: list[Stored], limit: int) -> Page:
    """Return the first ``limit`` rows, and the way to the rest if there is one."""
    more = len(rows) > limit
    return Page(tuple(rows[:limit]), batch.cursor(rows[limit - 1].key) if more else None)


# pages by key and by field -------------------------------------------------------------------------------------------
def _by_key(
    connection: sqlite3.Connection, selection: Selection, place: list[Any] | None, descending: bool, limit: int
) -> Page:
    if place is not None:
        selection = selection.where(("key < ?" if descending else "key > ?", (place[-1],)))
    order = "1 DESC" if descending else "1"
    rows = connection.execute(*selection.statement(_STORED, order=order, limit=limit + 1))
    return page([stored(row) for row in rows], limit)


def _by_field(
    connection: sqlite3.Connection,
    selection: Selection,
    order: str,
    place: list[Any] | None,
    descending: bool,
    limit: int,
) -> Page:
    """First the documents that have the field, in its order, then those that lack it, by key."""
    value, given = expression(selection.shape, order)
    rows: list[tuple[Any, ...]] = []
    if place is None or len(place) == 2:
        having = selection.where((f"{value} IS NOT NULL", given))
        if place is not None:
            sign = "<" if descending else ">"
            last = encoded(place[0])
            having = having.where(
                (f"{value} {sign}= ? AND ({value} {sign} ? OR key {sign} ?)", (*given, last, *given, last, place[1]))
            )
        ways = "5 DESC, 1 DESC" if descending else "5, 1"
        columns = f"{_STORED}, {value}" if not given else f"{_STORED}, field(document, '{order}')"
        rows = connection.execute(*having.statement(columns, order=ways, limit=limit + 1)).fetchall()
    if len(rows) <= limit:
        lacking = selection.where((f"{value} IS NULL", given))
        if place is not None and len(place) == 1:
            lacking = lacking.where(("key < ?" if descending else "key > ?", (place[0],)))
        ways = "1 DESC" if descending else "1"
        rows += connection.execute(*lacking.statement(f"{_STORED}, NULL", order=ways, limit=limit + 1 - len(rows)))
    if len(rows) <= limit:
        return Page(tuple(map(stored, rows)))
    last_row = rows[limit - 1]
    position = (last_row[0],) if last_row[4] is None else (decoded(last_row[4]), last_row[0])
    return Page(tuple(map(stored, rows[:limit])), batch.cursor(*position))


# full text -----------------------------------------------------------------------------------------------------------
def _candidates(
    connection: sqlite3.Connection, kind: Kind[Any], selection: Selection, words: tuple[str, ...]
) -> Iterator[Stored]:
    """
    Yield, by key, documents among which are all that hold the words.

    Trigrams preselect; when they leave many, walking in the order of the key fills a page sooner than sorting them.
    """
    shape = selection.shape
    grams = dict.fromkeys(word[i : i + 3] for word in words for i in range(len(word) - 2))
    if grams and shape.text and shape.text == kind.text and schema.has_full_text():
        quoted = (gram.replace("\0", "\ufffd").replace('"', '""') for gram in islice(grams, _GRAMS))
        match = " AND ".join(f'"{gram}"' for gram in quoted)
        query = f"SELECT rowid FROM {shape.words} WHERE {shape.words} MATCH ?"
        few = [row for (row,) in connection.execute(f"{query} LIMIT ?", (match, _FEW + 1))]
        if len(few) <= _FEW:
            selection = selection.where((f"id IN ({','.join(map(str, few))})", ()))
        else:
            # A word that is everywhere fills a page from the first rows; only then are all matches worth gathering.
            last = ""
            for row in islice(connection.execute(*selection.statement(_STORED, order="1")), _FEW):
                last = row[0]
                yield stored(row)
            selection = selection.where(("key > ?", (last,)), (f"+id IN ({query})", (match,)))
    for word in words:
        if (likely := _likely(word)) is not None:
            selection = selection.where(likely)
    yield from map(stored, connection.execute(*selection.statement(_STORED, order="1")))


def _likely(word: str) -> Condition | None:
    """
    Return a condition that every document with the word meets, checked without parsing it.

    SQLite folds ASCII only, so a document with any other character passes.
    """
    if not word.isascii() or not word.isprintable() or len(word) > _LONG_WORD:
        return None
    pattern = word.replace("\\", "\\\\").replace('"', '\\"')
    for special in "!%_":
        pattern = pattern.replace(special, f"!{special}")
    return (
        "(document LIKE ? ESCAPE '!' OR document GLOB ?)",
        (f"%{pattern}%", "*[^\x01-\x7f]*"),
    )


def _holds_all(text: str, words: tuple[str, ...]) -> bool:
    return all(word in text for word in words)
