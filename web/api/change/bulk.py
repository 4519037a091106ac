"""One change for many targets over the JSON API; its twin is `change bulk`."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.model.change import CHANGES, Change, Effect
from cmdb.records import Held
from impact.questions.bulk import BulkPlan, bulk
from web.api.blueprint import Blueprint
from web.api.change.changes import ChangeOut, NewChange, given_of
from web.api.inputs import StrictInteger
from web.api.schemas import Strict, shown
from web.request import context

blueprint = Blueprint("bulk_changes", __name__, url_prefix="/changes/bulk", description="One change for many targets")

_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"


class BulkTargets(Strict):
    """What is to be done to which targets."""

    targets = fields.List(fields.String(), required=True, metadata={"description": "ids of CIs"})
    start = fields.String(required=True, metadata={"description": f"when the window begins, {_MOMENT}"})
    minutes = StrictInteger(required=True, metadata={"description": "how long each target is out"})
    gap = StrictInteger(load_default=0, metadata={"description": "minutes between two waves"})
    effect = fields.Enum(Effect, by_value=True, load_default=Effect.RESTART)


class NewBulk(NewChange):
    """A bulk change to raise: as a change, with targets by id, and the window as long as the waves take."""

    class Meta:
        exclude = ("window",)

    targets = fields.List(fields.String(), required=True, metadata={"description": "ids of CIs"})
    start = fields.String(required=True, metadata={"description": f"when the window begins, {_MOMENT}"})
    minutes = StrictInteger(required=True, metadata={"description": "how long each target is out"})
    gap = StrictInteger(load_default=0, metadata={"description": "minutes between two waves"})
    effect = fields.Enum(Effect, by_value=True, load_default=Effect.RESTART)


BulkPlanOut = shown(BulkPlan, False)


@blueprint.route("")
class BulkChanges(MethodView):
    @blueprint.etag
    @blueprint.response(201, ChangeOut)
    @blueprint.arguments(NewBulk)
    @blueprint.writes(CHANGES)
    def post(self, new: dict[str, Any]) -> Held[Change]:
        """Raise one change for many targets, in waves that lose no service; they stand in its steps."""
        targets = new.pop("targets")
        held = bulk(context(), targets=targets, **given_of(new)).change
        assert held is not None
        return held


@blueprint.route("/plan")
class PlanBulk(MethodView):
    @blueprint.response(200, BulkPlanOut)
    @blueprint.arguments(BulkTargets)
    def post(self, wanted: dict[str, Any]) -> BulkPlan:
        """Tell the waves of a bulk change; nothing is written."""
        return bulk(context(), **wanted, raise_it=False).plan
