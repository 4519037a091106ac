"""Rolling plans: the targets of a change in waves, each brought back before the next, so that no service is lost.

Targets that can not be taken down even alone are told with what is lost: then there is no plan at all. Otherwise one
target at a time always is one, and fewer waves are looked for: a wave is safe when its targets down together lose no
service. The fewest waves are a colouring of the hypergraph whose edges are the smallest sets that lose one, so finding
them is NP-hard; targets are given to waves one after the other, the hardest to place first, going back where that leads
nowhere, until a stated number of CIs has been visited. When they are spent the plan is the best found, targets that no
wave has taken yet go one at a time, and it is not proved to be the shortest; the answer says so. Each target is tried
alone first, whatever that takes: without that nothing can be said.
Source: Brelaz, New methods to color the vertices of a graph, 1979, for the order; the search is plain backtracking.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from impact.graph.states import Spread, Step, at_rest, extend, take_back
from impact.graph.structure import Graph

VISITS = 2_000_000
"""
How many CIs may be visited in putting targets together: those that go down by a target in a wave, for each trial, and
eight more for the trial itself. That is some two seconds of work.
"""

_TRIAL = 8


@dataclass(frozen=True, slots=True)
class RollingPlan:
    """
    CI numbers: ``waves`` one after the other, each ascending; None where there is no plan.

    ``never`` holds the targets that lose services whenever they are down, each with those. ``fewest`` tells whether it
    is proved that no plan has fewer waves. ``visited`` is how many CIs were visited in putting targets together, and
    ``visits`` the limit, which the last trial may exceed.
    """

    waves: tuple[tuple[int, ...], ...] | None
    never: dict[int, tuple[int, ...]]
    fewest: bool
    visited: int
    visits: int

    @property
    def spent(self) -> bool:
        """Whether the limit was reached before everything was tried."""
        return self.visited >= self.visits and not self.fewest


@dataclass(slots=True)
class _Visits:
    """How many CIs may still be visited."""

    left: int


def rolling_plan(
    graph: Graph,
    targets: Iterable[int],
    *,
    services: Collection[int] | None = None,
    standing: Iterable[int] = (),
    visits: int = VISITS,
) -> RollingPlan:
    """
    Return how to take ``targets`` down in waves so that none of ``services`` (None: of all) is lost.

    ``standing`` are CIs that have failed anyway; a service that is down by them is not lost. A target that is a service
    is lost while it is down. ``visits`` limits the work, as :data:`VISITS` tells.
    """
    wanted, failed = sorted(set(targets)), sorted(set(standing))
    purse = _Visits(visits)
    spread = at_rest(graph)
    extend(graph, spread, failed)
    base = _Wave(graph, spread, None if services is None else frozenset(services), purse)
    alone = {target: base.alone(target) for target in wanted}
    never = {target: lost for target, (lost, _) in alone.items() if lost}
    purse.left = visits
    if never:
        return RollingPlan(None, never, fewest=True, visited=0, visits=visits)
    order = sorted(wanted, key=lambda target: (-alone[target][1], target))
    plan, waves = _first_fit(order, base)
    search = _Search(waves, order, purse)
    while 1 < len(plan) <= len(waves) and (fewer := search.in_at_most(len(plan) - 1)) is not None:
        plan = fewer
    shown = tuple(tuple(sorted(wave)) for wave in plan)
    return RollingPlan(shown, {}, purse.left > 0 or len(plan) < 2, visits - purse.left, visits)


def _first_fit(order: Sequence[int], base: _Wave) -> tuple[list[list[int]], list[_Wave]]:
    """
    Return the plan in which each target goes into the first wave that takes it, and its waves, brought back.

    Once the visits are spent each target has a wave of its own, and there are fewer waves to bring back than in the
    plan.
    """
    waves: list[_Wave] = []
    single: list[list[int]] = []
    for target in order:
        if not any(base.purse.left > 0 and each.take(target) for each in waves):
            if base.purse.left <= 0:
                single.append([target])
            else:
                waves.append(base.another())
                waves[-1].take(target)
    plan = [list(each.targets) for each in waves]
    for each in waves:
        while each.targets:
            each.back()
    return plan + single, waves


class _Wave:
    """Targets that are down together, on top of a spread with the standing failures."""

    def __init__(self, graph: Graph, spread: Spread, services: Collection[int] | None, purse: _Visits) -> None:
        self._graph = graph
        self._spread = spread
        self._services = services
        self.purse = purse
        self.targets: list[int] = []
        self._steps: list[Step] = []

    def another(self) -> _Wave:
        """Return a wave like this one, in which no target is down."""
        self.purse.left -= _TRIAL + len(self._spread.down)
        spread = Spread(down=set(self._spread.down), lost=dict(self._spread.lost), soft_hits=[])
        return _Wave(self._graph, spread, self._services, self.purse)

    def alone(self, target: int) -> tuple[tuple[int, ...], int]:
        """Return the services that are lost when a target goes down as well, and how many CIs do; it stays up."""
        lost = self._taken(target)
        step = self._steps.pop()
        take_back(self._spread, step)
        return lost, len(step.fell)

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
        self._spread.soft_hits.clear()  # Nobody asks what is degraded, and they would add up from trial to trial.
        self._steps.append(step)
        self.purse.left -= _TRIAL + len(step.fell)
        flags, wanted = self._graph.service_flags, self._services
        return tuple(sorted(ci for ci in step.fell if (flags[ci] if wanted is None else ci in wanted)))


class _Search:
    """Looks for plans of the targets in ``order`` in fewer and fewer waves, as long as visits are left."""

    def __init__(self, waves: Sequence[_Wave], order: Sequence[int], purse: _Visits) -> None:
        self._waves = waves
        self._order = order
        self._purse = purse

    def in_at_most(self, count: int) -> list[list[int]] | None:
        """Return a plan of at most ``count`` waves; None: there is none, or the visits are spent."""
        waves, order = self._waves[:count], self._order
        placed: list[int] = []
        first = 0
        while len(placed) < len(order):
            at = self._fitting(waves, order[len(placed)], first)
            if at is not None:
                placed.append(at)
                first = 0
            elif not placed or self._purse.left <= 0:
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
            if waves[at].take(target):
                return at
            if self._purse.left <= 0:
                return None
        return None

    def _clear(self, waves: Sequence[_Wave], placed: list[int]) -> None:
        for at in reversed(placed):
            waves[at].back()
