"""What the store already holds of the things an input names, read in batches; an empty store is not asked at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cmdb.context import Context
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.kind import Kind
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Stored

_AT_ONCE = 2_000


class Standing:
    """The store as an input finds it."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._filled = {kind.name: context.store.count(kind) > 0 for kind in (CIS, RELATIONS, GROUPS)}

    def has_any(self, kind: Kind[Any]) -> bool:
        """Tell whether anything of the kind is there."""
        return self._filled[kind.name]

    def of(self, kind: Kind[Any], keys: Sequence[str]) -> dict[str, Stored]:
        """Return those of the documents that are there, by key."""
        return self._store.get_many(kind, keys) if self._filled[kind.name] else {}

    def all_of(self, kind: Kind[Any], keys: Iterable[str]) -> dict[str, Stored]:
        """Return those of any number of documents that are there, by key."""
        found: dict[str, Stored] = {}
        waiting = list(keys) if self._filled[kind.name] else []
        for start in range(0, len(waiting), _AT_ONCE):
            found.update(self.of(kind, waiting[start : start + _AT_ONCE]))
        return found
