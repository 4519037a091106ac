"""The desk of meetings that are held: opened, taken item by item, closed with their minutes; or called off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cmdb.chain import canonical
from cmdb.change.boards import minutes
from cmdb.change.boards.convened import held_in, no_item, put_meeting, refuse
from cmdb.context import Context
from cmdb.model.ballot import BALLOTS, VOTES, BallotState
from cmdb.model.meeting import ATTENDANCES, MEETINGS, Called, Meeting, MeetingState
from cmdb.ports.errors import WrittenMeanwhile
from cmdb.ports.store import Equals, Put, Unwritten
from cmdb.records import Held, to_document

_TRIES = 3
S = MeetingState


def open_meeting(context: Context, meeting_id: str, *, expected_version: int | None = None) -> Held[Meeting]:
    """
    Open a meeting whose agenda is frozen: from now on votes are given.

    Raises:
        NotAllowed: the actor may not convene a board.
        NotFound: there is no such meeting.
        VersionConflict: somebody else changed it meanwhile.
        WrongState: its agenda is not frozen, or it is over.
    """
    context.allow("meeting:write")
    held = held_in(context, meeting_id, "open", expected_version, S.FROZEN)
    meeting = replace(held.record, state=S.OPEN, opened_at=context.clock.now())
    return put_meeting(context, held, meeting, "meeting:opened")


def call(context: Context, meeting_id: str, item: int, *, expected_version: int | None = None) -> Held[Meeting]:
    """
    Call an item of the agenda by its number: its timer begins, and that of the one before ends.

    Raises as :func:`open_meeting`, and:
        InvalidInput: the agenda has no such item.
    """
    context.allow("meeting:write")
    held = held_in(context, meeting_id, "call an item", expected_version, S.OPEN)
    refuse(no_item(item, len(held.record.agenda)), f"the item of {meeting_id}")
    called = (*held.record.called, Called(item, context.clock.now(), context.actor.id))
    return put_meeting(context, held, replace(held.record, called=called), "meeting:item_called")


def close(context: Context, meeting_id: str, *, expected_version: int | None = None) -> Held[Meeting]:
    """
    Close a meeting: its minutes are written from what was recorded, and ballots without a decision are closed.

    Raises as :func:`open_meeting`, and:
        WrittenMeanwhile: votes kept being given at the same moment; try again.
    """
    context.allow("meeting:write")
    return _over(context, meeting_id, "close", expected_version, _closed)


def cancel(context: Context, meeting_id: str, *, expected_version: int | None = None) -> Held[Meeting]:
    """Call a meeting off that is not held yet; its ballots are closed. Raises as :func:`close`."""
    context.allow("meeting:write")
    return _over(context, meeting_id, "cancel", expected_version, _called_off)


def _closed(context: Context, meeting: Meeting) -> Meeting:
    closed = replace(meeting, state=S.CLOSED, closed_at=context.clock.now())
    written = canonical(minutes.made(context, closed))
    return replace(closed, minutes=context.store.put_blob(written))


def _called_off(_: Context, meeting: Meeting) -> Meeting:
    return replace(meeting, state=S.CANCELLED)


_FROM = {"close": (S.OPEN,), "cancel": (S.PLANNED, S.FROZEN)}


def _over(
    context: Context,
    meeting_id: str,
    move: str,
    expected_version: int | None,
    end: Callable[[Context, Meeting], Meeting],
) -> Held[Meeting]:
    for attempt in range(_TRIES):
        since = context.store.revision()
        held = held_in(context, meeting_id, move, expected_version, *_FROM[move])
        meeting = end(context, held.record)
        puts = [Put(MEETINGS, to_document(MEETINGS, meeting), held.version), *_ending(context, meeting_id)]
        unwritten = Unwritten((BALLOTS.name, VOTES.name, ATTENDANCES.name), since)
        try:
            context.records.put_all(puts, because=f"meeting:{meeting.state.value}", unwritten=unwritten)
        except WrittenMeanwhile:
            if attempt == _TRIES - 1:
                raise
            continue
        return context.records.held(MEETINGS, meeting_id)
    raise AssertionError("unreachable")


def _ending(context: Context, meeting_id: str) -> list[Put]:
    now, by = context.clock.now(), context.actor.id
    puts = []
    for ballot in context.records.find(BALLOTS, [Equals("meeting", meeting_id)]):
        if ballot.is_open:
            held = context.records.held(BALLOTS, ballot.id)
            closed = replace(held.record, state=BallotState.CLOSED, closed_at=now, closed_by=by)
            puts.append(Put(BALLOTS, to_document(BALLOTS, closed), held.version))
    return puts
