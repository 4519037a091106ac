"""
The desk of meetings: an agenda by rule and by hand, frozen for reading ahead; how they are planned is of the series.

What the members read is one document (:mod:`cmdb.change.boards.pack`), kept under its SHA-256 as the agenda is frozen;
with it a ballot is opened for each change that is to be decided about, on exactly the assessment the document shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cmdb.chain import canonical
from cmdb.change.boards import ballots, pack
from cmdb.change.boards.agenda import MINUTES, agenda_of, made
from cmdb.change.boards.convened import LONGEST_MINUTES, held_in, no_item, not_in_use, put_meeting, refuse
from cmdb.change.boards.pack import Enclosed
from cmdb.change.checks import text_problems, too_many
from cmdb.context import Context
from cmdb.errors import Problem
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.ballot import BALLOTS
from cmdb.model.board import BOARDS, Board
from cmdb.model.change import CHANGES
from cmdb.model.change_model import CHANGE_MODELS
from cmdb.model.meeting import MEETINGS, AgendaItem, ItemKind, Meeting, MeetingState
from cmdb.model.task import TASKS
from cmdb.ports.errors import WrittenMeanwhile
from cmdb.ports.store import Equals, OneOf, Put, Unwritten
from cmdb.records import Held, Listing, to_document

MOST_ITEMS = 500
_TRIES = 3
S = MeetingState


def get(context: Context, meeting_id: str) -> Held[Meeting]:
    """Return a meeting; raises NotAllowed and NotFound."""
    context.allow("board:read")
    return context.records.held(MEETINGS, meeting_id)


def listing(
    context: Context,
    *,
    board: str | None = None,
    series: str | None = None,
    states: Sequence[MeetingState] = (),
    after: str | None = None,
    limit: int = 100,
) -> Listing[Meeting]:
    """Return one page of the meetings, of a board or a series, in these states, by their beginning."""
    context.allow("board:read")
    where: list[Any] = [Equals(key, value) for key, value in (("board", board), ("series", series)) if value]
    if states:
        where.append(OneOf("state", tuple(state.value for state in states)))
    return context.records.listing(MEETINGS, where, order="start", after=after, limit=limit)


def agenda(context: Context, meeting_id: str) -> tuple[AgendaItem, ...]:
    """Return the agenda: as it was frozen, or while the meeting is only planned, as it would be now."""
    context.allow("board:read")
    return agenda_of(context, context.records.get(MEETINGS, meeting_id))


Enclose = Callable[[Context, Meeting], Enclosed]


def _nothing(_: Context, __: Meeting) -> Enclosed:
    return Enclosed()


# the agenda ----------------------------------------------------------------------------------------------------------
def put_on(
    context: Context,
    meeting_id: str,
    *,
    change: str | None = None,
    topic: str | None = None,
    minutes: int | None = None,
    expected_version: int | None = None,
) -> Held[Meeting]:
    """
    Put a change, or a topic, on the agenda by hand; a change that a rule put there gets the timer given here.

    Raises:
        NotAllowed: the actor may not convene a board.
        NotFound: there is no such meeting.
        VersionConflict: somebody else changed the meeting meanwhile.
        WrongState: its agenda is frozen.
        InvalidInput: there is no such change, or something given is wrong; every problem is named.
    """
    context.allow("meeting:write")
    held = held_in(context, meeting_id, "put on the agenda", expected_version, S.PLANNED)
    problems: list[Problem] = []
    if (change is None) == (topic is None):
        problems.append(Problem("meeting.item", "an item is either a change or a topic", pointer=""))
    if topic is not None:
        problems += text_problems("/topic", "task", topic)
    if change is not None and context.store.get(CHANGES, change) is None:
        problems.append(Problem("meeting.unknown_change", "there is no change {id}", {"id": change[:200]}, "/change"))
    if minutes is not None and not 0 <= minutes <= LONGEST_MINUTES:
        facts = {"minutes": minutes, "most": LONGEST_MINUTES}
        sentence = "a timer of {minutes} minutes; from 0 to {most}"
        problems.append(Problem("meeting.item_minutes", sentence, facts, "/minutes"))
    if len(held.record.added) >= MOST_ITEMS:
        problems.append(too_many("", len(held.record.added) + 1, MOST_ITEMS))
    refuse(problems, f"the item of {meeting_id}")
    kind = ItemKind.TOPIC if change is None else ItemKind.DECISION
    item = AgendaItem(kind, topic or "", MINUTES[kind] if minutes is None else minutes, "by_hand", change)
    others = tuple(each for each in held.record.added if change is None or each.ref != change)
    dropped = tuple(ref for ref in held.record.dropped if ref != change)
    return put_meeting(
        context, held, replace(held.record, added=(*others, item), dropped=dropped), "meeting:item_added"
    )


def take_off(context: Context, meeting_id: str, item: int, *, expected_version: int | None = None) -> Held[Meeting]:
    """
    Take an item off the agenda, by its number from 1. Raises as :func:`put_on`.
    """
    context.allow("meeting:write")
    held = held_in(context, meeting_id, "take off the agenda", expected_version, S.PLANNED)
    items = made(context, held.record)
    refuse(no_item(item, len(items)), f"the item of {meeting_id}")
    gone = items[item - 1]
    added = tuple(
        each
        for each in held.record.added
        if (each.ref != gone.ref if gone.ref is not None else (each.ref, each.title) != (None, gone.title))
    )
    refs = {*held.record.dropped, *([gone.ref] if gone.ref is not None else [])}
    meeting = replace(held.record, added=added, dropped=tuple(sorted(refs)))
    return put_meeting(context, held, meeting, "meeting:item_dropped")


def freeze(
    context: Context, meeting_id: str, *, expected_version: int | None = None, enclose: Enclose = _nothing
) -> Held[Meeting]:
    """
    Freeze the agenda and what is read ahead, and open a ballot for each change that is to be decided about.

    Again, until the meeting is closed, it renews both: ballots whose change has moved on stay void, and new ones are
    opened; read-ahead marks are of the bytes that were read. ``enclose`` gives what else the pack holds.

    Raises:
        NotAllowed: the actor may not convene a board.
        NotFound: there is no such meeting.
        VersionConflict: somebody else changed the meeting meanwhile.
        WrongState: it is closed or cancelled.
        InvalidInput: the agenda is longer than anybody works through.
        WrittenMeanwhile: changes kept being written at the same moment; try again.
    """
    context.allow("meeting:write")
    for attempt in range(_TRIES):
        try:
            return _frozen(context, meeting_id, expected_version, enclose)
        except WrittenMeanwhile:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


_SEEN = (CHANGES.name, ASSESSMENTS.name, TASKS.name, CHANGE_MODELS.name, BOARDS.name, BALLOTS.name)


def _frozen(context: Context, meeting_id: str, expected_version: int | None, enclose: Enclose) -> Held[Meeting]:
    since = context.store.revision()
    held = held_in(context, meeting_id, "freeze", expected_version, S.PLANNED, S.FROZEN, S.OPEN)
    board = context.records.get(BOARDS, held.record.board)
    items = made(context, held.record)
    problems = not_in_use(board)
    if len(items) > MOST_ITEMS:
        problems.append(too_many("/agenda", len(items), MOST_ITEMS))
    refuse(problems, meeting_id)
    state = S.FROZEN if held.record.state is S.PLANNED else held.record.state
    now = context.clock.now()
    meeting = replace(held.record, state=state, agenda=items, graph_revision=since, frozen_at=now)
    content = canonical(pack.made(context, board, meeting, enclose(context, meeting)))
    meeting = replace(meeting, pack=context.store.put_blob(content))
    puts = [Put(MEETINGS, to_document(MEETINGS, meeting), held.version), *_new_ballots(context, board, meeting)]
    context.records.put_all(puts, because="meeting:frozen", unwritten=Unwritten(_SEEN, since))
    return context.records.held(MEETINGS, meeting_id)


def _new_ballots(context: Context, board: Board, meeting: Meeting) -> list[Put]:
    there = {
        (each.change, each.assessment)
        for each in context.records.find(BALLOTS, [Equals("meeting", meeting.id)])
        if each.is_open
    }
    puts = []
    for item in meeting.agenda:
        if item.kind is ItemKind.DECISION and item.ref is not None:
            change = context.records.get(CHANGES, item.ref)
            assessment = ballots.to_be_decided(context, change)
            if (change.id, assessment.id) not in there:
                ballot = ballots.opened(context, board, change, assessment, meeting=meeting.id)
                puts.append(Put(BALLOTS, to_document(BALLOTS, ballot), 0))
    return puts
