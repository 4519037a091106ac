"""Which CIs matter most, over the JSON API; its twin is the command."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from impact.questions.criticality import MOST, CriticalityAnswer, criticality_of
from web.api.blueprint import Blueprint
from web.api.schemas import AsOf, at_of, shown
from web.request import context

blueprint = Blueprint("criticality", __name__, url_prefix="", description="Which CIs matter most")

_TOP = {"description": "how many to list, the costliest first"}


class CriticalityAsked(AsOf):
    """CIs in the query of the address; none: all of the estate."""

    ci = fields.List(fields.String(), load_default=(), metadata={"description": "ids of CIs"})
    top = fields.Integer(load_default=MOST, validate=validate.Range(min=0), metadata=_TOP)


class CriticalityBody(AsOf):
    """CIs in the body, where there may be more of them."""

    cis = fields.List(fields.String(), load_default=(), metadata={"description": "ids of CIs"})
    top = fields.Integer(load_default=MOST, validate=validate.Range(min=0), metadata=_TOP)
    at = fields.String(load_default=None, allow_none=True)


CriticalityOut = shown(CriticalityAnswer)


@blueprint.route("/criticality")
class Criticality(MethodView):
    @blueprint.etag
    @blueprint.response(200, CriticalityOut)
    @blueprint.arguments(CriticalityAsked, location="query")
    def get(self, wanted: dict[str, Any]) -> CriticalityAnswer:
        """Tell what CIs take down by failing alone, and the minutes of service outage that costs a year."""
        return criticality_of(context(), wanted["ci"], most=wanted["top"], at=at_of(wanted))

    @blueprint.response(200, CriticalityOut)
    @blueprint.arguments(CriticalityBody)
    def post(self, wanted: dict[str, Any]) -> CriticalityAnswer:
        """Tell the same for more CIs than an address holds; nothing is written."""
        return criticality_of(context(), wanted["cis"], most=wanted["top"], at=at_of(wanted))
