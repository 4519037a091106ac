"""What happened at the door, over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.model.sign_in_event import SIGN_IN_EVENTS, SignInOutcome
from cmdb.people import sign_in_events
from web.api.blueprint import Blueprint
from web.api.schemas import Paging, page_of, schema_of
from web.request import context

blueprint = Blueprint(
    "sign_in_events", __name__, url_prefix="/sign-in-events", description="Every sign-in, refused or not"
)

SignInEventOut = schema_of(SIGN_IN_EVENTS)


class WantedEvents(Paging):
    """Which events."""

    person = fields.String(load_default=None, metadata={"description": "an id"})
    outcome = fields.Enum(SignInOutcome, by_value=True, load_default=None)


@blueprint.route("")
class SignInEvents(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(SignInEventOut, "SignInEventPage"))
    @blueprint.arguments(WantedEvents, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List what happened, the newest first."""
        return sign_in_events.listing(context(), **wanted)
