"""A meeting of a board: its agenda item by item, who is there, what was read ahead, and the minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cmdb.model.calendar_entry import Schedule, Withdrawal
from cmdb.model.kind import Kind, json_array


class MeetingState(StrEnum):
    """Where a meeting is: its agenda is still made by rule, or frozen for reading ahead; then held, over or off."""

    PLANNED = "planned"
    FROZEN = "frozen"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ItemKind(StrEnum):
    """What stands on an agenda, in the order it is taken."""

    ACTION = "action"
    LOOK_BACK = "look_back"
    DECISION = "decision"
    MODEL = "model"
    TOPIC = "topic"
    PRE_AUTHORISED = "pre_authorised"
    FORWARD = "forward"


BECAUSE: dict[str, str] = {
    "open": "an action of last time that is not done",
    "failed": "it failed",
    "backed_out": "it was backed out",
    "emergency": "it was an emergency",
    "unauthorised": "it was done without a change, which was raised afterwards",
    "verdict_cab": "its verdict is for the board",
    "verdict_block": "its verdict is BLOCK: it can be rejected or deferred",
    "overridden": "its verdict is BLOCK, and two persons have overridden it: it can be approved too",
    "to_approve": "a change model that somebody drew up",
    "to_withdraw": "a change model that failed too often",
    "withdrawn": "a change model that its limit of failures has withdrawn since",
    "by_hand": "somebody put it on the agenda",
    "policy": "the policy approved it",
    "granted": "it is approved and lies ahead",
}
"""Code of why an item is on an agenda, and its meaning."""


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """
    One item: what it is about, for how many minutes, and why it is there.

    ``ref`` is the id of the change, task or change model, None for a topic. ``because`` is the code of
    :data:`BECAUSE` that put it there, ``by_hand`` where a person did. An item of 0 minutes is one line, spoken about if
    asked.
    """

    kind: ItemKind
    title: str
    minutes: int
    because: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """An item of the agenda, by its number from 1, was called: its timer began, and that of the one before ended."""

    item: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class MeetingSeries:
    """
    Meetings of a board that were planned together, each of ``duration`` minutes.

    ``starts`` is when those begin that are laid out, in order, as they were planned. A series that comes again has the
    ``schedule`` it does so by, and is laid out as far as ``laid_out_until``; what is ``ended`` is laid out no further.
    """

    id: str
    board: str
    starts: tuple[datetime, ...]
    duration: int
    made_at: datetime
    made_by: str
    schedule: Schedule | None = None
    laid_out_until: datetime | None = None
    ended: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """
    One meeting, of ``duration`` minutes; one that was moved has in ``planned_start`` when its series had it begin.

    ``added`` are the items that persons put on the agenda and ``dropped`` the ids they took off it. Once it is frozen,
    ``agenda`` is what all see, ``graph_revision`` the revision of the estate it was made at and ``pack`` the SHA-256 of
    the bytes that all members read. ``minutes`` is the SHA-256 of the minutes, which are written as it is closed.
    """

    id: str
    board: str
    state: MeetingState
    start: datetime
    duration: int
    series: str
    added: tuple[AgendaItem, ...] = ()
    dropped: tuple[str, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    graph_revision: int | None = None
    pack: str | None = None
    frozen_at: datetime | None = None
    opened_at: datetime | None = None
    called: tuple[Called, ...] = ()
    closed_at: datetime | None = None
    minutes: str | None = None
    planned_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """A seat is filled in a meeting: by its member, or by the delegate ``person``; ``by`` recorded it."""

    meeting: str
    seat: str
    person: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadMark:
    """A person has read the pack of a meeting: these very bytes."""

    meeting: str
    person: str
    pack: str
    at: datetime


def attendance_key(document: Mapping[str, Any]) -> str:
    """Return the key of an attendance: a seat is filled once in a meeting."""
    return json_array(document["meeting"], document["seat"])


def read_key(document: Mapping[str, Any]) -> str:
    """Return the key of a read-ahead mark: a person has one in each meeting, that of the newest pack they read."""
    return json_array(document["meeting"], document["person"])


SERIES = Kind(MeetingSeries, name="meeting_series", series="SER", indexed=("board",), refers_to={"board": "board"})
MEETINGS = Kind(
    Meeting,
    name="meeting",
    series="MTG",
    indexed=("board", "state", "start", "series"),
    refers_to={"board": "board", "series": "meeting_series"},
)
ATTENDANCES = Kind(
    Attendance, name="attendance", key=attendance_key, indexed=("meeting",), refers_to={"meeting": "meeting"}
)
READ_MARKS = Kind(ReadMark, name="read_mark", key=read_key, indexed=("meeting",), refers_to={"meeting": "meeting"})
