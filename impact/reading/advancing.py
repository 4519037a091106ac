"""
From the graph at one revision to that at another, later or earlier, by what the log says happened between.

The log holds of every document what it was and what it became, so the way back is the way forth with both exchanged.
What it does not hold is read from the store as of the target revision: the relations and groups of a CI that was
retired and takes part again, and what a change of the catalogue's defaults touches. Where that would take longer than
building the graph from a snapshot, or the log no longer reaches back, there is no such way and the caller is told so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from cmdb.model.ci import CIS
from cmdb.model.ci_class import CI_CLASSES
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document, Kind
from cmdb.model.relation import RELATIONS
from cmdb.model.relation_type import RELATION_TYPES
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Equals, Filter, OneOf, Store, Stored
from impact.reading.defaults import Defaults
from impact.reading.rows import SHOWN, group_facts, item_row, relation_row, takes_part

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph import Delta, Graph

A_REVISION, A_DOCUMENT = 50, 16
"""What walking over a revision and taking over a document cost, in rows that building a graph reads meanwhile."""

LEAST = 50_000
"""So many rows' worth is always walked."""

_CATALOGUE = frozenset((CI_CLASSES.name, RELATION_TYPES.name))
_AT_ONCE = 1000
_REHEARSED = 8

Changed = dict[str, tuple[Document | None, Document | None]]
"""By key what a document was and what it is."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What happened between two revisions, by kind and key; ``catalogue`` tells whether the catalogue was touched."""

    by_kind: dict[str, Changed] = field(default_factory=lambda: {name: {} for name in SHOWN})
    catalogue: bool = False

    def of(self, kind: Kind[Any]) -> Changed:
        return self.by_kind[kind.name]

    def __bool__(self) -> bool:
        return any(self.by_kind.values())


def rows_of(graph: Graph) -> int:
    """Return how many rows building such a graph reads."""
    return len(graph) + len(graph.targets) + len(graph.owners)


def walked(store: Store, since: int, until: int, *, rows: int) -> Walked | None:
    """
    Return what happened from ``since`` to ``until`` (which may be earlier), None where a graph is built sooner.

    ``rows`` is what building it reads. Raises as :meth:`cmdb.ports.store.Store.changes`, but for HistoryGone: None.
    """
    low, high = min(since, until), max(since, until)
    left = max(rows, LEAST) - A_REVISION * (high - low)
    if left < 0:
        return None
    by_kind: dict[str, Changed] = {name: {} for name in SHOWN}
    catalogue = False
    try:
        for revision in islice(store.changes(low, limit=high - low), high - low):
            left -= A_DOCUMENT * revision.size
            if left < 0:
                return None
            for entry in revision.entries:
                if entry.kind in SHOWN:
                    changed = by_kind[entry.kind]
                    before = changed[entry.key][0] if entry.key in changed else entry.before
                    changed[entry.key] = before, entry.after
                catalogue = catalogue or entry.kind in _CATALOGUE
    except HistoryGone:
        return None
    if since > until:
        by_kind = {kind: {key: (b, a) for key, (a, b) in changed.items()} for kind, changed in by_kind.items()}
    return Walked(by_kind, catalogue)


def rehearse(store: Store, graph: Graph, revision: int) -> None:
    """
    Ask once what following may have to ask, and leave the answers.

    A server plans a question when it first hears it, and that takes longer than many an answer; half a dozen of them in
    the first step after a change of the catalogue would show that step a second late.
    """
    ci = graph.ids[0] if len(graph) else ""
    of_types = OneOf("type", ("",))
    walked(store, max(0, revision - _REHEARSED), revision, rows=0)
    # What is the newest revision when a step begins often is not any more when it asks.
    for at in (revision, max(0, revision - 1)):
        with suppress(HistoryGone):
            store.neighbours(ci, "both", limit=1, at=at)
            store.find(GROUPS, [Equals("item", ci)], limit=1, at=at)
            store.get_many(CIS, [ci], at=at)
            store.count(RELATIONS, [of_types], at=at)
            store.find(RELATIONS, [of_types], limit=1, at=at)


def advanced(
    store: Store, graph: Graph, before: Defaults, after: Defaults, happened: Walked, *, revision: int
) -> Graph | None:
    """
    Return the graph at ``revision``, from the one before what happened; None where it must be built anew.

    ``before`` and ``after`` are the defaults the graph was read by, and is to be read by.
    """
    from impact.errors import MalformedSnapshot
    from impact.graph import spliced

    try:
        delta = _Reading(store, graph, before, after, happened, revision).delta()
        if delta is None:
            return None
        return spliced(graph, delta, revision=revision) if delta.size else replace(graph, revision=revision)
    except (HistoryGone, MalformedSnapshot):
        # If the estate makes no graph, building it from all its rows says what is wrong with all of it.
        return None


class _Reading:
    """One way from a graph to another."""

    def __init__(
        self, store: Store, graph: Graph, before: Defaults, after: Defaults, happened: Walked, revision: int
    ) -> None:
        self.store, self.graph, self.revision = store, graph, revision
        self.before, self.after, self.happened = before, after, happened
        self.items: dict[str, Any] = {}
        self.gone: list[Any] = []
        self.come: dict[str, Any] = {}
        self.groups: dict[tuple[str, str], tuple[int | str, str] | None] = {}
        self.left = max(rows_of(graph), LEAST) // A_DOCUMENT

    def delta(self) -> Delta | None:
        from impact.graph import Delta

        back = self._items()
        if not self._other_defaults_of_classes() or not self._other_defaults_of_types():
            return None
        self._relations()
        self._groups()
        for ci in back:
            self._take_back(ci)
        return Delta(items=self.items, gone=self.gone, come=list(self.come.values()), groups=self.groups)

    def _was_there(self, ci: str) -> bool:
        from bisect import bisect_left

        ids = self.graph.ids
        place = bisect_left(ids, ci)
        return place < len(ids) and ids[place] == ci

    def _is_there(self, ci: str) -> bool:
        return self.items[ci] is not None if ci in self.items else self._was_there(ci)

    def _items(self) -> list[str]:
        """Take over the CIs, and return those that were retired and take part again."""
        back = []
        for ci, (before, after) in sorted(self.happened.of(CIS).items()):
            if after is not None and takes_part(after):
                self.items[ci] = item_row(after, self.after)
                if before is not None and not takes_part(before):
                    back.append(ci)
            elif self._was_there(ci):
                self.items[ci] = None
        return back

    def _relations(self) -> None:
        for key, (before, after) in sorted(self.happened.of(RELATIONS).items()):
            if before is not None and self._was_there(before["source"]) and self._was_there(before["target"]):
                self.gone.append(relation_row(before, self.before))
            if after is not None:
                self._come(key, after)

    def _come(self, key: str, document: Document) -> None:
        if self._is_there(document["source"]) and self._is_there(document["target"]):
            self.come[key] = relation_row(document, self.after)

    def _groups(self) -> None:
        for before, after in self.happened.of(GROUPS).values():
            document = after or before
            if document is not None and self._is_there(document["item"]):
                facts = None if after is None else group_facts(after)
                self.groups[document["item"], document["name"]] = facts

    def _take_back(self, ci: str) -> None:
        """Take over the relations and groups of a CI that takes part again; they did not change, so no log has them."""
        after = None
        while True:
            page = self.store.neighbours(ci, "both", after=after, limit=_AT_ONCE, at=self.revision)
            for stored in page.rows:
                if stored.key not in self.happened.of(RELATIONS):
                    self._come(stored.key, stored.document)
            after = page.after
            if after is None:
                break
        for stored in self._found(GROUPS, Equals("item", ci)):
            if stored.key not in self.happened.of(GROUPS):
                self.groups[ci, stored.document["name"]] = group_facts(stored.document)

    # the catalogue ---------------------------------------------------------------------------------------------------
    def _other_defaults_of_classes(self) -> bool:
        """Read the CIs again whose class says something else now; return False where they are too many."""
        import numpy as np

        before, after = self.before.of_class, self.after.of_class
        codes = [code for code, name in enumerate(self.graph.classes) if before(name) != after(name)]
        if not codes:
            return True
        numbers = np.flatnonzero(np.isin(self.graph.class_codes, codes)).tolist()
        self.left -= len(numbers)
        if self.left < 0:
            return False
        cis = [ci for ci in self.graph.ids_of(numbers) if ci not in self.items]
        for ci, stored in sorted(self.store.get_many(CIS, cis, at=self.revision).items()):
            self.items[ci] = item_row(stored.document, self.after)
        return True

    def _other_defaults_of_types(self) -> bool:
        """Read the relations again whose type says something else now; return False where they are too many."""
        before, after = self.before.strength_of, self.after.strength_of
        types = tuple(
            kind for kind in sorted({*self.before.strengths, *self.after.strengths}) if before(kind) != after(kind)
        )
        if not types:
            return True
        of_types = OneOf("type", types)
        self.left -= self.store.count(RELATIONS, [of_types], at=self.revision)
        if self.left < 0:
            return False
        for stored in self._found(RELATIONS, of_types):
            document = stored.document
            if document.get("strength") or stored.key in self.happened.of(RELATIONS):
                continue
            if self._was_there(document["source"]) and self._was_there(document["target"]):
                self.gone.append(relation_row(document, self.before))
                self._come(stored.key, document)
        return True

    def _found(self, kind: Kind[Any], where: Filter) -> Iterator[Stored]:
        after = None
        while True:
            page = self.store.find(kind, [where], after=after, limit=_AT_ONCE, at=self.revision)
            yield from page.rows
            after = page.after
            if after is None:
                return
