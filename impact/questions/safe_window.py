"""When could a change be made: the next window of its length at which nothing in the calendar speaks against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cmdb.change.calendar.calendar import entries_at
from cmdb.change.changes import Keep, get, imagined
from cmdb.change.text_input import Moment
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.calendar_facts import Stretch
from cmdb.model.change import Change, ChangeType
from cmdb.model.intervals import Interval
from cmdb.service.incidents import in_period
from impact.questions.calendar_facts import applying_to, reach_of
from impact.questions.conflicts import COUNTED, as_planned, changes_within, parties_of, period_of
from impact.questions.graphs import graph_of, names_nearest

if TYPE_CHECKING:
    from impact.graph import Graph
    from impact.risk.safe_window import Grid, Rejected, Ruled

MOST_DAYS = 366
MOST_GRID = 24 * 60
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class RejectedBy:
    """What rules starts out: entries of the calendar, changes and incidents in a conflict together, or a CI or team."""

    ids: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class RejectedStarts:
    """
    How many of the starts that were looked at a reason rules out; several reasons may rule out the same start.

    ``by`` are those of whatever rules out most, and ``more`` how many are not listed.
    """

    reason: str
    count: int
    by: tuple[RejectedBy, ...]
    more: int


@dataclass(frozen=True, slots=True)
class SafeWindowAnswer:
    """
    The first window of ``minutes`` that begins on the grid from ``from`` until before ``to``, None if there is none.

    Starts are ``grid_minutes`` apart, counted from midnight UTC. In it the change meets no freeze it does not pass, is
    in agreed maintenance of every service it does something to and every target, as far as these have windows that
    allow for its planned minutes, is in no joint conflict with another change or an incident, and its team is free.
    ``looked_at`` starts, the one found not included, were ruled out; ``zone`` is that of the change's window.
    """

    revision: int
    change: str
    minutes: float
    zone: str
    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    grid_minutes: int
    window: Stretch | None
    looked_at: int
    rejected: tuple[RejectedStarts, ...]
    considered: int


@names_nearest
def next_window(
    context: Context,
    change_id: str,
    *,
    since: Moment | None = None,
    days: int = 90,
    grid: int = 15,
    at: int | None = None,
    now: datetime | None = None,
) -> SafeWindowAnswer:
    """
    Return when a change could be made, from ``since`` (left out, or past: now) for so many days.

    Others are the changes that may still be done, drafts too, and incidents until they are resolved. ``at`` is the
    revision everything is read as of and ``now`` the moment that counts as now, as for
    :func:`impact.questions.conflicts.conflicts_in`.

    Raises:
        NotAllowed: the actor may not read the calendar, impact, changes or incidents.
        NotFound: there is no such change.
        InvalidInput: the change has no window or no targets, or what is asked for is wrong; every problem is named.
    """
    from impact.risk.safe_window import Grid, first_safe

    moment = (now or context.clock.now()).astimezone(UTC)
    problems = list(_figure_problems(days, grid))
    if problems:
        raise InvalidInput(problems, what="the question", setting=True)
    start = max(moment, period_of(moment, since, None)[0])
    change = imagined(context, get(context, change_id, at=at).record, targets=Keep.KEEP, window=Keep.KEEP)
    assert change.window is not None
    graph = graph_of(context, at=at)
    length = change.window.end - change.window.start
    starts = Grid.between(start, start + timedelta(days=days), grid)
    ruled, considered = _ruled(context, graph, change, starts, length)
    found = first_safe(starts, ruled)
    window = None
    if found.number is not None:
        begins = starts.start(found.number)
        window = Stretch(begins, begins + length)
    return SafeWindowAnswer(
        revision=graph.revision,
        change=change_id,
        minutes=length / timedelta(minutes=1),
        zone=change.window.zone,
        from_=start,
        to=start + timedelta(days=days),
        grid_minutes=grid,
        window=window,
        looked_at=starts.count if found.number is None else found.number,
        rejected=tuple(_told(each) for each in found.rejected),
        considered=considered,
    )


def _ruled(context: Context, graph: Graph, change: Change, starts: Grid, length: timedelta) -> tuple[list[Ruled], int]:
    """Return what rules starts out, and how many changes and incidents were looked at."""
    from impact.risk.conflicts import Calendar
    from impact.risk.safe_window import ruled_by_calendar, ruled_by_conflicts

    assert change.window is not None
    low, high, at = starts.first, starts.start(starts.count) + length, graph.revision
    entries = entries_at(context, at=at)
    reach = reach_of(context, graph, change, entries)
    applies = applying_to(context, change, reach, entries, Interval(low, high), states=COUNTED, at=at)
    emergency = change.type is ChangeType.EMERGENCY
    ruled = list(ruled_by_calendar(starts, length, reach, applies, emergency=emergency))
    others = [each for each in changes_within(context, COUNTED, low, high, at=at) if each.id != change.id]
    incidents = in_period(context, low, high, at=at)
    parties, _ = parties_of(graph, map(as_planned, (*others, change)), incidents, ())
    window = Interval(change.window.start, change.window.end)
    ruled += ruled_by_conflicts(starts, Calendar(graph, parties), change.id, window)
    return ruled, len(others) + len(incidents)


def _figure_problems(days: int, grid: int) -> list[Problem]:
    problems = []
    if not 1 <= days <= MOST_DAYS:
        facts = {"days": days, "most": MOST_DAYS}
        problems.append(Problem("safe_window.days", "{days} days; right would be 1 to {most}", facts, "/days"))
    if not 1 <= grid <= MOST_GRID or MOST_GRID % grid:
        facts = {"grid": grid, "most": MOST_GRID}
        sentence = "a start every {grid} minutes; right would be a divisor of the {most} minutes of a day"
        problems.append(Problem("safe_window.grid", sentence, facts, "/grid"))
    return problems


def _told(rejected: Rejected) -> RejectedStarts:
    named = tuple(RejectedBy(ids, count) for ids, count in rejected.by[:MOST_NAMED])
    more = max(0, len(rejected.by) - MOST_NAMED)
    return RejectedStarts(rejected.against.value, rejected.total, named, more)
