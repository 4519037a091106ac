"""The desk of those who come: what they have read ahead, and which seats they fill."""

from __future__ import annotations

from cmdb.change.boards import minutes
from cmdb.change.boards.boards import seats_of
from cmdb.change.boards.convened import held_in, person_acting, refuse
from cmdb.change.boards.errors import NoSeat
from cmdb.context import Context
from cmdb.errors import Problem
from cmdb.model.board import BOARDS
from cmdb.model.meeting import ATTENDANCES, READ_MARKS, Attendance, MeetingState, ReadMark
from cmdb.records import Held, to_document

S = MeetingState


def mark_read(context: Context, meeting_id: str, *, seen: str | None = None) -> Held[ReadMark]:
    """
    Record that the actor has read the pack; ``seen`` is its SHA-256, left out that of the newest.

    Raises:
        NotAllowed: the actor may not read boards.
        NotFound: there is no such meeting.
        WrongState: nothing is there to be read yet.
        InvalidInput: it is not the newest pack that was read.
    """
    context.allow("board:read")
    meeting = held_in(context, meeting_id, "read ahead", None, S.FROZEN, S.OPEN, S.CLOSED).record
    assert meeting.pack is not None
    if seen is not None and seen != meeting.pack:
        facts = {"seen": seen[:64], "pack": meeting.pack}
        sentence = "{seen} is not the pack of the meeting any more, which is {pack}: read it again"
        refuse([Problem("meeting.other_pack", sentence, facts, "/pack")], f"the mark in {meeting_id}")
    mark = ReadMark(meeting_id, person_acting(context), meeting.pack, context.clock.now())
    stored = context.store.get(READ_MARKS, READ_MARKS.key(to_document(READ_MARKS, mark)))
    return context.records.put(
        READ_MARKS, mark, because="meeting:read", expected_version=0 if stored is None else stored.version
    )


def attend(context: Context, meeting_id: str, *, seat: str | None = None) -> Held[Attendance]:
    """
    Take a seat in a meeting: the actor's own, or that of the member ``seat`` whom they stand in for.

    Raises:
        NotAllowed, NoSeat: the actor fills no such seat.
        NotFound: there is no such meeting.
        WrongState: the meeting is not held (yet).
        InvalidInput: the actor stands in for several members and names none.
    """
    context.allow("board:vote")
    meeting = held_in(context, meeting_id, "attend", None, S.FROZEN, S.OPEN).record
    members = context.records.get(BOARDS, meeting.board).members
    filled = seats_of(context, members, context.actor.id)
    own = [each for each, way in filled.items() if way == "self"]
    found = [seat] if seat is not None else own or list(filled)
    if not found or found[0] not in filled:
        needed = members if seat is None else (seat,)
        raise NoSeat(actor=context.actor.id, move="attend", subject=meeting_id, needed=needed)
    if len(found) > 1:
        facts = {"seats": ", ".join(found)}
        sentence = "you stand in for {seats}: name for whom you attend"
        refuse([Problem("meeting.for_whom", sentence, facts, "/seat")], f"the attendance in {meeting_id}")
    person = person_acting(context)
    made = Attendance(meeting_id, found[0], person, context.actor.id, context.clock.now())
    stored = context.store.get(ATTENDANCES, ATTENDANCES.key(to_document(ATTENDANCES, made)))
    if stored is not None and stored.document["person"] == found[0] != person:
        sentence = "{seat} is there in person"
        refuse([Problem("meeting.in_person", sentence, {"seat": found[0]}, "/seat")], f"the attendance in {meeting_id}")
    return context.records.put(
        ATTENDANCES, made, because="meeting:attended", expected_version=0 if stored is None else stored.version
    )


def attendance(context: Context, meeting_id: str) -> tuple[Attendance, ...]:
    """Return who is there, by seat; raises NotAllowed."""
    context.allow("board:read")
    return minutes.attendance(context, meeting_id)
