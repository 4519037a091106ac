"""Walks over the versions of a kind: those that are seen as of one revision, in order, exactly and some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from cmdb.errors import NotFound
from cmdb.ports.store import Stored
from cmdb.stores import batch
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database, Head
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.texts import LENGTH, full, highest, is_long, lowest, plain, quoted

LARGEST = 5000


class Row(NamedTuple):
    """A version as it was read: its form, its key if that is long, what was asked for, and the form it is sorted by."""

    k: str
    kept: str | None
    values: tuple[Any, ...]
    form: str = ""

    @property
    def key(self) -> str:
        return full(self.k, self.kept)


class Seek(NamedTuple):
    """
    How to find versions: conditions that Cypher judges, their parameters, and which property's index to begin with.

    ``order`` is the sortable property they come by, before the key; None for the key alone.
    """

    conditions: tuple[str, ...] = ()
    values: dict[str, Any] = {}  # noqa: RUF012 (never altered)
    begin: str | None = None
    text: bool = False
    order: str | None = None
    descending: bool = False

    def where(self, condition: str, **values: Any) -> Seek:
        """Return the seek narrowed by one more condition."""
        return self._replace(conditions=(*self.conditions, condition), values={**self.values, **values})


class Place(NamedTuple):
    """Where a walk goes on: behind this form of the order, and this form of the key, or from there on."""

    form: str
    k: str
    inclusive: bool = False


def check_revision(head: Head, at: int | None) -> int:
    """
    Return the revision to read as of.

    Raises:
        NotFound: it was not made yet.
        HistoryGone: it was let go.
    """
    if at is None:
        return head.revision
    if not 0 <= at <= head.revision:
        raise NotFound(kind="revision", ids=(str(at),))
    head.retention.refuse_gone(at)
    return at


def check_since(head: Head, since: int) -> None:
    """
    Return if the log is whole above a revision.

    Raises:
        NotFound, HistoryGone: as said.
    """
    if not 0 <= since <= head.revision:
        raise NotFound(kind="revision", ids=(str(since),))
    head.retention.refuse_gap(since)


class Half(NamedTuple):
    """The open versions of a kind, or the closed ones; ``recent`` when those closed since are few."""

    shape: Shape
    closed: bool
    recent: bool = True

    def statement(self, seek: Seek, columns: str, place: Place | None, *, limited: bool, until: bool = False) -> str:
        """Return the statement that reads some of them in order."""
        label = self.shape.closed if self.closed else self.shape.open
        parts = [f"MATCH (v:{label})", self._hint(label, seek), "WHERE v.from <= $at"]
        conditions = ["v.to > $at"] if self.closed else []
        if place is None:
            # An index is only used where something is said about each of its properties.
            conditions.append("v.k >= ''")
        conditions += [_behind(seek, place)] if place is not None else []
        conditions += [_behind(seek, place, until=True)] if until else []
        conditions += ["v.k >= ''"] if seek.order and place is not None else []
        conditions += ["v.body IS NOT NULL", *seek.conditions]
        parts += [f"AND {one}" for one in conditions]
        names = [f"v.{quoted(seek.order)}"] if seek.order else []
        way = " DESC" if seek.descending else ""
        parts.append(f"RETURN v.k, v.key, {names[0] if names else repr('')}, {columns}")
        parts.append("ORDER BY " + ", ".join(f"{name}{way}" for name in (*names, "v.k")))
        if limited:
            parts.append("LIMIT $limit")
        return " ".join(parts)

    def counting(self, seek: Seek) -> str:
        """Return the statement that counts them."""
        label = self.shape.closed if self.closed else self.shape.open
        conditions = ["v.from <= $at", "v.body IS NOT NULL", *seek.conditions, *(["v.to > $at"] if self.closed else [])]
        return f"MATCH (v:{label}) WHERE {' AND '.join(conditions)} RETURN count(*)"

    def _hint(self, label: str, seek: Seek) -> str:
        if self.closed:
            if self.recent:
                return f"USING INDEX v:{label}(to)"
            if seek.begin and seek.begin[2:] in self.shape.ends:
                return f"USING INDEX v:{label}({quoted(seek.begin)}, k)"
            return f"USING INDEX v:{label}(k, to, from)"
        if seek.text:
            return f"USING TEXT INDEX v:{label}(text)"
        if seek.begin:
            return f"USING INDEX v:{label}({quoted(seek.begin)}, k)"
        if seek.order:
            return f"USING INDEX v:{label}({quoted(seek.order)}, k)"
        return f"USING INDEX v:{label}(k)"


def _behind(seek: Seek, place: Place | None, *, until: bool = False) -> str:
    """Return the condition that a version comes behind the place, or (``until``) not behind the end of a part."""
    sign = "<" if seek.descending != until else ">"
    name = "until" if until else "after"
    equal = "=" if until or (place is not None and place.inclusive) else ""
    key = f"v.k {sign}{equal} ${name}_k"
    if not seek.order:
        return key
    form = f"v.{quoted(seek.order)}"
    return f"{form} {sign}= ${name}_form AND ({form} {sign} ${name}_form OR {key})"


class Walk:
    """Reads the versions of a kind as of one revision; ``at`` None is the revision that is newest at the first look."""

    def __init__(
        self, database: Database, name: str, at: int | None, seek: Callable[[Shape], Seek], columns: str
    ) -> None:
        self.database = database
        self.name = name
        self.at = at
        self.revision: int | None = None
        self.shape: Shape | None = None
        self._seek = seek
        self._columns = columns

    def rows(self, place: Place | None, first: int, largest: int = LARGEST) -> Iterator[Row]:
        """Yield the versions behind ``place`` in the order of the forms; ``first`` at first, then more at once."""
        limit = first
        while True:
            opened, closed, seek = self._part(place, limit)
            ends = [rows[-1] for rows in (opened, closed) if len(rows) >= limit]
            merged = _merged(opened, closed, seek)
            if ends:
                # Behind the end of the shorter part the other is not yet known.
                last = (max if seek.descending else min)((row.form, row.k) for row in ends)
                merged = [row for row in merged if _within((row.form, row.k), last, seek.descending)]
            yield from merged
            if not ends:
                return
            place = Place(*last)
            limit = min(limit * 4, largest)

    def _part(self, place: Place | None, limit: int) -> tuple[list[Row], list[Row], Seek]:
        seek = Seek()

        def opened(tx: Any, head: Head) -> list[Row]:
            nonlocal seek
            self.revision = check_revision(head, self.at if self.revision is None else self.revision)
            self.shape = schema.shape(head.kind)
            if self.shape is None:
                return []
            seek = self._seek(self.shape)
            return self._read(tx, Half(self.shape, closed=False), seek, place, limit)

        def closed(tx: Any, head: Head, rows: list[Row]) -> list[Row]:
            if self.shape is None or self.revision is None:
                return []
            half = Half(self.shape, closed=True, recent=self.revision == head.revision)
            last = rows[-1] if len(rows) >= limit else None
            return self._read(tx, half, seek, place, limit, last)

        _, some, more = self.database.exact(self.name, opened, closed)
        return some, more, seek

    def _read(
        self, tx: Any, half: Half, seek: Seek, place: Place | None, limit: int, last: Row | None = None
    ) -> list[Row]:
        statement = half.statement(seek, self._columns, place, limited=True, until=last is not None)
        values = {**seek.values, "at": self.revision, "limit": limit}
        if place is not None:
            values |= {"after_form": place.form, "after_k": place.k}
        if last is not None:
            values |= {"until_form": last.form, "until_k": last.k}
        return [Row(k, key, tuple(rest), form) for k, key, form, *rest in tx.run(statement, values)]


def _merged(opened: list[Row], closed: list[Row], seek: Seek) -> list[Row]:
    """Return both in order, each key once: what was closed between the two is in both."""
    if not closed:
        return opened
    found = {row.k: row for row in opened}
    found.update((row.k, row) for row in closed)
    return sorted(found.values(), key=lambda row: (row.form, row.k), reverse=seek.descending)


def _within(one: tuple[str, str], last: tuple[str, str], descending: bool) -> bool:
    return one >= last if descending else one <= last


# exact order ---------------------------------------------------------------------------------------------------------
def begin_of(key: str, descending: bool) -> Place:
    """Return where a walk by key begins that is to pass ``key``: of a long key only the beginning is sorted exactly."""
    if is_long(key):
        return Place("", highest(key) if descending else lowest(key), inclusive=True)
    return Place("", lowest(key))


def in_order(rows: Iterable[Row], value: Callable[[Row], Any], *, descending: bool) -> Iterator[Row]:
    """Yield rows, that came by their forms, in the order of ``value`` of the field and of the key themselves."""

    def coarse(row: Row) -> tuple[str, str]:
        if len(row.form) > LENGTH and len(text := plain(row.form)) > LENGTH + 1:
            return text[: LENGTH + 1], ""
        return row.form, row.key[:LENGTH] if row.kept is not None else row.k

    for _, some in groupby(rows, key=coarse):
        run = list(some)
        if len(run) > 1:
            run.sort(key=lambda row: (value(row), row.key), reverse=descending)
        yield from run


def stored(row: Row) -> Stored:
    """Return a row of body, version and revision as the port has it."""
    body, version, revision = row.values[:3]
    return Stored(row.key, batch.parse(body), version, revision)


STORED = "v.body, v.version, v.from"
