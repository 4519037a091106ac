"""What might help a change, guessed so that nothing that does is missed: each guess has to be proved by trying it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from cmdb.model.change import Target, Window
from cmdb.model.outcome import Outcome
from cmdb.model.phases import phases_of
from impact.graph.certainty import Doubt
from impact.graph.reasons import losses
from impact.graph.states import at_rest, extend, states_of, take_back
from impact.graph.structure import Graph
from impact.reliability.single_points import new_single_points
from impact.risk.clearing import clearing
from impact.risk.effects import Effect
from impact.risk.saving import Measure, Saving, TooMany, Way

_POINTS = 4
"""The guess at what saves redundancy looks at so many of the new single points: any one of them has to go."""

GUESSED = 200_000
"""So many CIs may be looked at for the guess."""


class Candidates:
    """
    What might make the effects ``before`` of a change with these targets, all of them shown and taken out, better.

    ``cut``: ``work`` was spent before all services were looked at, and
    there may be more that helps than is told.
    """

    def __init__(
        self,
        graph: Graph,
        window: Window,
        targets: Iterable[Target],
        before: Mapping[str, Effect],
        work: int = GUESSED,
    ) -> None:
        self._graph = graph
        self._before = before
        self._left = work
        self._points: dict[tuple[int, ...], Mapping[int, Sequence[int]]] = {}
        self._savings: dict[tuple[int, ...], Saving] = {}
        self._lost: dict[tuple[int, ...], frozenset[int]] = {}
        self._counts: Counter[Measure] | None = None
        self.has_doubts = bool(len(graph.confidences)) and float(graph.confidences[0]) < 1.0
        failed = (tuple(graph.indexes(phase.failed)) for phase in phases_of(window, targets) if phase.failed)
        self._failed = tuple(dict.fromkeys(failed))
        self._states = {failed: states_of(graph, failed) for failed in self._failed}
        self.cut = False

    def cost(self, limit: int) -> int:
        """
        Return what computing the effects once more visits at most: what is down, and what falls with each new single
        point on top, which is tried with the failures and without them. Beyond ``limit`` it is not counted on.
        """
        total = sum(1 + len(states.down) + len(states.degraded) for states in self._states.values())
        points = sorted({point for effect in self._before.values() for point in effect.points})
        spread = at_rest(self._graph)
        for point in self._graph.indexes(points):
            if total > limit:
                break
            step = extend(self._graph, spread, [point])
            take_back(spread, step)
            total += 2 * len(self._failed) * (len(step.fell) + len(step.touched))
        return total

    def measures(self, ways: Collection[Way]) -> list[Measure]:
        """Return what could spare some service its worst outcome in one of these ways, what helps most first."""
        if self._counts is None:
            self._counts = Counter()
            try:
                for service, effect in self._before.items():
                    self._counts.update(self._helping(self._graph.index(service), effect))
            except TooMany:
                self.cut = True
        counts = self._counts
        return sorted((each for each in counts if each.way in ways), key=lambda measure: (-counts[measure], measure))

    def doubts(self) -> list[Doubt]:
        """Return the doubtful relations without which some service could fare better, the most doubtful first."""
        if not self.has_doubts:
            return []
        wanted = {measure.subject for measure in self.measures((Way.CONFIRM,))}
        known = {first: doubt for saving in self._savings.values() for first, doubt in saving.doubts.items()}
        return sorted((known[first] for first in wanted), key=lambda each: (each.confidence, each.source, each.first))

    def _helping(self, service: int, effect: Effect) -> frozenset[Measure]:
        if effect.outcome is Outcome.REDUNDANCY_LOST:
            return self._keeping_redundancy(service)
        if effect.outcome is Outcome.REDUCED:
            # Only a relation that does not exist, or a target less, takes what is down out of a cone.
            return self._clearing(service) if self.has_doubts else frozenset()
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

    def _clearing(self, service: int) -> frozenset[Measure]:
        """Return what could clear a service that only lost spares, in the first phase in which it did."""
        for failed in self._failed:
            lost = self._lost_of(failed)
            if service in lost:
                helping, looked = clearing(self._graph, self._saving(failed), lost, service)
                self._spend(looked)
                return helping
        return frozenset()

    def _lost_of(self, failed: tuple[int, ...]) -> frozenset[int]:
        if failed not in self._lost:
            self._lost[failed] = frozenset(losses(self._graph, self._states[failed]))
            self._spend(len(self._lost[failed]))
        return self._lost[failed]

    def _points_of(self, failed: tuple[int, ...]) -> Mapping[int, Sequence[int]]:
        if failed not in self._points:
            self._points[failed] = new_single_points(self._graph, self._states[failed])
        return self._points[failed]

    def _saving(self, failed: tuple[int, ...]) -> Saving:
        key = tuple(sorted(failed))
        if key not in self._savings:
            self._savings[key] = Saving(self._graph, key)
            self._spend(1 + len(self._savings[key].states.down) + len(self._savings[key].states.degraded))
        return self._savings[key]

    def _spend(self, looked: int) -> None:
        self._left -= looked
        if self._left < 0:
            raise TooMany
