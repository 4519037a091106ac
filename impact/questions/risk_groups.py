"""Which components take a service down together: how many such groups there are, and the most probable ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmdb.context import Context
from cmdb.errors import Problem
from cmdb.model.risk_group import RiskGroups
from impact.questions.common_causes import with_common_causes
from impact.questions.graphs import graph_of, names_nearest
from impact.questions.outage import budget_of, budget_problems, refuse
from impact.questions.unavailability import unavailabilities

MOST = 10
"""So many groups are listed where nobody says how many."""

MOST_LISTED = 10_000
"""No more can be asked for; all of them are counted, however many there are."""


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

    With the common causes under it, and the names of all CIs that occur.

    Raises:
        NotAllowed: the actor may not read impact.
        NotFound: the service or some CIs are not in the estate (all are named), or there is no such revision.
        InvalidInput: the budget is no number of nodes, or ``most`` below 0 or above :data:`MOST_LISTED`.
        HistoryGone: the revision is no longer kept.
    """
    from impact.risks import risk_groups

    refuse([*budget_problems(budget), *top_problems(most)])
    limit = budget_of(budget)
    graph = graph_of(context, at=at)

    def chances(cis: Sequence[int]) -> Mapping[int, float | None]:
        return {ci: own.q for ci, own in unavailabilities(context, graph, cis).items()}

    answer = risk_groups(graph, service, failed, most=most, chances=chances, budget=limit)
    return with_common_causes(context, graph, answer, [ci for group in answer.groups for ci in group.members])


def top_problems(most: int) -> list[Problem]:
    if 0 <= most <= MOST_LISTED:
        return []
    sentence = "from 0 to {most} risk groups can be listed, not {asked}; however many there are, all are counted"
    return [Problem("risk_groups.top", sentence, {"most": MOST_LISTED, "asked": most}, "/top")]
