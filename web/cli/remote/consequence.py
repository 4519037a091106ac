"""The consequence of a change, asked of a server."""

from __future__ import annotations

from cmdb.model.kind import Kind
from cmdb.records import from_document
from impact.questions.consequence import ConsequenceAnswer
from web.cli.remote import RemoteContext

_ANSWER = Kind(ConsequenceAnswer, name="consequence")


def consequence_of(context: RemoteContext, change_id: str, *, notified: bool | None = None) -> ConsequenceAnswer:
    found = context.server.get("changes", change_id, "consequence", notified=notified).document
    return from_document(_ANSWER, found)
