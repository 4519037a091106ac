"""The store as a plain dictionary for each revision: slow, and obviously right. The contract's oracle."""

from __future__ import annotations

import copy
from typing import Any

from cmdb.errors import NotFound
from cmdb.model.kind import Kind
from cmdb.ports.errors import (
    KeyChanged,
    MissingEndpoint,
    RepeatedKey,
    TransactionReused,
    UniqueViolation,
    VersionConflict,
)
from cmdb.ports.store import Between, Entry, Equals, Filter, Holds, OneOf, Op, Patch, Put, Stored

State = dict[tuple[str, str], Stored]


class PlainStore:
    """Holds the whole state after every revision, and every version of every document."""

    def __init__(self, kinds: list[Kind[Any]]) -> None:
        self.kinds = {kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.name)}
        self.states: list[State] = [{}]
        self.entries: list[list[Entry]] = [[]]
        self.claims: dict[str, tuple[str, str]] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.applied: dict[str, tuple[Any, int, int]] = {}

    @property
    def revision(self) -> int:
        return len(self.states) - 1

    # writing ---------------------------------------------------------------------------------------------------------
    def apply(self, ops: list[Op], txn_id: str) -> tuple[int, int, bool]:
        """Return (revision, changed, repeated) or raise what a store must raise."""
        said = repr(ops)
        if txn_id in self.applied:
            before, revision, changed = self.applied[txn_id]
            if before != said:
                raise TransactionReused(txn_id=txn_id, revision=revision)
            return revision, changed, True
        state, wanted = dict(self.states[-1]), []
        for kind in self.kinds.values():
            wanted += self._written(state, kind, [op for op in ops if op.kind is kind])
        if not wanted:
            self.applied[txn_id] = (said, self.revision, 0)
            return self.revision, 0, False
        self._judge_ends(state)
        self.claims = self._claimed(wanted)
        for entry, _ in wanted:
            self.versions[entry.kind, entry.key] = entry.version
        self.states.append(state)
        self.entries.append([entry for entry, _ in wanted])
        self.applied[txn_id] = (said, self.revision, len(wanted))
        return self.revision, len(wanted), False

    def _written(self, state: State, kind: Kind[Any], ops: list[Op]) -> list[tuple[Entry, tuple[str, ...]]]:
        """Write the ops of one kind into the state, by key; return its entries, each with what it claims."""
        found, missing, before = [], [], None
        for key, op in sorted(((key_of(op), op) for op in ops), key=lambda one: one[0]):
            if key == before:
                raise RepeatedKey(kind=kind.name, key=key)
            before, current = key, state.get((kind.name, key))
            actual = current.version if current else 0
            if op.expected is not None and op.expected != actual:
                raise VersionConflict(kind=kind.name, key=key, expected=op.expected, actual=actual)
            if current is None and not isinstance(op, Put):
                missing.append(key)
                continue
            held = {claim for claim, holder in self.claims.items() if holder == (kind.name, key)}
            after, claims = become(op, current, held)
            if after is not None and current is not None and same(after, current.document) and claims == held:
                continue
            version = self.versions.get((kind.name, key), 0) + 1
            found.append((Entry(kind.name, key, version, current and current.document, after), tuple(sorted(claims))))
            state.pop((kind.name, key), None)
            if after is not None:
                state[kind.name, key] = Stored(key, after, version, self.revision + 1)
        if missing:
            raise NotFound(kind=kind.name, ids=missing)
        return found

    def _claimed(self, wanted: list[tuple[Entry, tuple[str, ...]]]) -> dict[str, tuple[str, str]]:
        changed = {(entry.kind, entry.key) for entry, _ in wanted}
        kept = {(claim, (entry.kind, entry.key)) for entry, claimed in wanted for claim in claimed}
        claims = {c: holder for c, holder in self.claims.items() if holder not in changed or (c, holder) in kept}
        for entry, claimed in wanted:
            for claim in claimed:
                holder = claims.setdefault(claim, (entry.kind, entry.key))
                if holder != (entry.kind, entry.key):
                    raise UniqueViolation(claim=claim, holder=holder[1])
        return claims

    def _judge_ends(self, state: State) -> None:
        missing = []
        for (kind_name, key), stored in sorted(state.items()):
            for field in self.kinds[kind_name].ends:
                end = stored.document[field]
                if (self.kinds[kind_name].refers_to[field], end) not in state:
                    missing.append((kind_name, key, end))
        if missing:
            raise MissingEndpoint(ends=sorted(set(missing)), count=len(set(missing)))

    # reading ---------------------------------------------------------------------------------------------------------
    def living(self, kind: Kind[Any], at: int | None = None) -> list[Stored]:
        """All documents of a kind, by key."""
        state = self.states[-1 if at is None else at]
        return [stored for (name, _), stored in sorted(state.items(), key=lambda item: item[0]) if name == kind.name]

    def find(self, kind, where, order, descending, at=None) -> list[Stored]:
        """All documents for which every filter holds, in order."""
        found = [row for row in self.living(kind, at) if all(holds(one, row.document) for one in where)]
        if order is None:
            return found[::-1] if descending else found
        having = [row for row in found if reach(row.document, order) is not None]
        lacking = [row for row in found if reach(row.document, order) is None]
        having.sort(key=lambda row: (reach(row.document, order), row.key), reverse=descending)
        return having + (lacking[::-1] if descending else lacking)

    def search(self, kind, words, at=None) -> list[Stored]:
        """All documents in whose texts every word occurs."""
        return [
            row
            for row in self.living(kind, at)
            if all(
                any(
                    word.casefold() in text.casefold() for field in kind.text for text in texts(row.document.get(field))
                )
                for word in words.split()
            )
        ]

    def history(self, kind, key, at=None) -> list[tuple[int, Entry]]:
        """All versions of a document with their revisions, newest first."""
        last = self.revision if at is None else at
        found = [
            (number, entry)
            for number, entries in enumerate(self.entries[: last + 1])
            for entry in entries
            if (entry.kind, entry.key) == (kind.name, key)
        ]
        return found[::-1]


def key_of(op: Op) -> str:
    """The key an op names."""
    return op.kind.key(op.document) if isinstance(op, Put) else op.key


def become(op: Op, current: Stored | None, held: set[str]) -> tuple[Any, set[str]]:
    """What an op makes of a document and of its claims."""
    if isinstance(op, Put):
        return copy.deepcopy(op.document), set(op.claims)
    if isinstance(op, Patch) and current is not None:
        after = merged(copy.deepcopy(current.document), copy.deepcopy(op.changes))
        if (became := op.kind.key(after)) != op.key:
            raise KeyChanged(kind=op.kind.name, key=op.key, became=became)
        return after, held if op.claims is None else set(op.claims)
    return None, set()


def same(one: Any, other: Any) -> bool:
    """Equality in which true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def merged(document: Any, changes: Any) -> Any:
    """RFC 7396, after its pseudocode."""
    if not isinstance(changes, dict):
        return changes
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def reach(document: Any, path: str) -> Any:
    """What a dotted path leads to."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def holds(one: Filter, document: Any) -> bool:
    """Whether a filter holds."""
    value = reach(document, one.path)
    if isinstance(one, Equals):
        return same(value, one.value)
    if isinstance(one, OneOf):
        return any(same(value, wanted) for wanted in one.values)
    if isinstance(one, Holds):
        return isinstance(value, list) and any(same(item, one.value) for item in value)
    assert isinstance(one, Between)
    bounds = [bound for bound in (one.low, one.high) if bound is not None]
    kinds = str if isinstance(bounds[0], str) else int | float
    if not isinstance(value, kinds) or isinstance(value, bool):
        return False
    return (one.low is None or one.low <= value) and (one.high is None or value <= one.high)


def texts(value: Any) -> list[str]:
    """All texts and numbers within a value."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]
