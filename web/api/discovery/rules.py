"""The rules of discovery over the JSON API: shown, set, tried; its twin is the command ``discover``."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields
from werkzeug.exceptions import UnsupportedMediaType

from cmdb.configuration import discovery_rules
from cmdb.configuration.discovery_rules import RulesText
from cmdb.configuration.observing import rehearse, settle
from cmdb.model.discovery_rules import RULES_VERSIONS, RulesVersion
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.discovery.differences import DifferencesOut, Shown, document_of
from web.api.schemas import Paging, page_of, schema_of
from web.request import context, etag_of

blueprint = Blueprint(
    "discovery", __name__, url_prefix="/discovery", description="What makes two records one CI, and whom to believe"
)

MEDIA_TYPE = "application/toml"
_BODY: dict[str, Any] = {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}

RulesVersionOut = schema_of(RULES_VERSIONS)


class RulesOut(Schema):
    """The rules that hold."""

    version = fields.Integer(required=True, metadata={"description": "0: those that come with Foreshock"})
    sha256 = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "TOML"})


class Settling(Shown):
    """How to settle."""

    dry_run = fields.Boolean(load_default=False, metadata={"description": "tell the difference and write nothing"})


@blueprint.route("/rules")
class InForce(MethodView):
    @blueprint.etag
    @blueprint.response(200, RulesOut)
    def get(self) -> RulesText:
        """Show the rules that hold now."""
        found = discovery_rules.in_force(context())
        blueprint.set_etag(etag_of(found.version))
        return found

    @blueprint.etag
    @blueprint.response(200, RulesVersionOut)
    @blueprint.doc(requestBody=_BODY)
    @blueprint.writes(RULES_VERSIONS)
    @needs_version
    def put(self, *, expected_version: int) -> Held[RulesVersion]:
        """Put rules into force; the body is their text. They count from the next run on, or when settled."""
        return discovery_rules.set_rules(context(), _text(), expected_version=expected_version)


@blueprint.route("/rules/versions")
class Versions(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(RulesVersionOut, "RulesPage"))
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the rules that were set, newest first."""
        return discovery_rules.versions_page(context(), **wanted)


@blueprint.route("/rules/rehearse")
class Rehearse(MethodView):
    @blueprint.response(200, DifferencesOut)
    @blueprint.doc(requestBody=_BODY)
    @blueprint.arguments(Shown, location="query")
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Tell what would change if these rules held, from all that was observed; nothing is written."""
        return document_of(rehearse(context(), _text()), wanted["show"])


@blueprint.route("/settle")
class Settle(MethodView):
    @blueprint.response(200, DifferencesOut)
    @blueprint.arguments(Settling, location="query")
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Reconcile what is known anew, without looking at any source."""
        return document_of(settle(context(), dry_run=wanted["dry_run"]), wanted["show"])


def _text() -> bytes:
    if request.mimetype != MEDIA_TYPE:
        raise UnsupportedMediaType(f"send the rules as {MEDIA_TYPE}")
    return request.get_data()
