"""The consequence of a change: what each way it may go does to services inside their hours, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cmdb.change import changes
from cmdb.change.changes import KEEP
from cmdb.configuration.classes import catalogue_of
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.change import Change
from cmdb.model.ci import CIS
from cmdb.model.consequence import Consequence, FailureChance
from cmdb.model.hours import ALWAYS, Clock
from cmdb.model.intervals import MINUTE, NOTHING, Interval, intersection, union
from cmdb.model.outcome import Outcome
from cmdb.model.relation import RELATIONS
from cmdb.model.service_level import ServiceLevel
from cmdb.model.sla import ErrorBudget, error_budget
from cmdb.ports.store import Equals
from cmdb.service.hours import KnownHours, hours_between, periods_between
from cmdb.service.loss_scales import in_force
from cmdb.service.service_levels import levels_of
from impact.questions.courses import Coursed, course_of
from impact.questions.downtime import Downtime, downtime_of
from impact.questions.failure import failure_of
from impact.questions.graphs import graph_of

if TYPE_CHECKING:
    from impact.drafts import Drafts
    from impact.graph import Graph
    from impact.risk.affected import Affected
    from impact.risk.touches import Recorded

MOST_READ = 50
"""Of so many targets the records are read for what they touch of capacity, continuity and security."""


@dataclass(frozen=True, slots=True)
class ConsequenceAnswer:
    """
    The consequence of a change at a revision. ``zone`` is that of its window; ``names`` has those of all CIs named.

    ``notified`` tells whether its planned outage counts as told to customers, so that agreed maintenance covers it.
    """

    revision: int
    change: str
    zone: str
    notified: bool
    consequence: Consequence
    names: Mapping[str, str]


def consequence_of(context: Context, change_id: str, *, notified: bool | None = None) -> ConsequenceAnswer:
    """
    Return the consequence of a change as it stands, a draft too, on the estate as it is; nothing is written.

    ``notified`` says that those whom the planned outage touches were told of it; left out, whether the change has
    communications.

    Raises:
        NotAllowed: the actor may not read impact, changes, incidents or service levels.
        NotFound: there is no such change.
        InvalidInput: it has no targets or no window yet; every problem is named.
    """
    change = changes.imagined(context, changes.get(context, change_id).record, targets=KEEP, window=KEEP)
    graph = graph_of(context)
    told = bool(getattr(change, "communications", ())) if notified is None else notified
    p_fail = failure_of(context, change, at=graph.revision)
    found = consequence_at(context, graph, change, p_fail, now=context.clock.now(), notified=told)
    named = {target.ci for target in change.targets}
    named.update(ci for way in found.failing for ci in way.cis)
    named.update(each.id for each in found.services)
    assert change.window is not None
    return ConsequenceAnswer(
        revision=graph.revision,
        change=change.id,
        zone=change.window.zone,
        notified=told,
        consequence=found,
        names=_names(graph, named),
    )


def consequence_at(
    context: Context,
    graph: Graph,
    change: Change,
    p_fail: FailureChance,
    *,
    now: datetime,
    notified: bool,
    drafts: Drafts | None = None,
) -> Consequence:
    """
    Return the consequence of a change with window and targets; everything is read as of the graph's revision.

    ``p_fail`` is its chance of failure, ``now`` the aware moment until when incidents count against error
    budgets and from when on joint conflicts do.
    ``drafts`` are those of its edits of the graph, if somebody has them.
    Raises as :func:`consequence_of`, and HistoryGone where the revision is no longer kept.
    """
    from impact.risk.consequence import reckon
    from impact.risk.touches import touched

    coursed = course_of(context, graph, change, p_fail, now=now, drafts=drafts)
    version, scale = in_force(context, at=graph.revision)
    services = coursed.services()
    levels = levels_of(context, services, at=graph.revision)
    looked = _Looked(context, graph, coursed, levels, now)
    affected = []
    for ci in sorted(services, key=lambda ci: _order(graph, ci)):
        level, tier = levels.get(ci), graph.tier(graph.index(ci))
        weight = scale.weight_of(tier, level.rate if level else None)
        affected.append(looked.affected(ci, tier, weight, notified=notified))
    found = reckon(coursed.course, affected, half_at=scale.half_at)
    named = sorted({target.ci for target in change.targets})
    return Consequence(
        p_fail=coursed.course.p_fail,
        scenarios=found.scenarios,
        failing=found.failing,
        services=found.services,
        expected_loss=found.expected_loss,
        loss_low=found.loss_low,
        loss_high=found.loss_high,
        tail_loss=found.tail_loss,
        tail_high=found.tail_high,
        failed_loss=found.failed_loss,
        score=found.score,
        money=found.money,
        scale_version=version,
        touched=touched(_recorded(context, named[:MOST_READ], at=graph.revision)),
        lumped=coursed.lumped,
        incidents_unexamined=looked.unexamined,
        conflicts_unlisted=coursed.conflicts_unlisted,
        targets_unread=max(0, len(named) - MOST_READ),
    )


class _Looked:
    """What calendars, levels and incidents say of services around a course; a calendar of a time is read once."""

    def __init__(
        self, context: Context, graph: Graph, coursed: Coursed, levels: Mapping[str, ServiceLevel], now: datetime
    ) -> None:
        course = coursed.course
        self._context, self._graph, self._coursed, self._levels, self._now = context, graph, coursed, levels, now
        longest = max(
            (
                *(minutes for _, minutes in course.back_out),
                *(each.repair.minutes[-1] for each in course.alternatives),
            ),
            default=0,
        )
        self._reach = Interval(course.window.start, course.window.end + longest * MINUTE)
        self._hours: dict[tuple[str | None, Interval], KnownHours] = {}
        self._periods = {
            service: list(periods_between(level.period, level.zone, self._reach.start, self._reach.end))
            for service, level in levels.items()
        }
        self._down = self._downtime()
        self.unexamined = self._down.unexamined

    def affected(self, ci: str, tier: int | None, weight: float, *, notified: bool) -> Affected:
        """Return what the reckoning needs to know of a service."""
        from impact.risk.affected import Affected, BudgetPeriod

        level, coursed = self._levels.get(ci), self._coursed
        known = self._known(level, self._periods.get(ci))
        hours = union((*known.hours, *known.unknown))
        clock = Clock(hours)
        rate = level.rate if level else None
        return Affected(
            id=ci,
            name=self._graph.names[self._graph.index(ci)],
            tier=tier,
            weight=weight,
            has_level=level is not None,
            hours=hours,
            unknown=intersection(known.unknown, (self._reach,)),
            planned=coursed.planned.get(ci, ()),
            as_planned=coursed.as_planned.get(ci, Outcome.UNAFFECTED),
            backing_out=coursed.backing_out.get(ci, Outcome.UNAFFECTED),
            failing=tuple(each.get(ci, Outcome.UNAFFECTED) for each in coursed.failing),
            periods=tuple(
                BudgetPeriod(period, self._budget(ci, level, period, clock))
                for period in (self._periods[ci] if level else ())
                if level is not None
            ),
            maintenance=timedelta(minutes=level.maintenance_minutes) if level and notified else NOTHING,
            longest=level.longest_interruption * MINUTE if level and level.longest_interruption else None,
            rate_per_minute=float(rate.per_minute) if rate else None,
            currency=rate.currency if rate else None,
        )

    def _budget(self, ci: str, level: ServiceLevel, period: Interval, clock: Clock) -> ErrorBudget:
        total = error_budget(clock.between(period.start, period.end), level.availability)
        return ErrorBudget(total, clock.inside(intersection(self._down.by_service[ci], (period,))))

    def _known(self, level: ServiceLevel | None, periods: Sequence[Interval] | None) -> KnownHours:
        if level is None or not periods:
            return KnownHours(intersection(ALWAYS, (self._reach,)), ())
        span = Interval(periods[0].start, periods[-1].end)
        key = level.hours, span
        if key not in self._hours:
            at = self._graph.revision
            self._hours[key] = hours_between(self._context, level.hours, span.start, span.end, at=at)
        return self._hours[key]

    def _downtime(self) -> Downtime:
        """Return when services with a level were down in the periods that the change may weigh on."""
        starts = [periods[0].start for periods in self._periods.values()]
        if not starts or min(starts) >= self._now:
            return Downtime(dict.fromkeys(self._levels, ()), 0)
        return downtime_of(self._context, self._graph, sorted(self._levels), min(starts), self._now)


def _recorded(context: Context, cis: Sequence[str], *, at: int) -> Iterator[Recorded]:
    """Yield what the records say of targets."""
    from impact.risk.touches import RELATIONS as TYPES
    from impact.risk.touches import Recorded

    catalogue = catalogue_of(context, at=at)
    for ci, stored in sorted(context.store.get_many(CIS, cis, at=at).items()):
        relations = [
            (each.type, each.target if end == "source" else each.source)
            for end in ("source", "target")
            for each in context.records.find(RELATIONS, [Equals(end, ci)], at=at)
            if each.type in TYPES
        ]
        document = stored.document
        lineage = catalogue.lineage(document["class"])
        yield Recorded(ci, lineage, document.get("attributes", {}), tuple(sorted(relations)))


def _names(graph: Graph, cis: set[str]) -> dict[str, str]:
    """Return the names of those of the CIs that the graph shows."""
    from impact.questions.stories import names_of

    try:
        graph.indexes(cis)
    except NotFound as missing:
        cis = cis.difference(missing.facts["ids"])
    return names_of(graph, cis)


def _order(graph: Graph, ci: str) -> tuple[bool, int, str]:
    tier = graph.tier(graph.index(ci))
    return tier is None, tier or 0, ci
