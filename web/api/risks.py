"""How probable an outage of a service is, and what would cause it, over the JSON API; its twins are the commands."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from cmdb.model.risk_group import RiskGroups
from impact.questions.outage import OutageAnswer, outage_of
from impact.questions.risk_groups import MOST, MOST_LISTED, risk_groups_of
from web.api.blueprint import Blueprint
from web.api.schemas import AsOf, at_of, shown
from web.request import context

blueprint = Blueprint("risks", __name__, url_prefix="/services", description="How probable outages are, and why")

_BUDGET = {"description": "nodes that may be made for all diagrams together; beyond it the answer says so"}


class _Asked(AsOf):
    """What has failed already, and how much may be spent on the answer."""

    down = fields.List(
        fields.String(), load_default=(), metadata={"description": "ids of CIs that have failed already"}
    )
    budget = fields.Integer(load_default=None, allow_none=True, metadata=_BUDGET)
    at = fields.String(load_default=None, allow_none=True, metadata=AsOf().fields["at"].metadata)


class OutageAsked(_Asked):
    """A question about an outage."""

    window = fields.Float(
        load_default=None, allow_none=True, metadata={"description": "hours; null: at any moment, the steady state"}
    )


class GroupsAsked(_Asked):
    """A question about risk groups."""

    top = fields.Integer(
        load_default=MOST,
        validate=validate.Range(min=0),
        metadata={"description": f"how many to list, {MOST_LISTED} at most"},
    )


OutageOut = shown(OutageAnswer)
RiskGroupsOut = shown(RiskGroups)


@blueprint.route("/<path:service_id>/outage")
class ServiceOutage(MethodView):
    @blueprint.etag
    @blueprint.response(200, OutageOut)
    @blueprint.arguments(OutageAsked, location="query")
    def get(self, wanted: dict[str, Any], service_id: str) -> OutageAnswer:
        """Tell how probable an outage of a service is, and which components it hangs on."""
        return _outage(service_id, wanted)

    @blueprint.response(200, OutageOut)
    @blueprint.arguments(OutageAsked)
    def post(self, wanted: dict[str, Any], service_id: str) -> OutageAnswer:
        """Tell the same with more CIs failed than an address holds; nothing is written."""
        return _outage(service_id, wanted)


@blueprint.route("/<path:service_id>/risk-groups")
class ServiceRiskGroups(MethodView):
    @blueprint.etag
    @blueprint.response(200, RiskGroupsOut)
    @blueprint.arguments(GroupsAsked, location="query")
    def get(self, wanted: dict[str, Any], service_id: str) -> RiskGroups:
        """Tell how many minimal sets of CIs stop a service together, and the most probable ones."""
        return _groups(service_id, wanted)

    @blueprint.response(200, RiskGroupsOut)
    @blueprint.arguments(GroupsAsked)
    def post(self, wanted: dict[str, Any], service_id: str) -> RiskGroups:
        """Tell the same with more CIs failed than an address holds; nothing is written."""
        return _groups(service_id, wanted)


def _outage(service_id: str, wanted: dict[str, Any]) -> OutageAnswer:
    return outage_of(
        context(),
        service_id,
        failed=wanted["down"],
        window_hours=wanted["window"],
        budget=wanted["budget"],
        at=at_of(wanted),
    )


def _groups(service_id: str, wanted: dict[str, Any]) -> RiskGroups:
    return risk_groups_of(
        context(), service_id, failed=wanted["down"], most=wanted["top"], budget=wanted["budget"], at=at_of(wanted)
    )
