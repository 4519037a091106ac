"""Sign-in events, asked of a server."""

from __future__ import annotations

from cmdb.model.sign_in_event import SIGN_IN_EVENTS, SignInEvent, SignInOutcome
from cmdb.records import Listing
from web.cli.remote import RemoteContext
from web.cli.remote.reading import listing as page_of


def listing(
    context: RemoteContext, *, person: str | None = None, outcome: SignInOutcome | None = None, limit: int = 100
) -> Listing[SignInEvent]:
    wanted = {"person": person, "outcome": outcome.value if outcome else None, "limit": limit}
    return page_of(SIGN_IN_EVENTS, context.server.get("sign-in-events", **wanted).document)
