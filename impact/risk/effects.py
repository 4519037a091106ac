"""
What a planned change does to each service over its window, as far as measures against it are judged by it.

The outcome, the minutes of DOWN and the new single points are those of the findings of an assessment; reasons and
margins, which cost most there, are left out. So a measure can be tried in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cmdb.errors import NotFound
from cmdb.model.assessment import ServiceOutcome as FoundOutcome
from cmdb.model.change import Target, Window
from cmdb.model.outcome import Outcome
from cmdb.model.phases import Phase, minutes_of, phases_of
from impact.graph.states import States, states_of
from impact.graph.structure import Graph
from impact.reliability.margin import margin_of
from impact.reliability.outcomes import ServiceOutcome, outcomes_of


class Effect(NamedTuple):
    """The worst outcome of a service, its planned minutes of DOWN, and all its new single points, as ids."""

    outcome: Outcome
    down_minutes: float
    points: frozenset[str]

    @classmethod
    def of(cls, found: FoundOutcome) -> Effect:
        """Return the effect that findings tell of a service."""
        minutes = found.minutes.get(Outcome.DOWN.value, 0.0)
        return cls(found.outcome, minutes, frozenset(found.new_single_points))


UNTOUCHED = Effect(Outcome.UNAFFECTED, 0.0, frozenset())


def effects_of(graph: Graph, window: Window, targets: Iterable[Target]) -> dict[str, Effect]:
    """
    Return the services a change does something to, by id; targets the graph does not show are never out.

    A service that is as well off with nothing failed is left out, as in :func:`impact.questions.findings.find`.
    Cost: for each set of targets that are out together what it touches.
    """
    phases = phases_of(window, those_in(graph, targets))
    rest = _Asked(graph, ())
    asked = {failed: rest.compared(_Asked(graph, failed)) for failed in sorted({phase.failed for phase in phases})}
    found: dict[int, list[tuple[Phase, ServiceOutcome]]] = {}
    for phase in phases:
        for service, outcome in asked[phase.failed].items():
            found.setdefault(service, []).append((phase, outcome))
    return {graph.ids[service]: _effect(graph, lasting) for service, lasting in sorted(found.items())}


def those_in(graph: Graph, targets: Iterable[Target]) -> list[Target]:
    """Return the targets the graph shows."""
    given = list(targets)
    try:
        graph.indexes(target.ci for target in given)
    except NotFound as missing:
        strange = frozenset(missing.facts["ids"])
        return [target for target in given if target.ci not in strange]
    return given


class _Asked:
    """The states with some CIs failed, and the services that are not unaffected."""

    def __init__(self, graph: Graph, failed: tuple[str, ...]) -> None:
        self._graph = graph
        self._states: States = states_of(graph, graph.indexes(failed))
        self.services: Mapping[int, ServiceOutcome] = {
            found.service: found for found in outcomes_of(graph, self._states)
        }

    def compared(self, other: _Asked) -> dict[int, ServiceOutcome]:
        """Return the services of ``other`` but for those that are as they are here."""
        return {service: found for service, found in other.services.items() if not self._alike(other, found)}

    def _alike(self, other: _Asked, found: ServiceOutcome) -> bool:
        before = self.services.get(found.service)
        if before is None or (before.outcome, before.new_single_points) != (found.outcome, found.new_single_points):
            return False
        return self._margin(found.service) == other._margin(found.service)

    def _margin(self, service: int) -> object:
        return margin_of(self._graph, service, self._states.down, self._states.lost)


def _effect(graph: Graph, lasting: list[tuple[Phase, ServiceOutcome]]) -> Effect:
    return Effect(
        outcome=min((found.outcome for _, found in lasting), key=lambda outcome: outcome.rank),
        down_minutes=minutes_of([phase for phase, found in lasting if found.outcome is Outcome.DOWN]),
        points=frozenset(graph.ids[ci] for _, found in lasting for ci in found.new_single_points),
    )
