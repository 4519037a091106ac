"""Sessions over the JSON API; its twins are the page of one's account and the command ``session``."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.model.session import SESSIONS, Session
from cmdb.people import sessions
from web.api.blueprint import Blueprint
from web.api.schemas import Paging, page_of, schema_of
from web.request import context

blueprint = Blueprint("sessions", __name__, url_prefix="/sessions", description="Who is signed in, and until when")

SessionOut = schema_of(SESSIONS)


class WantedSessions(Paging):
    """Whose sessions."""

    person = fields.String(load_default=None, metadata={"description": "an id; left out: one's own"})


@blueprint.route("")
class Sessions(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(SessionOut, "SessionPage"))
    @blueprint.arguments(WantedSessions, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the sessions of a person, also those that have ended."""
        return sessions.listing(context(), **wanted)


@blueprint.route("/<session>/revoke")
class Revocation(MethodView):
    @blueprint.etag
    @blueprint.response(200, SessionOut)
    def post(self, session: str) -> Session:
        """End a session; one that has ended stays as it is."""
        return blueprint.tagged(sessions.revoke(context(), session))
