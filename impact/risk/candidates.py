"""What might help a change, guessed so that nothing that does is missed: each guess has to be proved by trying it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cmdb.model.change import Target, Window
from cmdb.model.outcome import Outcome
from cmdb.model.phases import phases_of
from impact.graph.blast import blast_rings
from impact.graph.certainty import Doubt, doubts_of
from impact.graph.states import states_of
from impact.graph.structure import Graph
from impact.reliability.single_points import new_single_points
from impact.risk.effects import Effect
from impact.risk.saving import Measure, Saving, TooMany

_POINTS = 4
"""The guess at what saves redundancy looks at so many of the new single points: any one of them has to go."""


class Candidates:
    """
    What might make the effects ``before`` of a change with these targets, all of them shown and taken out, better.

    ``touched`` is how many CIs its states hold, so what one trial visits at most.
    """

    def __init__(self, graph: Graph, window: Window, targets: Iterable[Target], before: Mapping[str, Effect]) -> None:
        self._graph = graph
        self._before = before
        self._points: dict[tuple[int, ...], Mapping[int, Sequence[int]]] = {}
        self._savings: dict[tuple[int, ...], Saving] = {}
        failed = (tuple(graph.indexes(phase.failed)) for phase in phases_of(window, targets) if phase.failed)
        self._failed = tuple(dict.fromkeys(failed))
        self._states = {failed: states_of(graph, failed) for failed in self._failed}
        self.touched = sum(1 + len(states.down) + len(states.degraded) for states in self._states.values())

    def measures(self) -> list[Measure] | None:
        """Return what could spare some service its worst outcome, what helps most services first; None: too much."""
        counts: Counter[Measure] = Counter()
        try:
            for service, effect in self._before.items():
                counts.update(self._helping(self._graph.index(service), effect))
        except TooMany:
            return None
        return sorted(counts, key=lambda measure: (-counts[measure], measure))

    def doubts(self) -> list[Doubt]:
        """Return the doubtful relations that can matter, the most doubtful first."""
        graph = self._graph
        if not len(graph.confidences) or graph.confidences[0] >= 1.0:
            return []
        roots = {ci for states in self._states.values() for ci in (*states.down, *states.degraded)}
        hit = {ci for ring in blast_rings(graph, roots) for ci in ring}
        for failed in self._failed:
            points = self._points_of(failed)
            for point in sorted({point for each in points.values() for point in each[:1]}):
                hit.update(states_of(graph, (*failed, point)).down)
        found = [doubt for doubt in doubts_of(graph, hit) if doubt.target in hit]
        return sorted(found, key=lambda doubt: (doubt.confidence, doubt.source, doubt.first))

    def _helping(self, service: int, effect: Effect) -> frozenset[Measure]:
        if effect.outcome is Outcome.REDUNDANCY_LOST:
            return self._keeping_redundancy(service)
        for failed, states in self._states.items():
            if service in (states.down if effect.outcome is Outcome.DOWN else states.degraded):
                return self._saving(failed).limited(service)
        return frozenset()

    def _keeping_redundancy(self, service: int) -> frozenset[Measure]:
        """Return what could keep each new single point of a service, in the first phase with any, from being one."""
        for failed in self._failed:
            points = self._points_of(failed).get(service)
            if points:
                sets = [self._saving((*failed, point)).limited(service) for point in points[:_POINTS]]
                return frozenset.intersection(*sets)
        return frozenset()

    def _points_of(self, failed: tuple[int, ...]) -> Mapping[int, Sequence[int]]:
        if failed not in self._points:
            self._points[failed] = new_single_points(self._graph, self._states[failed])
        return self._points[failed]

    def _saving(self, failed: tuple[int, ...]) -> Saving:
        key = tuple(sorted(failed))
        if key not in self._savings:
            self._savings[key] = Saving(self._graph, key)
        return self._savings[key]
