"""The scorecard of changes over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.change import scorecard as desk
from cmdb.model.scorecard import Scorecard
from web.api.blueprint import Blueprint
from web.api.schemas import Strict, shown
from web.request import context

blueprint = Blueprint("scorecard", __name__, url_prefix="", description="What was predicted against what happened")

ScorecardOut = shown(Scorecard)
_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"


class Period(Strict):
    """Which changes count, and a row for each of what."""

    since = fields.String(
        data_key="from", load_default=None, metadata={"description": f"ended then or later, {_MOMENT}; 90 days"}
    )
    until = fields.String(data_key="to", load_default=None, metadata={"description": "ended before then; now"})
    by = fields.String(load_default=None, metadata={"description": "model, team or service; left out, all alone"})


@blueprint.route("/scorecard")
class ChangeScorecard(MethodView):
    @blueprint.response(200, ScorecardOut)
    @blueprint.arguments(Period, location="query")
    def get(self, wanted: dict[str, Any]) -> Scorecard:
        """Show change failure rate, lead time, predicted and observed failures and the DORA figures of a period."""
        return desk.scorecard(context(), **wanted)
