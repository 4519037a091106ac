"""The projected service outage: what all changes of the coming weeks together take out of each service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cmdb.change.calendar import entries_at
from cmdb.change.text_input import Moment
from cmdb.context import Context
from cmdb.model.change import ChangeState
from cmdb.model.intervals import Interval, charged, minutes_in, union
from cmdb.service.incidents import in_period
from impact.questions.conflicts import COUNTED, as_planned, changes_within, parties_of, period_of
from impact.questions.graphs import graph_of

if TYPE_CHECKING:
    from cmdb.change.calendar import Entries
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
    ``agreed_minutes`` how many lie in agreed maintenance. ``expected_minutes`` counts in that changes may fail, and
    ``budget_left_minutes`` what its service level leaves; both are None while nobody knows.
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
    The services that changes take down from ``from`` until before ``to``, by tier (without one last), then by id.

    ``considered`` is how many changes were looked at, ``drafts`` are those of them that nobody has submitted yet, and
    ``unknown`` CIs they name that the estate does not show; these count as up. ``unlisted`` counts the places at which
    a limit kept joint conflicts from being told, so that minutes may be missing.
    """

    revision: int
    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    considered: int
    drafts: tuple[str, ...]
    unknown: tuple[str, ...]
    unlisted: int
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
    services = [_service(graph, number, own, entries, start, end) for number, own in down.items()]
    return ProjectedOutage(
        revision=graph.revision,
        from_=start,
        to=end,
        considered=len(changes),
        drafts=tuple(each.id for each in changes if each.state is ChangeState.DRAFT),
        unknown=unknown,
        unlisted=len(calendar.cuts()) + len(calendar.unexamined()),
        services=tuple(sorted(services, key=lambda each: (each.tier is None, each.tier or 0, each.service))),
    )


def _service(graph: Graph, number: int, down: Down, entries: Entries, start: datetime, end: datetime) -> ServiceOutage:
    service = graph.ids[number]
    times = union(interval for interval, _, _ in down)
    alone = union(interval for interval, changes, others in down if len(changes) + len(others) == 1)
    allowances = (
        (interval, None if window.minutes is None else float(window.minutes))
        for window in entries.maintenance
        if window.agreed and service in (*window.covers.services, *window.covers.cis)
        for interval in window.schedule.within(start, end)
    )
    return ServiceOutage(
        service=service,
        name=graph.names[number],
        tier=graph.tier(number),
        planned_minutes=minutes_in(times),
        joint_minutes=minutes_in(times) - minutes_in(alone),
        agreed_minutes=charged(times, allowances),
        expected_minutes=None,
        budget_left_minutes=None,
        stretches=tuple(_stretch(each, down) for each in times),
    )


def _stretch(time: Interval, down: Down) -> OutageStretch:
    own = [(changes, others) for interval, changes, others in down if interval.meets(time.start, time.end)]
    changes = tuple(sorted({each for found, _ in own for each in found}))
    return OutageStretch(time.start, time.end, changes, tuple(sorted({each for _, found in own for each in found})))
