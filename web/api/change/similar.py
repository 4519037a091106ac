"""Similar past changes over the JSON API; its twin is `change similar`."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from cmdb.model.similar import SimilarChanges
from impact.questions.similar import SHOWN, similar_to
from web.api.blueprint import Blueprint
from web.api.schemas import Strict, shown
from web.request import context

blueprint = Blueprint("similar", __name__, url_prefix="/changes", description="Which past changes a change is like")

SimilarOut = shown(SimilarChanges, False)


class Asked(Strict):
    """How many."""

    limit = fields.Integer(
        load_default=SHOWN, validate=validate.Range(1, 100), metadata={"description": "how many at most"}
    )


@blueprint.route("/<change_id>/similar")
class Similar(MethodView):
    @blueprint.response(200, SimilarOut)
    @blueprint.arguments(Asked, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> SimilarChanges:
        """Tell which past changes are most like this one, how alike in each part, and how they went."""
        return similar_to(context(), change_id, most=wanted["limit"])
