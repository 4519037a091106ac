"""Calendars of service hours over the JSON API; their twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.model.service_hours import DAYS, SERVICE_HOURS, SERVICE_HOURS_YEARS, ServiceHours
from cmdb.records import Held
from cmdb.service import hours
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictInteger
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of
from web.request import context

blueprint = Blueprint(
    "service-hours", __name__, url_prefix="/service-hours", description="When services are agreed to be there"
)


def _texts(what: str, *, required: bool = False) -> Any:
    more: dict[str, Any] = {"required": True} if required else {"load_default": ()}
    return fields.List(fields.String(), metadata={"description": what}, **more)


class HoursIn(Strict):
    """A calendar of service hours, as a whole."""

    zone = fields.String(required=True, metadata={"description": "IANA zone whose clocks the hours are read on"})
    weekly = _texts("`mon-fri 08:00-18:00`, `sat,sun 10:00-14:00`", required=True)
    holidays = _texts("codes whose public holidays are closed: `DE`, `DE-BY`, or `CN` as arranged")
    closed = _texts("days that are closed: `2026-12-24`")
    opened = _texts("days with hours of their own: `2026-12-27 09:00-12:00`")
    worked_like = fields.String(
        load_default=DAYS[0], metadata={"description": "whose hours a worked weekend day has (`CN`)"}
    )


class Years(Strict):
    """Which years to expand."""

    years = fields.List(StrictInteger(), required=True)


HoursOut = schema_of(SERVICE_HOURS)
HoursPage = page_of(HoursOut, "ServiceHoursPage")


class YearsOut(Schema):
    """What a calendar means for years."""

    rows = fields.List(fields.Nested(schema_of(SERVICE_HOURS_YEARS)), required=True)


@blueprint.route("")
class AllHours(MethodView):
    @blueprint.etag
    @blueprint.response(200, HoursPage)
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List calendars, by id."""
        return hours.listing(context(), **wanted)


@blueprint.route("/<hours_id>")
class OneCalendar(MethodView):
    @blueprint.etag
    @blueprint.response(200, HoursOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], hours_id: str) -> ServiceHours:
        """Show a calendar, as it is or as it was."""
        return blueprint.tagged(hours.get(context(), hours_id, at=at_of(wanted)))

    @blueprint.etag
    @blueprint.response(200, HoursOut)
    @blueprint.arguments(HoursIn)
    @blueprint.writes(SERVICE_HOURS)
    @needs_version
    def put(self, given: dict[str, Any], hours_id: str, *, expected_version: int) -> Held[ServiceHours]:
        """Define a calendar (If-Match: "0" where there is none), and expand it for the years around this one."""
        return hours.define(context(), hours_id, **given, expected_version=expected_version)


@blueprint.route("/<hours_id>/years")
class HoursYears(MethodView):
    @blueprint.etag
    @blueprint.response(200, YearsOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], hours_id: str) -> dict[str, Any]:
        """Show what a calendar means for each year that was expanded; null intervals: its holidays are not known."""
        return {"rows": hours.years_of(context(), hours_id, at=at_of(wanted))}


@blueprint.route("/<hours_id>/expand")
class Expand(MethodView):
    @blueprint.response(200, YearsOut)
    @blueprint.arguments(Years)
    def post(self, given: dict[str, Any], hours_id: str) -> dict[str, Any]:
        """Expand a calendar for more years, or anew; the same again changes nothing."""
        return {"rows": hours.expand(context(), hours_id, given["years"])}
