"""Sessions, sign-in events and one-time links, asked of a server."""

from __future__ import annotations

from cmdb.model.invitation import INVITATIONS
from cmdb.model.session import SESSIONS, Session
from cmdb.people.sign_in import Invited
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of


def listing(
    context: RemoteContext, *, person: str | None = None, after: str | None = None, limit: int = 100
) -> Listing[Session]:
    return page_of(SESSIONS, context.server.get("sessions", person=person, after=after, limit=limit).document)


def revoke(context: RemoteContext, session_id: str) -> Held[Session]:
    return held(SESSIONS, context.server.send("POST", "sessions", session_id, "revoke"))


def invite(context: RemoteContext, person_id: str) -> Invited:
    """Make a link; the server knows its own address, so what is borne is the link itself."""
    document = context.server.send("POST", "persons", person_id, "invitations").document
    return Invited(from_document(INVITATIONS, document), document["link"])
