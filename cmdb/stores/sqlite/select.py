"""Statements that read documents, now or as of a revision: filters, order and pages as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

from cmdb.chain import canonical
from cmdb.ports.store import Between, Equals, Filter, Holds, OneOf
from cmdb.stores import batch
from cmdb.stores.batch import is_text
from cmdb.stores.sqlite.fields import encoded
from cmdb.stores.sqlite.schema import Shape, column

Condition = tuple[str, tuple[Any, ...]]
_LOWEST = float("-inf")


class Selection(NamedTuple):
    """
    Which living documents of a kind to read, ``at`` a revision or now; ``either`` are conditions of which one holds.

    Now is one walk over the newest versions. As of a revision is two, the newest versions and the closed ones, merged
    in order; so each walk has an index to follow and stops at the limit.
    """

    shape: Shape
    at: int | None
    every: tuple[Condition, ...] = ()
    either: tuple[Condition, ...] = (("1", ()),)

    def where(self, *conditions: Condition) -> Selection:
        """Return the selection narrowed by more conditions."""
        return self._replace(every=self.every + conditions)

    def statement(self, columns: str, *, order: str = "", limit: int | None = None) -> tuple[str, list[Any]]:
        """Return the SQL text and its parameters; ``order`` names columns by number."""
        times: list[Condition] = [("to_rev IS NULL", ())]
        if self.at is not None:
            times = [
                ("to_rev IS NULL AND from_rev <= ?", (self.at,)),
                ("to_rev IS NOT NULL AND to_rev > ? AND from_rev <= ?", (self.at, self.at)),
            ]
        halves, values = [], []
        for time in times:
            for one in self.either:
                every = [time, one, *self.every, ("document IS NOT NULL", ())]
                text = " AND ".join(sql for sql, _ in every)
                halves.append(f"SELECT {columns} FROM {self.shape.table} WHERE {text}")
                values += [value for _, some in every for value in some]
        text = " UNION ALL ".join(halves)
        if order:
            text += f" ORDER BY {order}"
        if limit is not None:
            text += " LIMIT ?"
            values.append(limit)
        return text, values


def scan(shape: Shape, at: int, columns: str) -> tuple[str, list[Any]]:
    """
    Return the statement that reads all living documents as of a revision in one walk over the table, by key.

    It reads every version there is, but in their order on the disk; fetching each one by an index takes about twice as
    long while few have gone by for each that is read.
    """
    return (
        f"SELECT {columns} FROM {shape.table} NOT INDEXED WHERE from_rev <= ? AND (to_rev IS NULL OR to_rev > ?)"
        " AND document IS NOT NULL ORDER BY 1",
        [at, at],
    )


def condition(shape: Shape, filter_: Filter) -> Condition:
    """Return a filter as SQL; exactly what it says, with types told apart."""
    value, given = expression(shape, filter_.path)
    if isinstance(filter_, Equals):
        return _hinted(shape, filter_.path, (f"{value} = ?", (*given, _wanted(filter_.value))), filter_.value)
    if isinstance(filter_, Holds):
        return _hinted(shape, "", (f"holds({value}, ?)", (*given, _wanted(filter_.value))), filter_.value)
    if isinstance(filter_, OneOf):
        marks = ", ".join("?" * len(filter_.values))
        return f"{value} IN ({marks})", (*given, *map(_wanted, filter_.values))
    return _between(value, given, filter_)


def _wanted(value: Any) -> Any:
    """Return a value to compare with; text that is not Unicode equals nothing, and nothing equals NULL."""
    return None if isinstance(value, str) and not is_text(value) else encoded(value)


def expression(shape: Shape, path: str) -> Condition:
    """Return what gives a field's value: its column, or a look into the document."""
    if path in shape.paths:
        return column(path), ()
    return "field(document, ?)", (path,)


def _hinted(shape: Shape, path: str, condition: Condition, value: Any) -> Condition:
    """Let SQLite pass over documents in whose text the value does not occur, before any JSON is parsed."""
    if path in shape.paths:
        return condition
    if not isinstance(value, str | bool) or (isinstance(value, str) and not is_text(value)):
        return condition
    hint = quoted(value) if isinstance(value, str) else canonical(value).decode()
    return f"instr(document, ?) > 0 AND {condition[0]}", (hint, *condition[1])


def _between(value: str, given: tuple[Any, ...], filter_: Between) -> Condition:
    """SQLite orders numbers before texts before bytes, so each open side ends where the type does."""
    low, high = batch.bound(filter_.low), batch.bound(filter_.high)
    if low is None and high is None:
        return f"{value} IS NOT NULL", given
    if isinstance(low if low is not None else high, str):
        upper: Condition = (f"{value} <= ?", (high,)) if high is not None else (f"{value} < x''", ())
        return f"{value} >= ? AND {upper[0]}", (*given, low if low is not None else "", *given, *upper[1])
    upper = (f"{value} <= ?", (high,)) if high is not None else (f"{value} < ''", ())
    return f"{value} >= ? AND {upper[0]}", (*given, low if low is not None else _LOWEST, *given, *upper[1])


def all_of(shape: Shape, where: Sequence[Filter], at: int | None) -> Selection:
    """Return the selection of the documents for which every filter holds."""
    return Selection(shape, at).where(*[condition(shape, one) for one in where])
