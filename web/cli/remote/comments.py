"""Comments on changes, asked of a server."""

from __future__ import annotations

from cmdb.model.comment import COMMENTS, Comment
from cmdb.records import Held, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held


def add(context: RemoteContext, change_id: str, text: str) -> Held[Comment]:
    return held(COMMENTS, context.server.send("POST", "changes", change_id, "comments", body={"text": text}))


def of_change(context: RemoteContext, change_id: str) -> tuple[Comment, ...]:
    rows = context.server.get("changes", change_id, "comments").document["rows"]
    return tuple(from_document(COMMENTS, row) for row in rows)
