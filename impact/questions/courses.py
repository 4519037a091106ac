"""How a change may go on, asked of the estate: what is out by plan and when, and what back-out and failures take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.change import Change, Effect, Target
from cmdb.model.consequence import FailureChance
from cmdb.model.intervals import Interval, Intervals, union
from cmdb.model.outcome import Outcome
from cmdb.model.phases import edited_phases_of
from impact.questions.conflicts import SUBMITTED, changes_within, conflicts_with
from impact.questions.drafting import drafts_in
from impact.questions.repairs import repairs_of

if TYPE_CHECKING:
    from impact.answers import ServiceImpact
    from impact.drafts import Drafts
    from impact.graph import Graph
    from impact.risk.courses import Course

MOST_WAYS = 64
"""So many ways to fail are looked at; of more targets, those beyond are taken to fail together, which is worse."""

Outcomes = Mapping[str, Outcome]
"""By service its outcome, of those that are worse off than with nothing failed."""


class Coursed(NamedTuple):
    """
    A course, and what it does to services: when each is down by plan, and its outcomes.

    ``failing`` has those of each alternative of the course. ``lumped`` and ``conflicts_unlisted`` are as in
    :class:`cmdb.model.consequence.Consequence`.
    """

    course: Course
    planned: dict[str, Intervals]
    as_planned: dict[str, Outcome]
    backing_out: Outcomes
    failing: tuple[Outcomes, ...]
    lumped: int
    conflicts_unlisted: int

    def services(self) -> list[str]:
        """Return all services that any scenario makes worse off."""
        return sorted({*self.as_planned, *self.backing_out, *(ci for each in self.failing for ci in each)})


class _Walks:
    """What sets of failed CIs do to the services of today, on the graph and its drafts; each set is asked once."""

    def __init__(self, graph: Graph, drafts: Drafts | None) -> None:
        from impact.answers import what_goes_down
        from impact.rewired import Rewired

        self._graph = graph
        self._ask = what_goes_down
        self._rewired = None if drafts is None else Rewired(drafts)
        self._everything = () if drafts is None else drafts.everything
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], Outcomes] = {}
        self._rest = {each.id: each.outcome for each in what_goes_down(graph, ()).services}

    def of(self, failed: tuple[str, ...], edited: tuple[str, ...] = ()) -> Outcomes:
        """Return what these take while the edits of these targets hold."""
        if (failed, edited) not in self._known:
            rest = self._rest
            services: tuple[ServiceImpact, ...] = ()
            if edited and self._rewired is not None:
                services = self._rewired.answer(failed, edited).services
            elif failed:
                services = self._ask(self._graph, failed).services
            self._known[failed, edited] = {
                each.id: each.outcome
                for each in services
                if each.outcome.is_worse_than(rest.get(each.id, Outcome.UNAFFECTED)) and self._graph.shows(each.id)
            }
        return self._known[failed, edited]

    def brings(self, ci: str) -> bool:
        """Tell whether a CI is not there today and is once all edits hold."""
        return self._rewired is not None and not self._graph.shows(ci) and self._rewired.drafts.shows(ci)

    def at_worst(self, failed: tuple[str, ...]) -> Outcomes:
        """Return what these take before any edit or after all of them, whichever is worse of each service."""
        before = self.of(tuple(ci for ci in failed if self._graph.shows(ci)))
        after = self.of(failed, self._everything)
        services = sorted({*before, *after})
        return {ci: min((each[ci] for each in (before, after) if ci in each), key=_rank) for ci in services}


def course_of(
    context: Context,
    graph: Graph,
    change: Change,
    p_fail: FailureChance,
    *,
    now: datetime,
    drafts: Drafts | None = None,
) -> Coursed:
    """
    Return how a change with window and targets may go on, as of the graph's revision.

    Others are changes that are submitted: with them it may stop a service that it does not stop alone, unless that is
    over by ``now``, an aware moment; and where they reconfigure CIs of a class at the same time as it does, one mistake
    is taken to be in all of them. A change that
    edits the graph (``drafts``; None: they are made by the catalogue of the revision) is planned on its drafts; when it
    fails or is backed out, each service has the worse of its outcomes on the graph as it is and as it would be.

    Raises:
        NotAllowed: the actor may not read impact, changes or incidents.
        HistoryGone: the revision is no longer kept.
    """
    assert change.window is not None
    window = change.window
    drafts = drafts_in(context, graph, change.targets) if drafts is None else drafts
    walks = _Walks(graph, drafts)
    # What is added can fail as well, and whoever needs it then fails with it.
    targets = (*_present(graph, change.targets), *(each for each in change.targets if walks.brings(each.ci)))
    planned: dict[str, list[Interval]] = {}
    worst: dict[str, Outcome] = {}
    there = [each for each in change.targets if graph.shows(each.ci) or each.effect is Effect.ADD]
    for phase in edited_phases_of(window, there):
        for service, outcome in walks.of(phase.failed, phase.edited).items():
            worst[service] = min(worst.get(service, outcome), outcome, key=_rank)
            if outcome is Outcome.DOWN:
                planned.setdefault(service, []).append(Interval(phase.start, phase.end))
    conflicts, unlisted = conflicts_with(context, graph, change.id, window, change.targets, now=None, since=now)
    for stretch in (stretch for conflict in conflicts for stretch in conflict.stretches):
        for service in stretch.services:
            # The change itself is out then, so both ends are there, and they lie in its window.
            assert stretch.from_ is not None
            assert stretch.to is not None
            worst[service] = Outcome.DOWN
            planned.setdefault(service, []).append(Interval(stretch.from_, stretch.to))
    out = tuple(sorted(target.ci for target in targets if target.outage(window) is not None))
    course, lumped = _course(context, graph, change, targets, out, p_fail)
    return Coursed(
        course=course,
        planned={service: union(intervals) for service, intervals in planned.items()},
        as_planned=worst,
        backing_out=walks.at_worst(out) if change.back_out is not None else {},
        failing=tuple(walks.at_worst(each.cis) for each in course.alternatives),
        lumped=lumped,
        conflicts_unlisted=unlisted,
    )


def _course(
    context: Context,
    graph: Graph,
    change: Change,
    targets: Sequence[Target],
    out: tuple[str, ...],
    p_fail: FailureChance,
) -> tuple[Course, int]:
    from impact.risk.courses import Alternative, Course
    from impact.risk.repair import mixed

    assert change.window is not None
    pushed = [target.ci for target in targets if target.effect is Effect.CONFIG]
    alone = sorted(target.ci for target in targets if target.effect is not Effect.CONFIG)
    ways: list[tuple[tuple[str, ...], int]] = []
    if pushed:
        ways.append((tuple(sorted({*pushed, *_pushed_beside(context, graph, change, pushed)})), len(pushed)))
    singles = alone if len(alone) + len(ways) <= MOST_WAYS else alone[: MOST_WAYS - len(ways) - 1]
    ways += [((ci,), 1) for ci in singles]
    lumped = alone[len(singles) :]
    ways += [(tuple(lumped), len(lumped))] if lumped else []
    repairs = repairs_of(context, graph, sorted({ci for cis, _ in ways for ci in cis} | set(out)))
    alternatives = tuple(
        Alternative(cis, count / len(targets), mixed([repairs[ci] for ci in cis])) for cis, count in ways
    )
    back_out: tuple[tuple[float, int], ...] = ((1.0, 0),)
    if change.back_out is not None and change.back_out.minutes is not None:
        back_out = ((1.0, change.back_out.minutes),)
    elif change.back_out is not None and out:
        # Nobody said how long it takes: as long as repairs of these take.
        time = mixed([repairs[ci] for ci in out])
        back_out = tuple(zip(time.probabilities, time.minutes, strict=True))
    within = Interval(change.window.start, change.window.end)
    return Course(within, p_fail, back_out, alternatives), len(lumped)


def _pushed_beside(context: Context, graph: Graph, change: Change, pushed: Sequence[str]) -> set[str]:
    """Return the CIs of the same classes that other submitted changes reconfigure while the window is open."""
    assert change.window is not None
    codes = {int(graph.class_codes[number]) for number in graph.indexes(pushed)}
    found: set[str] = set()
    window = change.window
    for other in changes_within(context, SUBMITTED, window.start, window.end, at=graph.revision):
        if other.id != change.id:
            found.update(each.ci for each in _present(graph, other.targets) if each.effect is Effect.CONFIG)
    return {graph.ids[number] for number in graph.indexes(found) if int(graph.class_codes[number]) in codes}


def _present(graph: Graph, targets: Sequence[Target]) -> tuple[Target, ...]:
    """Return the targets that the graph shows: nothing can depend on one that is retired."""
    try:
        graph.indexes(target.ci for target in targets)
    except NotFound as missing:
        gone = set(missing.facts["ids"])
        return tuple(target for target in targets if target.ci not in gone)
    return tuple(targets)


def _rank(outcome: Outcome) -> int:
    return outcome.rank
