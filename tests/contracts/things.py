"""Short ways to say what the contract tests write."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.kind import Kind
from cmdb.model.relation import RELATIONS, relation_key
from cmdb.ports.store import Applied, Fence, Op, Put, Unwritten

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Note:
    """A record of no meaning, with fields of every type."""

    id: str


NOTES = Kind(Note, name="note", indexed=("rank", "state", "made.at"), text=("title", "body"))


def write(
    store: Any,
    *ops: Op,
    txn_id: str | None = None,
    fence: Fence | None = None,
    unwritten: Unwritten | None = None,
) -> Applied:
    """Apply ops under a transaction id of their own."""
    txn_id = txn_id or f"test-{next(_numbers)}"
    return store.apply(ops, txn_id=txn_id, actor="role:tester", reason="test", fence=fence, unwritten=unwritten)


def ci(id_: str, *, expected: int | None = None, claims: tuple[str, ...] = (), **fields: Any) -> Put:
    """A server unless told otherwise."""
    return Put(CIS, {"id": id_, "class": "server", "name": id_, **fields}, expected, claims)


def relation(source: str, target: str, *, type_: str = "depends_on", expected: int | None = None, **fields: Any) -> Put:
    """A relation that depends."""
    return Put(RELATIONS, {"source": source, "type": type_, "target": target, **fields}, expected)


def group(item: str, name: str, needs: int = 1) -> Put:
    """A redundancy group."""
    return Put(GROUPS, {"item": item, "name": name, "needs": needs})


def note(id_: str, *, expected: int | None = None, claims: tuple[str, ...] = (), **fields: Any) -> Put:
    """A note."""
    return Put(NOTES, {"id": id_, **fields}, expected, claims)


def key_of(source: str, target: str, type_: str = "depends_on") -> str:
    """The key of :func:`relation`."""
    return relation_key({"source": source, "type": type_, "target": target})


def ids(page: Any) -> list[str]:
    """The keys of a page, in its order."""
    return [row.key for row in page.rows]


def every(ask: Any, *arguments: Any, limit: int = 2, **options: Any) -> list[str]:
    """Walk all pages of an answer and return the keys; no page but the last is short, none is empty without need."""
    keys: list[str] = []
    after = None
    while True:
        page = ask(*arguments, after=after, limit=limit, **options)
        keys += ids(page)
        after = page.after
        if after is None:
            return keys
        assert len(page.rows) == limit


def rows_of(state: Any, kind: Kind[Any], *paths: str) -> list[tuple[Any, ...]]:
    """What a snapshot has of a kind, a tuple for each document, out of the batches of columns."""
    return [row for columns in state.columns(kind, *paths) for row in zip(*columns, strict=True)]
