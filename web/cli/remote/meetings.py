"""Meetings, what is read and written of them, and notices, asked of a server."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from cmdb.model.kind import Kind
from cmdb.model.meeting import (
    ATTENDANCES,
    MEETINGS,
    READ_MARKS,
    AgendaItem,
    Attendance,
    Meeting,
    MeetingState,
    ReadMark,
)
from cmdb.model.telling import TELLINGS, Telling
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of

_ITEMS = Kind(AgendaItem, name="agenda item")


def get(context: RemoteContext, meeting_id: str) -> Held[Meeting]:
    return held(MEETINGS, context.server.get("meetings", meeting_id))


def listing(
    context: RemoteContext,
    *,
    board: str | None = None,
    series: str | None = None,
    states: Sequence[MeetingState] = (),
    after: str | None = None,
    limit: int = 100,
) -> Listing[Meeting]:
    wanted = [state.value for state in states]
    page = context.server.get("meetings", board=board, series=series, state=wanted, after=after, limit=limit)
    return page_of(MEETINGS, page.document)


def agenda(context: RemoteContext, meeting_id: str) -> tuple[AgendaItem, ...]:
    rows = context.server.get("meetings", meeting_id, "agenda").document["rows"]
    return tuple(from_document(_ITEMS, row) for row in rows)


def put_on(
    context: RemoteContext,
    meeting_id: str,
    *,
    change: str | None = None,
    topic: str | None = None,
    minutes: int | None = None,
    expected_version: int | None = None,
) -> Held[Meeting]:
    body = {"change": change, "topic": topic, "minutes": minutes}
    return _sent(context, meeting_id, "agenda", expected_version=expected_version, body=body)


def take_off(
    context: RemoteContext, meeting_id: str, item: int, *, expected_version: int | None = None
) -> Held[Meeting]:
    return _sent(context, meeting_id, "agenda", "drop", expected_version=expected_version, body={"item": item})


def freeze(context: RemoteContext, meeting_id: str, *, expected_version: int | None = None) -> Held[Meeting]:
    return _sent(context, meeting_id, "freeze", expected_version=expected_version)


def open_meeting(context: RemoteContext, meeting_id: str, *, expected_version: int | None = None) -> Held[Meeting]:
    return _sent(context, meeting_id, "open", expected_version=expected_version)


def call(context: RemoteContext, meeting_id: str, item: int, *, expected_version: int | None = None) -> Held[Meeting]:
    return _sent(context, meeting_id, "call", expected_version=expected_version, body={"item": item})


def close(context: RemoteContext, meeting_id: str, *, expected_version: int | None = None) -> Held[Meeting]:
    return _sent(context, meeting_id, "close", expected_version=expected_version)


def cancel(context: RemoteContext, meeting_id: str, *, expected_version: int | None = None) -> Held[Meeting]:
    return _sent(context, meeting_id, "cancel", expected_version=expected_version)


def attend(context: RemoteContext, meeting_id: str, *, seat: str | None = None) -> Held[Attendance]:
    answer = context.server.send("POST", "meetings", meeting_id, "attendance", body={"seat": seat})
    return held(ATTENDANCES, answer)


def attendance(context: RemoteContext, meeting_id: str) -> tuple[Attendance, ...]:
    rows = context.server.get("meetings", meeting_id, "attendance").document["rows"]
    return tuple(from_document(ATTENDANCES, row) for row in rows)


def mark_read(context: RemoteContext, meeting_id: str, *, seen: str | None = None) -> Held[ReadMark]:
    return held(READ_MARKS, context.server.send("POST", "meetings", meeting_id, "read", body={"pack": seen}))


def read(context: RemoteContext, meeting_id: str, *, pack: str | None = None) -> bytes:
    return _bytes(context, "meetings", meeting_id, "pack", pack=pack)


def written_minutes(context: RemoteContext, meeting_id: str) -> bytes:
    return _bytes(context, "meetings", meeting_id, "minutes")


def notice(context: RemoteContext, change_id: str) -> Telling:
    return from_document(TELLINGS, context.server.get("changes", change_id, "notice").document["telling"])


def _sent(
    context: RemoteContext, meeting_id: str, *move: str, expected_version: int | None, body: Any = None
) -> Held[Meeting]:
    version = context.server.version_of("meetings", meeting_id) if expected_version is None else expected_version
    return held(MEETINGS, context.server.send("POST", "meetings", meeting_id, *move, body=body, version=version))


def _bytes(context: RemoteContext, *path: str, **query: Any) -> bytes:
    content = io.BytesIO()
    context.server.download(content, *path, **query)
    return content.getvalue()
