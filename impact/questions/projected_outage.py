"""The projected service outage: what all changes of the coming weeks together take out of each service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

from cmdb.change.calendar.calendar import entries_at
from cmdb.change.text_input import Moment
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import ChangeState
from cmdb.model.consequence import ScenarioName
from cmdb.model.intervals import Interval, charged, minutes_in, union
from cmdb.service.incidents import in_period
from impact.questions.budgets import budgets_left
from impact.questions.conflicts import COUNTED, as_planned, changes_within, parties_of, period_of
from impact.questions.graphs import graph_of

if TYPE_CHECKING:
    from cmdb.change.calendar.calendar import Entries
    from cmdb.model.change import Change
    from impact.graph import Graph
    from impact.risk.projected import Down

DAYS = 28


@dataclass(frozen=True, slots=True)
class OutageStretch:
    """A time in which a service is down by plan, and who takes it down, some alone and some together."""

    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    changes: tuple[str, ...]
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceOutage:
    """
    What the changes of a period take out of one service.

    ``planned_minutes`` is the union of all, ``joint_minutes`` how many of these no change causes alone, and
    ``agreed_minutes`` how many lie in agreed maintenance. ``expected_minutes`` are those planned and, of the changes
    that were assessed as they stand, those inside service hours that backing out and failing add; None where
    a change that takes the service down was not. ``budget_left_minutes`` is what its error budget of the period the
    asked time begins in has left now; None: no level, or not all incidents could be looked at.
    """

    service: str
    name: str
    tier: int | None
    planned_minutes: float
    joint_minutes: float
    agreed_minutes: float
    expected_minutes: float | None
    budget_left_minutes: float | None
    stretches: tuple[OutageStretch, ...]


@dataclass(frozen=True, slots=True)
class ProjectedOutage:
    """
    The services that changes take down, or may by failing, from ``from`` until before ``to``.

    They are in the order of their tiers (without one last), then of their ids.
    ``considered`` is how many changes were looked at, ``drafts`` are those of them that nobody has submitted yet, and
    ``unknown`` CIs they name that the estate does not show; these count as up. ``unlisted`` counts the places at which
    a limit kept joint conflicts from being told, so that minutes may be missing. ``unassessed`` are changes that were
    not assessed as they stand: their chance of failing is in no ``expected_minutes``.
    """

    revision: int
    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    considered: int
    drafts: tuple[str, ...]
    unknown: tuple[str, ...]
    unlisted: int
    unassessed: tuple[str, ...]
    services: tuple[ServiceOutage, ...]


def projected_outage(
    context: Context,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    at: int | None = None,
    now: datetime | None = None,
) -> ProjectedOutage:
    """
    Return what all changes that may still be done, drafts too, take out of each service in a period.

    It is from ``since`` (left out: now) until before ``until`` (left out: four weeks later). A service is down while a
    change alone takes it down, or changes (and incidents beside them) do together; what incidents do alone is not
    planned. The order of names is that of the records at revision ``at``.

    Raises:
        NotAllowed: the actor may not read impact, the calendar, changes or incidents.
        InvalidInput: a moment can not be read, or the period ends before it begins.
    """
    from impact.risk.conflicts import Calendar
    from impact.risk.projected import planned_outages

    context.allow("change:read")
    moment = now or context.clock.now()
    start, given = period_of(moment, since, until)
    end = start + timedelta(days=DAYS) if given is None else given
    graph = graph_of(context, at=at)
    changes = changes_within(context, COUNTED, start, end, at=graph.revision)
    incidents = in_period(context, start, end, at=graph.revision)
    parties, unknown = parties_of(graph, map(as_planned, changes), incidents, ())
    calendar = Calendar(graph, parties)
    entries = entries_at(context, at=graph.revision)
    down = planned_outages(graph, calendar, start, end)
    added, unassessed = _added(context, changes, graph.revision)
    shown = {*(graph.ids[number] for number in down), *_still_there(graph, added)}
    known = _Known(entries, added, unassessed, budgets_left(context, graph, shown, start, now=moment))
    services = [_service(graph, number, down.get(number, []), known, start, end) for number in graph.indexes(shown)]
    return ProjectedOutage(
        revision=graph.revision,
        from_=start,
        to=end,
        considered=len(changes),
        drafts=tuple(each.id for each in changes if each.state is ChangeState.DRAFT),
        unknown=unknown,
        unlisted=len(calendar.cuts()) + len(calendar.unexamined()),
        unassessed=tuple(sorted(unassessed)),
        services=tuple(sorted(services, key=lambda each: (each.tier is None, each.tier or 0, each.service))),
    )


class _Known(NamedTuple):
    """What is known beside the plan: the calendar, what failing adds, which changes nobody assessed, and budgets."""

    entries: Entries
    added: Mapping[str, float]
    unassessed: frozenset[str]
    budgets: Mapping[str, float]


def _added(context: Context, changes: Iterable[Change], revision: int) -> tuple[dict[str, float], frozenset[str]]:
    """Return by service the minutes that backing out and failing add on average, and the changes not assessed so."""
    parts: dict[str, list[float]] = {}
    unassessed = set()
    newest = {change.id: change.assessment for change in changes if change.assessment is not None}
    held = context.records.get_many(ASSESSMENTS, sorted(newest.values()), at=revision)
    for change in changes:
        made = held[newest[change.id]].record if change.id in newest else None
        if made is None or made.consequence is None or made.change_revision != change.revision:
            unassessed.add(change.id)
            continue
        likely = {scenario.name: scenario.probability for scenario in made.consequence.scenarios}
        for service in made.consequence.services:
            planned = next(each.minutes for each in service.scenarios if each.scenario is ScenarioName.AS_PLANNED)
            more = (likely[each.scenario] * (each.minutes - planned) for each in service.scenarios)
            parts.setdefault(service.id, []).append(fsum(more))
    return {service: fsum(found) for service, found in parts.items() if fsum(found) > 0}, frozenset(unassessed)


def _still_there(graph: Graph, services: Iterable[str]) -> set[str]:
    """Return those of the services that the estate still shows."""
    try:
        graph.indexes(services)
    except NotFound as missing:
        return set(services).difference(missing.facts["ids"])
    return set(services)


def _service(graph: Graph, number: int, down: Down, known: _Known, start: datetime, end: datetime) -> ServiceOutage:
    service = graph.ids[number]
    times = union(interval for interval, _, _ in down)
    alone = union(interval for interval, changes, others in down if len(changes) + len(others) == 1)
    allowances = (
        (interval, None if window.minutes is None else float(window.minutes))
        for window in known.entries.maintenance
        if window.agreed and service in (*window.covers.services, *window.covers.cis)
        for interval in window.schedule.within(start, end)
    )
    unknown = known.unassessed.intersection(each for _, changes, _ in down for each in changes)
    return ServiceOutage(
        service=service,
        name=graph.names[number],
        tier=graph.tier(number),
        planned_minutes=minutes_in(times),
        joint_minutes=minutes_in(times) - minutes_in(alone),
        agreed_minutes=charged(times, allowances),
        expected_minutes=None if unknown else minutes_in(times) + known.added.get(service, 0.0),
        budget_left_minutes=known.budgets.get(service),
        stretches=tuple(_stretch(each, down) for each in times),
    )


def _stretch(time: Interval, down: Down) -> OutageStretch:
    own = [(changes, others) for interval, changes, others in down if interval.meets(time.start, time.end)]
    changes = tuple(sorted({each for found, _ in own for each in found}))
    return OutageStretch(time.start, time.end, changes, tuple(sorted({each for _, found in own for each in found})))
