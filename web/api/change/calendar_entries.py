"""Freezes, peak events, maintenance windows and team capacities over the JSON API; their twins are commands."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.model.calendar_entry import Covered
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.change.calendar import blueprint
from web.api.inputs import StrictInteger
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of
from web.request import context

_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"


class ScheduleIn(Strict):
    """When something is: once, or again and again by a rule in the clocks of the zone that its start names."""

    start = fields.String(required=True, metadata={"description": f"of the first, {_MOMENT}"})
    end = fields.String(required=True, metadata={"description": f"of the first, {_MOMENT}"})
    rule = fields.String(metadata={"description": "an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=SA"})
    excluded = fields.List(fields.String(), metadata={"description": "starts that do not take place"})
    added = fields.List(fields.String(), metadata={"description": "further starts"})
    until = fields.String(metadata={"description": "how far the rule is expanded; left out: two years ahead"})
    zone = fields.String(metadata={"description": "the zone the rule counts in; left out: that of the start"})


class CoversIn(Strict):
    """What an entry is about: everything, or what one of the lists names."""

    everything = fields.Boolean()
    services = fields.List(fields.String(), metadata={"description": "ids of services"})
    cis = fields.List(fields.String(), metadata={"description": "ids of CIs (maintenance windows only)"})
    classes = fields.List(fields.String(), metadata={"description": "CI classes, with those below them"})
    environments = fields.List(fields.String(), metadata={"description": "values of the attribute environment"})


class EntryIn(Strict):
    """What every entry has."""

    name = fields.String(required=True, metadata={"description": "one line"})
    reason = fields.String(load_default="", metadata={"description": "one line"})
    schedule = fields.Nested(ScheduleIn, required=True)
    covers = fields.Nested(CoversIn, required=True)


class NewFreeze(EntryIn):
    """A time in which what it covers is not changed."""

    emergency_passes = fields.Boolean(load_default=False)


class NewPeakEvent(EntryIn):
    """A time of more demand than usual."""

    demand = fields.Float(required=True, metadata={"description": "how many times the usual demand"})
    counts_as_freeze = fields.Boolean(load_default=False)
    emergency_passes = fields.Boolean(load_default=False)


class NewMaintenanceWindow(EntryIn):
    """A time for work on services or CIs."""

    agreed = fields.Boolean(load_default=False)
    notified = fields.Boolean(load_default=False)
    minutes = StrictInteger(
        load_default=None, allow_none=True, metadata={"description": "of outage agreed each time; null: all of it"}
    )


class NewTeamCapacity(Strict):
    """How many changes a team may implement at once, and when it works."""

    team = fields.String(required=True)
    reason = fields.String(load_default="")
    at_once = StrictInteger(required=True)
    hours = fields.Nested(ScheduleIn, load_default=None, allow_none=True, metadata={"description": "null: always"})


class EntryWithdrawing(Strict):
    """Why an entry is to count no more."""

    reason = fields.String(required=True)


class WantedEntries(Paging, AsOf):
    """Which entries."""

    withdrawn = fields.Boolean(load_default=False, metadata={"description": "those that were withdrawn too"})


class RenewedOut(Schema):
    """The entries that are known further ahead now."""

    renewed = fields.List(fields.String(), required=True)


def _given(new: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a new entry as the desk takes it."""
    given = dict(new)
    for key in ("schedule", "hours"):
        if given.get(key) is not None:
            given[key] = ScheduleGiven(**given[key])
    if "covers" in given:
        lists: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given["covers"].items()}
        given["covers"] = Covered(**lists)
    return given


def _resource(api: Blueprint, path: str, what: str, name: str, body: type[Schema]) -> None:
    """Open the routes of one kind of entry: list and add, show, withdraw."""
    kind = calendar.KINDS[what]
    shown = schema_of(kind)
    page = page_of(shown, f"{name}Page")

    class Several(MethodView):
        @api.etag
        @api.response(200, page)
        @api.arguments(WantedEntries, location="query")
        def get(self, wanted: dict[str, Any]) -> Any:
            """List the entries that count, by id."""
            words = {key: wanted[key] for key in ("withdrawn", "after", "limit")}
            return calendar.listing(context(), what, **words, at=at_of(wanted))

        @api.etag
        @api.response(201, shown)
        @api.arguments(body)
        @api.writes(kind)
        def post(self, new: dict[str, Any]) -> Held[Any]:
            """Add an entry; a rule is expanded into dated intervals at once, and kept with them."""
            return calendar.add(context(), what, _given(new))

    class One(MethodView):
        @api.etag
        @api.response(200, shown)
        @api.arguments(AsOf, location="query")
        def get(self, wanted: dict[str, Any], entry_id: str) -> Any:
            """Show an entry, as it is or as it was."""
            return api.tagged(calendar.get(context(), what, entry_id, at=at_of(wanted)))

    class Withdraw(MethodView):
        @api.etag
        @api.response(200, shown)
        @api.arguments(EntryWithdrawing)
        @api.writes(kind)
        @needs_version
        def post(self, given: dict[str, Any], entry_id: str, *, expected_version: int) -> Held[Any]:
            """Let an entry count no more; it stays in the records."""
            return calendar.withdraw(context(), what, entry_id, expected_version=expected_version, **given)

    for view, ending in ((Several, ""), (One, "/<entry_id>"), (Withdraw, "/<entry_id>/withdraw")):
        view.__name__ = f"{name}{view.__name__}"
        api.route(f"/{path}{ending}")(view)


_resource(blueprint, "freezes", "freeze", "Freeze", NewFreeze)
_resource(blueprint, "peaks", "peak", "PeakEvent", NewPeakEvent)
_resource(blueprint, "maintenance", "maintenance", "MaintenanceWindow", NewMaintenanceWindow)
_resource(blueprint, "capacities", "capacity", "TeamCapacity", NewTeamCapacity)


@blueprint.route("/renew")
class Renew(MethodView):
    @blueprint.response(200, RenewedOut)
    def post(self) -> dict[str, Any]:
        """Expand anew the rules that are known for less than a year ahead."""
        return {"renewed": calendar.renew(context())}
