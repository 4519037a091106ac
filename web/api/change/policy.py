"""The verdict policy over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields
from werkzeug.exceptions import UnsupportedMediaType

from cmdb.change import policy
from cmdb.change.policy import PolicyText
from cmdb.model.policy import POLICIES, PolicyVersion
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import AsOf, Paging, at_of, page_of, schema_of
from web.request import context, etag_of

blueprint = Blueprint("policy", __name__, url_prefix="/policy", description="What turns an assessment into a verdict")

MEDIA_TYPE = "application/toml"

PolicyVersionOut = schema_of(POLICIES)
PolicyPage = page_of(PolicyVersionOut, "PolicyPage")


class PolicyOut(Schema):
    """A policy as an assessment names it."""

    version = fields.Integer(required=True, metadata={"description": "0: the one that comes with Foreshock"})
    sha256 = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "TOML"})


@blueprint.route("")
class InForce(MethodView):
    @blueprint.etag
    @blueprint.response(200, PolicyOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any]) -> PolicyText:
        """Show the policy that judges now, or did."""
        found = policy.in_force(context(), at=at_of(wanted))
        blueprint.set_etag(etag_of(found.version))
        return found

    @blueprint.etag
    @blueprint.response(200, PolicyVersionOut)
    @blueprint.doc(requestBody={"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}})
    @blueprint.writes(POLICIES)
    @needs_version
    def put(self, *, expected_version: int) -> Held[PolicyVersion]:
        """Put a new policy in force; the body is its text. Assessments made before keep theirs."""
        if request.mimetype != MEDIA_TYPE:
            raise UnsupportedMediaType(f"send the policy as {MEDIA_TYPE}")
        return policy.set_policy(context(), request.get_data(), expected_version=expected_version)


@blueprint.route("/versions")
class Versions(MethodView):
    @blueprint.etag
    @blueprint.response(200, PolicyPage)
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the policies that were set, newest first."""
        return policy.versions(context(), after=wanted["after"], limit=wanted["limit"])


@blueprint.route("/versions/<int:version>")
class OneVersion(MethodView):
    @blueprint.etag
    @blueprint.response(200, PolicyOut)
    def get(self, version: int) -> PolicyText:
        """Show one version; 0 is the one that comes with Foreshock."""
        found = policy.get(context(), version)
        blueprint.set_etag(etag_of(found.version))
        return found
