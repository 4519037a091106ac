"""The outlook of a change as its assessment records it: outages that would need more to fail, and whom it meets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from cmdb.context import Context
from cmdb.model.assessment import Findings, Inputs, ServiceOutcome
from cmdb.model.confidence import DoubtfulRelation, Flip
from cmdb.model.outcome import Outcome
from cmdb.model.outlook import Chance, DoubtfulOutcome, Outlook, ServiceRisk
from cmdb.model.phases import Phase
from cmdb.model.risk_group import RiskGroup
from impact.questions.clashes import clash_of, meets_more
from impact.questions.conflicts import conflicts_with, edits_beside
from impact.questions.drafting import UNTRIED
from impact.questions.findings import Found
from impact.questions.unavailability import unavailabilities

if TYPE_CHECKING:
    from impact.drafts import Drafts
    from impact.graph import Graph

MOST_SERVICES, MOST_BENEATH = 12, 1_000
"""The risk of so many services is computed, and of none after they rest on more CIs than this, all together."""
MOST_GROUPS = 3
MOST_MEASURES = 3
MOST_FLIPS = 20
MOST_DOUBTED = 16
"""So many sets of targets that are out together are looked at for doubtful relations; most changes have one or two."""

# An assessment is waited for, so less is spent on each of its questions than on one that somebody asks by itself.
NODE_BUDGET = LOOKS = 1 << 14
"""How many nodes the diagrams of one service may have, and how many children are looked at where bounds are all."""
TRIALS, WORK = 16, 100_000
"""So many measures of a kind are tried, and fewer where the trials would visit more CIs than this."""
DOUBT_WORK = 1 << 17
"""So many effects are visited in looking at doubtful relations, for one set of targets."""


def outlook_of(
    context: Context,
    graph: Graph,
    inputs: Inputs,
    found: Found,
    *,
    change: str,
    made_at: datetime,
    drafts: Drafts | None = None,
) -> Outlook:
    """
    Return the outlook of a change at the graph's revision.

    ``found`` is what :func:`impact.questions.findings.find_worst` gave, on the ``drafts`` of the inputs. Incidents are
    observed until ``made_at``, and no move leads to before it. Earlier methods than the fourth told conflicts that were
    over by then.

    Raises:
        NotAllowed: the actor may not read impact, changes or incidents.
        HistoryGone: the revision is no longer kept.
    """
    from impact.risk.whatif import mitigations_of

    services = found.findings.services
    # A service that the change brings has no risk today to hold another against.
    asked = list(_affordable(graph, [each for each in services[:MOST_SERVICES] if graph.shows(each.id)]))
    left_out = edits_beside(context, change, inputs.window, inputs.targets, at=graph.revision)
    since = made_at if inputs.method is not None and inputs.method >= 4 else None
    conflicts, unlisted = conflicts_with(
        context, graph, change, inputs.window, inputs.targets, now=made_at, since=since
    )
    doubts = _doubts(graph, found.findings, found.worst, drafts)
    helping = UNTRIED
    if drafts is None:
        helping = mitigations_of(
            graph,
            inputs.window,
            inputs.targets,
            found.findings,
            [clash_of(conflict, change) for conflict in conflicts],
            most=MOST_MEASURES,
            trials=TRIALS,
            work=WORK,
            meets_more=meets_more(context, graph, change, conflicts),
        )
    risk = _Risk(context, graph, drafts, made_at)
    return Outlook(
        risks=tuple(risk.of(service, found.worst[service.id]) for service in asked),
        risks_unexamined=len(services) - len(asked),
        conflicts=conflicts,
        conflicts_unlisted=unlisted + len(left_out),
        doubtful=doubts.doubtful,
        flips=tuple(doubts.flips[:MOST_FLIPS]),
        flips_unlisted=max(0, len(doubts.flips) - MOST_FLIPS),
        doubts_unexamined=doubts.unexamined,
        measures=helping.measures,
        never=helping.never,
        measures_unexamined=helping.unexamined,
        edits_left_out=left_out,
    )


def _affordable(graph: Graph, services: Sequence[ServiceOutcome]) -> Iterator[ServiceOutcome]:
    """Yield the services whose cones may be worked through, in their order."""
    from impact.graph.cones import hard_cone_size

    left = MOST_BENEATH
    for service in services:
        size = hard_cone_size(graph, graph.index(service.id), left)
        if size is not None:
            left -= size
            yield service


class _Doubts(NamedTuple):
    """What hangs on doubtful relations; see :class:`cmdb.model.outlook.Outlook`."""

    doubtful: tuple[DoubtfulOutcome, ...]
    flips: list[Flip]
    unexamined: int | None


def _doubts(graph: Graph, findings: Findings, worst: Mapping[str, Phase], drafts: Drafts | None) -> _Doubts:
    """
    Return what hangs on doubtful relations in any part of the window.

    Told are the flips that make a service worse off than the findings say, whichever targets are out then, and those
    that make it better off in its first worst phase. Phases in which an edit of the graph holds are not looked at; the
    doubtful relations beneath the services above the edits count as unexamined.
    """
    from impact.confidence import confidence_of
    from impact.rewired import doubts_beneath

    beneath = 0 if drafts is None else doubts_beneath(drafts)
    if len(graph.confidences) == 0 or graph.confidences[0] >= 1.0:
        return _Doubts((), [], beneath)
    told = dict.fromkeys(findings.standing) | {service.id: service.outcome for service in findings.services}
    out = {phase.failed for phase in findings.phases if phase.failed and not phase.edited}
    plainly = {ci: phase.failed for ci, phase in worst.items() if not phase.edited}
    sets = sorted(out, key=lambda failed: (-len(failed), failed))
    for_the_worse: dict[tuple[str, DoubtfulRelation], Flip] = {}
    for_the_better: dict[tuple[str, DoubtfulRelation], Flip] = {}
    unexamined = beneath
    for failed in sets[:MOST_DOUBTED]:
        sure = confidence_of(graph, failed, work=DOUBT_WORK)
        unexamined = max(unexamined, sure.unexamined)
        for flip in sure.flips:
            key, outcome = (flip.service, flip.relation), told.get(flip.service, Outcome.UNAFFECTED)
            # A standing service that the findings do not tell fares as it does without the change.
            if outcome is not None and flip.without_it.is_worse_than(outcome):
                for_the_worse[key] = min(for_the_worse.get(key, flip), flip, key=lambda each: each.without_it.rank)
            elif plainly.get(flip.service) == failed:
                for_the_better.setdefault(key, flip)
    worse = sorted(for_the_worse.values(), key=_order)
    better = (flip for key, flip in for_the_better.items() if key not in for_the_worse)
    # Of each service the worst stands first.
    services = {flip.service: flip.without_it for flip in reversed(worse)}
    doubtful = [_doubtful(graph, ci, told.get(ci) or Outcome.UNAFFECTED, outcome) for ci, outcome in services.items()]
    return _Doubts(
        doubtful=tuple(sorted(doubtful, key=lambda each: (each.tier is None, each.tier or 0, each.service))),
        flips=[*worse, *sorted(better, key=_order)],
        unexamined=unexamined if len(sets) <= MOST_DOUBTED else None,
    )


def _doubtful(graph: Graph, ci: str, outcome: Outcome, worst: Outcome) -> DoubtfulOutcome:
    number = graph.index(ci)
    return DoubtfulOutcome(ci, graph.names[number], graph.tier(number), outcome, worst)


def _order(flip: Flip) -> tuple[int, str, str, str]:
    return flip.without_it.rank, flip.service, flip.relation.source, flip.relation.target


class _Risk:
    """Chances of being down, before the change and in the worst phase of a service."""

    def __init__(self, context: Context, graph: Graph, drafts: Drafts | None, made_at: datetime) -> None:
        self._context, self._graph, self._drafts, self._made_at = context, graph, drafts, made_at

    def of(self, service: ServiceOutcome, phase: Phase) -> ServiceRisk:
        from impact.risks import outage, risk_groups

        graph, failed = self._graph, phase.failed
        hours = service.minutes[service.outcome.value] / 60
        then = graph if self._drafts is None or not phase.edited else self._drafts.at(phase.edited)
        of_today = self._chances(graph, hours)
        of_then = of_today if then is graph else self._chances(then, hours)
        before = outage(graph, service.id, chances=of_today, budget=NODE_BUDGET, looks=LOOKS)
        during = outage(then, service.id, failed, chances=of_then, budget=NODE_BUDGET, looks=LOOKS)
        groups = risk_groups(then, service.id, failed, most=MOST_GROUPS, chances=of_then, budget=NODE_BUDGET)
        down = service.outcome is Outcome.DOWN
        # Groups are counted against the same graph with nothing out; what an edit adds is not among them.
        added = None if groups.added is None or then is not graph else str(groups.added)
        return ServiceRisk(
            service=service.id,
            failed=failed,
            hours=hours,
            before=Chance(before.low, before.high),
            during=Chance(1.0, 1.0) if down else Chance(during.low, during.high),
            unstated=len(during.unstated),
            groups=None if groups.count is None else str(groups.count),
            added=added,
            most_probable=() if down else tuple(self._against_today(service.id, groups.groups, plain=then is graph)),
        )

    def _against_today(self, service: str, groups: Sequence[RiskGroup], *, plain: bool) -> Iterator[RiskGroup]:
        """Yield the groups of a draft with ``added`` as today has it: without the change they stop nothing."""
        from impact.graph.states import states_of

        graph = self._graph
        for group in groups:
            if plain:
                yield group
                continue
            there = all(map(graph.shows, group.members))
            stopped = there and graph.index(service) in states_of(graph, graph.indexes(group.members)).down
            yield replace(group, added=not stopped)

    def _chances(self, graph: Graph, hours: float) -> Callable[[Sequence[int]], Mapping[int, float | None]]:
        known: dict[int, float | None] = {}

        def chances(cis: Sequence[int]) -> Mapping[int, float | None]:
            unknown = [ci for ci in cis if ci not in known]
            found = unavailabilities(self._context, graph, unknown, window_hours=hours, at=self._made_at)
            known.update({ci: own.q for ci, own in found.items()})
            return known

        return chances
