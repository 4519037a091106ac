"""Change models over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change import change_models
from cmdb.model.change import BackOut, ChangeType, Effect
from cmdb.model.change_model import CHANGE_MODELS, ChangeModel, FailureLimit, ModelState
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.change.changes import BackOutIn
from web.api.inputs import StrictInteger
from web.api.schemas import Paging, Strict, page_of, schema_of, shown
from web.request import context

blueprint = Blueprint("change_models", __name__, url_prefix="/change-models", description="Templates for changes")

ChangeModelOut = schema_of(CHANGE_MODELS)


class LimitIn(Strict):
    """When a model withdraws itself."""

    failures = StrictInteger(required=True, metadata={"description": "so many backed out or failed"})
    of = StrictInteger(required=True, metadata={"description": "of so many of its last changes"})


class ModelIn(Strict):
    """What may be given of a change model; what is left out stays, of a new one it has its default."""

    title = fields.String(metadata={"description": "one line, the title of its changes too"})
    type = fields.Enum(ChangeType, by_value=True)
    description = fields.String()
    effect = fields.Enum(Effect, by_value=True, metadata={"description": "what is done to each target"})
    offset = StrictInteger()
    minutes = StrictInteger(allow_none=True)
    steps = fields.List(fields.String())
    back_out = fields.Nested(BackOutIn, allow_none=True)
    team = fields.String(allow_none=True)
    window_minutes = StrictInteger(allow_none=True, metadata={"description": "how long a window is unless given"})
    test_evidence = fields.String()
    limit = fields.Nested(LimitIn)


class NewModel(ModelIn):
    """A change model to draw up; somebody else approves it."""

    id = fields.String(required=True, metadata={"description": "kept for ever"})
    title = fields.String(required=True)


class Withdrawing(Strict):
    """Why a model is withdrawn."""

    because = fields.String(required=True)


class WantedModels(Paging):
    """Which change models."""

    state = fields.List(
        fields.Enum(ModelState, by_value=True), load_default=(), metadata={"description": "in one of these states"}
    )


class ModelStandingOut(Schema):
    """How the last changes of a model went."""

    bad = fields.Integer(required=True, metadata={"description": "backed out or failed"})
    of = fields.Integer(required=True, metadata={"description": "of so many of its last changes"})
    limit = fields.Nested(shown(FailureLimit, False), required=True)
    is_over = fields.Boolean(required=True)


@blueprint.route("")
class ChangeModels(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(ChangeModelOut, "ChangeModelPage"))
    @blueprint.arguments(WantedModels, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the change models, by id."""
        return change_models.listing(context(), states=wanted["state"], after=wanted["after"], limit=wanted["limit"])

    @blueprint.etag
    @blueprint.response(201, ChangeModelOut)
    @blueprint.arguments(NewModel)
    @blueprint.writes(CHANGE_MODELS)
    def post(self, new: dict[str, Any]) -> Held[ChangeModel]:
        """Draw up a change model; somebody else approves it."""
        return change_models.define(context(), new.pop("id"), expected_version=0, **_given(new))


@blueprint.route("/<model>")
class OneChangeModel(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeModelOut)
    def get(self, model: str) -> ChangeModel:
        """Show a change model."""
        return blueprint.tagged(change_models.get(context(), model))

    @blueprint.etag
    @blueprint.response(200, ChangeModelOut)
    @blueprint.arguments(ModelIn)
    @blueprint.writes(CHANGE_MODELS)
    @needs_version
    def patch(self, given: dict[str, Any], model: str, *, expected_version: int) -> Held[ChangeModel]:
        """Change a model; it is to be approved anew."""
        change_models.get(context(), model)
        return change_models.define(context(), model, expected_version=expected_version, **_given(given))


@blueprint.route("/<model>/standing")
class OneModelStanding(MethodView):
    @blueprint.etag
    @blueprint.response(200, ModelStandingOut)
    def get(self, model: str) -> dict[str, Any]:
        """Tell how the last changes of a model went."""
        found = change_models.standing(context(), change_models.get(context(), model).record)
        return {**found._asdict(), "is_over": found.is_over}


@blueprint.route("/<model>/approve")
class ApproveModel(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeModelOut)
    @blueprint.writes(CHANGE_MODELS)
    @needs_version
    def post(self, model: str, *, expected_version: int) -> Held[ChangeModel]:
        """Approve a model that somebody else drew up."""
        return change_models.approve(context(), model, expected_version=expected_version)


@blueprint.route("/<model>/withdraw")
class WithdrawModel(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeModelOut)
    @blueprint.arguments(Withdrawing)
    @blueprint.writes(CHANGE_MODELS)
    @needs_version
    def post(self, why: dict[str, Any], model: str, *, expected_version: int) -> Held[ChangeModel]:
        """Withdraw a model: no change is made from it any more."""
        return change_models.withdraw(context(), model, expected_version=expected_version, **why)


def _given(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was given in the words of the desk."""
    words = dict(given)
    if "type" in words:
        words["change_type"] = words.pop("type")
    if words.get("back_out") is not None:
        words["back_out"] = BackOut(**words["back_out"])
    if "limit" in words:
        words["limit"] = FailureLimit(**words["limit"])
    return words
