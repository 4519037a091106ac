"""
The desk of series: meetings planned by hand or by a rule that comes again, laid out ahead, and one of them moved.

A series that comes again is stated once, with an RRULE in the clocks of its zone
(:mod:`cmdb.change.calendar.recurrence`). Its meetings of the next quarter are records of their own, so that one can be
moved or called off and the others stay; the rest is laid out as time goes by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cmdb.change.boards.convened import duration_problems, held_in, not_in_use, put_meeting, refuse
from cmdb.change.calendar.recurrence import ScheduleGiven, scheduled, stated
from cmdb.change.calendar.recurrence_rule import parts_of
from cmdb.change.checks import text_problems, too_many
from cmdb.change.text_input import Unreadable, read_moment
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.board import BOARDS, Board
from cmdb.model.calendar_entry import Schedule, Withdrawal
from cmdb.model.intervals import interval_of
from cmdb.model.meeting import MEETINGS, SERIES, Meeting, MeetingSeries, MeetingState
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Equals, Put, Unwritten
from cmdb.records import Held, Listing, to_document

MOST_MEETINGS = 200
AHEAD = timedelta(days=92)
"""So far ahead the meetings of a series that comes again are laid out, and one at least."""
KNOWN_AHEAD = timedelta(days=366)
LONGEST = timedelta(days=1)
S = MeetingState


def plan(
    context: Context,
    board_id: str,
    starts: Sequence[str],
    *,
    duration: int = 60,
    rule: str | None = None,
    excluded: Sequence[str] = (),
    until: str | None = None,
    zone: str | None = None,
) -> Held[MeetingSeries]:
    """
    Plan the meetings of a board that begin at these times (RFC 3339, or with a zone's name), or by a rule.

    With ``rule``, an RRULE, the one start is that of the first meeting, and the others begin as the clocks of ``zone``
    show then: left out, the zone that the start names, else the board's. ``excluded`` are starts that do not take
    place, and ``until`` ends the series. Those of the next quarter are laid out, :func:`lay_out` goes on from there.

    Raises:
        NotAllowed: the actor may not convene a board.
        NotFound: there is no such board.
        InvalidInput: a time is wrong, past or taken, the rule can not be read or comes too often, or the board is not
            in use; every problem is named.
    """
    context.allow("meeting:write")
    board = context.records.get(BOARDS, board_id)
    since = context.store.revision()
    problems = not_in_use(board)
    moments = _starts(context, board_id, starts, problems)
    problems += duration_problems(duration)
    now, by = context.clock.now(), context.actor.id
    series = MeetingSeries("", board_id, tuple(sorted(moments)), duration, now, by)
    if rule:
        series = _by_rule(context, board, series, starts, rule, excluded, until, zone, problems)
    elif excluded or until or zone:
        sentence = "only what comes again by a rule has exclusions, an end and a zone of its own"
        problems.append(Problem("meeting.no_rule", sentence, pointer="/rule"))
    refuse(problems, f"the meetings of {board_id}")
    series = replace(series, id=context.new_id(SERIES))
    puts = [Put(SERIES, to_document(SERIES, series), 0), *_new(context, series, series.starts)]
    context.records.put_all(puts, because="meeting:planned", unwritten=Unwritten((MEETINGS.name,), since))
    return context.records.held(SERIES, series.id)


def lay_out(context: Context) -> tuple[str, ...]:
    """
    Lay out the meetings of the next quarter of every series that comes again; return the ids of the new ones.

    Where the board meets already then, it does not meet twice. A series whose board is not in use waits.

    Raises:
        NotAllowed: the actor may not convene a board.
        VersionConflict, WrittenMeanwhile: somebody else planned at the same moment; nothing was laid out.
    """
    context.allow("meeting:write")
    since, now = context.store.revision(), context.clock.now()
    puts: list[Put] = []
    for found in list(context.records.find(SERIES)):
        if found.schedule is None or found.ended is not None or not context.records.get(BOARDS, found.board).active:
            continue
        held = context.records.held(SERIES, found.id)
        schedule = _known(found.schedule, now)
        assert found.laid_out_until is not None
        new = _ahead(schedule, found.laid_out_until, now)
        if not new and schedule == found.schedule:
            continue
        laid_out = max([found.laid_out_until, now + AHEAD, *new])
        starts = (*found.starts, *new)
        made = replace(found, schedule=schedule, starts=starts, laid_out_until=laid_out)
        puts.append(Put(SERIES, to_document(SERIES, made), held.version))
        puts += _new(context, found, sorted(set(new) - _taken(context, found.board)))
    if puts:
        context.records.put_all(puts, because="meeting:laid_out", unwritten=Unwritten((MEETINGS.name,), since))
    return tuple(put.document["id"] for put in puts if put.kind is MEETINGS)


def end(context: Context, series_id: str, *, reason: str, expected_version: int | None = None) -> Held[MeetingSeries]:
    """
    End a series: nothing more of it is laid out, and its meetings to come that are only planned are called off.

    One whose agenda is frozen stays, because its members have been given it; it is called off by itself.

    Raises:
        NotAllowed: the actor may not convene a board.
        NotFound: there is no such series.
        VersionConflict: somebody else changed it meanwhile.
        InvalidInput: the reason is missing or too long, or the series has ended.
    """
    context.allow("meeting:write")
    held = context.records.held(SERIES, series_id)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=SERIES.name, key=series_id, expected=expected_version, actual=held.version)
    problems = list(text_problems("/reason", "reason", reason))
    if held.record.ended is not None:
        facts = {"id": series_id, "at": held.record.ended.at.isoformat()}
        problems.append(Problem("meeting.series_ended", "{id} was ended at {at}", facts, ""))
    refuse(problems, series_id)
    now = context.clock.now()
    ended = replace(held.record, ended=Withdrawal(context.actor.id, now, reason.strip()))
    puts = [Put(SERIES, to_document(SERIES, ended), held.version)]
    where = [Equals("series", series_id), Equals("state", S.PLANNED.value)]
    for meeting in [each for each in context.records.find(MEETINGS, where) if each.start > now]:
        version = context.records.held(MEETINGS, meeting.id).version
        puts.append(Put(MEETINGS, to_document(MEETINGS, replace(meeting, state=S.CANCELLED)), version))
    context.records.put_all(puts, because="meeting:series_ended")
    return context.records.held(SERIES, series_id)


def move(
    context: Context,
    meeting_id: str,
    start: str,
    *,
    duration: int | None = None,
    expected_version: int | None = None,
) -> Held[Meeting]:
    """
    Let one meeting begin at another time (RFC 3339, or with a zone's name); the others of its series stay.

    Raises:
        NotAllowed: the actor may not convene a board.
        NotFound: there is no such meeting.
        VersionConflict: somebody else changed it meanwhile.
        WrongState: it is held already, over or called off.
        InvalidInput: the time is wrong, past or taken, or the duration is; every problem is named.
    """
    context.allow("meeting:write")
    held = held_in(context, meeting_id, "move", expected_version, S.PLANNED, S.FROZEN)
    meeting = held.record
    lasts = meeting.duration if duration is None else duration
    problems: list[Problem] = []
    moments = _starts(context, meeting.board, [start], problems, without=meeting, pointer="/start")
    problems += duration_problems(lasts)
    refuse(problems, f"the move of {meeting_id}")
    planned = meeting.planned_start or meeting.start
    moved = replace(meeting, start=moments[0], duration=lasts, planned_start=None if moments[0] == planned else planned)
    return held if moved == meeting else put_meeting(context, held, moved, "meeting:moved")


def get(context: Context, series_id: str) -> Held[MeetingSeries]:
    """Return a series; raises NotAllowed and NotFound."""
    context.allow("board:read")
    return context.records.held(SERIES, series_id)


def listing(
    context: Context, *, board: str | None = None, after: str | None = None, limit: int = 100
) -> Listing[MeetingSeries]:
    """Return one page of the series, of a board, by id; raises NotAllowed."""
    context.allow("board:read")
    where = [] if board is None else [Equals("board", board)]
    return context.records.listing(SERIES, where, after=after, limit=limit)


# how -----------------------------------------------------------------------------------------------------------------
def _by_rule(
    context: Context,
    board: Board,
    series: MeetingSeries,
    starts: Sequence[str],
    rule: str,
    excluded: Sequence[str],
    until: str | None,
    zone: str | None,
    problems: list[Problem],
) -> MeetingSeries:
    """Return the series with its schedule and the starts that are laid out now; what is wrong joins the problems."""
    if len(starts) != 1 or len(series.starts) != 1:
        if starts:
            problems += parts_of(rule, "/rule")[1]
        if len(starts) > 1:
            sentence = "a series that comes again has one start, that of its first meeting, not {count}"
            problems.append(Problem("meeting.rule_start", sentence, {"count": len(starts)}, "/starts"))
        return series
    first, now = series.starts[0], context.clock.now()
    named = zone or _zone_named(starts[0]) or board.zone
    given = ScheduleGiven(first, first + timedelta(minutes=max(series.duration, 1)), rule, excluded, (), until, named)
    schedule, wrong = scheduled(given, now=now, longest=LONGEST, pointer="")
    problems += [replace(each, pointer=_POINTERS.get(each.pointer or "", each.pointer)) for each in wrong]
    if schedule is None:
        return series
    if until is not None:
        schedule = replace(schedule, known_until=None)
    quarter = schedule.within(first, first + AHEAD)
    if len(quarter) > MOST_MEETINGS:
        problems.append(too_many("/rule", len(quarter), MOST_MEETINGS))
        return series
    new = _ahead(schedule, now, now)
    taken = _taken(context, board.id) & (set(new) - {first})
    for moment in sorted(taken):
        facts = {"text": moment.isoformat(), "board": board.id}
        problems.append(Problem("meeting.there", "{board} meets at {text!r} already", facts, "/rule"))
    return replace(series, schedule=schedule, starts=tuple(new), laid_out_until=max([now + AHEAD, *new]))


_POINTERS = {"/start": "/starts/0", "/end": "/duration"}


def _zone_named(start: str) -> str | None:
    """Return the zone a time names in brackets; an offset, which knows no summer time, names none."""
    return read_moment(start)[1] if start.rstrip().endswith("]") else None


def _known(schedule: Schedule, now: datetime) -> Schedule:
    """Return the schedule, expanded anew where it is known for less than a year ahead."""
    if schedule.knows(now + KNOWN_AHEAD):
        return schedule
    found, problems = scheduled(stated(schedule), now=now, longest=LONGEST)
    if found is None:
        raise InvalidInput(problems, what="the series")
    return found


def _ahead(schedule: Schedule, after: datetime, now: datetime) -> list[datetime]:
    """Return the starts after a moment that are laid out now: those of the next quarter, the next one at least."""
    later = [start for start in (interval_of(text).start for text in schedule.intervals) if start > after]
    near = [start for start in later if start <= now + AHEAD]
    return near or (later[:1] if after <= now else [])


def _new(context: Context, series: MeetingSeries, starts: Iterable[datetime]) -> list[Put]:
    made = (
        Meeting(context.new_id(MEETINGS), series.board, S.PLANNED, start, series.duration, series.id)
        for start in starts
    )
    return [Put(MEETINGS, to_document(MEETINGS, meeting), 0) for meeting in made]


def _taken(context: Context, board_id: str, without: Meeting | None = None) -> set[datetime]:
    """Return when a board meets already; one that was moved away does not meet when its series had it."""
    found = context.records.find(MEETINGS, [Equals("board", board_id)])
    return {
        each.start for each in found if each.state is not S.CANCELLED and (without is None or each.id != without.id)
    }


def _starts(
    context: Context,
    board_id: str,
    starts: Sequence[str],
    problems: list[Problem],
    *,
    without: Meeting | None = None,
    pointer: str | None = None,
) -> list[datetime]:
    """Return the moments that meetings are to begin at; what is wrong with one of them joins the problems."""
    taken = _taken(context, board_id, without)
    moments: list[datetime] = []
    if not starts:
        problems.append(Problem("meeting.no_start", "when? Name at least one beginning", pointer="/starts"))
    if len(starts) > MOST_MEETINGS:
        problems.append(too_many("/starts", len(starts), MOST_MEETINGS))
    for place, text in enumerate(starts[:MOST_MEETINGS]):
        here = pointer or f"/starts/{place}"
        try:
            moment, _ = read_moment(text)
        except Unreadable as wrong:
            problems.append(wrong.at(here))
            continue
        if moment <= context.clock.now():
            problems.append(Problem("meeting.past", "{text!r} is past", {"text": text}, here))
        elif moment in taken:
            facts = {"text": text, "board": board_id}
            problems.append(Problem("meeting.there", "{board} meets at {text!r} already", facts, here))
        taken.add(moment)
        moments.append(moment)
    return moments
