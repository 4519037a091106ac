"""What people hold of a CI against discovery, over the JSON API; its twins are `ci lock`, `unlock` and `revive`."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from cmdb.configuration import holding
from cmdb.model.ci import CI, CIS
from cmdb.records import Held
from web.api.blueprint import Blueprint
from web.api.configuration.cis import CIOut
from web.api.schemas import Strict
from web.request import context

blueprint = Blueprint(
    "holding", __name__, url_prefix="/holding", description="What people hold of a CI against what discovery sees"
)


class OfCI(Strict):
    """Which CI, and which version of it was seen."""

    ci = fields.String(required=True, metadata={"description": "id of the CI"})
    expected_version = fields.Integer(
        load_default=None, allow_none=True, metadata={"description": "refused if it is at another; null: any"}
    )


class OfValues(OfCI):
    """Which of its values."""

    attributes = fields.List(
        fields.String(), required=True, validate=validate.Length(1, 1000), metadata={"description": "their names"}
    )


@blueprint.route("/lock")
class Lock(MethodView):
    @blueprint.etag
    @blueprint.response(200, CIOut)
    @blueprint.arguments(OfValues)
    @blueprint.writes(CIS)
    def post(self, given: dict[str, Any]) -> Held[CI]:
        """Hold values of a CI as they are, whatever is seen from now on."""
        names = given.pop("attributes")
        return holding.lock(context(), given.pop("ci"), names, **given).ci


@blueprint.route("/unlock")
class Unlock(MethodView):
    @blueprint.etag
    @blueprint.response(200, CIOut)
    @blueprint.arguments(OfValues)
    @blueprint.writes(CIS)
    def post(self, given: dict[str, Any]) -> Held[CI]:
        """Let the sources say values of a CI again, at once."""
        names = given.pop("attributes")
        return holding.unlock(context(), given.pop("ci"), names, **given).ci


@blueprint.route("/revive")
class Revive(MethodView):
    @blueprint.etag
    @blueprint.response(200, CIOut)
    @blueprint.arguments(OfCI)
    @blueprint.writes(CIS)
    def post(self, given: dict[str, Any]) -> Held[CI]:
        """Bring a CI back that was retired by hand."""
        return holding.revive(context(), given.pop("ci"), **given).ci
