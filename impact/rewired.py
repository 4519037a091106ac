"""
What edits of the graph do to services: a draft asked what goes down, each service held against how it is today.

Whoever does not rest on anything that is edited has the same cone in the draft, so its outcome there is its outcome.
All others are compared: their state, what then stops them alone and does not today, and their margin. That costs their
cones, so it is done for as many services as :data:`WORK` affords, those of the strictest tiers first; the rest is
counted, and of it only what goes down or degrades is told.

Source: the outcomes of :mod:`impact.reliability.outcomes`, with *before* read as the estate before the edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cmdb.model.outcome import Outcome
from cmdb.model.rewiring import Rewiring, ServiceAfterwards
from impact.answers import ImpactAnswer, ServiceImpact, what_goes_down
from impact.drafts import Drafts, Edited
from impact.graph.blast import blast_of
from impact.graph.cones import all_beneath, hard_cone_size
from impact.graph.states import States, states_of
from impact.graph.structure import GROUP_HARD, Graph
from impact.reliability.margin import Margin, margin_of
from impact.reliability.rest import Needs
from impact.reliability.single_points import single_points_of

WORK = 40_000
"""So many CIs may be in the cones of the services that are compared, all together."""


class _Stands(NamedTuple):
    """How one service stands on a graph with some CIs failed: what stops it alone, and its margin."""

    points: frozenset[str]
    margin: Margin


class _View:
    """One graph with some CIs failed."""

    def __init__(self, graph: Graph, failed: Sequence[str]) -> None:
        self.graph = graph
        self.failed = graph.indexes(failed)
        self._needs: Needs = {}
        self._known: dict[str, _Stands] = {}

    @cached_property
    def states(self) -> States:
        return states_of(self.graph, self.failed)

    def outcome_of_state(self, service: str) -> Outcome:
        number = self.graph.index(service)
        if number in self.states.down:
            return Outcome.DOWN
        return Outcome.DEGRADED if number in self.states.degraded else Outcome.UNAFFECTED

    def of(self, service: str) -> _Stands:
        if service not in self._known:
            graph, states, number = self.graph, self.states, self.graph.index(service)
            points = graph.ids_of(single_points_of(graph, number, self.failed))
            margin = margin_of(graph, number, states.down, states.lost, known=self._needs)
            self._known[service] = _Stands(frozenset(points), margin)
        return self._known[service]


class Rewired:
    """The services of a change that edits the graph, asked of its drafts."""

    def __init__(self, drafts: Drafts, *, work: int = WORK) -> None:
        self.drafts = drafts
        self._today = _View(drafts.graph, ())
        self._above: dict[Edited, frozenset[str]] = {}
        self._views: dict[tuple[tuple[str, ...], Edited], _View] = {}
        self._compared, self.unexamined = self._affordable(work)

    def answer(self, failed: Sequence[str], edited: Edited) -> ImpactAnswer:
        """
        Return what goes down while ``failed`` are out and the edits of ``edited`` hold, against today with nothing out.

        A service that the change itself brings is held against its own rest. Raises NotFound and MalformedSnapshot.
        """
        graph = self.drafts.at(edited)
        found = what_goes_down(graph, failed)
        if not edited:
            return found
        view = self._view(failed, edited)
        plain = {service.id: service for service in found.services}
        near = self.above(edited)
        services = [service for service in plain.values() if service.id not in near]
        services += [judged for ci in sorted(near) if (judged := self._judged(view, plain.get(ci), ci, edited))]
        services.sort(key=lambda service: (service.tier is None, service.tier or 0, service.id))
        return replace(found, services=tuple(services), unaffected=sum(graph.service_flags) - len(services))

    def rewiring(self, retired: Sequence[str], rest: Iterable[ServiceImpact]) -> Rewiring:
        """
        Return what is lastingly different once all edits hold; ``retired`` are the targets that are out for good.

        ``rest`` are the services that are not unaffected today with nothing failed.
        """
        edited = self.drafts.everything
        graph = self.drafts.at(edited)
        view = self._view(retired, edited)
        outcomes = {service.id: service.outcome for service in self.answer(retired, edited).services}
        today = {service.id: service.outcome for service in rest}
        near = self.above(edited)
        services = [
            shift
            for ci in sorted(near & self._compared)
            if (shift := self._shift(view, ci, today.get(ci, Outcome.UNAFFECTED), outcomes)) is not None
        ]
        services.sort(key=lambda service: (service.tier is None, service.tier or 0, service.id))
        return Rewiring(tuple(services), self.unexamined, tuple(self._rings(graph)), self.drafts.notes)

    def _view(self, failed: Sequence[str], edited: Edited) -> _View:
        key = tuple(failed), edited
        if key not in self._views:
            self._views[key] = _View(self.drafts.at(edited), failed)
        return self._views[key]

    # one service -----------------------------------------------------------------------------------------------------
    def _judged(self, view: _View, plain: ServiceImpact | None, ci: str, edited: Edited) -> ServiceImpact | None:
        """Return the impact on a service above an edit, None where it is none."""
        state = view.outcome_of_state(ci)
        if ci not in self._compared:
            return plain
        now, before = view.of(ci), self._today.of(ci)
        was_down = self._today.outcome_of_state(ci) is Outcome.DOWN
        # Nothing stopped alone what was down already, so nothing can be said to do so newly.
        fresh = () if was_down or state is Outcome.DOWN else tuple(sorted(now.points - before.points))
        outcome = state
        if state is Outcome.UNAFFECTED:
            shorter = not was_down and _least(now.margin) < _least(before.margin)
            outcome = Outcome.REDUNDANCY_LOST if fresh else Outcome.REDUCED if plain or shorter else state
        if outcome is Outcome.UNAFFECTED:
            return None
        graph, number = view.graph, view.graph.index(ci)
        return ServiceImpact(
            id=ci,
            name=graph.names[number],
            tier=graph.tier(number),
            outcome=outcome,
            reason=plain.reason if plain is not None else self._way(graph, number, edited),
            new_single_points=fresh,
            margin=now.margin.low,
            margin_high=now.margin.high,
        )

    def _shift(self, view: _View, ci: str, before: Outcome, outcomes: dict[str, Outcome]) -> ServiceAfterwards | None:
        now, was = view.of(ci), self._today.of(ci)
        outcome = outcomes.get(ci, Outcome.UNAFFECTED)
        both_up = view.outcome_of_state(ci) is not Outcome.DOWN and before is not Outcome.DOWN
        fresh = tuple(sorted(now.points - was.points)) if both_up else ()
        lost = tuple(sorted(was.points - now.points)) if both_up else ()
        if (outcome, now.margin, fresh, lost) == (before, was.margin, (), ()):
            return None
        graph, number = view.graph, view.graph.index(ci)
        name, tier = graph.names[number], graph.tier(number)
        margins = was.margin.low, now.margin.low
        return ServiceAfterwards(ci, name, tier, before, outcome, fresh, lost, *margins)

    def _way(self, graph: Graph, service: int, edited: Edited) -> tuple[str, ...]:
        """Return a shortest path from a CI that is edited to a service, the first by its ids."""
        first = graph.indexes(self.drafts.changed(edited))
        before: dict[int, int | None] = dict.fromkeys(first, None)
        ring = first
        while service not in before and ring:
            above: dict[int, int] = {}
            for ci in ring:
                for subject in _dependents(graph, ci):
                    if subject not in before:
                        above.setdefault(subject, ci)
            before.update(above)
            ring = sorted(above)
        path: list[int] = []
        at: int | None = service if service in before else None
        while at is not None:
            path.append(at)
            at = before[at]
        return graph.ids_of(reversed(path))

    # which services --------------------------------------------------------------------------------------------------
    def above(self, edited: Edited) -> frozenset[str]:
        """Return the services of today that rest on something that is edited, today or then."""
        if edited not in self._above:
            changed = self.drafts.changed(edited)
            found: set[str] = set()
            for graph in (self.drafts.graph, self.drafts.at(edited)):
                there = [ci for ci in changed if graph.shows(ci)]
                over = blast_of(graph, graph.indexes(there)).cis.tolist()
                found.update(graph.ids_of(ci for ci in over if graph.service_flags[ci]))
            self._above[edited] = frozenset(ci for ci in found if self.drafts.graph.shows(ci))
        return self._above[edited]

    def _affordable(self, work: int) -> tuple[frozenset[str], int]:
        """Return the services above the edits whose cones can be worked through, and how many others there are."""
        graph, draft = self.drafts.graph, self.drafts.at(self.drafts.everything)
        services = self.above(self.drafts.everything)
        left, looks = work, 2 * work
        found = set()
        for ci in sorted(services, key=lambda ci: _rank(graph, ci)):
            if looks <= 0:
                # Finding out that a cone is too large costs as well.
                break
            sizes = [hard_cone_size(each, each.index(ci), left) for each in (graph, draft)]
            looks -= sum(left if size is None else size for size in sizes)
            known = [size for size in sizes if size is not None]
            if len(known) == len(sizes) and sum(known) <= left:
                left -= sum(known)
                found.add(ci)
        return frozenset(found), len(services) - len(found)

    def _rings(self, graph: Graph) -> Iterator[tuple[str, str]]:
        """Yield source and target of the relations to come that close a ring of dependencies."""
        come = sorted({row[:2] for edit in self.drafts.edits.values() for row in edit.come})
        for source in dict.fromkeys(source for source, _ in come):
            over = set(graph.ids_of(blast_of(graph, [graph.index(source)]).cis.tolist()))
            yield from ((source, target) for of, target in come if of == source and target in over)


def doubts_beneath(drafts: Drafts) -> int:
    """Return how many relations nobody is sure of lie beneath the services above the edits, with all edits made."""
    graph = drafts.at(drafts.everything)
    if not len(graph.confidences) or graph.confidences[0] >= 1.0:
        return 0
    over = blast_of(graph, graph.indexes(drafts.changed(drafts.everything))).cis.tolist()
    beneath = np.asarray(all_beneath(graph, [ci for ci in over if graph.service_flags[ci]]))
    sources = np.repeat(np.arange(len(graph)), np.diff(graph.relation_starts))
    return int(np.count_nonzero((graph.confidences[graph.confidence_codes] < 1.0) & beneath[sources]))


def _least(margin: Margin) -> float:
    return float("inf") if margin.low is None else margin.low


def _rank(graph: Graph, ci: str) -> tuple[bool, int, str]:
    tier = graph.tier(graph.index(ci))
    return tier is None, tier or 0, ci


def _dependents(graph: Graph, ci: int) -> list[int]:
    """Return the CIs that depend directly on one, ascending."""
    start, end = int(graph.effect_starts[ci]), int(graph.effect_starts[ci + 1])
    effects = graph.effects[start:end].tolist()
    return sorted({int(graph.owners[e >> 2]) if e & 3 >= GROUP_HARD else e >> 2 for e in effects})
