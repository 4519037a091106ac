"""
The graph of the estate at any revision: kept while nothing it shows has changed, brought along when something has.

One process keeps a few graphs for each store. A graph serves every revision between which neither CIs nor relations nor
groups changed: recording a change or a decision costs no new graph. From the nearest one any other is made by what the
log says happened between (:mod:`impact.reading.advancing`); only where there is none, or it is too far away, is the
graph built from a snapshot. What the catalogue says is part of the question, so another strength gives another graph.
May be asked by any number of threads; who finds a graph never waits for one that is being made.

Where a follower runs (:mod:`impact.reading.following`) the newest graph is there before anybody asks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cmdb.ports.store import Store
from impact.reading.defaults import Defaults
from impact.reading.following import follower_of
from impact.reading.making import brought, built, key_of
from impact.reading.shelf import Kept, Shelf, shelf_of

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph import Graph


def newest_graph(store: Store, *, seen: int = 0) -> Graph | None:
    """
    Return the newest graph a follower has ready, by the catalogue of its revision; None where none runs.

    Nobody waits for a writer here, but for one's own: the graph is at least at the revision ``seen``. Raises as
    :meth:`impact.reading.following.Follower.reach`.
    """
    follower = follower_of(store)
    return None if follower is None else follower.newest(seen)


def graph_at(store: Store, defaults: Defaults, *, at: int | None = None) -> Graph:
    """
    Return the graph of the estate at a revision (None: the newest); its ``revision`` is the one asked for.

    Raises:
        NotFound: there is no such revision yet.
        HistoryGone: it is no longer kept.
        MalformedSnapshot: the store holds what makes no graph.
        StoreBusy: the follower is too far behind.
    """
    revision = store.revision() if at is None else at
    shelf, key = shelf_of(store), key_of(defaults)
    graph = shelf.find(key, revision)
    if graph is None:
        follower = follower_of(store)
        if follower is not None and follower.revision < revision <= store.revision() and follower.reach(revision):
            graph = shelf.find(key, revision)
    if graph is None:
        with shelf.building:
            graph = shelf.find(key, revision)
            if graph is None:
                graph = _made(shelf, store, defaults, key, revision)
    return graph if graph.revision == revision else replace(graph, revision=revision)


def _made(shelf: Shelf, store: Store, defaults: Defaults, key: str, revision: int) -> Graph:
    """Make the graph of a revision from the nearest one, or from a snapshot, and keep it."""
    nearest = shelf.nearest(key, revision)
    # A revision that does not exist must be refused, as a snapshot of it is.
    if nearest is not None and revision <= store.revision():
        graph = brought(store, nearest, defaults, revision)
        if graph is nearest.graph:
            shelf.stretch(nearest, revision)
            return graph
    else:
        graph = None
    if graph is None:
        graph = built(store, defaults, revision)
    shelf.put(Kept(key, defaults, revision, revision, graph))
    return graph
