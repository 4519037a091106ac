"""What goes down if CIs fail, and what rests on one CI alone, over the JSON API; its twins are the commands."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from impact.answers import ImpactAnswer, Reached, SinglePoints
from impact.questions.impact import blast_of, impact_of
from impact.questions.spof import single_points_of
from web.api.blueprint import Blueprint
from web.api.schemas import AsOf, at_of, shown
from web.request import context

blueprint = Blueprint("impact", __name__, url_prefix="", description="What would happen if")

_IDS = {"description": "ids of the CIs that fail together"}


class Failing(AsOf):
    """CIs in the query of the address."""

    ci = fields.List(fields.String(), required=True, validate=validate.Length(1), metadata=_IDS)


class FailingBody(AsOf):
    """CIs in the body, where there may be more of them."""

    cis = fields.List(fields.String(), required=True, validate=validate.Length(1), metadata=_IDS)
    at = fields.String(load_default=None, allow_none=True)


class Down(AsOf):
    """What has failed beside."""

    down = fields.List(fields.String(), load_default=(), metadata={"description": "ids of CIs that have failed already"})



class ImpactOut(shown(ImpactAnswer)):  # type: ignore[misc]
    """What goes down; `hidden` counts the CIs that its reader may not see."""

    hidden = fields.Integer(required=True, dump_default=0)


class BlastOut(Schema):
    """All that depends on the CIs, whatever the redundancy, by depth."""

    blast = fields.List(fields.Nested(shown(Reached)), required=True)


SinglePointsOut = shown(SinglePoints)


@blueprint.route("/impact")
class Impact(MethodView):
    @blueprint.etag
    @blueprint.response(200, ImpactOut)
    @blueprint.arguments(Failing, location="query")
    def get(self, wanted: dict[str, Any]) -> ImpactAnswer:
        """Tell what goes down, and what only loses its spare, if these CIs fail together."""
        return impact_of(context(), wanted["ci"], at=at_of(wanted))

    @blueprint.response(200, ImpactOut)
    @blueprint.arguments(FailingBody)
    def post(self, wanted: dict[str, Any]) -> ImpactAnswer:
        """Tell the same for more CIs than an address holds; nothing is written."""
        return impact_of(context(), wanted["cis"], at=at_of(wanted))


@blueprint.route("/impact/blast")
class Blast(MethodView):
    @blueprint.etag
    @blueprint.response(200, BlastOut)
    @blueprint.arguments(Failing, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Tell all that depends on these CIs by hard or soft relations, whatever the redundancy."""
        return {"blast": blast_of(context(), wanted["ci"], at=at_of(wanted))}

    @blueprint.response(200, BlastOut)
    @blueprint.arguments(FailingBody)
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Tell the same for more CIs than an address holds; nothing is written."""
        return {"blast": blast_of(context(), wanted["cis"], at=at_of(wanted))}


@blueprint.route("/services/<path:service_id>/single-points")
class ServiceSinglePoints(MethodView):
    @blueprint.etag
    @blueprint.response(200, SinglePointsOut)
    @blueprint.arguments(Down, location="query")
    def get(self, wanted: dict[str, Any], service_id: str) -> SinglePoints:
        """Tell which CIs stop a service alone, now and with some CIs failed."""
        return single_points_of(context(), service_id, failed=wanted["down"], at=at_of(wanted))
