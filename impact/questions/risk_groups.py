"""Which components take a service down together: how many such groups there are, and the most probable ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmdb.context import Context
from cmdb.model.risk_group import RiskGroups
from impact.questions.graphs import graph_of, names_nearest
from impact.questions.outage import budget_of
from impact.questions.unavailability import unavailabilities

MOST = 10
"""So many groups are listed where nobody says how many."""


@names_nearest
def risk_groups_of(
    context: Context,
    service: str,
    *,
    failed: Sequence[str] = (),
    most: int = MOST,
    budget: int | None = None,
    at: int | None = None,
) -> RiskGroups:
    """
    Return the minimal risk groups of a service (or any CI), at a revision (None: the newest), ``most`` of them listed.

    Raises:
        NotAllowed: the actor may not read impact.
        NotFound: the service or some CIs are not in the estate (all are named), or there is no such revision.
        InvalidInput: the budget is below 0.
        HistoryGone: the revision is no longer kept.
    """
    from impact.risks import risk_groups

    limit = budget_of(budget)
    graph = graph_of(context, at=at)

    def chances(cis: Sequence[int]) -> Mapping[int, float | None]:
        return {ci: own.q for ci, own in unavailabilities(context, graph, cis).items()}

    return risk_groups(graph, service, failed, most=most, chances=chances, budget=limit)
