"""Reading documents: by key, by filter, by words, by neighbourhood, and their past."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from cmdb.chain import canonical
from cmdb.model.kind import Kind
from cmdb.ports.store import Direction, Filter, Page, Past, Stored
from cmdb.stores import batch
from cmdb.stores.batch import is_text
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database, Head
from cmdb.stores.neo4j.filters import narrowed
from cmdb.stores.neo4j.ledger import (
    STORED,
    Half,
    Place,
    Seek,
    Walk,
    begin_of,
    check_revision,
    in_order,
    stored,
)
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.texts import NOTHING, TEXT, bounded, field_form, full, highest, is_long, lowest, quoted

_KEYS_AT_ONCE = 5000
_SIFTED = 200  # How many are read at once of which most may not hold.


class Reading:
    """The part of the store that reads documents."""

    _database: Database

    def get(self, kind: Kind[Any], key: str, *, at: int | None = None) -> Stored | None:
        """Return the document, or None."""
        return self.get_many(kind, (key,), at=at).get(key)

    def get_many(self, kind: Kind[Any], keys: Sequence[str], *, at: int | None = None) -> dict[str, Stored]:
        """Return those of the documents that are there, by key."""
        found: dict[str, Stored] = {}
        rest = iter([key for key in dict.fromkeys(keys) if is_text(key)])
        some = list(islice(rest, _KEYS_AT_ONCE))
        while True:
            at, there = by_keys(self._database, kind.name, list(map(bounded, some)), at)
            found.update((one.key, one) for one in there)
            if not (some := list(islice(rest, _KEYS_AT_ONCE))):
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
        if order is None:
            rows = self._by_key(kind, where, place[0] if place else None, descending, limit, at)
            return page(list(islice(rows, limit + 1)), limit)
        return self._by_field(kind, where, order, place, descending, limit, at)

    def count(self, kind: Kind[Any], where: Sequence[Filter] = (), *, at: int | None = None) -> int:
        """Return how many documents :meth:`find` would give in all."""
        if not where and at is None:
            shape = schema.shape(self._database.steady(kind.name).kind)
            return shape.living if shape else 0
        number = self._counted(kind, where, at)
        return number if number is not None else sum(1 for _ in self._by_key(kind, where, None, False, 5000, at))

    def search(
        self, kind: Kind[Any], words: str, *, after: str | None = None, limit: int = 100, at: int | None = None
    ) -> Page:
        """Return the documents in whose text fields every word occurs, by key."""
        place = batch.position(after, lengths=(1,)) if after is not None else None
        wanted = batch.words_of(words)
        if not all(map(is_text, wanted)):
            return Page(())

        at = check_revision(self._database.steady(), at)
        long = any(len(word) > 2 for word in wanted)
        begin, first = place[0] if place else None, max(limit + 1, _SIFTED)
        # What is too long for the index is looked through by itself.
        walks = [
            _keyed(Walk(self._database, kind.name, at, seek, STORED), begin, False, first)
            for seek in _word_seeks(kind, wanted, long)
        ]
        rows = (
            one
            for one in heapq.merge(*walks, key=lambda row: row.key)
            if _holds_all(batch.folded_text(kind, one.document), wanted)
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
        begin = place[0] if place else None
        head = self._database.steady(RELATIONS.name)
        at = check_revision(head, at)
        if not is_text(key):
            return Page(())
        wanted = {"key": TEXT + bounded(key)}
        out = Seek(("v.`$.source` = $key",), wanted, "$.source")
        into = Seek(("v.`$.target` = $key",), wanted, "$.target")
        # A relation of a CI with itself is one neighbour, not two.
        others = into.where("v.`$.source` <> $key")
        walks = [
            _keyed(Walk(self._database, RELATIONS.name, at, lambda _, seek=seek: seek, STORED), begin, False, limit + 1)  # type: ignore[misc]
            for seek in {"out": (out,), "in": (into,), "both": (out, others)}[direction]
        ]
        return page(list(islice(heapq.merge(*walks, key=lambda row: row.key), limit + 1)), limit)

    def history(
        self, kind: Kind[Any], key: str, *, before: int | None = None, limit: int = 100, at: int | None = None
    ) -> tuple[Past, ...]:
        """Return the versions of a document, newest first, those below version ``before``; empty if never there."""
        if not is_text(key):
            check_revision(self._database.steady(), at)
            return ()
        rows = _versions(self._database, kind.name, key, batch.version_below(before), limit + 1, at)
        headers = self._database.read(lambda tx: _headers(tx, [row[1] for row in rows[:limit]]))
        past = []
        for place, (version, revision, body) in enumerate(rows[:limit]):
            older = rows[place + 1] if place + 1 < len(rows) else None
            old = older[2] if older and older[0] == version - 1 else None
            moment, actor, reason = headers[revision]
            made = datetime.fromisoformat(moment)
            past.append(Past(version, revision, made, actor, reason, batch.document(old), batch.document(body)))
        return tuple(past)

    # pages -----------------------------------------------------------------------------------------------------------
    def _by_key(
        self,
        kind: Kind[Any],
        where: Sequence[Filter],
        after: str | None,
        descending: bool,
        limit: int,
        at: int | None,
    ) -> Iterator[Stored]:
        walk = Walk(self._database, kind.name, at, _seek(where, None, descending), STORED)
        first = limit + 1 if not where else max(limit + 1, _SIFTED)
        for one in _keyed(walk, after, descending, first):
            if all(batch.holds(filter_, one.document) for filter_ in where):
                yield one

    def _by_field(
        self,
        kind: Kind[Any],
        where: Sequence[Filter],
        order: str,
        place: list[Any] | None,
        descending: bool,
        limit: int,
        at: int | None,
    ) -> Page:
        """First the documents that have the field, in its order, then those that lack it, by key."""
        head = self._database.steady(kind.name)
        at, shape = check_revision(head, at), schema.shape(head.kind)
        if shape is None:
            return Page(())
        rows: list[Stored] = []
        if place is None or len(place) == 2:
            if shape.sorts(order):
                having = self._having(kind, where, order, place, descending, limit, at)
            else:
                having = self._having_unsorted(kind, where, order, place, descending, at)
            rows = list(islice(having, limit + 1))
        if len(rows) <= limit:
            after = place[0] if place is not None and len(place) == 1 else None
            lacking = self._lacking(kind, where, order, after, descending, limit, at)
            rows += islice(lacking, limit + 1 - len(rows))
        if len(rows) <= limit:
            return Page(tuple(rows))
        last = rows[limit - 1]
        value = batch.dig(last.document, order)
        position = (last.key,) if value is None else (value, last.key)
        return Page(tuple(rows[:limit]), batch.cursor(*position))

    def _having(
        self,
        kind: Kind[Any],
        where: Sequence[Filter],
        order: str,
        place: list[Any] | None,
        descending: bool,
        limit: int,
        at: int,
    ) -> Iterator[Stored]:
        walk = Walk(self._database, kind.name, at, _seek(where, order, descending), STORED)
        first = limit + 1 if not where else max(limit + 1, _SIFTED)
        rows = walk.rows(_place_of(place, descending) if place else None, first)
        for row in in_order(
            rows, lambda row: _sorting(batch.dig(batch.parse(row.values[0]), order)), descending=descending
        ):
            one = stored(row)
            if not all(batch.holds(filter_, one.document) for filter_ in where):
                continue
            if place is None or _is_behind(one, order, place, descending):
                yield one

    def _having_unsorted(
        self,
        kind: Kind[Any],
        where: Sequence[Filter],
        order: str,
        place: list[Any] | None,
        descending: bool,
        at: int,
    ) -> Iterator[Stored]:
        """A newer programme asks for an order that no index has yet: all are read and sorted."""
        rows = [
            one
            for one in self._by_key(kind, where, None, False, 5000, at)
            if batch.dig(one.document, order) is not None
            and (place is None or _is_behind(one, order, place, descending))
        ]
        rows.sort(key=lambda one: (_sorting(batch.dig(one.document, order)), one.key), reverse=descending)
        return iter(rows)

    def _lacking(
        self,
        kind: Kind[Any],
        where: Sequence[Filter],
        order: str,
        after: str | None,
        descending: bool,
        limit: int,
        at: int,
    ) -> Iterator[Stored]:
        seek = _seek(where, None, descending)
        column = f"$.{order}"

        def without(shape: Shape) -> Seek:
            if not shape.sorts(order):
                return seek(shape)
            return seek(shape)._replace(begin=column).where(f"v.{quoted(column)} = '{NOTHING}'")

        walk = Walk(self._database, kind.name, at, without, STORED)
        for one in _keyed(walk, after, descending, max(limit + 1, _SIFTED)):
            if batch.dig(one.document, order) is None and all(batch.holds(f, one.document) for f in where):
                yield one

    def _counted(self, kind: Kind[Any], where: Sequence[Filter], at: int | None) -> int | None:
        """Return the count where the store can tell it alone."""
        exact = True
        place: dict[str, Any] = {}

        def ask(tx: Any, head: Head, closed: bool) -> int:
            nonlocal exact
            place.setdefault("at", check_revision(head, at))
            shape = schema.shape(head.kind)
            if shape is None:
                return 0
            seek, exact = narrowed(Seek(), shape, where)
            if not exact:
                return 0
            half = Half(shape, closed, recent=place["at"] == head.revision)
            statement = half.counting(seek)
            return int(tx.run(statement, {**seek.values, "at": place["at"]}).single()[0])

        def closed(tx: Any, head: Head, _: int) -> int | None:
            number = ask(tx, head, True)
            # Nothing may move between the two, or it would be counted twice.
            return number if self._database.head(tx).seq == head.seq else None

        _, some, more = self._database.exact(kind.name, lambda tx, head: ask(tx, head, False), closed)
        return some + more if exact and more is not None else None


def page(rows: list[Stored], limit: int) -> Page:
    """Return the first ``limit`` rows, and the way to the rest if there is one."""
    more = len(rows) > limit
    return Page(tuple(rows[:limit]), batch.cursor(rows[limit - 1].key) if more else None)


# by key --------------------------------------------------------------------------------------------------------------
def by_keys(database: Database, name: str, forms: list[str], at: int | None) -> tuple[int, list[Stored]]:
    """Return the revision that was read as of, and the documents of these keys (as forms) that are there."""
    columns = "v.k, v.key, v.body, v.version, v.from"

    def opened(tx: Any, head: Head) -> Any:
        revision, shape = check_revision(head, at), schema.shape(head.kind)
        if shape is None or not forms:
            return revision, []
        query = f"UNWIND $keys AS k MATCH (v:{shape.open} {{k: k}}) WHERE v.from <= $at RETURN {columns}"
        return revision, [row.values() for row in tx.run(query, keys=forms, at=revision)]

    def closed(tx: Any, head: Head, found: Any) -> list[Any]:
        revision, rows = found
        shape, seen = schema.shape(head.kind), {row[0] for row in rows}
        rest = [form for form in forms if form not in seen]
        if shape is None or not rest:
            return []
        query = (
            f"UNWIND $keys AS k MATCH (v:{shape.closed}) USING INDEX v:{shape.closed}(k, to, from)"
            f" WHERE v.k = k AND v.to > $at AND v.from <= $at RETURN {columns}"
        )
        return [row.values() for row in tx.run(query, keys=rest, at=revision)]

    _, (revision, rows), more = database.exact(name, opened, closed)
    return revision, [
        Stored(full(k, key), batch.parse(body), version, made)
        for k, key, body, version, made in (*rows, *more)
        if body is not None
    ]


def _keyed(walk: Walk, after: str | None, descending: bool, first: int) -> Iterator[Stored]:
    """Yield documents in the order of their keys, those behind ``after``."""
    place = begin_of(after, descending) if after is not None else None
    for row in in_order(walk.rows(place, first), lambda _: 0, descending=descending):
        if after is not None and (row.key >= after if descending else row.key <= after):
            continue
        yield stored(row)


def _seek(where: Sequence[Filter], order: str | None, descending: bool) -> Callable[[Shape], Seek]:
    column = None if order is None else f"$.{order}"

    def seek(shape: Shape) -> Seek:
        first = Seek(order=column, descending=descending)
        if column is not None:
            first = first.where(f"v.{quoted(column)} < '{NOTHING}'")
        return narrowed(first, shape, where)[0]

    return seek


# by a field ----------------------------------------------------------------------------------------------------------
def _sorting(value: Any) -> tuple[int, Any]:
    """Return what orders the values of a field: numbers before texts before all else."""
    if isinstance(value, str):
        return 1, value
    return (0, value) if batch.is_number(value) else (2, canonical(value).decode("utf-8"))


def _place_of(place: list[Any], descending: bool) -> Place:
    value, key = place
    sign, text = _sorting(value)
    if sign and is_long(text):
        return Place(str(sign) + (highest(text) if descending else lowest(text)), "", inclusive=True)
    return begin_of(key, descending)._replace(form=field_form(value))


def _is_behind(one: Stored, order: str, place: list[Any], descending: bool) -> bool:
    mine, last = (_sorting(batch.dig(one.document, order)), one.key), (_sorting(place[0]), place[1])
    return mine < last if descending else mine > last


# full text -----------------------------------------------------------------------------------------------------------
def _word_seeks(kind: Kind[Any], words: Sequence[str], by_index: bool) -> list[Callable[[Shape], Seek]]:
    """Return the ways that together find all documents with the words, none twice."""

    def having(shape: Shape) -> Seek:
        if shape.text != kind.text:
            return Seek()
        found = Seek(text=by_index)
        for number, word in enumerate(words):
            either = f"v.text CONTAINS $w{number}"
            found = found.where(either if by_index else f"(v.huge = 1 OR {either})", **{f"w{number}": word})
        return found

    def huge(shape: Shape) -> Seek:
        return Seek(("v.huge = 1",), {}, "huge") if shape.text == kind.text else Seek(("v.version < 0",))

    return [having, huge] if by_index else [having]


def _holds_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


# history -------------------------------------------------------------------------------------------------------------
def _versions(
    database: Database, name: str, key: str, before: int | None, limit: int, at: int | None
) -> list[tuple[int, int, str | None]]:
    """Return (version, revision, body) of a document, newest first."""
    values: dict[str, Any] = {"k": bounded(key), "before": before, "limit": limit}
    some = "v.k = $k AND v.from <= $at AND ($before IS NULL OR v.version < $before)"
    columns = "RETURN v.version, v.from, v.body"

    def opened(tx: Any, head: Head) -> list[Any]:
        values["at"] = check_revision(head, at)
        shape = schema.shape(head.kind)
        if shape is None:
            return []
        return [tuple(row) for row in tx.run(f"MATCH (v:{shape.open}) WHERE {some} {columns}", values)]

    def closed(tx: Any, head: Head, _: Any) -> list[Any]:
        shape = schema.shape(head.kind)
        if shape is None:
            return []
        # What is still to be removed must not be seen.
        values.update(zip(("floor", "kept"), head.retention, strict=True))
        stays = "(v.to > $floor OR any(kept IN $kept WHERE kept >= v.from AND kept < v.to))"
        query = f"MATCH (v:{shape.closed}) WHERE {some} AND {stays} {columns} ORDER BY v.to DESC LIMIT $limit"
        return [tuple(row) for row in tx.run(query, values)]

    _, rows, more = database.exact(name, opened, closed)
    return sorted({row[0]: row for row in (*rows, *more)}.values(), reverse=True)[:limit]


def _headers(tx: Any, revisions: list[int]) -> dict[int, tuple[str, str, str]]:
    rows = tx.run(
        "MATCH (r:_Revision) WHERE r.number IN $numbers RETURN r.number, r.at, r.actor, r.reason",
        numbers=sorted(set(revisions)),
    )
    return {number: (at, actor, reason) for number, at, actor, reason in rows}
