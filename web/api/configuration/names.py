"""What CIs are called, over the JSON API: the names that the words of commands are made with."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from cmdb.configuration.naming import called
from cmdb.errors import ForeshockError, NotAllowed
from web.api.blueprint import Blueprint
from web.api.schemas import AsOf, at_of
from web.naming import namesakes_json
from web.request import context

blueprint = Blueprint("names", __name__, url_prefix="/names", description="What CIs are called")

MOST = 1000


class NamesIn(AsOf):
    """Of which CIs."""

    cis = fields.List(
        fields.String(), required=True, validate=validate.Length(0, MOST), metadata={"description": "ids of CIs"}
    )
    at = fields.String(load_default=None, allow_none=True)


class CalledOut(Schema):
    """One CI by what people know it by."""

    id = fields.String(required=True)
    ci_class = fields.String(required=True, data_key="class")
    name = fields.String(required=True)
    relation = fields.String(
        required=True, allow_none=True, metadata={"description": "runs_on or part_of; null: it stands for itself"}
    )
    whole = fields.String(
        required=True, allow_none=True, metadata={"description": "id of the one CI that it is a part of"}
    )
    own = fields.Boolean(
        required=True, metadata={"description": "people gave it a name that is enough without what it is a part of"}
    )
    path = fields.Boolean(
        required=True, metadata={"description": "it is a path of the network that was made of what lies on it"}
    )


class NamesOut(Schema):
    """What the CIs are called, and those that they are parts of, by id; ids that are not known are left out."""

    cis = fields.List(fields.Nested(CalledOut), required=True)


@blueprint.route("")
class Names(MethodView):
    @blueprint.response(200, NamesOut)
    @blueprint.arguments(NamesIn)
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Tell what CIs are called, and what parts of something are parts of. Nothing is written."""
        found = called(context(), wanted["cis"], at=at_of(wanted))
        return {"cis": [found[ci] for ci in sorted(found)]}


def namesakes_of(error: ForeshockError) -> dict[str, Any]:
    """Return for names that were given for the ids of CIs which CIs have them, as a problem document tells it."""
    from cmdb.configuration.naming import given_for_ids, namesakes

    texts = given_for_ids(error)
    try:
        return namesakes_json(namesakes(context(), texts)) if texts else {}
    except NotAllowed:
        return {}
