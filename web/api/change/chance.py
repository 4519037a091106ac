"""The chance that a change fails over the JSON API, and the models it is told from; its twin is ``foreshock risk``."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from cmdb.model.failure_model import FAILURE_MODELS, FailureModelVersion
from cmdb.records import Held
from impact.questions.calibration import Calibration, calibration
from impact.questions.learn import ChanceAnswer, chance_of, keep, kept
from web.api.blueprint import Blueprint
from web.api.schemas import AsOf, at_of, schema_of, shown
from web.request import context

blueprint = Blueprint("chance", __name__, url_prefix="", description="How probable it is that a change fails")

ChanceOut = shown(ChanceAnswer)
FailureModelOut = schema_of(FAILURE_MODELS)
CalibrationOut = shown(Calibration)


@blueprint.route("/changes/<change_id>/chance-of-failure")
class ChanceOfChange(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChanceOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> ChanceAnswer:
        """Tell how probable it is that a change is backed out or fails, how sure that is, and what makes it so."""
        return chance_of(context(), change_id, at=at_of(wanted))


@blueprint.route("/failure-models")
class FailureModels(MethodView):
    @blueprint.etag
    @blueprint.response(201, FailureModelOut)
    @blueprint.writes(FAILURE_MODELS)
    def post(self) -> Held[FailureModelVersion]:
        """Learn from the changes whose outcome has matured, and keep the model; one that is kept already stays one."""
        return keep(context())


@blueprint.route("/calibration")
class CalibrationOfChanges(MethodView):
    @blueprint.etag
    @blueprint.response(200, CalibrationOut)
    def get(self) -> Calibration:
        """Tell what P(fail) was worth: foretold against happened of the changes that matured, beside simple rules."""
        return calibration(context())


@blueprint.route("/failure-models/<model>")
class OneFailureModel(MethodView):
    @blueprint.etag
    @blueprint.response(200, FailureModelOut)
    def get(self, model: str) -> FailureModelVersion:
        """Show a model that was kept, with all that a prediction needs of it."""
        return blueprint.tagged(kept(context(), model))
