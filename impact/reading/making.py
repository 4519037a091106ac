"""How a graph comes about: from a snapshot of the store, or from a kept graph and what happened since."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from cmdb.garbage import uncollected
from cmdb.ports.store import Store
from impact.reading.advancing import Walked, advanced, rows_of, walked
from impact.reading.defaults import Defaults, defaults_in
from impact.reading.rows import group_columns, item_columns, relation_columns
from impact.reading.shelf import Kept

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph import Graph


def key_of(defaults: Defaults) -> str:
    """Return a short name for defaults: equal ones have the same."""
    return sha256(defaults.content()).hexdigest()


def built(store: Store, defaults: Defaults, revision: int) -> Graph:
    """
    Return the graph of a revision, from a snapshot.

    Raises:
        NotFound: there is no such revision yet.
        HistoryGone: it is no longer kept.
        MalformedSnapshot: the store holds what makes no graph.
    """
    from impact.graph.building import build_columns

    with uncollected(), store.snapshot(at=revision) as snapshot:
        retired: set[str] = set()
        # The builder numbers all CIs before it reads what joins them, so the retired ones are known by then.
        return build_columns(
            revision=revision,
            items=item_columns(snapshot, defaults, retired),
            relations=relation_columns(snapshot, defaults, retired),
            groups=group_columns(snapshot, retired),
        )


def brought(store: Store, kept: Kept, defaults: Defaults, revision: int) -> Graph | None:
    """
    Return the graph of a revision that is there, made from a kept one; None where it must be built.

    It is the kept graph itself, so with the revision it had, where nothing it shows is different.
    """
    start = kept.last if revision > kept.last else max(kept.first, revision) if revision < kept.first else revision
    happened = walked(store, start, revision, rows=rows_of(kept.graph))
    if happened is None:
        return None
    return _from(store, kept, happened, defaults, key_of(defaults), revision)


def followed(store: Store, kept: Kept | None, revision: int) -> Kept:
    """Return the graph of a later revision, by the catalogue of that revision; its ``revision`` is that one."""
    happened = None if kept is None else walked(store, kept.last, revision, rows=rows_of(kept.graph))
    if kept is not None and happened is not None and not happened.catalogue:
        defaults, key = kept.defaults, kept.key
    else:
        defaults = defaults_in(store, revision)
        key = key_of(defaults)
    graph = None
    if kept is not None and happened is not None:
        graph = _from(store, kept, happened, defaults, key, revision)
        if graph is kept.graph:
            return Kept(key, defaults, kept.first, revision, replace(graph, revision=revision))
    return Kept(key, defaults, revision, revision, built(store, defaults, revision) if graph is None else graph)


def _from(store: Store, kept: Kept, happened: Walked, defaults: Defaults, key: str, revision: int) -> Graph | None:
    if key == kept.key and not happened:
        return kept.graph
    return advanced(store, kept.graph, kept.defaults, defaults, happened, revision=revision)
