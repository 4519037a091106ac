"""Similar past changes, asked of a server."""

from __future__ import annotations

from cmdb.model.kind import Kind
from cmdb.model.similar import SimilarChanges
from cmdb.records import from_document
from web.cli.remote import RemoteContext

_ANSWER = Kind(SimilarChanges, name="similar")


def similar_to(context: RemoteContext, change_id: str, *, most: int) -> SimilarChanges:
    return from_document(_ANSWER, context.server.get("changes", change_id, "similar", limit=most).document)
