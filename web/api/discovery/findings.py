"""Findings over the JSON API: what a person should look at; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.configuration import findings
from cmdb.model.finding import FINDINGS, Finding
from web.api.blueprint import Blueprint
from web.api.schemas import Paging, page_of, schema_of
from web.request import context

blueprint = Blueprint("findings", __name__, url_prefix="/findings", description="What a person should look at")

FindingOut = schema_of(FINDINGS)


class Wanted(Paging):
    """Which findings."""

    code = fields.String(load_default=None, metadata={"description": "of this kind, such as identity.vetoed"})
    closed = fields.Boolean(load_default=False, metadata={"description": "also those that are closed"})


@blueprint.route("")
class Findings(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(FindingOut, "FindingPage"))
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the findings that are open, by id."""
        closed_too = wanted.pop("closed")
        return findings.page(context(), closed_too=closed_too, **wanted)


@blueprint.route("/<path:finding_id>")
class OneFinding(MethodView):
    @blueprint.etag
    @blueprint.response(200, FindingOut)
    def get(self, finding_id: str) -> Finding:
        """Show a finding: what it is about, and its facts."""
        return findings.get(context(), finding_id)
