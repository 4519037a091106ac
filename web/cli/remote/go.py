"""Go or no-go checks and notices, asked of a server."""

from __future__ import annotations

from cmdb.change.inbox import Notice
from cmdb.model.go_check import GO_CHECKS, GoCheck
from cmdb.model.kind import Kind
from cmdb.records import Held, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.changes import seen_version
from web.cli.remote.reading import held

_NOTICES = Kind(Notice, name="notice")


def go(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[GoCheck]:
    version = seen_version(context, change_id, expected_version)
    return held(GO_CHECKS, context.server.send("POST", "changes", change_id, "go", version=version))


def notices(context: RemoteContext) -> tuple[Notice, ...]:
    rows = context.server.get("inbox").document["rows"]
    return tuple(from_document(_NOTICES, row) for row in rows)
