"""Series of meetings over the JSON API: planned, laid out, one of them moved, ended; their twins are commands."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change.boards import meeting_series
from cmdb.model.meeting import MEETINGS, SERIES, Meeting, MeetingSeries
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictInteger
from web.api.schemas import Paging, Strict, page_of, schema_of
from web.request import context

blueprint = Blueprint("meeting_series", __name__, url_prefix="", description="Meetings of boards that come again")

SeriesOut = schema_of(SERIES)
_MOMENT = "with its offset (2026-03-02T14:00+01:00) or its IANA zone (2026-03-02T14:00[Europe/Berlin])"


class NewSeries(Strict):
    """Meetings to plan: each by its start, or by the first of them and a rule."""

    starts = fields.List(fields.String(), required=True, metadata={"description": f"when each begins, {_MOMENT}"})
    duration = StrictInteger(load_default=60, metadata={"description": "minutes"})
    rule = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=TH; the one start is the first then"},
    )
    excluded = fields.List(fields.String(), load_default=(), metadata={"description": "starts that do not take place"})
    until = fields.String(
        load_default=None, allow_none=True, metadata={"description": "no meeting begins from then on"}
    )
    zone = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "the zone the rule counts in; left out: that of the start, else the board's"},
    )


class WantedSeries(Paging):
    """Which series."""

    board = fields.String(load_default=None)


class SeriesEnding(Strict):
    """Why a series ends."""

    reason = fields.String(required=True)


class Moving(Strict):
    """When one meeting is to begin instead."""

    start = fields.String(required=True, metadata={"description": _MOMENT})
    duration = StrictInteger(
        load_default=None, allow_none=True, metadata={"description": "minutes; left out: as before"}
    )


class LaidOut(Schema):
    """The meetings that were laid out."""

    meetings = fields.List(fields.String(), required=True)


@blueprint.route("/boards/<board>/meetings")
class PlannedMeetings(MethodView):
    @blueprint.etag
    @blueprint.response(201, SeriesOut)
    @blueprint.arguments(NewSeries)
    @blueprint.writes(SERIES)
    def post(self, new: dict[str, Any], board: str) -> Held[MeetingSeries]:
        """Plan a series of meetings, by their starts or by a rule."""
        return meeting_series.plan(context(), board, new.pop("starts"), **new)


@blueprint.route("/meeting-series")
class AllSeries(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(SeriesOut, "MeetingSeriesPage"))
    @blueprint.arguments(WantedSeries, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the series of meetings, by id."""
        return meeting_series.listing(context(), **wanted)


@blueprint.route("/meeting-series/<series>")
class OneSeries(MethodView):
    @blueprint.etag
    @blueprint.response(200, SeriesOut)
    def get(self, series: str) -> MeetingSeries:
        """Show a series of meetings."""
        return blueprint.tagged(meeting_series.get(context(), series))


@blueprint.route("/meeting-series/<series>/end")
class EndSeries(MethodView):
    @blueprint.etag
    @blueprint.response(200, SeriesOut)
    @blueprint.arguments(SeriesEnding)
    @blueprint.writes(SERIES)
    @needs_version
    def post(self, ending: dict[str, Any], series: str, *, expected_version: int) -> Held[MeetingSeries]:
        """End a series, and call its planned meetings off."""
        return meeting_series.end(context(), series, reason=ending["reason"], expected_version=expected_version)


@blueprint.route("/meeting-series/lay-out")
class LayOut(MethodView):
    @blueprint.response(200, LaidOut)
    def post(self) -> dict[str, Any]:
        """Lay out the meetings of the next quarter of every series that comes again."""
        return {"meetings": list(meeting_series.lay_out(context()))}


@blueprint.route("/meetings/<meeting>/move")
class MoveMeeting(MethodView):
    @blueprint.etag
    @blueprint.response(200, schema_of(MEETINGS))
    @blueprint.arguments(Moving)
    @blueprint.writes(MEETINGS)
    @needs_version
    def post(self, moving: dict[str, Any], meeting: str, *, expected_version: int) -> Held[Meeting]:
        """Let one meeting begin at another time."""
        return meeting_series.move(
            context(), meeting, moving["start"], duration=moving["duration"], expected_version=expected_version
        )
