"""Rolling plans: the targets of a change in waves, each brought back before the next, so that no service is lost.

Targets that can not be taken down even alone are told with what is lost: then there is no plan at all. Otherwise one
target at a time always is one, and fewer waves are looked for: a wave is safe when its targets down together lose no
service. The fewest waves are a colouring of the hypergraph whose edges are the smallest sets that lose one, so finding
them is NP-hard; targets are given to waves one after the other, the hardest to place first, going back where that leads
nowhere, for a stated number of trials. When they are spent the plan is the best found, and not proved to be the fewest.
Source: Brelaz, New methods to color the vertices of a graph, 1979, for the order; the search is plain backtracking.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from impact.graph.states import Spread, Step, at_rest, extend, take_back
from impact.graph.structure import Graph

TRIALS = 20_000
"""How often a target may be tried in a wave."""


@dataclass(frozen=True, slots=True)
class RollingPlan:
    """
    CI numbers: ``waves`` one after the other, each ascending; None where there is no plan.

    ``never`` holds the targets that lose services whenever they are down, each with those. ``fewest`` tells whether it
    is proved that no plan has fewer waves.
    """

    waves: tuple[tuple[int, ...], ...] | None
    never: dict[int, tuple[int, ...]]
    fewest: bool


def rolling_plan(
    graph: Graph,
    targets: Iterable[int],
    *,
    services: Collection[int] | None = None,
    standing: Iterable[int] = (),
    trials: int = TRIALS,
) -> RollingPlan:
    """
    Return how to take ``targets`` down in waves so that none of ``services`` (None: of all) is lost.

    ``standing`` are CIs that have failed anyway; a service that is down by them is not lost. A target that is a service
    is lost while it is down.
    """
    wanted, failed = sorted(set(targets)), sorted(set(standing))
    services = None if services is None else frozenset(services)
    base = _Wave(graph, failed, services)
    never = {target: lost for target in wanted if (lost := base.lost_by(target))}
    if never:
        return RollingPlan(None, never, fewest=True)
    order = sorted(wanted, key=lambda target: (-base.reach(target), target))
    plan = _first_fit(order, lambda: _Wave(graph, failed, services))
    search = _Search([_Wave(graph, failed, services) for _ in plan], order, trials)
    while len(plan) > 1 and (fewer := search.in_at_most(len(plan) - 1)) is not None:
        plan = fewer
    return RollingPlan(tuple(tuple(sorted(wave)) for wave in plan), {}, fewest=search.left > 0)


def _first_fit(order: Sequence[int], wave: Callable[[], _Wave]) -> list[list[int]]:
    """Return the plan in which each target goes into the first wave that takes it."""
    waves: list[_Wave] = []
    for target in order:
        if not any(each.take(target) for each in waves):
            waves.append(wave())
            waves[-1].take(target)
    return [each.targets for each in waves]


class _Wave:
    """Targets that are down together, on top of the standing failures."""

    def __init__(self, graph: Graph, standing: Iterable[int], services: Collection[int] | None) -> None:
        self._graph = graph
        self._spread: Spread = at_rest(graph)
        extend(graph, self._spread, standing)
        self._services = services
        self.targets: list[int] = []
        self._steps: list[Step] = []

    def lost_by(self, target: int) -> tuple[int, ...]:
        """Return the services that are lost when a target goes down as well; it stays up."""
        lost = self._taken(target)
        take_back(self._spread, self._steps.pop())
        return lost

    def reach(self, target: int) -> int:
        """Return how many CIs a target takes down; it stays up."""
        self._taken(target)
        step = self._steps.pop()
        take_back(self._spread, step)
        return len(step.fell)

    def take(self, target: int) -> bool:
        """Take a target down as well if that loses no service."""
        if self._taken(target):
            take_back(self._spread, self._steps.pop())
            return False
        self.targets.append(target)
        return True

    def back(self) -> None:
        """Bring the last target back."""
        self.targets.pop()
        take_back(self._spread, self._steps.pop())

    def _taken(self, target: int) -> tuple[int, ...]:
        step = extend(self._graph, self._spread, [target])
        self._steps.append(step)
        flags, wanted = self._graph.service_flags, self._services
        return tuple(sorted(ci for ci in step.fell if (flags[ci] if wanted is None else ci in wanted)))


class _Search:
    """Looks for plans of the targets in ``order`` in fewer and fewer waves; ``left`` are the trials that are left."""

    def __init__(self, waves: Sequence[_Wave], order: Sequence[int], trials: int) -> None:
        self._waves = waves
        self._order = order
        self.left = trials

    def in_at_most(self, count: int) -> list[list[int]] | None:
        """Return a plan of at most ``count`` waves; None: there is none, or the trials are spent."""
        waves, order = self._waves[:count], self._order
        placed: list[int] = []
        first = 0
        while len(placed) < len(order):
            at = self._fitting(waves, order[len(placed)], first)
            if at is not None:
                placed.append(at)
                first = 0
            elif not placed or self.left <= 0:
                self._clear(waves, placed)
                return None
            else:
                first = placed.pop()
                waves[first].back()
                first += 1
        plan = [list(wave.targets) for wave in waves if wave.targets]
        self._clear(waves, placed)
        return plan

    def _fitting(self, waves: Sequence[_Wave], target: int, first: int) -> int | None:
        """Return the first wave from ``first`` on that takes a target; of waves that are empty only one is tried."""
        for at in range(first, len(waves)):
            if at and not waves[at - 1].targets and not waves[at].targets:
                return None
            self.left -= 1
            if waves[at].take(target):
                return at
            if self.left <= 0:
                return None
        return None

    def _clear(self, waves: Sequence[_Wave], placed: list[int]) -> None:
        for at in reversed(placed):
            waves[at].back()
