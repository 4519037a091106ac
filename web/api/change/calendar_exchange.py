"""iCalendar over the JSON API: the feed out, and calendars of others in; its twins are commands."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import fields, validate
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from cmdb.change.calendar.calendar_feed import WHAT, feed
from cmdb.change.calendar.calendar_import import BROUGHT, CalendarImport, import_calendar
from cmdb.exchange.ics import MEDIA, MOST_BYTES
from cmdb.model.calendar_entry import Covered
from web.api.change.calendar import blueprint
from web.api.inputs import StrictInteger
from web.api.schemas import Strict, shown
from web.request import context

_BODY: dict[str, Any] = {MEDIA: {"schema": {"type": "string"}}}
_LISTS = ("services", "cis", "classes", "environments")


class Feeding(Strict):
    """What the feed has."""

    what = fields.List(
        fields.String(validate=validate.OneOf(WHAT)), load_default=WHAT, metadata={"description": "left out: all"}
    )
    since = fields.AwareDateTime(data_key="from", metadata={"description": "of changes; left out: a month ago"})
    until = fields.AwareDateTime(data_key="to", metadata={"description": "of changes; left out: in a year"})


class BringingIn(Strict):
    """What events become that do not say so themselves."""

    source = fields.String(
        required=True, validate=validate.Length(1, 1000), metadata={"description": "where the file comes from"}
    )
    as_ = fields.String(data_key="as", load_default=None, validate=validate.OneOf(BROUGHT))
    zone = fields.String(load_default="UTC", metadata={"description": "of days, and of times without one"})
    dry_run = fields.Boolean(load_default=False, metadata={"description": "tell the difference and write nothing"})
    everything = fields.Boolean(load_default=False)
    services = fields.List(fields.String())
    cis = fields.List(fields.String())
    classes = fields.List(fields.String())
    environments = fields.List(fields.String())
    emergency_passes = fields.Boolean()
    demand = fields.Float()
    counts_as_freeze = fields.Boolean()
    agreed = fields.Boolean()
    notified = fields.Boolean()
    minutes = StrictInteger()


@blueprint.route("/feed.ics")
class Feed(MethodView):
    @blueprint.doc(responses={"200": {"description": "iCalendar", "content": {MEDIA: {"schema": {"type": "string"}}}}})
    @blueprint.arguments(Feeding, location="query")
    def get(self, wanted: dict[str, Any]) -> Response:
        """Give changes, freezes, peak events and maintenance windows to other calendars; nobody is named in it."""
        return Response(feed(context(), **wanted), content_type=f"{MEDIA}; charset=utf-8")


@blueprint.route("/import")
class Import(MethodView):
    @blueprint.response(200, shown(CalendarImport))
    @blueprint.doc(requestBody={"required": True, "content": _BODY})
    @blueprint.arguments(BringingIn, location="query")
    def post(self, wanted: dict[str, Any]) -> CalendarImport:
        """
        Bring the events of a calendar in as freezes, peak events or maintenance windows, as one revision.

        Bringing the same in twice changes nothing, so the request may be sent again. All faults are told at once, each
        with the line its event begins at, and nothing is written.
        """
        if request.mimetype != MEDIA:
            raise UnsupportedMediaType(f"send the calendar as {MEDIA}")
        request.max_content_length = MOST_BYTES + 1
        given = dict(wanted)
        how = {name: given.pop(name) for name in ("source", "as_", "zone", "dry_run")}
        lists = {name: tuple(given.pop(name)) for name in _LISTS if name in given}
        if lists or given["everything"]:
            given["covers"] = Covered(given["everything"], **lists)
        del given["everything"]
        return import_calendar(context(), request.get_data(), given=given, **how)
