"""What a Terraform plan would touch, over the JSON API; its twin is `change from-plan`."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from cmdb.configuration.planned import Touching, touched_by
from web.api.blueprint import Blueprint
from web.api.configuration.estate import body_of
from web.api.schemas import Strict, shown
from web.request import context

blueprint = Blueprint("plans", __name__, url_prefix="/plans", description="What plans of other tools would touch")

_TAKEN = ("application/json", "application/octet-stream")
_BODY: dict[str, Any] = {media: {"schema": {}} for media in _TAKEN}
_Touching: Any = shown(Touching)


class TouchingOut(_Touching):
    """What a plan would touch."""

    missed = fields.Integer(
        required=True, metadata={"description": "addresses that go down or restart, and are no CI that is known"}
    )

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return [self.dump(one) for one in obj] if many else obj.as_json()


class Reading(Strict):
    """How the plan is read."""

    lineage = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={"description": "of the state it was made from; left out, the ids of providers alone tell who is who"},
    )


@blueprint.route("/terraform")
class TerraformPlan(MethodView):
    @blueprint.response(200, TouchingOut)
    @blueprint.doc(requestBody={"required": True, "content": _BODY})
    @blueprint.arguments(Reading, location="query")
    def post(self, wanted: dict[str, Any]) -> Touching:
        """
        Tell which CIs a plan would touch, and how: the targets of a change. Nothing is written or kept.

        The body is what `terraform show -json PLAN` prints. `touched` has what POST /changes takes as targets;
        `unfound` names what no CI is known by.
        """
        return touched_by(context(), body_of("the plan", _TAKEN), **wanted)
