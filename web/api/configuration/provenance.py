"""Where the values of a CI are from, over the JSON API; its twins are the page of the CI and ``ci provenance``."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.configuration.provenance import told
from web.api.blueprint import Blueprint
from web.api.discovery.identity import DecisionOut, RejectionOut
from web.request import context

blueprint = Blueprint("provenance", __name__, url_prefix="/provenance", description="Where the values of a CI are from")

_SOURCE: dict[str, Any] = {"description": "the source that says it; null: people or imports"}


class OtherOut(Schema):
    """What another source says, and was not believed in."""

    source = fields.String(required=True, allow_none=True, metadata=_SOURCE)
    value = fields.Raw(required=True, allow_none=True)


class ValueOut(Schema):
    """One value of a CI and whose it is."""

    place = fields.String(required=True, metadata={"description": "/class, /name or /attributes/NAME"})
    value = fields.Raw(required=True, allow_none=True, metadata={"description": "null: the CI has none"})
    source = fields.String(required=True, allow_none=True, metadata=_SOURCE)
    fresh = fields.Boolean(required=True, metadata={"description": "whether it was said within its time to live"})
    locked = fields.Boolean(required=True, metadata={"description": "whether a person holds it against every source"})
    others = fields.List(fields.Nested(OtherOut), required=True)
    untold_since = fields.String(
        required=True,
        allow_none=True,
        metadata={"format": "date-time", "description": "when its source was first read without it; null: it tells it"},
    )


class SightingOut(Schema):
    """Where a source saw the CI, since when, and when last."""

    source = fields.String(required=True)
    native_id = fields.String(required=True, metadata={"description": "what the source calls it"})
    scope = fields.String(required=True, metadata={"description": "the listing it was seen in"})
    first_seen = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    last_seen = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    absent_since = fields.String(
        required=True,
        allow_none=True,
        metadata={"format": "date-time", "description": "when it was not there any more; null: it is"},
    )


class ProvenanceOut(Schema):
    """A CI, what its sources call it, where its values are from, and what people decided about it."""

    id = fields.String(required=True)
    status = fields.String(required=True)
    seen_as = fields.List(fields.List(fields.String()), required=True, metadata={"description": "source, native id"})
    merged_into = fields.String(required=True, allow_none=True)
    values = fields.List(fields.Nested(ValueOut), required=True)
    aliases = fields.List(
        fields.String(), required=True, metadata={"description": "ids of CIs that turned out to be this one"}
    )
    sightings = fields.List(fields.Nested(SightingOut), required=True)
    decisions = fields.List(
        fields.Nested(DecisionOut), required=True, metadata={"description": "on who is who, those taken back included"}
    )
    rejections = fields.List(
        fields.Nested(RejectionOut), required=True, metadata={"description": "relations of it that were rejected"}
    )


@blueprint.route("/<path:ci_id>")
class OneProvenance(MethodView):
    @blueprint.etag
    @blueprint.response(200, ProvenanceOut)
    def get(self, ci_id: str) -> dict[str, Any]:
        """Tell what a CI is seen as, and whose each of its values is: fresh or not, locked, and what lost."""
        return told(context(), ci_id)
