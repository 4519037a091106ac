"""Service levels over the JSON API; their twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.model.service_level import SERVICE_LEVELS, ServiceLevel
from cmdb.model.sla import Period
from cmdb.records import Held
from cmdb.service import service_levels
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictFloat, StrictInteger
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of
from web.request import context

blueprint = Blueprint(
    "service-levels", __name__, url_prefix="/service-levels", description="What was agreed of services"
)


class RateIn(Strict):
    """What it costs that a service is down inside its hours."""

    amount = fields.String(required=True, metadata={"description": "a decimal number as text: `1200.50`"})
    per = fields.String(required=True, metadata={"description": "`minute` or `hour`"})
    currency = fields.String(required=True, metadata={"description": "ISO 4217"})


class LevelIn(Strict):
    """What is agreed of a service, as a whole."""

    availability = StrictFloat(required=True, metadata={"description": "the target in percent: 99.9"})
    period = fields.Enum(Period, by_value=True, load_default=Period.MONTH)
    zone = fields.String(load_default="UTC", metadata={"description": "IANA zone of the calendar of periods"})
    hours = fields.String(
        load_default=None, allow_none=True, metadata={"description": "id of service hours; null: around the clock"}
    )
    maintenance_minutes = StrictInteger(
        load_default=0, metadata={"description": "agreed each period for maintenance that is notified"}
    )
    longest_interruption = StrictInteger(
        load_default=None, allow_none=True, metadata={"description": "the most minutes of one interruption"}
    )
    rate = fields.Nested(RateIn, load_default=None, allow_none=True)


LevelOut = schema_of(SERVICE_LEVELS)
LevelPage = page_of(LevelOut, "ServiceLevelPage")


@blueprint.route("")
class Levels(MethodView):
    @blueprint.etag
    @blueprint.response(200, LevelPage)
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the levels that were agreed, by service."""
        return service_levels.listing(context(), **wanted)


@blueprint.route("/<path:service>")
class Level(MethodView):
    @blueprint.etag
    @blueprint.response(200, LevelOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], service: str) -> ServiceLevel:
        """Show the level of a service, as it is or as it was."""
        return blueprint.tagged(service_levels.get(context(), service, at=at_of(wanted)))

    @blueprint.etag
    @blueprint.response(200, LevelOut)
    @blueprint.arguments(LevelIn)
    @blueprint.writes(SERVICE_LEVELS)
    @needs_version
    def put(self, given: dict[str, Any], service: str, *, expected_version: int) -> Held[ServiceLevel]:
        """Set the level of a service (If-Match: "0" where there is none); the same again changes nothing."""
        return service_levels.set_level(context(), service, **given, expected_version=expected_version)
