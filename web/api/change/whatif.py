"""What would help a change over the JSON API, one that exists or is only imagined; its twin is the command."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.model.change import Target
from impact.questions.whatif import WhatIfAnswer, imagined_whatif, whatif_of
from web.api.blueprint import Blueprint
from web.api.change.changes import TargetIn, WindowIn, window_of
from web.api.schemas import Strict, shown
from web.request import context

blueprint = Blueprint("whatif", __name__, url_prefix="", description="What if a change were done otherwise")

_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"
_WITHOUT = {"description": "ids of targets to leave out: the change without them stands beside it"}


class Otherwise(Strict):
    """How the change would be otherwise; left out, nothing stands beside it."""

    without = fields.List(fields.String(), load_default=(), metadata=_WITHOUT)
    start = fields.String(
        data_key="from",
        load_default=None,
        metadata={"description": f"when another window begins, {_MOMENT}; with one end alone it keeps its length"},
    )
    end = fields.String(data_key="to", load_default=None, metadata={"description": f"when it ends, {_MOMENT}"})


class Imagined(Strict):
    """A change that nobody raised."""

    targets = fields.List(fields.Nested(TargetIn), load_default=())
    window = fields.Nested(WindowIn, load_default=None, allow_none=True)
    without = fields.List(fields.String(), load_default=(), metadata=_WITHOUT)


WhatIfOut = shown(WhatIfAnswer)


@blueprint.route("/changes/<change_id>/whatif")
class ChangeWhatIf(MethodView):
    @blueprint.response(200, WhatIfOut)
    @blueprint.arguments(Otherwise, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> WhatIfAnswer:
        """Tell what would help a change, cheapest first, each measure with its gain; and how it would be otherwise."""
        return whatif_of(context(), change_id, **wanted)


@blueprint.route("/whatif")
class ImaginedWhatIf(MethodView):
    @blueprint.response(200, WhatIfOut)
    @blueprint.arguments(Imagined)
    def post(self, wanted: dict[str, Any]) -> WhatIfAnswer:
        """Tell the same of a change that nobody raised; nothing is written."""
        window = None if wanted["window"] is None else window_of(wanted["window"])
        targets = [Target(**target) for target in wanted["targets"]]
        return imagined_whatif(context(), targets=targets, window=window, without=wanted["without"])
