"""
The one mapping between records and the store's documents, for any kind.

A field that has its default value is left out of the document, so documents stay small and an old one is complete when
a field is added later. Times are written in UTC (RFC 3339, ``Z``), enums by value, decimals as text, tuples as lists.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from cmdb.errors import ForeshockError, NotFound
from cmdb.model.kind import Document, Kind
from cmdb.ports.errors import OutcomeUnknown
from cmdb.ports.store import Applied, Compacted, Delete, Filter, Op, Put, Store, Stored, Unwritten
from cmdb.seen import acknowledge

T = TypeVar("T")


class Held(NamedTuple, Generic[T]):
    """A record as the store holds it: its version, and the revision that wrote this version."""

    record: T
    version: int
    revision: int


class Listing(NamedTuple, Generic[T]):
    """Some records of an answer; ``after`` continues it, None when there is no more."""

    rows: tuple[Held[T], ...]
    after: str | None


def to_document(kind: Kind[Any], record: Any) -> Document:
    """Return the document of a record of this kind."""
    document: Document = _plain(record)
    if kind.version > 1:
        document["format"] = kind.version
    return document


def to_json(kind: Kind[Any], record: Any) -> Document:
    """
    Return the JSON of a record as every door shows it: its document with all fields, also those at their default.

    A record that carries a hash is shown as its document is, because the hash covers those bytes.
    """
    document: Document = _plain(record, full="hash" not in {f.name for f in fields(kind.record)})
    return document


def from_document(kind: Kind[T], document: Mapping[str, Any]) -> T:
    """Return the record of a document, which may have been written in any earlier format of its kind."""
    current = dict(document)
    for version in range(current.pop("format", 1), kind.version):
        current = kind.upcast[version](current)
    record: T = _typed(kind.record, current)
    return record


class Records:
    """Reads and writes records of every kind in one store, for one actor."""

    def __init__(self, store: Store, *, actor: str, txn_ids: Iterator[str]) -> None:
        self._store = store
        self._actor = actor
        self._txn_ids = txn_ids
        self._unused: list[str] = []

    def held(self, kind: Kind[T], key: str, *, at: int | None = None) -> Held[T]:
        """
        Return the record with its version.

        Raises:
            NotFound: there is none under this key.
        """
        stored = self._store.get(kind, key, at=at)
        if stored is None:
            raise NotFound(kind=kind.name, ids=(key,))
        return _held(kind, stored)

    def get(self, kind: Kind[T], key: str, *, at: int | None = None) -> T:
        """Return the record; raises as :meth:`held`."""
        return self.held(kind, key, at=at).record

    def get_many(self, kind: Kind[T], keys: Sequence[str], *, at: int | None = None) -> dict[str, Held[T]]:
        """
        Return the records by key.

        Raises:
            NotFound: some are not there; all of them are named.
        """
        found = self._store.get_many(kind, keys, at=at)
        missing = tuple(dict.fromkeys(key for key in keys if key not in found))
        if missing:
            raise NotFound(kind=kind.name, ids=missing)
        return {key: _held(kind, stored) for key, stored in found.items()}

    def listing(
        self,
        kind: Kind[T],
        where: Sequence[Filter] = (),
        *,
        order: str | None = None,
        descending: bool = False,
        after: str | None = None,
        limit: int = 100,
        at: int | None = None,
    ) -> Listing[T]:
        """Return one page of the records for which every filter holds; see :meth:`cmdb.ports.store.Store.find`."""
        page = self._store.find(kind, where, order=order, descending=descending, after=after, limit=limit, at=at)
        return Listing(tuple(_held(kind, stored) for stored in page.rows), page.after)

    def find(self, kind: Kind[T], where: Sequence[Filter] = (), *, at: int | None = None) -> Iterator[T]:
        """Yield every record for which every filter holds, by key, page after page."""
        after = None
        while True:
            page = self.listing(kind, where, after=after, limit=1000, at=at)
            yield from (held.record for held in page.rows)
            if page.after is None:
                return
            after = page.after

    def put(
        self,
        kind: Kind[T],
        record: T,
        *,
        because: str,
        expected_version: int | None = None,
        claims: tuple[str, ...] = (),
        unwritten: Unwritten | None = None,
    ) -> Held[T]:
        """
        Write one record and return it as it was written; ``because`` is the tag of the act.

        Raises:
            NotFound: it refers to what is not there; all such ids are named.
            Whatever :meth:`cmdb.ports.store.Store.apply` refuses.
        """
        put = Put(kind, to_document(kind, record), expected_version, claims)
        applied = self.put_all([put], because=because, unwritten=unwritten)
        # Not the newest: somebody else may have changed or ended it since.
        return self.held(kind, kind.key(put.document), at=applied.revision)

    def put_all(self, puts: Sequence[Put], *, because: str, unwritten: Unwritten | None = None) -> Applied:
        """Write several records as one revision; raises as :meth:`put`."""
        self._refuse_dangling(puts)
        return self.apply(puts, because=because, unwritten=unwritten)

    def delete(self, kind: Kind[Any], key: str, *, because: str, expected_version: int | None = None) -> None:
        """End one record; its history stays."""
        self.apply([Delete(kind, key, expected_version)], because=because)

    def apply(self, ops: Iterable[Op], *, because: str, **more: Any) -> Applied:
        """
        Apply a batch in the actor's name; ``more`` goes to :meth:`cmdb.ports.store.Store.apply`.

        A refused batch wrote nothing, so its transaction id is that of the next one.
        """
        txn_id = self._unused.pop() if self._unused else next(self._txn_ids)
        try:
            applied = self._store.apply(ops, txn_id=txn_id, actor=self._actor, reason=because, **more)
        except OutcomeUnknown:
            raise
        except ForeshockError:
            self._unused.append(txn_id)
            raise
        acknowledge(self._store, self._actor, applied.revision)
        return applied

    def compact(self, floor: int, **more: Any) -> Compacted:
        """Let go of history in the actor's name; ``more`` goes to :meth:`cmdb.ports.store.Store.compact`."""
        return self._store.compact(floor, txn_id=next(self._txn_ids), actor=self._actor, **more)

    def _refuse_dangling(self, puts: Sequence[Put]) -> None:
        written = {(put.kind.name, put.kind.key(put.document)) for put in puts}
        wanted: dict[str, dict[str, None]] = {}
        for put in puts:
            foretold = put.kind.foretold(put.document) if put.kind.foretold else frozenset()
            for path, target in put.kind.refers_to.items():
                if path not in put.kind.ends:
                    named = _values(put.document, path.split("."))
                    ids = (i for i in named if (target, i) not in written and i not in foretold)
                    wanted.setdefault(target, {}).update(dict.fromkeys(ids))
        for target, asked in wanted.items():
            found = self._store.get_many(Kind(object, name=target), tuple(asked))
            missing = tuple(i for i in asked if i not in found)
            if missing:
                raise NotFound(kind=target, ids=missing)


def _held(kind: Kind[T], stored: Stored) -> Held[T]:
    return Held(from_document(kind, stored.document), stored.version, stored.revision)


def _values(value: Any, path: list[str]) -> Iterator[str]:
    """Yield every text at a dotted path; a list on the way, or at its end, counts with each of its entries."""
    if isinstance(value, list):
        for entry in value:
            yield from _values(entry, path)
    elif path:
        if isinstance(value, dict) and path[0] in value:
            yield from _values(value[path[0]], path[1:])
    elif value is not None:
        yield value


@cache
def _fields(record: Any) -> tuple[tuple[str, str, Any, Field[Any]], ...]:
    hints = get_type_hints(record)
    return tuple((f.name, f.metadata.get("json", f.name), hints[f.name], f) for f in fields(record))


def _default(f: Field[Any]) -> Any:
    if f.default_factory is not MISSING:
        return f.default_factory()
    return f.default


@cache
def _written(record: Any) -> tuple[tuple[str, str, Any], ...]:
    """Return name, key and default of each field; a default is a value that is compared and never changed."""
    return tuple((name, key, _default(f)) for name, key, _, f in _fields(record))


def _plain(value: Any, *, full: bool = False) -> Any:
    kind: Any = type(value)
    if kind is str or value is None or kind is int or kind is float or kind is bool:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        document = {}
        for name, key, default in _written(kind):
            held = getattr(value, name)
            # True == 1 in Python, so a default is only left out when the types agree as well.
            if full or default is MISSING or type(held) is not type(default) or held != default:
                document[key] = _plain(held, full=full)
        return document
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(v, full=full) for key, v in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [_plain(v, full=full) for v in (sorted(value) if isinstance(value, frozenset) else value)]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if _is_decimal(kind) else value


def _typed(hint: Any, value: Any) -> Any:
    """Return a JSON value as a record has it whose field is declared with this hint."""
    read = _reader(hint)
    return value if read is None or value is None else read(value)


@cache
def _reader(hint: Any) -> Callable[[Any], Any] | None:
    """Return what reads a JSON value other than null that is declared with this hint, None where it stands as it is."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        wanted = [h for h in get_args(hint) if h is not type(None)]
        return _reader(wanted[0]) if len(wanted) == 1 else None
    if origin is tuple:
        entry = get_args(hint)[0]
        return lambda value: tuple([_typed(entry, each) for each in value])
    if origin is not None:
        inner = get_args(hint)[1] if len(get_args(hint)) > 1 else Any
        return lambda value: (
            {key: _typed(inner, each) for key, each in value.items()} if isinstance(value, dict) else value
        )
    if not isinstance(hint, type):
        return None
    if is_dataclass(hint):
        return _record_reader(hint)
    if hint is datetime or hint is date:
        return hint.fromisoformat
    return hint if issubclass(hint, Enum) or _is_decimal(hint) else None


def _record_reader(record: Any) -> Callable[[Any], Any]:
    known = {key: (name, _reader(hint)) for name, key, hint, _ in _fields(record)}

    def read(value: Mapping[str, Any]) -> Any:
        given = {}
        for key, held in value.items():
            if key in known:
                name, reader = known[key]
                given[name] = held if reader is None or held is None else reader(held)
        return record(**given)

    return read


def _is_decimal(hint: type) -> bool:
    """Tell whether this is Decimal, without importing it: few kinds have one, and every command would pay."""
    return hint.__module__ == "decimal" and hint.__name__ == "Decimal"
