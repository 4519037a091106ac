"""
The graph of the estate at any revision, built from a snapshot of the store and kept while nothing it shows has changed.

One process keeps a few graphs for each store. A graph serves every revision between which neither CIs nor relations nor
groups changed: recording a change or a decision costs no new graph. What the catalogue says is part of the question, so
a new class or strength gives another graph. May be asked by any number of threads; who finds a graph never waits for
one that is being built.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS, Strength
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Snapshot, Store
from impact.reading.defaults import Defaults

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph import Graph
    from impact.graph.rows import GroupRow, ItemRow, RelationRow

KEPT = 3
"""Graphs kept for each store: the newest, and those an assessment or two are replayed on."""

REVISIONS_WALKED = 20_000
"""Across more revisions than this the log is not searched for changes of the estate; the graph is built anew."""

_SHOWN = frozenset(kind.name for kind in (CIS, RELATIONS, GROUPS))


@dataclass(slots=True)
class _Kept:
    """A graph, and the revisions (first and last) at which the estate is known to be as it shows."""

    defaults: str
    first: int
    last: int
    graph: Graph


class _Shelf:
    """The graphs of one store, the least recently asked first."""

    def __init__(self) -> None:
        self.kept: list[_Kept] = []
        self.touching = Lock()
        self.building = Lock()

    def find(self, defaults: str, revision: int) -> Graph | None:
        """Return the graph that is known to hold at the revision."""
        with self.touching:
            for kept in self.kept:
                if kept.defaults == defaults and kept.first <= revision <= kept.last:
                    self.kept.remove(kept)
                    self.kept.append(kept)
                    return kept.graph
        return None

    def nearest(self, defaults: str, revision: int) -> _Kept | None:
        """Return the kept graph whose revisions lie nearest to this one."""
        with self.touching:
            alike = [kept for kept in self.kept if kept.defaults == defaults]
        return min(alike, key=lambda kept: max(kept.first - revision, revision - kept.last), default=None)

    def stretch(self, kept: _Kept, revision: int) -> None:
        with self.touching:
            kept.first, kept.last = min(kept.first, revision), max(kept.last, revision)

    def put(self, kept: _Kept) -> None:
        with self.touching:
            self.kept = [*self.kept[-(KEPT - 1) :], kept]


_SHELVES: WeakKeyDictionary[Store, _Shelf] = WeakKeyDictionary()
_OPENING = Lock()


def graph_at(store: Store, defaults: Defaults, *, at: int | None = None) -> Graph:
    """
    Return the graph of the estate at a revision (None: the newest); its ``revision`` is the one asked for.

    Raises:
        NotFound: there is no such revision yet.
        HistoryGone: it is no longer kept.
        MalformedSnapshot: the store holds what makes no graph.
    """
    revision = store.revision() if at is None else at
    key = sha256(defaults.content()).hexdigest()
    with _OPENING:
        shelf = _SHELVES.setdefault(store, _Shelf())
    graph = shelf.find(key, revision)
    if graph is None:
        with shelf.building:
            graph = shelf.find(key, revision) or _reused(shelf, store, key, revision)
            if graph is None:
                graph = _built(store, defaults, revision)
                shelf.put(_Kept(key, revision, revision, graph))
    return graph if graph.revision == revision else replace(graph, revision=revision)


def _reused(shelf: _Shelf, store: Store, defaults: str, revision: int) -> Graph | None:
    """Return the nearest graph if the estate did not change between it and the revision, and remember that."""
    kept = shelf.nearest(defaults, revision)
    if kept is None:
        return None
    # A revision that does not exist must be refused, as a snapshot of it would be.
    low, high = (kept.last, revision) if revision > kept.last else (revision, kept.first)
    if high - low > REVISIONS_WALKED or revision > store.revision() or _changed(store, low, high):
        return None
    shelf.stretch(kept, revision)
    return kept.graph


def _changed(store: Store, low: int, high: int) -> bool:
    """Tell whether a revision above ``low`` and up to ``high`` changed what a graph shows."""
    try:
        for revision in store.changes(low, limit=high - low):
            if revision.number > high:
                return False
            if any(entry.kind in _SHOWN for entry in revision.entries):
                return True
    except HistoryGone:
        return True
    return False


def _built(store: Store, defaults: Defaults, revision: int) -> Graph:
    from impact.graph import build

    with store.snapshot(at=revision) as snapshot:
        retired: set[str] = set()
        # The builder numbers all CIs before it reads what joins them, so the retired ones are known by then.
        return build(
            revision=revision,
            items=_items(snapshot, defaults, retired),
            relations=_relations(snapshot, defaults, retired),
            groups=_groups(snapshot, retired),
        )


def _items(snapshot: Snapshot, defaults: Defaults, retired: set[str]) -> Iterator[list[ItemRow]]:
    """Yield the CIs that take part; the ids of all others go into ``retired``."""
    paths = ("id", "class", "name", "unavailability", "mtbf_hours", "attributes.tier", "status")
    unavailability, hours, services = defaults.unavailability, defaults.mtbf_hours, defaults.services
    ended = CIStatus.RETIRED.value
    for batch in snapshot.rows(CIS, paths):
        items: list[ItemRow] = []
        for ci, ci_class, name, stated, stated_hours, tier, status in batch:
            if status == ended:
                retired.add(ci)
                continue
            chance = unavailability.get(ci_class) if stated is None else stated
            between = hours.get(ci_class) if stated_hours is None else stated_hours
            items.append((ci, ci_class, name, chance, between, _tier(tier), ci_class in services))
        yield items


def _tier(value: Any) -> int | None:
    """Return the tier of a CI; an attribute of that name may be anything in an organisation's own class."""
    return value if type(value) is int and abs(value) < 2**31 else None


def _relations(snapshot: Snapshot, defaults: Defaults, retired: set[str]) -> Iterator[list[RelationRow]]:
    paths = ("source", "target", "type", "group", "strength", "confidence")
    # Millions of rows: the default of each type is looked up without a call for each of them.
    known, unknown = defaults.strengths, defaults.strength_of("")
    for batch in snapshot.rows(RELATIONS, paths):
        yield [
            (source, target, group, strength or known.get(kind, unknown), 1.0 if confidence is None else confidence)
            for source, target, kind, group, strength, confidence in batch
            if source not in retired and target not in retired
        ]


def _groups(snapshot: Snapshot, retired: set[str]) -> Iterable[Sequence[GroupRow]]:
    hard = Strength.HARD.value
    for batch in snapshot.rows(GROUPS, ("item", "name", "needs", "strength")):
        yield [(item, name, needs, strength or hard) for item, name, needs, strength in batch if item not in retired]
