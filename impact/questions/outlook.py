"""The outlook of a change as its assessment records it: outages that would need more to fail, and whom it meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cmdb.context import Context
from cmdb.model.assessment import Inputs, Outcome, ServiceOutcome
from cmdb.model.outlook import Chance, Outlook, ServiceRisk
from impact.questions.conflicts import conflicts_with
from impact.questions.findings import Found
from impact.questions.unavailability import unavailabilities

if TYPE_CHECKING:
    from impact.graph import Graph

MOST_SERVICES = 12
"""So many services are looked at; how many more there are is part of the outlook."""
MOST_GROUPS = 3
NODE_BUDGET = 1 << 16
"""How many nodes the diagrams of one service may have: an assessment is waited for."""


def outlook_of(
    context: Context,
    graph: Graph,
    inputs: Inputs,
    found: Found,
    *,
    change: str,
    made_at: datetime,
) -> Outlook:
    """
    Return the outlook of a change at the graph's revision.

    ``found`` is what :func:`impact.questions.findings.find_worst` gave for the inputs. Incidents are observed until
    ``made_at``, and no move leads to before it.

    Raises:
        NotAllowed: the actor may not read impact, changes or incidents.
        HistoryGone: the revision is no longer kept.
    """
    services = found.findings.services
    asked = services[:MOST_SERVICES]
    conflicts, unlisted = conflicts_with(context, graph, change, inputs.window, inputs.targets, now=made_at)
    return Outlook(
        risks=tuple(_risk(context, graph, service, found.worst[service.id], made_at) for service in asked),
        risks_unexamined=len(services) - len(asked),
        conflicts=conflicts,
        conflicts_unlisted=unlisted,
    )


def _risk(
    context: Context, graph: Graph, service: ServiceOutcome, failed: tuple[str, ...], made_at: datetime
) -> ServiceRisk:
    from impact.risks import outage, risk_groups

    hours = service.minutes[service.outcome.value] / 60
    known: dict[int, float | None] = {}

    def chances(cis: Sequence[int]) -> Mapping[int, float | None]:
        unknown = [ci for ci in cis if ci not in known]
        found = unavailabilities(context, graph, unknown, window_hours=hours, at=made_at)
        known.update({ci: own.q for ci, own in found.items()})
        return known

    before = outage(graph, service.id, chances=chances, budget=NODE_BUDGET)
    during = outage(graph, service.id, failed, chances=chances, budget=NODE_BUDGET)
    groups = risk_groups(graph, service.id, failed, most=MOST_GROUPS, chances=chances, budget=NODE_BUDGET)
    down = service.outcome is Outcome.DOWN
    return ServiceRisk(
        service=service.id,
        failed=failed,
        hours=hours,
        before=Chance(before.low, before.high),
        during=Chance(1.0, 1.0) if down else Chance(during.low, during.high),
        unstated=len(during.unstated),
        groups=None if groups.count is None else str(groups.count),
        added=None if groups.added is None else str(groups.added),
        most_probable=() if down else groups.groups,
    )
