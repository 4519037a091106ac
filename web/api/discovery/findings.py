"""Findings over the JSON API: what a person should look at; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.configuration import findings, sides
from cmdb.model.finding import FINDINGS, Finding
from cmdb.records import Held
from web.api.blueprint import Blueprint
from web.api.schemas import Paging, Strict, page_of, schema_of
from web.request import context

blueprint = Blueprint("findings", __name__, url_prefix="/findings", description="What a person should look at")

FindingOut = schema_of(FINDINGS)


class Wanted(Paging):
    """Which findings."""

    code = fields.String(load_default=None, metadata={"description": "of this kind, such as identity.vetoed"})
    ci = fields.String(load_default=None, metadata={"description": "about this CI, by its id"})
    source = fields.String(load_default=None, metadata={"description": "about what this source of discovery says"})
    closed = fields.Boolean(load_default=False, metadata={"description": "also those that are closed"})
    open = fields.Boolean(load_default=True, metadata={"description": "also those that are open"})


class Closing(Strict):
    """Why nothing has to be done."""

    reason = fields.String(required=True, metadata={"description": "for whoever asks later"})


@blueprint.route("")
class Findings(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(FindingOut, "FindingPage"))
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the findings by id: those that are open, closed or both, of one kind, about one CI or source."""
        closed_too, open_too = wanted.pop("closed"), wanted.pop("open")
        return findings.page(context(), closed_too=closed_too, open_too=open_too, **wanted)


@blueprint.route("/<path:finding_id>")
class OneFinding(MethodView):
    @blueprint.etag
    @blueprint.response(200, FindingOut)
    def get(self, finding_id: str) -> Finding:
        """Show a finding: what it is about, and its facts."""
        return findings.get(context(), finding_id)


class SideOut(Schema):
    """One side of a doubt: a thing as its source has it, the CI it is, and all that is known of it."""

    source = fields.String(required=True, metadata={"description": "empty: people entered it"})
    native_id = fields.String(required=True, metadata={"description": "what the source calls it"})
    ci = fields.String(required=True, metadata={"description": "empty: it is none of the finding's CIs any more"})
    name = fields.String(required=True, allow_none=True)
    ci_class = fields.String(required=True, allow_none=True, data_key="class", attribute="class")
    identifiers = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)
    attributes = fields.Dict(keys=fields.String(), required=True)
    first_seen = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    last_seen = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})


class SidesOut(Schema):
    """The sides of a finding; none where it is about no things."""

    finding = fields.String(required=True)
    sides = fields.List(fields.Nested(SideOut), required=True)


@blueprint.route("/<path:finding_id>/sides")
class Sides(MethodView):
    @blueprint.etag
    @blueprint.response(200, SidesOut)
    def get(self, finding_id: str) -> dict[str, Any]:
        """Show both sides of a doubt about who is who, with all that the source of each says."""
        return sides.told(context(), finding_id)


@blueprint.route("/<path:finding_id>/close")
class Close(MethodView):
    @blueprint.etag
    @blueprint.response(200, FindingOut)
    @blueprint.arguments(Closing)
    @blueprint.writes(FINDINGS)
    def post(self, given: dict[str, Any], finding_id: str) -> Held[Finding]:
        """Close a finding by hand, with the reason; it stays closed for as long as it is so."""
        return findings.close(context(), finding_id, reason=given["reason"])


@blueprint.route("/<path:finding_id>/reopen")
class Reopen(MethodView):
    @blueprint.etag
    @blueprint.response(200, FindingOut)
    @blueprint.writes(FINDINGS)
    def post(self, finding_id: str) -> Held[Finding]:
        """Open a finding again that somebody closed."""
        return findings.reopen(context(), finding_id)
