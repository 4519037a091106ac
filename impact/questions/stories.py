"""Sentences and small graphs of the services of an answer: the phase they are told of, and the names in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from cmdb.configuration.classes import catalogue_of
from cmdb.context import Context
from cmdb.model.explanation import Explanation, Explanations, Label
from cmdb.model.outcome import Outcome

if TYPE_CHECKING:
    from impact.graph import Graph

Ids = tuple[str, ...]


class _Fared(Protocol):
    """A service of an assessment."""

    @property
    def id(self) -> str: ...
    @property
    def outcome(self) -> Outcome: ...


class _InPhase(NamedTuple):
    """A service as it stands in one phase."""

    id: str
    outcome: Outcome
    reason: Ids
    new_single_points: Ids


def explained_phases(graph: Graph, failed: Sequence[Ids], services: Sequence[_Fared]) -> tuple[Explanation, ...]:
    """
    Return why each service has its outcome, from the first phase in which it has it; ``failed`` are out in each phase.

    A service that has it in none (whatever is out, it is by nothing of this change) is left out.
    """
    from impact.explanation import explained_services

    found: dict[str, Explanation] = {}
    for out in failed if services else ():
        here = {service.id: service for service in _in_phase(graph, out)}
        fresh = [
            here[service.id]
            for service in services
            if service.id not in found and service.id in here and here[service.id].outcome is service.outcome
        ]
        found.update((one.service, one) for one in explained_services(graph, out, fresh))
    return tuple(found[service.id] for service in services if service.id in found)


def _in_phase(graph: Graph, failed: Ids) -> Iterator[_InPhase]:
    from impact.graph.states import states_of
    from impact.reliability.outcomes import outcomes_of

    for found in outcomes_of(graph, states_of(graph, graph.indexes(failed))):
        reason, points = graph.ids_of(found.reason), graph.ids_of(found.new_single_points)
        yield _InPhase(graph.ids[found.service], found.outcome, reason, points)


def named(context: Context, graph: Graph, explanations: tuple[Explanation, ...]) -> Explanations:
    """Return explanations with the names of the CIs and the labels of the classes that occur in them."""
    if not explanations:
        return Explanations()
    cis = sorted({ci for one in explanations for ci in _cis_of(one)})
    classes = {node.ci_class for one in explanations for node in one.story.nodes}
    classes |= {one.facts.group.ci_class for one in explanations if one.facts.group}
    return Explanations(explanations, names_of(graph, cis), labels_of(context, graph, classes))


def names_of(graph: Graph, cis: Iterable[str]) -> dict[str, str]:
    """Return the names of CIs by id."""
    return {ci: graph.names[graph.index(ci)] for ci in sorted(set(cis))}


def labels_of(context: Context, graph: Graph, classes: Iterable[str]) -> dict[str, Label]:
    """Return what classes are called, as the catalogue of the graph's revision has it."""
    known = catalogue_of(context, at=graph.revision).classes
    found = ((name, known.get(name)) for name in sorted(set(classes)))
    return {name: Label(one.label, one.label_zh) for name, one in found if one is not None}


def _cis_of(one: Explanation) -> Iterator[str]:
    yield one.service
    for node in one.story.nodes:
        yield from node.ids
    facts = one.facts
    for ids in (facts.via, facts.failed, facts.hanging, facts.roots, facts.carried):
        yield from ids
    if facts.point:
        yield facts.point
    if facts.group:
        yield from (facts.group.item, *facts.group.gone, *facts.group.left)
