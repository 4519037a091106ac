"""The graph a question is asked of: the estate at a revision, read by the catalogue of that revision."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.nearest import nearest, nearest_cis
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.seen import seen_by
from impact.progress import heard as heard  # The doors let themselves be told here.
from impact.reading.defaults import Defaults, defaults_of
from impact.reading.live import graph_at, newest_graph

if TYPE_CHECKING:
    from impact.graph import Graph

Question = TypeVar("Question", bound=Callable[..., Any])

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


def names_nearest(question: Question) -> Question:
    """
    Let a question, which takes a context first, name the nearest ids of the estate beside those it does not know.

    They are looked for in the graph it was asked of, else in the store; a look that costs tenths of a second at most.
    """

    @wraps(question)
    def asked(context: Context, *more: Any, **named: Any) -> Any:
        try:
            return question(context, *more, **named)
        except NotFound as missing:
            if missing.facts["kind"] != "ci" or "nearest" in missing.facts:
                raise
            graph, ids = _ASKED.get(context), missing.facts["ids"]
            found = nearest_cis(context, ids) if graph is None else nearest(ids, graph.ids)
            raise NotFound(kind="ci", ids=ids, nearest=found) from None

    return cast("Question", asked)


def defaults_at(context: Context, revision: int) -> Defaults:
    """Return what the catalogue of a revision says where the estate says nothing."""
    return defaults_of(catalogue_of(context, at=revision))
