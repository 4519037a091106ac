"""Series of meetings, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.model.meeting import MEETINGS, SERIES, Meeting, MeetingSeries
from cmdb.records import Held, Listing
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of


def plan(context: RemoteContext, board_id: str, starts: Sequence[str], **given: Any) -> Held[MeetingSeries]:
    body = {"starts": list(starts), **{name: _plain(value) for name, value in given.items()}}
    return held(SERIES, context.server.send("POST", "boards", board_id, "meetings", body=body))


def get(context: RemoteContext, series_id: str) -> Held[MeetingSeries]:
    return held(SERIES, context.server.get("meeting-series", series_id))


def listing(context: RemoteContext, **wanted: Any) -> Listing[MeetingSeries]:
    return page_of(SERIES, context.server.get("meeting-series", **wanted).document)


def lay_out(context: RemoteContext) -> tuple[str, ...]:
    return tuple(context.server.send("POST", "meeting-series", "lay-out").document["meetings"])


def end(
    context: RemoteContext, series_id: str, *, reason: str, expected_version: int | None = None
) -> Held[MeetingSeries]:
    path = ("meeting-series", series_id)
    version = context.server.version_of(*path) if expected_version is None else expected_version
    return held(SERIES, context.server.send("POST", *path, "end", body={"reason": reason}, version=version))


def move(
    context: RemoteContext,
    meeting_id: str,
    start: str,
    *,
    duration: int | None = None,
    expected_version: int | None = None,
) -> Held[Meeting]:
    path = ("meetings", meeting_id)
    version = context.server.version_of(*path) if expected_version is None else expected_version
    body = {"start": start, "duration": duration}
    return held(MEETINGS, context.server.send("POST", *path, "move", body=body, version=version))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
