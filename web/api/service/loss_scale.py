"""The scale of losses over the JSON API; its twins are the commands ``risk scale`` and ``risk set-scale``."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.model.loss_scale import LOSS_SCALES, LossScale, LossScaleVersion
from cmdb.records import Held
from cmdb.service import loss_scales
from cmdb.service.loss_scales import ScaleInForce
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictFloat
from web.api.schemas import AsOf, Strict, at_of, schema_of, shown
from web.request import context, etag_of

blueprint = Blueprint("loss-scale", __name__, url_prefix="/loss-scale", description="How losses are measured")


class ScaleIn(Strict):
    """What changes of the scale; what is left out stays as it is."""

    weights = fields.Dict(
        keys=fields.String(),
        values=StrictFloat(),
        load_default=None,
        metadata={"description": "what a minute counts for by tier, `1` to `4`, and `none`"},
    )
    minute_values = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=None,
        metadata={"description": "by currency what a minute of tier 1 is worth, a decimal number as text"},
    )
    half_at = StrictFloat(load_default=None, metadata={"description": "the expected loss that scores 50"})


class ScaleOut(Schema):
    """A scale as it measures."""

    version = fields.Integer(required=True, metadata={"description": "0: the one that comes with Foreshock"})
    # As the record has it: one schema, under one name.
    scale = fields.Nested(shown(LossScale, False), required=True)


@blueprint.route("")
class Scale(MethodView):
    @blueprint.etag
    @blueprint.response(200, ScaleOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any]) -> ScaleInForce:
        """Show the scale that measures now, or did."""
        found = loss_scales.in_force(context(), at=at_of(wanted))
        blueprint.set_etag(etag_of(found.version))
        return found

    @blueprint.etag
    @blueprint.response(200, schema_of(LOSS_SCALES))
    @blueprint.arguments(ScaleIn)
    @blueprint.writes(LOSS_SCALES)
    @needs_version
    def put(self, given: dict[str, Any], *, expected_version: int) -> Held[LossScaleVersion]:
        """Put a scale in force as a new version."""
        return loss_scales.set_scale(context(), **given, expected_version=expected_version)
