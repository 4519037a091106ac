"""Findings over the JSON API: what a person should look at; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.configuration import findings
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
