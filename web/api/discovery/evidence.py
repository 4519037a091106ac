"""What relations rest on, over the JSON API; its twins are the page of a relation and `ci evidence`."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from cmdb.configuration.evidenced import told
from cmdb.model.identity import RELATION_REJECTIONS
from cmdb.model.observation import EvidenceKind
from cmdb.model.relation import RELATIONS
from web.api.blueprint import Blueprint
from web.api.discovery.identity import RelationName
from web.api.schemas import schema_of
from web.request import context

blueprint = Blueprint("evidence", __name__, url_prefix="/evidence", description="What relations rest on")


class PieceOut(Schema):
    """One piece of evidence."""

    source = fields.String(required=True, metadata={"description": "who saw it"})
    thing = fields.String(required=True, metadata={"description": "of what, as the source calls it"})
    scope = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([each.value for each in EvidenceKind]))
    type = fields.String(required=True, metadata={"description": "the relation type it was seen as"})
    detail = fields.String(required=True, metadata={"description": "what was seen, in a few words"})
    seen_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    worth = fields.Float(required=True, metadata={"description": "what it counts today, within [0, 1]"})
    gone = fields.Boolean(required=True, metadata={"description": "what it was seen of is not there any more"})


class EvidenceOut(Schema):
    """A relation and what it rests on."""

    source = fields.String(required=True)
    type = fields.String(required=True)
    target = fields.String(required=True)
    group = fields.String(required=True, allow_none=True)
    relation = fields.Nested(
        schema_of(RELATIONS), required=True, allow_none=True, metadata={"description": "null: there is none now"}
    )
    stated_by = fields.List(fields.String(), required=True, metadata={"description": "who besides discovery states it"})
    rejection = fields.Nested(
        schema_of(RELATION_REJECTIONS), required=True, allow_none=True, metadata={"description": "null: none"}
    )
    evidence = fields.List(fields.Nested(PieceOut), required=True, metadata={"description": "the best first"})


@blueprint.route("")
class Evidence(MethodView):
    @blueprint.etag
    @blueprint.response(200, EvidenceOut)
    @blueprint.arguments(RelationName, location="query")
    def get(self, named: dict[str, Any]) -> dict[str, Any]:
        """Tell what a relation rests on: each piece of evidence, who saw it and when, and what it is worth today."""
        names = named["source"], named["type"], named["target"]
        return told(context(), *names, group=named["group"])
