"""
Why services fare as they do: for each the facts of one sentence and a small graph that alone is enough for its outcome.

For a service that is down or degraded the graph is the smallest story of that state (:mod:`impact.explaining`). For one
that lost its redundancy it is the story of how one more failure, the point, would stop it: what is down in it already
is why. For one that is only reduced it is the way up from the CI that is down to the group that had it to spare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, Protocol

from cmdb.model.explanation import Because, Explanation, Facts, GroupFacts
from cmdb.model.outcome import Outcome
from impact.explaining.derivation import FAILED, Derivation, derivation_of
from impact.explaining.drawing import Outline, story_of
from impact.explaining.region import NO_GROUP, uses_by
from impact.graph.states import States, states_of
from impact.graph.structure import HARD, STRENGTHS, Graph

Ids = tuple[str, ...]

POINTS_TRIED = 8
"""A lost redundancy is told by one of so many new single points, those that fewest others use directly."""


class Touched(Protocol):
    """A service as an answer or an assessment holds it."""

    @property
    def id(self) -> str: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def reason(self) -> Ids: ...
    @property
    def new_single_points(self) -> Ids: ...


def explained_services(graph: Graph, failed: Iterable[str], services: Iterable[Touched]) -> tuple[Explanation, ...]:
    """
    Return why each of the services has its outcome while ``failed`` have failed, in their order.

    Args:
        services: with outcome, reason and new single points as :func:`impact.answers.what_goes_down` gives them for
            the same failure; those that are unaffected are left out.

    Raises:
        NotFound: it names all ids that are unknown.

    Cost: for each service the relations of what is not up under it; for a lost redundancy also what the points tried
    take down.
    """
    states = states_of(graph, graph.indexes(failed))
    touched = [service for service in services if service.outcome is not Outcome.UNAFFECTED]
    graph.indexes(service.id for service in touched)
    return tuple(_explained(graph, states, service) for service in touched)


def _explained(graph: Graph, states: States, service: Touched) -> Explanation:
    room = _Room(graph, states, frozenset(states.failed), graph.index(service.id))
    if service.outcome in (Outcome.DOWN, Outcome.DEGRADED):
        outline, facts = room.of_state(whole=service.outcome is Outcome.DEGRADED)
    elif service.outcome is Outcome.REDUNDANCY_LOST:
        outline, facts = room.of_point(graph.indexes(service.new_single_points))
    else:
        outline, facts = room.of_spare([graph.index(step) for step in service.reason])
    shown = sum(1 for ci in outline.cis if ci in states.down or ci in states.degraded)
    left = len(states.down) + len(states.degraded) - shown
    return Explanation(service.id, service.outcome, facts, story_of(outline, left))


class _Found(NamedTuple):
    outline: Outline
    facts: Facts


class _Room(NamedTuple):
    """One service, and the states all around it."""

    graph: Graph
    states: States
    failed: frozenset[int]
    service: int

    def of_state(self, *, whole: bool) -> _Found:
        """Return why the service is down or degraded."""
        derivation = derivation_of(self.graph, self.states, self.service)
        outline = self._outline(whole=whole)
        outline.derive(derivation)
        return _Found(outline, self._facts(derivation, outline))

    def of_point(self, points: Sequence[int]) -> _Found:
        """Return how a new single point stops the service: the smallest story of those with fewest users."""
        starts = self.graph.effect_starts
        points = sorted(points, key=lambda ci: (int(starts[ci + 1] - starts[ci]), ci))[:POINTS_TRIED]
        derivation = self._with(points)
        used = [ci for ci in points if derivation.get(ci) == FAILED]
        point = used[0]
        if len(used) > 1:
            derivation = self._with([point])
        outline = self._outline(points=frozenset([point]))
        outline.derive(derivation)
        return _Found(outline, self._last(derivation, point, outline))

    def _with(self, points: Sequence[int]) -> Derivation:
        """Return the story of the service down with some CIs failed as well, using as few of them as it takes."""
        also = states_of(self.graph, {*self.states.failed, *points})
        return derivation_of(self.graph, also, self.service, frozenset(points))

    def of_spare(self, path: Sequence[int]) -> _Found:
        """Return which spare is gone: ``path`` leads from a CI that failed to the service."""
        down = self.states.down
        last = max(place for place, ci in enumerate(path) if ci in down)
        outline = self._outline()
        for high, low in pairwise(reversed(path[last:])):
            outline.step(high, self._between(high, low), (low,))
        derivation = derivation_of(self.graph, self.states, path[last])
        outline.derive(derivation)
        group = self._group(self._between(path[last + 1], path[last]), outline)
        facts = Facts(Because.SPARE, via=self.graph.ids_of(path[-2:last:-1]), group=group)
        return _Found(outline, self._hanging(facts, derivation, [path[last]]))

    def _between(self, high: int, low: int) -> int:
        """Return the hard group by which one CI needs another, the one with fewest spares; none where it needs none."""
        lost, graph = self.states.lost, self.graph
        uses = [use for target, use in uses_by(self.graph, high) if target == low and not use.soft]
        if any(use.group == NO_GROUP for use in uses):
            return NO_GROUP
        return min(
            (use.group for use in uses), key=lambda group: (int(graph.falls_at[group]) - lost.get(group, 0), group)
        )

    def _facts(self, derivation: Derivation, outline: Outline) -> Facts:
        """Return what a sentence says of a story: down to the first group, or to what failed by itself."""
        via, soft = [self.service], None
        while True:
            reason = derivation[via[-1]]
            if reason.group != NO_GROUP or not reason.below:
                break
            soft = len(via) - 1 if reason.soft and soft is None else soft
            via.append(reason.below[0])
        ids = self.graph.ids_of(via[1:])
        if reason.group == NO_GROUP:
            if len(via) == 1:
                return Facts(Because.ITSELF, roots=self.graph.ids_of(via))
            return Facts(Because.ALONE, via=ids[:-1], soft=soft, roots=ids[-1:])
        because = Because.GROUP if reason.below else Because.SHORT
        facts = Facts(because, via=ids, soft=soft, group=self._group(reason.group, outline))
        return self._hanging(facts, derivation, reason.below)

    def _last(self, derivation: Derivation, point: int, outline: Outline) -> Facts:
        """Return what a sentence says of a point: down to the first group of which it takes the last members."""
        graph, down = self.graph, self.states.down
        via = [self.service]
        while True:
            reason = derivation[via[-1]]
            gone = [ci for ci in reason.below if ci in down]
            if gone:
                break
            standing = [ci for ci in reason.below if _stands_on(derivation, ci, down)]
            via.append((standing or reason.below)[0])
        carried = tuple(ci for ci in reason.below if ci not in down)
        facts = Facts(
            Because.LAST,
            via=graph.ids_of(via[1:]),
            group=self._group(reason.group, outline),
            point=graph.ids[point],
            carried=graph.ids_of(carried),
        )
        return self._hanging(facts, derivation, gone)

    def _outline(self, *, points: frozenset[int] = frozenset(), whole: bool = False) -> Outline:
        return Outline(self.graph, self.states, self.failed, whole, points)

    def _group(self, group: int, outline: Outline) -> GroupFacts:
        graph, states = self.graph, self.states
        members = graph.members(group)
        whole = outline.whole and int(graph.group_strengths[group]) == HARD
        gone = [ci for ci in members if ci in states.down or (whole and ci in states.degraded)]
        classes = {int(graph.class_codes[ci]) for ci in members}
        return GroupFacts(
            item=graph.ids[int(graph.owners[group])],
            name=graph.group_names[int(graph.group_name_codes[group])],
            needs=int(graph.needs[group]),
            strength=STRENGTHS[int(graph.group_strengths[group])],
            ci_class=graph.classes[classes.pop()] if len(classes) == 1 else "",
            gone=graph.ids_of(gone),
            left=graph.ids_of(ci for ci in members if ci not in set(gone)),
        )

    def _hanging(self, facts: Facts, derivation: Derivation, members: Sequence[int]) -> Facts:
        """Return the facts with what members of the group failed, and what the others hang on."""
        assert facts.group is not None
        hanging = [ci for ci in members if ci not in self.failed]
        return replace(
            facts,
            failed=tuple(ci for ci in facts.group.gone if self.graph.index(ci) in self.failed),
            hanging=self.graph.ids_of(hanging),
            roots=self.graph.ids_of(sorted(self.failed.intersection(_under(derivation, hanging)))),
        )


def _under(derivation: Derivation, cis: Iterable[int]) -> list[int]:
    """Return the CIs and all that their story rests on."""
    found = list(dict.fromkeys(cis))
    seen = set(found)
    for ci in found:
        for below in derivation[ci].below:
            if below not in seen:
                seen.add(below)
                found.append(below)
    return found


def _stands_on(derivation: Derivation, ci: int, down: AbstractSet[int]) -> bool:
    """Tell whether the story of a CI uses something that is down already."""
    return any(each in down for each in _under(derivation, [ci]))
