"""Why an outcome is what it is: the groups a failure had to pass, and why a CI now carries a service alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from cmdb.change.policy import policy
from cmdb.context import Context
from cmdb.model.assessment import Assessment
from cmdb.model.explanation import Explanation
from cmdb.model.gate import Alone, Gate, GateMember, Ids, Why
from cmdb.model.outcome import Outcome
from cmdb.model.relation import Strength
from impact.questions.graphs import graph_of
from impact.questions.stories import explained_phases, named
from impact.reading.defaults import defaults_from
from impact.reading.drafting import drafts_of
from impact.reading.live import graph_at

if TYPE_CHECKING:
    from impact.drafts import Drafts
    from impact.explanation import Touched
    from impact.graph import Graph
    from impact.graph.reasons import Before
    from impact.graph.states import States

_OF_STATE = (Outcome.DOWN, Outcome.DEGRADED)


def why_failing(
    context: Context,
    failed: Sequence[str],
    services: Sequence[Touched],
    points: Sequence[str],
    *,
    at: int | None,
    explain: Collection[str] = (),
) -> Why:
    """
    Return what stands behind an answer of :func:`impact.questions.impact.impact_of` at the same revision.

    ``services`` are those of the answer, ``points`` the new single points to explain and ``explain`` the ids of those
    services that get a sentence and a graph of their own; each of these costs one question. Raises as that function
    does.
    """
    from impact.explanation import explained_services

    graph = graph_of(context, at=at)
    found = explained_services(graph, failed, [service for service in services if service.id in explain])
    return replace(explained(graph, [tuple(failed)], services, points), explained=named(context, graph, found))


def why_assessed(
    context: Context,
    assessment: Assessment,
    services: Sequence[Touched],
    points: Sequence[str],
    *,
    explain: Collection[str] = (),
) -> Why:
    """
    Return what stands behind the services of an assessment, on the estate and the defaults it was computed from.

    Those of ``explain`` are explained in the first phase in which they have their outcome. The record is read, never
    changed. Raises HistoryGone when the store no longer keeps its graph revision, NotFound when it no longer keeps the
    defaults, NotAllowed when the actor may not read changes.
    """
    context.allow("change:read")
    inputs = assessment.inputs
    defaults = defaults_from(policy.kept(context, inputs.defaults_sha256))
    graph = graph_at(context.store, defaults, at=assessment.graph_revision)
    drafts = drafts_of(context.store, graph, defaults, inputs.targets)
    if drafts is not None:
        return _why_rewired(context, assessment, drafts, services, points, explain)
    failed = list(dict.fromkeys(phase.failed for phase in assessment.phases if phase.failed))
    found = explained_phases(graph, failed, [service for service in services if service.id in explain])
    return replace(explained(graph, failed, services, points), explained=named(context, graph, found))


def _why_rewired(
    context: Context,
    assessment: Assessment,
    drafts: Drafts,
    services: Sequence[Touched],
    points: Sequence[str],
    explain: Collection[str],
) -> Why:
    """
    Return the same for a change that edits the graph: each part of the window asked of the draft of its edits.

    What an edit alone brings about has no story of failures; the assessment's rewiring tells it.
    """
    gates: dict[str, tuple[Gate | None, ...]] = {}
    alone: dict[str, tuple[Alone, ...]] = {}
    names: dict[str, str] = {}
    stories: dict[str, Explanation] = {}
    for edited in dict.fromkeys(phase.edited for phase in assessment.phases):
        graph = drafts.at(edited)
        failed = list(dict.fromkeys(p.failed for p in assessment.phases if p.failed and p.edited == edited))
        there = [each for each in services if all(map(graph.shows, (each.id, *each.reason)))]
        found = explained(graph, failed, there, [point for point in points if graph.shows(point)])
        for service, passed in found.gates.items():
            if not any(gates.get(service, ())):
                gates[service] = passed
        for point, carried in found.alone.items():
            alone[point] = alone.get(point) or carried
        names.update(found.names)
        wanted = [each for each in there if each.id in explain and each.id not in stories]
        stories.update((one.service, one) for one in explained_phases(graph, failed, wanted))
    told = tuple(stories[service.id] for service in services if service.id in stories)
    shown = named(context, drafts.at(drafts.everything), told)
    whole = {service.id: gates.get(service.id) or (None,) * (len(service.reason) - 1) for service in services}
    return replace(Why(whole, {point: alone.get(point, ()) for point in points}, names), explained=shown)


class _View:
    """The estate with some CIs failed: its states, and both kinds of paths, each computed when first asked for."""

    def __init__(self, graph: Graph, failed: Ids) -> None:
        from impact.graph.states import states_of

        self.graph = graph
        self.failed = failed
        self.states = states_of(graph, graph.indexes(failed))

    @cached_property
    def causes(self) -> Before:
        from impact.graph.reasons import state_causes

        return state_causes(self.graph, self.states)

    @cached_property
    def losses(self) -> Before:
        from impact.graph.reasons import losses

        return losses(self.graph, self.states)

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        from impact.reliability.outcomes import outcomes_of

        return {self.graph.ids[found.service]: found.outcome for found in outcomes_of(self.graph, self.states)}

    def leads_to(self, service: Touched) -> bool:
        """Tell whether the reason of a service is the path that leads to it here."""
        before = self.causes if service.outcome in _OF_STATE else self.losses
        number = self.graph.index(service.id)
        return number in before and self.path(before, number) == service.reason

    def path(self, before: Before, ci: int) -> Ids:
        from impact.graph.reasons import path_to

        return self.graph.ids_of(path_to(before, ci))

    def gate(self, group: int) -> Gate:
        """Return a group as it stands here."""
        from impact.graph.structure import STRENGTHS

        graph = self.graph
        return Gate(
            item=graph.ids[int(graph.owners[group])],
            name=graph.group_names[int(graph.group_name_codes[group])],
            needs=int(graph.needs[group]),
            strength=Strength(STRENGTHS[int(graph.group_strengths[group])]),
            members=tuple(self._member(ci) for ci in graph.members(group)),
        )

    def _member(self, ci: int) -> GateMember:
        down = ci in self.states.down
        path = self.path(self.causes, ci) if ci in self.causes else (self.graph.ids[ci],) if down else ()
        return GateMember(self.graph.ids[ci], path, down)


def explained(graph: Graph, failed: Sequence[Ids], services: Sequence[Touched], points: Sequence[str]) -> Why:
    """Return what stands behind the services on a graph; ``failed`` are the CIs out in each phase, in their order."""
    views = [_View(graph, ids) for ids in failed]
    gates = {service.id: _gates(graph, views, service) for service in services}
    alone = {point: tuple(_alone(graph, views, point, services)) for point in points}
    return Why(gates, alone, _names(graph, gates, alone))


def _gates(graph: Graph, views: Sequence[_View], service: Touched) -> tuple[Gate | None, ...]:
    """Return the groups along the reason of a service, in the phase of this reason and outcome with most out."""
    steps = list(pairwise(service.reason))
    fitting = [view for view in views if service.reason[:1] and view.leads_to(service)]
    if len(fitting) > 1:
        fitting = [view for view in fitting if view.outcomes.get(service.id) is service.outcome] or fitting
    if not fitting:
        return tuple(None for _ in steps)
    # Where more goes out while this is still out, the groups are shown at their worst moment; the path holds there too.
    also = [view for view in views if set(view.failed) >= set(fitting[0].failed)]
    worst = max(also, key=lambda view: len(view.failed))
    return tuple(_passed(worst, graph.index(low), graph.index(high)) for low, high in steps)


def _passed(view: _View, low: int, high: int) -> Gate | None:
    """Return the group in which ``low`` counts for ``high``, None where a relation outside any group is enough."""
    alone, groups = _ties(view.graph, low, high)
    states = view.states
    # What stands alone decides by itself, unless it is soft and the CI is touched by more than that.
    if not groups or alone == "hard" or (alone == "soft" and low in states.down and high in states.degraded):
        return None
    gates = [view.gate(group) for group in groups]
    return min(gates, key=lambda gate: (gate.strength is not Strength.HARD, gate.spares, gate.name))


def _ties(graph: Graph, low: int, high: int) -> tuple[str, list[int]]:
    """Return how ``high`` depends on ``low`` outside any group ("hard", "soft" or ""), and in which groups."""
    from impact.graph.structure import ALONE_HARD, GROUP_HARD

    alone, groups = "", []
    starts = graph.effect_starts
    for effect in graph.effects[int(starts[low]) : int(starts[low + 1])].tolist():
        kind, subject = effect & 3, effect >> 2
        if kind >= GROUP_HARD:
            groups += [subject] if int(graph.owners[subject]) == high else []
        elif subject == high:
            alone = "hard" if kind == ALONE_HARD or alone == "hard" else "soft"
    return alone, groups


def _alone(graph: Graph, views: Sequence[_View], point: str, services: Sequence[Touched]) -> Iterator[Alone]:
    """Yield why ``point`` stops each of the services it newly stops: from the first phase in which it does."""
    wanted = {graph.index(service.id): service.id for service in services if point in service.new_single_points}
    ci = graph.index(point) if wanted else -1
    for view in views:
        if not wanted:
            return
        if ci in view.states.down:
            continue
        also = _View(graph, (*view.failed, point))
        for service in [each for each in wanted if each in also.states.down and each not in view.states.down]:
            found = _carrier(view, also, ci, service)
            if found is not None:
                carrier, group = found
                yield Alone(point, wanted[service], graph.ids[carrier], view.gate(group))
            del wanted[service]


def _carrier(view: _View, also: _View, point: int, service: int) -> tuple[int, int] | None:
    """
    Return a CI that falls with the point, in a group which had lost others already, and that group.

    It is the first on the point's way to the service; where that way needs no such group, the service fell by several
    ways at once, and it is the first of the groups beneath it.
    """
    before = _brought_about(view.states, also.states, view.graph, point)
    if service not in before:
        return None
    from impact.graph.cones import hard_cone, hard_needs
    from impact.graph.reasons import path_to

    falls_at = view.graph.falls_at
    for low, high in pairwise(path_to(before, service)):
        alone, groups = _ties(view.graph, low, high)
        for group in groups if alone != "hard" else ():
            if view.states.lost.get(group, 0) and also.states.lost.get(group, 0) >= int(falls_at[group]):
                return low, group
    fell = also.states.down - view.states.down
    for high in hard_cone(view.graph, [service]):
        for group, members in hard_needs(view.graph, high)[1] if high in fell else ():
            fallen = [ci for ci in members if ci in fell]
            if fallen and view.states.lost.get(group, 0) and also.states.lost[group] >= int(falls_at[group]):
                return fallen[0], group
    return None


def _brought_about(before: States, after: States, graph: Graph, point: int) -> Before:
    """Return the paths over the CIs that are down only since ``point`` failed as well."""
    from impact.graph.reasons import state_causes

    fell = frozenset(after.down) - frozenset(before.down)
    return state_causes(graph, replace(after, failed=(point,), down=fell, degraded=frozenset()))


def _names(
    graph: Graph, gates: Mapping[str, tuple[Gate | None, ...]], alone: Mapping[str, tuple[Alone, ...]]
) -> dict[str, str]:
    every = [gate for found in gates.values() for gate in found if gate]
    every += [one.gate for found in alone.values() for one in found]
    ids = {gate.item for gate in every}
    ids.update(ci for gate in every for member in gate.members for ci in (member.id, *member.path))
    return {ci: graph.names[graph.index(ci)] for ci in sorted(ids)}
