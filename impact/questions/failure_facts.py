"""
The facts of a change that nobody could look up later: the graph above it, the calendar, discovery, as they are now.

They are told for a prediction and kept with the assessment, so that P(fail) learns from what was known then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cmdb.change.calendar.calendar import entries_at
from cmdb.configuration.provenance import observations_of, sightings_of
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.change import Change
from cmdb.model.ci import CIS
from cmdb.model.observation import Thing
from cmdb.records import from_document
from impact.questions.calendar_facts import met_on
from impact.questions.conflicts import SUBMITTED, changes_within
from impact.questions.graphs import graph_of

if TYPE_CHECKING:
    from impact.graph import Graph

MOST_SEEN = 20
"""Of a change with more targets than this, nobody looks when each was seen: that is not known then."""
_DAY = timedelta(days=1)


def facts_now(context: Context, change: Change, *, at: int) -> dict[str, float]:
    """
    Return these facts of a change with a window, by name, as of a revision; what is not known is left out.

    Raises:
        NotAllowed: the actor may not read impact, changes, the calendar or CIs.
        NotFound, HistoryGone: there is no such revision, or it is no longer kept.
    """
    assert change.window is not None
    graph = graph_of(context, at=at)
    rivals = changes_within(context, SUBMITTED, change.window.start, change.window.end, at=at)
    found = {
        "concurrent": float(sum(rival.id != change.id for rival in rivals)),
        "depth": float(_depth(graph, change)),
        "freeze": _freeze(context, graph, change),
        "discovery_age_days": _age(context, change, at),
    }
    return {name: value for name, value in found.items() if value is not None}


def _depth(graph: Graph, change: Change) -> int:
    """Return how many relations the farthest CI that depends on the targets is away from the nearest of them."""
    from impact.graph.blast import blast_of

    roots = []
    for ci in sorted({target.ci for target in change.targets}):
        try:
            roots.append(graph.index(ci))
        except NotFound:
            continue
    return max(len(blast_of(graph, roots).ends) - 2, 0) if roots else 0


def _freeze(context: Context, graph: Graph, change: Change) -> float | None:
    entries = entries_at(context, at=graph.revision)
    if not any(entries):
        return 0.0
    met = met_on(context, graph, change, entries)
    return None if met.not_known_yet and not met.freezes else float(bool(met.freezes))


def _age(context: Context, change: Change, at: int) -> float | None:
    """Return the days since discovery saw the target it saw longest ago, None where it never saw some."""
    targets = sorted({target.ci for target in change.targets})
    if not targets or len(targets) > MOST_SEEN:
        return None
    held = context.store.get_many(CIS, targets, at=at)
    seen: list[datetime] = []
    for target in targets:
        things = from_document(CIS, held[target].document).seen_as if target in held else ()
        last = _last_seen(context, [Thing(*thing) for thing in things], at)
        if last is None:
            return None
        seen.append(last)
    return max((context.clock.now() - min(seen)) / _DAY, 0.0)


def _last_seen(context: Context, things: Sequence[Thing], at: int) -> datetime | None:
    observed = [each for thing in things for each in observations_of(context, thing, at=at)]
    moments = [each.last_seen for each in sightings_of(context, observed, at=at) if each.last_seen is not None]
    return max(moments, default=None)
