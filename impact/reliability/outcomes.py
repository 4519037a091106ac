"""What a set of failures means to each service: its outcome, the reason, and what it has left."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.model.outcome import Outcome
from impact.graph.reasons import losses, path_to, state_causes
from impact.graph.states import States
from impact.graph.structure import Graph
from impact.reliability.single_points import new_single_points


@dataclass(frozen=True, slots=True)
class ServiceOutcome:
    """One affected service by its CI number; ``reason`` and ``new_single_points`` are CI numbers too."""

    service: int
    outcome: Outcome
    reason: tuple[int, ...]
    new_single_points: tuple[int, ...]


def outcomes_of(graph: Graph, states: States) -> list[ServiceOutcome]:
    """Return the affected services by CI number: every service whose outcome is not UNAFFECTED."""
    flags, down, degraded = graph.service_flags, states.down, states.degraded
    causes, lost = state_causes(graph, states), losses(graph, states)
    affected = sorted({ci for reached in (lost, degraded) for ci in reached if flags[ci]})
    # Only a service that still stands has further single points, and looking for them may take longest of all.
    points = new_single_points(graph, states) if any(service not in down for service in affected) else {}
    found = []
    for service in affected:
        fresh = tuple(points.get(service, ()))
        if service in down:
            outcome = Outcome.DOWN
        elif service in degraded:
            outcome = Outcome.DEGRADED
        else:
            outcome = Outcome.REDUNDANCY_LOST if fresh else Outcome.REDUCED
        of_state = outcome in (Outcome.DOWN, Outcome.DEGRADED)
        reason = path_to(causes if of_state else lost, service)
        found.append(ServiceOutcome(service, outcome, tuple(reason), fresh))
    return found
