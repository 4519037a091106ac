"""Configuration baselines over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.configuration import baselines
from cmdb.model.configuration_baseline import CONFIGURATION_BASELINES, BaselineState, ConfigurationBaseline
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of
from web.request import context

blueprint = Blueprint(
    "baselines", __name__, url_prefix="/baselines", description="Approved states that the estate is held against"
)

BaselineOut = schema_of(CONFIGURATION_BASELINES)


class ScopeIn(Strict):
    """Which CIs a baseline covers; left out, all."""

    ci_class = fields.String(
        data_key="class", load_default=None, allow_none=True, metadata={"description": "of this class or below"}
    )
    attributes = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "with these values, such as environment or owner"},
    )


class NewBaseline(AsOf):
    """A baseline to draw up."""

    id = fields.String(required=True, metadata={"description": "its name, kept for ever"})
    scope = fields.Nested(ScopeIn, load_default=lambda: {"ci_class": None, "attributes": {}})
    note = fields.String(load_default="")


class Wanted(Paging):
    """Which baselines."""

    state = fields.List(
        fields.Enum(BaselineState, by_value=True), load_default=(), metadata={"description": "in one of these states"}
    )


@blueprint.route("")
class Baselines(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(BaselineOut, "BaselinePage"))
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the baselines, the newest first."""
        return baselines.listing(context(), states=wanted["state"], after=wanted["after"], limit=wanted["limit"])

    @blueprint.etag
    @blueprint.response(201, BaselineOut)
    @blueprint.arguments(NewBaseline)
    @blueprint.writes(CONFIGURATION_BASELINES)
    def post(self, new: dict[str, Any]) -> Held[ConfigurationBaseline]:
        """Draw up a baseline of what stands now, or stood then; somebody else approves it."""
        return baselines.create(context(), new["id"], **new["scope"], at=at_of(new), note=new["note"])


@blueprint.route("/<baseline>")
class OneBaseline(MethodView):
    @blueprint.etag
    @blueprint.response(200, BaselineOut)
    def get(self, baseline: str) -> ConfigurationBaseline:
        """Show a baseline with what it moved on by."""
        return blueprint.tagged(baselines.get(context(), baseline))


@blueprint.route("/<baseline>/approve")
class Approve(MethodView):
    @blueprint.etag
    @blueprint.response(200, BaselineOut)
    @blueprint.writes(CONFIGURATION_BASELINES)
    @needs_version
    def post(self, baseline: str, *, expected_version: int) -> Held[ConfigurationBaseline]:
        """Approve a baseline that somebody else drew up."""
        return baselines.approve(context(), baseline, expected_version=expected_version)


@blueprint.route("/<baseline>/withdraw")
class Withdraw(MethodView):
    @blueprint.etag
    @blueprint.response(200, BaselineOut)
    @blueprint.writes(CONFIGURATION_BASELINES)
    @needs_version
    def post(self, baseline: str, *, expected_version: int) -> Held[ConfigurationBaseline]:
        """Hold the estate no longer against a baseline."""
        return baselines.withdraw(context(), baseline, expected_version=expected_version)
