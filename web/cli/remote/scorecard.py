"""The scorecard, asked of a server."""

from __future__ import annotations

from cmdb.change.text_input import Moment
from cmdb.model.kind import Kind
from cmdb.model.scorecard import Scorecard
from cmdb.records import from_document
from web.cli.remote import RemoteContext

_SCORECARD = Kind(Scorecard, name="scorecard")


def scorecard(
    context: RemoteContext, *, since: Moment | None = None, until: Moment | None = None, by: str | None = None
) -> Scorecard:
    asked = {"from": since and str(since), "to": until and str(until), "by": by}
    return from_document(_SCORECARD, context.server.get("scorecard", **asked).document)
