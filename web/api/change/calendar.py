"""The calendar of changes over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import ValidationError, fields, validates_schema

from cmdb.change.changes import Keep
from cmdb.model.calendar_facts import CalendarFacts
from cmdb.model.change import ChangeState
from impact.questions.calendar_facts import calendar_facts
from impact.questions.calendar_moves import MoveAnswer, moved
from impact.questions.calendar_overview import CalendarAnswer, overview
from impact.questions.conflicts import COUNTED, ConflictsAnswer, conflicts_in
from impact.questions.projected_outage import ProjectedOutage, projected_outage
from impact.questions.safe_window import SafeWindowAnswer, next_window
from web.api.blueprint import Blueprint
from web.api.schemas import Strict, shown
from web.request import context

blueprint = Blueprint("calendar", __name__, url_prefix="/calendar", description="Changes beside each other")

_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"


class Period(Strict):
    """A period, and what counts in it."""

    since = fields.String(data_key="from", metadata={"description": f"when it begins, {_MOMENT}; left out: now"})
    until = fields.String(data_key="to", metadata={"description": f"when it ends, {_MOMENT}; left out: never"})
    down = fields.List(
        fields.String(), load_default=(), metadata={"description": "ids of CIs that have failed and stay so"}
    )
    states = fields.List(
        fields.Enum(ChangeState, by_value=True),
        data_key="state",
        load_default=COUNTED,
        metadata={"description": "count changes in these states; left out: in all in which they may still be done"},
    )
    moves = fields.Boolean(load_default=True, metadata={"description": "whether to look for moves that help"})


ConflictsOut = shown(ConflictsAnswer)


@blueprint.route("/conflicts")
class Conflicts(MethodView):
    @blueprint.response(200, ConflictsOut)
    @blueprint.arguments(Period, location="query")
    def get(self, wanted: dict[str, Any]) -> ConflictsAnswer:
        """Tell which changes and incidents stop a service together though none alone does, and what move helps."""
        return conflicts_in(context(), **wanted)


class CalendarPeriod(Strict):
    """A period of the calendar."""

    since = fields.String(data_key="from", metadata={"description": f"when it begins, {_MOMENT}; left out: now"})
    until = fields.String(data_key="to", metadata={"description": f"when it ends, {_MOMENT}"})


class Overviewed(CalendarPeriod):
    """A period, and whether its conflicts are looked for."""

    conflicts = fields.Boolean(load_default=True, metadata={"description": "whether to look for joint conflicts"})


class AtWindow(Strict):
    """A window that is tried; left out, the change's own."""

    start = fields.String(data_key="from", metadata={"description": f"when it begins, {_MOMENT}"})
    end = fields.String(data_key="to", metadata={"description": f"when it ends, {_MOMENT}"})

    @validates_schema
    def _both(self, data: dict[str, Any], **_: Any) -> None:
        if ("start" in data) is not ("end" in data):
            raise ValidationError("give both ends of the window, or none")


class Moving(Strict):
    """Where a change is to be moved."""

    to = fields.String(required=True, metadata={"description": f"when its window would begin, {_MOMENT}"})


class Looking(Strict):
    """How the next window is looked for."""

    since = fields.String(data_key="from", metadata={"description": f"not before then, {_MOMENT}; left out: now"})
    days = fields.Integer(load_default=90, metadata={"description": "for so many days"})
    grid = fields.Integer(load_default=15, metadata={"description": "minutes between two starts"})


@blueprint.route("")
class Overview(MethodView):
    @blueprint.response(200, shown(CalendarAnswer))
    @blueprint.arguments(Overviewed, location="query")
    def get(self, wanted: dict[str, Any]) -> CalendarAnswer:
        """Tell what is in the calendar of a period, two weeks if left out, and which changes conflict."""
        return overview(context(), **wanted)


@blueprint.route("/outage")
class Outage(MethodView):
    @blueprint.response(200, shown(ProjectedOutage))
    @blueprint.arguments(CalendarPeriod, location="query")
    def get(self, wanted: dict[str, Any]) -> ProjectedOutage:
        """Tell what all changes of a period, four weeks if left out, together take out of each service."""
        return projected_outage(context(), **wanted)


@blueprint.route("/changes/<change_id>/facts")
class Facts(MethodView):
    @blueprint.response(200, shown(CalendarFacts, False))
    @blueprint.arguments(AtWindow, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> CalendarFacts:
        """Tell which freezes and peaks a change meets, whether it is in agreed maintenance, and if its team is free."""
        window: Any = (wanted["start"], wanted["end"]) if wanted else Keep.KEEP
        return calendar_facts(context(), change_id, window=window)


@blueprint.route("/changes/<change_id>/moved")
class Moved(MethodView):
    @blueprint.response(200, shown(MoveAnswer))
    @blueprint.arguments(Moving, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> MoveAnswer:
        """Tell what would be of a change if it were moved; nothing is written."""
        return moved(context(), change_id, **wanted)


@blueprint.route("/changes/<change_id>/next-window")
class NextWindow(MethodView):
    @blueprint.response(200, shown(SafeWindowAnswer))
    @blueprint.arguments(Looking, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> SafeWindowAnswer:
        """Tell when a change could be made with nothing in the calendar against it, and what is against all before."""
        return next_window(context(), change_id, **wanted)
