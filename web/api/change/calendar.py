"""The calendar of changes over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.model.change import ChangeState
from impact.questions.conflicts import COUNTED, ConflictsAnswer, conflicts_in
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
