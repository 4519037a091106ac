"""The graph a question is asked of: the estate at a revision, read by the catalogue of that revision."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cmdb.configuration.classes import catalogue_of
from cmdb.context import Context
from cmdb.seen import seen_by
from impact.reading.defaults import Defaults, defaults_of
from impact.reading.live import graph_at, newest_graph

if TYPE_CHECKING:
    from impact.graph import Graph

# A request that asks several questions asks them of one graph, also when the newest is another by then.
_ASKED: WeakKeyDictionary[Context, Graph] = WeakKeyDictionary()


def graph_of(context: Context, *, at: int | None = None) -> Graph:
    """
    Return the graph of the estate at a revision, None for the newest: the actor's own writes are always in it.

    Where a follower runs the newest is what it has ready, a moment behind the store; its revision is on every answer.

    Raises:
        NotAllowed: the actor may not read impact.
        Whatever :func:`impact.reading.live.graph_at` raises.
    """
    context.allow("impact:read")
    known = _ASKED.get(context)
    if known is not None and known.revision == at:
        return known
    graph = newest_graph(context.store, seen=seen_by(context.store, context.actor.id)) if at is None else None
    if graph is None:
        revision = context.store.revision() if at is None else at
        graph = graph_at(context.store, defaults_at(context, revision), at=revision)
    _ASKED[context] = graph
    return graph


def defaults_at(context: Context, revision: int) -> Defaults:
    """Return what the catalogue of a revision says where the estate says nothing."""
    return defaults_of(catalogue_of(context, at=revision))
