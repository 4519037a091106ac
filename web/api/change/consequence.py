"""The consequence of a change over the JSON API; its twin is the command ``risk show``."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from impact.questions.consequence import ConsequenceAnswer, consequence_of
from web.api.blueprint import Blueprint
from web.api.schemas import Strict, shown
from web.request import context

blueprint = Blueprint("consequence", __name__, url_prefix="", description="What a change is expected to cost")


class Supposed(Strict):
    """What is supposed of the change."""

    notified = fields.Boolean(
        load_default=None,
        metadata={
            "description": "its planned outage was told to customers, so that agreed maintenance covers it; left out: "
            "if it has communications"
        },
    )


ConsequenceOut = shown(ConsequenceAnswer)


@blueprint.route("/changes/<change_id>/consequence")
class ChangeConsequence(MethodView):
    @blueprint.response(200, ConsequenceOut)
    @blueprint.arguments(Supposed, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> ConsequenceAnswer:
        """Tell what each way a change may go does to services, and what that is expected to cost."""
        return consequence_of(context(), change_id, **wanted)
