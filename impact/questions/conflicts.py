"""Which changes are in each other's way: together, or with what has failed, they stop a service, none alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from cmdb.change.text_input import Moment, moment_at
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import CHANGES, Change, ChangeState, Target, Window
from cmdb.model.joint_conflict import ConflictStretch, JointConflict, SmallestMove
from cmdb.model.phases import phases_of
from cmdb.ports.store import Between, Filter, OneOf
from cmdb.service.incidents import in_period
from impact.questions.graphs import graph_of, names_nearest

if TYPE_CHECKING:
    from cmdb.model.incident import Incident
    from impact.graph import Graph
    from impact.risk.conflicts import Calendar, Conflict, Cut, Party, Unexamined
    from impact.risk.overlaps import Who

"""An aware datetime, or its text with an offset or a zone."""

COUNTED = (
    ChangeState.DRAFT,
    ChangeState.SUBMITTED,
    ChangeState.ASSESSED,
    ChangeState.APPROVED,
    ChangeState.SCHEDULED,
    ChangeState.IMPLEMENTING,
)
"""Whose changes count unless said otherwise: all that may still be done. Conflicts with drafts say so."""

SUBMITTED = tuple(state for state in COUNTED if state is not ChangeState.DRAFT)
"""Whose changes an assessment counts: what nobody has submitted yet is in nobody's way."""

_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class UnlistedConflicts:
    """
    More conflicts than are listed: sets of these that stop ``services`` from ``from`` on.

    ``count`` is how many there are, those that are listed included; None where ``budget`` was spent before.
    """

    changes: tuple[str, ...]
    incidents: tuple[str, ...]
    standing: tuple[str, ...]
    services: tuple[str, ...]
    from_: datetime | None = field(metadata={"json": "from"})
    count: int | None


@dataclass(frozen=True, slots=True)
class UnexaminedOverlap:
    """
    A time in which not all conflicts of a party were looked for, because too many overlap with it.

    One of ``change``, ``incident`` and ``standing`` names it, the others are None.
    """

    change: str | None
    incident: str | None
    standing: str | None
    from_: datetime | None = field(metadata={"json": "from"})
    to: datetime | None


@dataclass(frozen=True, slots=True)
class ConflictsAnswer:
    """
    The joint conflicts that go on at some time from ``from`` until before ``to`` (None: without end), by their start.

    ``considered`` is how many changes and incidents were looked at, ``unknown`` the CIs they name that the estate does
    not show (retired, mostly): these count as up. ``reach_days`` is how far moves were looked for, ``budget`` how many
    nodes the diagram of parties that meet may have.

    ``overlaps`` is how many sets of overlapping parties could bring something down together. Of these, those that begin
    with one of ``unexamined`` were not examined: more than ``together`` parties would have had to be looked at at once.
    Every conflict that is missing has one of them as a member, within its time; where there is none, none is missing.
    ``unmoved`` are the changes in conflicts for which no move was looked for, because ``moves_budget`` (CIs and groups
    looked at for all moves together) was spent before. ``edits_left_out`` are the changes that edit the graph: their
    outages count, on the graph as it is, and what their edits bring about does not.
    """

    revision: int
    from_: datetime = field(metadata={"json": "from"})
    to: datetime | None
    considered: int
    unknown: tuple[str, ...]
    reach_days: int
    budget: int
    conflicts: tuple[JointConflict, ...]
    unlisted: tuple[UnlistedConflicts, ...]
    overlaps: int
    together: int
    unexamined: tuple[UnexaminedOverlap, ...]
    moves_budget: int
    unmoved: tuple[str, ...]
    edits_left_out: tuple[str, ...] = ()


class Planned(NamedTuple):
    """What a conflict asks of a change: who it is, whether it is still a draft, and when it has what out."""

    id: str
    draft: bool
    window: Window
    targets: Sequence[Target]


@names_nearest
def conflicts_in(
    context: Context,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    down: Sequence[str] = (),
    states: Sequence[ChangeState] = COUNTED,
    moves: bool = True,
    at: int | None = None,
    now: datetime | None = None,
) -> ConflictsAnswer:
    """
    Return the joint conflicts of a period: from ``since`` (left out: now) until before ``until`` (without end).

    ``down`` are CIs that have failed and stay so. Changes count in any of ``states``; incidents from when they were
    opened until they are resolved. A conflict is told whole, also where it began before the period. No move leads to
    before now. ``at`` is the revision everything is read as of (None: the newest) and ``now`` the moment that counts as
    now (None: the clock's); who gives both gets the same bytes whenever they ask.

    Raises:
        NotAllowed: the actor may not read impact, changes or incidents.
        NotFound: some of ``down`` are not in the estate (all are named), or there is no such revision.
        HistoryGone: the revision is no longer kept.
        InvalidInput: a moment can not be read, or the period ends before it begins.
    """
    from impact.risk.conflicts import Calendar
    from impact.risk.joint import NODE_BUDGET
    from impact.risk.moves import BUDGET, DAY, REACH
    from impact.risk.overlaps import MOST_TOGETHER

    context.allow("change:read")
    moment = (now or context.clock.now()).astimezone(UTC)
    start, end = period_of(moment, since, until)
    graph = graph_of(context, at=at)
    failed = graph.indexes(down)
    reach = timedelta(seconds=REACH)
    low, high = _within(start, end, reach)
    changes = [as_planned(change) for change in changes_within(context, states, low, high, at=at)]
    incidents = in_period(context, low, high, at=at)
    parties, unknown = parties_of(graph, changes, incidents, failed)
    calendar = Calendar(graph, parties)
    telling = _Telling(graph, calendar, changes, now=moment if moves else None)
    until_seconds = float("inf") if end is None else end.timestamp()
    conflicts = tuple(
        telling.conflict(found)
        for found in calendar.conflicts()
        if any(each.start < until_seconds and start.timestamp() < each.end for each in found.stretches)
    )
    return ConflictsAnswer(
        revision=graph.revision,
        from_=start,
        to=end,
        considered=len(changes) + len(incidents),
        unknown=unknown,
        reach_days=REACH // DAY,
        budget=NODE_BUDGET,
        conflicts=conflicts,
        unlisted=tuple(_unlisted(graph, cut) for cut in calendar.cuts() if cut.start < until_seconds),
        overlaps=calendar.overlaps(),
        together=MOST_TOGETHER,
        unexamined=tuple(
            _unexamined(each)
            for each in calendar.unexamined()
            if each.start < until_seconds and start.timestamp() < each.end
        ),
        moves_budget=BUDGET,
        unmoved=tuple(sorted(telling.unmoved)),
        edits_left_out=tuple(sorted(each.id for each in changes if _edits(each.targets))),
    )


def _unlisted(graph: Graph, cut: Cut) -> UnlistedConflicts:
    stopped = graph.ids_of(cut.services)
    return UnlistedConflicts(*_sorted_out(cut.parties), stopped, from_=_moment(cut.start), count=cut.total)


def _unexamined(overlap: Unexamined) -> UnexaminedOverlap:
    from impact.risk.conflicts import CHANGE, INCIDENT, STANDING

    kind, key = overlap.who
    change, incident, standing = (key if kind == of else None for of in (CHANGE, INCIDENT, STANDING))
    return UnexaminedOverlap(change, incident, standing, from_=_moment(overlap.start), to=_moment(overlap.end))


def conflicts_with(
    context: Context,
    graph: Graph,
    change: str,
    window: Window,
    targets: Sequence[Target],
    *,
    now: datetime | None,
    states: Sequence[ChangeState] = SUBMITTED,
    since: datetime | None = None,
) -> tuple[tuple[JointConflict, ...], int]:
    """
    Return the joint conflicts of one change, as of the graph's revision, and at how many places a limit may hide more.

    The others are changes in one of ``states``, and incidents. Of the change itself the window and targets are those
    given, whatever the revision has. No move leads to before ``now``, an aware moment; None: no moves are told.
    What is over by ``since`` is left out: whole conflicts, and those stretches of others; what goes on is told whole.

    Raises:
        NotAllowed: the actor may not read changes or incidents.
        HistoryGone: the revision is no longer kept.
    """
    from impact.risk.conflicts import CHANGE, Calendar
    from impact.risk.moves import REACH

    context.allow("change:read")
    who = CHANGE, change

    def met(reach: timedelta) -> tuple[Calendar, list[Planned]]:
        low, high = _within(window.start, window.end, reach)
        others = (as_planned(each) for each in changes_within(context, states, low, high, at=graph.revision))
        everybody = [*(each for each in others if each.id != change), Planned(change, False, window, targets)]
        parties, _ = parties_of(graph, everybody, in_period(context, low, high, at=graph.revision), ())
        return Calendar(graph, parties), everybody

    meeting, _ = met(timedelta(0))
    over = -float("inf") if since is None else since.timestamp()
    # Of what a budget kept from being listed nobody knows when it ends.
    unlisted = sum(who in cut.parties for cut in meeting.cuts())
    unlisted += sum(each.end > over for each in meeting.unexamined())
    if not any(_still(found, over) for found in meeting.conflicts_of(who)):
        return (), unlisted
    # Moves are asked for only where there is something to move away from: that takes everybody within their reach.
    calendar, everybody = met(timedelta(seconds=REACH if now is not None else 0))
    telling = _Telling(graph, calendar, everybody, now=now)
    still = (_still(found, over) for found in calendar.conflicts_of(who))
    return tuple(telling.conflict(found) for found in still if found is not None), unlisted


def _still(found: Conflict, over: float) -> Conflict | None:
    """Return a conflict without the stretches that end at a moment or before it, None where none is left."""
    left = tuple(each for each in found.stretches if each.end > over)
    return found._replace(stretches=left) if left else None


def edits_beside(
    context: Context, change: str, window: Window, targets: Sequence[Target], *, at: int
) -> tuple[str, ...]:
    """
    Return the changes whose edits of the graph :func:`conflicts_with` leaves out where somebody else goes on as well.

    The change itself counts where anybody's window or incident meets its own. Raises as that function does.
    """
    others = [each for each in changes_within(context, SUBMITTED, window.start, window.end, at=at) if each.id != change]
    found = {each.id for each in others if _edits(each.targets)}
    if _edits(targets) and (others or in_period(context, window.start, window.end, at=at)):
        found.add(change)
    return tuple(sorted(found))


def _edits(targets: Sequence[Target]) -> bool:
    return any(target.edit is not None for target in targets)


def as_planned(change: Change) -> Planned:
    assert change.window is not None
    return Planned(change.id, change.state is ChangeState.DRAFT, change.window, change.targets)


class _Telling:
    """A calendar's conflicts in ids and moments."""

    def __init__(self, graph: Graph, calendar: Calendar, changes: Iterable[Planned], *, now: datetime | None) -> None:
        """Moves are told where there is a ``now``, to which none may lead back."""
        from impact.risk.moves import BUDGET

        self._graph = graph
        self._calendar = calendar
        self._changes = {change.id: change for change in changes}
        self._known: dict[Who, int | None] = {}
        self._back: dict[Who, float] = {}
        self.unmoved: set[str] = set()
        self._enough = calendar.looked_at + BUDGET
        for change in self._changes.values():
            if now is not None and change.window.start > now:
                self._back["change", change.id] = (change.window.start - now).total_seconds()

    def conflict(self, found: Conflict) -> JointConflict:
        ids_of = self._graph.ids_of
        changes, incidents, standing = _sorted_out(found.parties)
        return JointConflict(
            changes=changes,
            incidents=incidents,
            standing=standing,
            drafts=tuple(each for each in changes if self._changes[each].draft),
            services=ids_of(found.services),
            from_=_moment(found.start),
            to=_moment(found.end),
            cut=ids_of(found.cut),
            stretches=tuple(
                ConflictStretch(_moment(each.start), _moment(each.end), ids_of(each.services), ids_of(each.cut))
                for each in found.stretches
            ),
            moves=tuple(self._moves(found)),
        )

    def _moves(self, found: Conflict) -> Iterable[SmallestMove]:
        from impact.risk.moves import moves_of

        back = self._back
        if self._calendar.looked_at > self._enough:
            # What is known of a change already costs nothing more.
            asked = {who for who in found.parties if who in back}
            back = {who: back[who] for who in asked if self._known.get(who) is not None}
            self.unmoved.update(key for _, key in asked - back.keys())
        for move in moves_of(self._calendar, found, back, known=self._known):
            window = self._changes[move.who[1]].window
            later = timedelta(minutes=move.minutes)
            yield SmallestMove(move.who[1], move.minutes, window.start + later, window.end + later, move.frees)


def period_of(now: datetime, since: Moment | None, until: Moment | None) -> tuple[datetime, datetime | None]:
    """Return the period in UTC, from ``now`` where nobody says since when; raises InvalidInput with every problem."""
    start, problems = moment_at(since, "/from")
    end, wrong = moment_at(until, "/to")
    problems += wrong
    if not problems:
        start = start or now
        if end is None or start < end:
            return start, end
        facts = {"start": start.isoformat(), "end": end.isoformat()}
        sentence = "the period ends at {end}, which is not after its start {start}"
        problems.append(Problem("period.ends_first", sentence, facts, "/to"))
    raise InvalidInput(problems, what="the question", setting=True)


def _within(start: datetime, end: datetime | None, reach: timedelta) -> tuple[datetime, datetime]:
    """Return a period (without an end: None) with ``reach`` before and after it, as far as there are moments."""
    later = _ENDLESS if end is None else end + min(reach, _ENDLESS - end)
    return start - min(reach, start - _EARLIEST), later


def changes_within(
    context: Context, states: Sequence[ChangeState], start: datetime, end: datetime, *, at: int | None
) -> list[Change]:
    """Return the changes in these states whose windows have some time from ``start`` until before ``end``, by id."""
    # Documents hold times as text, in which "05.5Z" comes before "05Z"; so whole seconds are asked for, and what is
    # found is compared as moments.
    low, high = (moment.replace(tzinfo=None).isoformat(timespec="seconds") for moment in (start, end))
    where: list[Filter] = [
        OneOf("state", tuple(state.value for state in states)),
        Between("window.end", low, None),
        Between("window.start", None, f"{high}Z"),
    ]
    return [
        change
        for change in context.records.find(CHANGES, where, at=at)
        if change.window is not None and start < change.window.end and change.window.start < end
    ]


def parties_of(
    graph: Graph, changes: Iterable[Planned], incidents: Iterable[Incident], failed: Iterable[int]
) -> tuple[list[Party], tuple[str, ...]]:
    """Return all who have something out, and the ids they name that the graph does not show."""
    from impact.risk.conflicts import CHANGE, INCIDENT, STANDING, Party

    out: list[tuple[str, str, list[tuple[str, float, float | None]]]] = []
    for change in changes:
        outages: list[tuple[str, float, float | None]] = [
            (ci, phase.start.timestamp(), phase.end.timestamp())
            for phase in phases_of(change.window, change.targets)
            for ci in phase.failed
        ]
        out.append((CHANGE, change.id, outages))
    for incident in incidents:
        resolved = None if incident.resolved is None else incident.resolved.timestamp()
        out.append((INCIDENT, incident.id, [(ci, incident.opened.timestamp(), resolved) for ci in incident.cis]))
    numbers, unknown = _numbers(graph, {ci for _, _, outages in out for ci, _, _ in outages})
    parties = [
        Party(kind, key, tuple((numbers[ci], start, end) for ci, start, end in outages if ci in numbers))
        for kind, key, outages in out
    ]
    return [*parties, *(Party(STANDING, graph.ids[ci], ((ci, None, None),)) for ci in failed)], unknown


def _numbers(graph: Graph, ids: set[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    from cmdb.errors import NotFound

    unknown: tuple[str, ...] = ()
    try:
        found = graph.indexes(ids)
    except NotFound as missing:
        unknown = tuple(missing.facts["ids"])
        found = graph.indexes(ids.difference(unknown))
    return {graph.ids[number]: number for number in found}, unknown


def _sorted_out(parties: Iterable[Who]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the ids of changes, incidents and standing failures."""
    whose = list(parties)
    changes, incidents, standing = (
        tuple(sorted(key for of, key in whose if of == kind)) for kind in ("change", "incident", "standing")
    )
    return changes, incidents, standing


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isfinite(seconds) else None
