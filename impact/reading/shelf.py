"""The graphs one process keeps of one store, each with the revisions at which the estate is known to be as it shows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cmdb.ports.store import Store
from impact.reading.defaults import Defaults

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph import Graph

KEPT = 3
"""Graphs kept for each store: the newest, and those an assessment or two are replayed on."""


@dataclass(slots=True)
class Kept:
    """A graph, the defaults it was read by, and the first and last revision at which it is known to hold."""

    key: str
    defaults: Defaults
    first: int
    last: int
    graph: Graph

    def holds(self, key: str, revision: int) -> bool:
        """Tell whether this is the graph of the revision, by the defaults with this key."""
        return self.key == key and self.first <= revision <= self.last

    def distance(self, revision: int) -> int:
        """Return how many revisions lie between."""
        return max(self.first - revision, revision - self.last, 0)


class Shelf:
    """
    The graphs of one store, the least recently asked first, and beside them the one a follower keeps up to date.

    ``touching`` is held for moments only; ``building`` by whoever makes a graph for a question.
    """

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self.live: Kept | None = None
        self.touching = Lock()
        self.building = Lock()

    def find(self, key: str, revision: int) -> Graph | None:
        """Return the graph that is known to hold at the revision."""
        with self.touching:
            if self.live is not None and self.live.holds(key, revision):
                return self.live.graph
            for kept in self.kept:
                if kept.holds(key, revision):
                    self.kept.remove(kept)
                    self.kept.append(kept)
                    return kept.graph
        return None

    def nearest(self, key: str, revision: int) -> Kept | None:
        """Return the kept graph whose revisions lie nearest to this one, if two with these defaults."""
        with self.touching:
            candidates = [*self.kept, *([self.live] if self.live is not None else [])]
            return min(candidates, key=lambda kept: (kept.distance(revision), kept.key != key), default=None)

    def stretch(self, kept: Kept, revision: int) -> None:
        """Remember that the graph holds at this revision too, and at all between."""
        with self.touching:
            kept.first, kept.last = min(kept.first, revision), max(kept.last, revision)

    def put(self, kept: Kept) -> None:
        """Keep one more graph for those who ask, and let go of the one longest not asked for."""
        with self.touching:
            self.kept = [*self.kept[-(KEPT - 1) :], kept]

    def publish(self, kept: Kept | None) -> None:
        """Show the follower's graph."""
        with self.touching:
            self.live = kept


SHELVES: WeakKeyDictionary[Store, Shelf] = WeakKeyDictionary()
_OPENING = Lock()


def shelf_of(store: Store) -> Shelf:
    """Return the shelf of a store."""
    with _OPENING:
        return SHELVES.setdefault(itself(store), Shelf())


def itself(store: Store) -> Store:
    """
    Return the store that a fenced one (:class:`cmdb.work.FencedStore`) stands before, any other as it is.

    Each run of a job has a fenced store of its own; what is kept in memory of the store is there for all of them.
    """
    found: Store = getattr(store, "behind", store)
    return found


def _after_fork() -> None:
    """Give a forked child locks of its own; its parent's threads may have held the old ones."""
    global _OPENING
    _OPENING = Lock()
    for shelf in SHELVES.values():
        shelf.touching, shelf.building = Lock(), Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
