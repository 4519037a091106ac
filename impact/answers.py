"""The answers of the impact core, in ids: what goes down, how far a failure reaches, what stops a service alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isnan
from typing import NamedTuple

from cmdb.model.common_cause import CommonCause
from cmdb.model.explanation import Label
from cmdb.model.outcome import Outcome
from impact.graph.blast import blast_rings
from impact.graph.reasons import path_to, state_causes
from impact.graph.states import States, states_of
from impact.graph.structure import Graph
from impact.reliability.criticality import by_tier, criticality_of
from impact.reliability.margin import margin_of
from impact.reliability.outcomes import ServiceOutcome, outcomes_of
from impact.reliability.rest import Needs
from impact.reliability.single_points import single_points_of

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceImpact:
    """
    One affected service.

    ``reason`` is the path from a failed CI to it (:mod:`impact.graph.reasons`), ``new_single_points`` the CIs that now
    stop it alone and did not before, by id. ``margin`` is how many further failures take it down, None when nothing
    does and 0 when it is down; where the search budget did not suffice it is a number that is at least needed, and
    ``margin_high``, equal to it otherwise, a greater one that is enough.
    """

    id: str
    name: str
    tier: int | None
    outcome: Outcome
    reason: Ids
    new_single_points: Ids
    margin: int | None
    margin_high: int | None


@dataclass(frozen=True, slots=True)
class ImpactAnswer:
    """
    What goes down when ``failed`` fail, at a revision of the store.

    ``failed``, ``down`` and ``degraded`` are sorted by id, and no failed CI is repeated in ``down``. ``services`` are
    the affected ones by tier (those without one last), then id; ``unaffected`` counts all other services.
    """

    revision: int
    failed: Ids
    down: Ids
    degraded: Ids
    services: tuple[ServiceImpact, ...]
    unaffected: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A CI of a blast radius and its depth: the fewest hard or soft relations to one of the CIs asked for (depth 0)."""

    id: str
    depth: int


@dataclass(frozen=True, slots=True)
class SinglePoints:
    """
    The single points of failure of ``service``: with nothing failed (``before``), with ``failed`` failed (``now``).

    ``added`` are those of ``now`` that were none ``before``. A service that is ``down`` has none now. The rest is as in
    :class:`cmdb.model.risk_group.RiskGroups`.
    """

    revision: int
    service: str
    failed: Ids
    down: bool
    before: Ids
    now: Ids
    added: Ids
    common_causes: tuple[CommonCause, ...] = ()
    common_cause_count: int = 0
    unexamined: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)


class CriticalityOf(NamedTuple):
    """
    How critical one CI is: what goes down when it alone fails, itself included, and the outage that causes.

    ``services_lost`` counts services by tier, None for those without one, and has no tier of which none is lost.
    ``outage_minutes`` are minutes of service outage a year, None where the CI takes services down and its
    unavailability is not known.
    """

    cis_lost: int
    services_lost: Mapping[int | None, int]
    outage_minutes: float | None


def what_goes_down(graph: Graph, failed_ids: Iterable[str]) -> ImpactAnswer:
    """
    Return what happens when the CIs ``failed_ids`` fail together.

    Raises:
        NotFound: it names all ids that are unknown.

    Cost: what the failures touch, and for each affected service its hard cone.
    """
    failed = graph.indexes(failed_ids)
    states = states_of(graph, failed)
    known: Needs = {}
    services = [_impact(graph, states, found, known) for found in outcomes_of(graph, states)]
    services.sort(key=lambda service: (service.tier is None, service.tier or 0, service.id))
    return ImpactAnswer(
        revision=graph.revision,
        failed=graph.ids_of(failed),
        down=graph.ids_of(sorted(states.down - set(failed))),
        degraded=graph.ids_of(sorted(states.degraded)),
        services=tuple(services),
        unaffected=sum(graph.service_flags) - len(services),
    )


def _impact(graph: Graph, states: States, found: ServiceOutcome, known: Needs) -> ServiceImpact:
    margin = margin_of(graph, found.service, states.down, states.lost, known=known)
    return ServiceImpact(
        id=graph.ids[found.service],
        name=graph.names[found.service],
        tier=graph.tier(found.service),
        outcome=found.outcome,
        reason=graph.ids_of(found.reason),
        new_single_points=graph.ids_of(found.new_single_points),
        margin=margin.low,
        margin_high=margin.high,
    )


def reasons(graph: Graph, failed_ids: Iterable[str]) -> dict[str, Ids]:
    """Return the reason of every down or degraded CI, by id: the path from a failed CI to it. Raises NotFound."""
    causes = state_causes(graph, states_of(graph, graph.indexes(failed_ids)))
    return {graph.ids[ci]: graph.ids_of(path_to(causes, ci)) for ci in sorted(causes)}


def blast_radius(graph: Graph, ci_ids: Iterable[str]) -> tuple[Reached, ...]:
    """Return all that depends on ``ci_ids`` whatever the redundancy, by depth, then id, they first. Raises NotFound."""
    rings = blast_rings(graph, graph.indexes(ci_ids))
    return tuple(Reached(graph.ids[ci], depth) for depth, ring in enumerate(rings) for ci in ring)


def criticality(graph: Graph, ci_ids: Iterable[str] | None = None) -> dict[str, CriticalityOf]:
    """
    Return how critical each of ``ci_ids`` is, None for all CIs, by id.

    Raises:
        NotFound: it names all ids that are unknown.

    Cost: what the failures touch, one by one.
    """
    found = criticality_of(graph, None if ci_ids is None else graph.indexes(ci_ids))
    answers: dict[str, CriticalityOf] = {}
    columns = (found.cis, found.cis_lost, found.services_lost, found.outage_minutes)
    for ci, cis_lost, services_lost, minutes in zip(*(column.tolist() for column in columns), strict=True):
        lost = by_tier(found.tiers, services_lost)
        answers[graph.ids[ci]] = CriticalityOf(cis_lost, lost, None if isnan(minutes) else minutes)
    return answers


def single_points(graph: Graph, service_id: str, failed_ids: Iterable[str] = ()) -> SinglePoints:
    """Return the single points of failure of a service (or any CI), now and before. Raises NotFound."""
    service, failed = graph.index(service_id), graph.indexes(failed_ids)
    before = single_points_of(graph, service, [])
    now = single_points_of(graph, service, failed) if failed else before
    return SinglePoints(
        revision=graph.revision,
        service=service_id,
        failed=graph.ids_of(failed),
        down=service in states_of(graph, failed).down,
        before=graph.ids_of(before),
        now=graph.ids_of(now),
        added=graph.ids_of(sorted(set(now) - set(before))),
    )
