"""What the calendar says of a change: the freezes it meets, agreed maintenance, and what its team can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cmdb.change.calendar.calendar import Entries, entries_at
from cmdb.change.changes import Keep, WindowGiven, get, imagined
from cmdb.configuration.classes import catalogue_of
from cmdb.context import Context
from cmdb.model.calendar_facts import CalendarFacts
from cmdb.model.capacity import TeamCapacity, team_of
from cmdb.model.change import Change, ChangeState, ChangeType
from cmdb.model.ci import CIS
from cmdb.model.intervals import Interval
from impact.questions.conflicts import SUBMITTED, changes_within
from impact.questions.graphs import graph_of

if TYPE_CHECKING:
    from impact.graph import Graph
    from impact.risk.calendar import Applying, Reach


def met_by(context: Context, change: Change, at: int | None = None) -> CalendarFacts:
    """
    Return what the calendar says of a change with a window, at revision ``at`` (None: the newest).

    Targets and window are those of ``change``, whatever the store has. What nobody has submitted yet does not keep its
    team busy. The same revision gives the same answer for ever: rules were expanded when they were stated.

    Raises:
        NotAllowed: the actor may not read the calendar, changes or impact.
        NotFound, HistoryGone: there is no such revision, or it is no longer kept.
    """
    graph = graph_of(context, at=at)
    return met_on(context, graph, change, entries_at(context, at=graph.revision))


def met_on(context: Context, graph: Graph, change: Change, entries: Entries) -> CalendarFacts:
    """Return the same of a graph and the entries of its revision."""
    from impact.risk.calendar import facts_at

    assert change.window is not None
    window = Interval(change.window.start, change.window.end)
    reach = reach_of(context, graph, change, entries)
    applies = applying_to(context, change, reach, entries, window, states=SUBMITTED, at=graph.revision)
    return facts_at(reach, applies, window, emergency=change.type is ChangeType.EMERGENCY)


def calendar_facts(
    context: Context, change_id: str, *, window: WindowGiven | Keep | None = Keep.KEEP, at: int | None = None
) -> CalendarFacts:
    """
    Return the same of a change of the records, in another window where one is given.

    Raises:
        As :func:`met_by`, and NotFound: there is no such change; InvalidInput: it has no window or no targets, or the
        window given is wrong; every problem is named.
    """
    change = get(context, change_id, at=at).record
    return met_by(context, imagined(context, change, targets=Keep.KEEP, window=window), at)


def reach_of(context: Context, graph: Graph, change: Change, entries: Entries) -> Reach:
    """Return whom a change concerns, with what entries of the calendar may cover them by."""
    from impact.risk.calendar import Reach
    from impact.risk.effects import those_in
    from impact.risk.planned import concerned

    assert change.window is not None
    found = concerned(graph, change.window, change.targets)
    targets = tuple(sorted(target.ci for target in those_in(graph, change.targets)))
    catalogue = catalogue_of(context, at=graph.revision)
    # A hub reaches thousands of services, which are looked up only where it matters where they are.
    covered = (*(each.covers for each in entries.freezes), *(each.covers for each in entries.peaks))
    by_environment = any(covers.environments for covers in covered)
    return Reach(
        targets=targets,
        services=found.services,
        affected=found.affected,
        out=found.out,
        classes={ci: catalogue.lineage(graph.classes[graph.class_codes[graph.index(ci)]]) for ci in targets},
        environments=_environments(context, (*targets, *found.services), at=graph.revision) if by_environment else {},
    )


def applying_to(
    context: Context,
    change: Change,
    reach: Reach,
    entries: Entries,
    period: Interval,
    *,
    states: Sequence[ChangeState],
    at: int | None,
) -> Applying:
    """Return which entries concern a change; other changes of its team count in ``period``."""
    from impact.risk.calendar import applying

    team = team_of(change)
    capacity = _capacity_of(entries, team)
    busy = []
    if capacity is not None:
        context.allow("change:read")
        for other in changes_within(context, states, period.start, period.end, at=at):
            if other.id != change.id and team_of(other) == team and other.window is not None:
                busy.append((other.id, Interval(other.window.start, other.window.end)))
    return applying(
        reach,
        freezes=entries.freezes,
        peaks=entries.peaks,
        maintenance=entries.maintenance,
        team=team,
        capacity=capacity,
        busy=busy,
    )


def _capacity_of(entries: Entries, team: str | None) -> TeamCapacity | None:
    return next((each for each in entries.capacities if each.team == team), None)


def _environments(context: Context, cis: Sequence[str], *, at: int) -> Mapping[str, str]:
    """Return the environment of those CIs that state one."""
    found = context.store.get_many(CIS, tuple(dict.fromkeys(cis)), at=at)
    values = {ci: stored.document.get("attributes", {}).get("environment") for ci, stored in found.items()}
    return {ci: value for ci, value in values.items() if isinstance(value, str)}
