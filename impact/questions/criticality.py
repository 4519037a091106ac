"""How critical CIs are: what each takes down by failing alone, and the minutes of service outage that causes a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isnan, nan
from typing import TYPE_CHECKING

from cmdb.context import Context
from impact.questions.graphs import graph_of, names_nearest
from impact.questions.unavailability import unavailabilities

if TYPE_CHECKING:
    from impact.graph.structure import Floats, Ints

MOST = 20
"""So many CIs are listed where nobody says how many."""


@dataclass(frozen=True, slots=True)
class TierLost:
    """How many services of a tier (None: those without one) go down."""

    tier: int | None
    services: int


@dataclass(frozen=True, slots=True)
class CriticalCI:
    """
    What the failure of one CI alone does.

    ``cis_lost`` counts the CIs that go down with it, itself included, ``services_lost`` the services by tier.
    ``outage_minutes_a_year`` is its unavailability times the minutes of a year times the services it takes down; None
    where it takes services down and nobody knows how likely it fails.
    """

    id: str
    name: str
    ci_class: str
    cis_lost: int
    services_lost: tuple[TierLost, ...]
    outage_minutes_a_year: float | None


@dataclass(frozen=True, slots=True)
class CriticalityAnswer:
    """
    The most critical of the CIs asked about, ``more`` further ones not listed.

    Those that cost most minutes come first (unknown ones before all that are known), then those that take most services
    down, then most CIs, then by id.
    """

    revision: int
    cis: tuple[CriticalCI, ...]
    more: int


@names_nearest
def criticality_of(
    context: Context, cis: Sequence[str] = (), *, most: int = MOST, at: int | None = None
) -> CriticalityAnswer:
    """
    Return how critical CIs are (none named: all of the estate), at a revision (None: the newest), ``most`` of them.

    Raises:
        NotAllowed: the actor may not read impact.
        NotFound: some CIs are not in the estate (all are named), or there is no such revision.
        HistoryGone: the revision is no longer kept.
    """
    import numpy as np

    from impact.reliability import criticality

    graph = graph_of(context, at=at)

    def chances(costly: Ints) -> Floats:
        known = unavailabilities(context, graph, costly.tolist())
        return np.array([nan if (q := known[ci].q) is None else q for ci in costly.tolist()], np.float64)

    found = criticality.criticality_of(graph, graph.indexes(cis) if cis else None, chances)
    minutes = np.where(np.isnan(found.outage_minutes), inf, found.outage_minutes)
    order = np.lexsort((found.cis, -found.cis_lost, -found.services_lost.sum(axis=1), -minutes))[:most]
    return CriticalityAnswer(
        revision=graph.revision,
        cis=tuple(
            CriticalCI(
                id=graph.ids[ci],
                name=graph.names[ci],
                ci_class=graph.classes[graph.class_codes[ci]],
                cis_lost=int(found.cis_lost[row]),
                services_lost=tuple(
                    TierLost(tier, lost)
                    for tier, lost in zip(found.tiers, found.services_lost[row].tolist(), strict=True)
                    if lost
                ),
                outage_minutes_a_year=None if isnan(cost := float(found.outage_minutes[row])) else cost,
            )
            for row, ci in zip(order.tolist(), found.cis[order].tolist(), strict=True)
        ),
        more=max(0, len(found.cis) - len(order)),
    )
