"""What became of a CI, a relation or a group over the JSON API; its twins are the page and the command."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from cmdb.configuration.history import Event, history_of
from cmdb.model.ci import CIS
from cmdb.model.ci_class import CI_CLASSES
from cmdb.model.group import GROUPS
from cmdb.model.kind import Kind
from cmdb.model.relation import RELATIONS
from cmdb.model.relation_type import RELATION_TYPES
from web.api.blueprint import Blueprint
from web.api.configuration.estate import FieldOut
from web.api.schemas import LONGEST_PAGE, AsOf, at_of
from web.request import context

blueprint = Blueprint("history", __name__, url_prefix="/history", description="Who changed what, when and why")

KINDS: dict[str, Kind[Any]] = {
    "cis": CIS,
    "relations": RELATIONS,
    "groups": GROUPS,
    "classes": CI_CLASSES,
    "relation-types": RELATION_TYPES,
}


class Wanted(AsOf):
    """Which part of the history."""

    before = fields.Integer(load_default=None, validate=validate.Range(1), metadata={"description": "below a version"})
    limit = fields.Integer(load_default=100, validate=validate.Range(1, LONGEST_PAGE))


class EventOut(Schema):
    """One version."""

    version = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    because = fields.String(required=True, metadata={"description": "tag of the act"})
    what = fields.String(required=True, validate=validate.OneOf(["made", "changed", "ended", "kept"]))
    fields_ = fields.List(fields.Nested(FieldOut), required=True, data_key="fields", attribute="fields")


class HistoryOut(Schema):
    """Versions, newest first; `before` continues them."""

    rows = fields.List(fields.Nested(EventOut), required=True)
    before = fields.Integer(required=True, allow_none=True, metadata={"description": "give it back; null: no more"})


@blueprint.route("/<any(cis,relations,groups,classes,'relation-types'):kind>/<path:key>")
class History(MethodView):
    @blueprint.etag
    @blueprint.response(200, HistoryOut)
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any], kind: str, key: str) -> dict[str, Any]:
        """Show the versions of a CI (by its id) or of another thing (by its key), newest first."""
        before, limit = wanted["before"], wanted["limit"]
        events = history_of(context(), key, kind=KINDS[kind], before=before, limit=limit, at=at_of(wanted))
        more = len(events) == limit and events[-1].version > 1
        return {"rows": [_row(event) for event in events], "before": events[-1].version if more else None}


def _row(event: Event) -> dict[str, Any]:
    changed = [{"field": name, "before": before, "after": after} for name, before, after in event.fields]
    return {
        **{name: getattr(event, name) for name in ("version", "revision", "at", "actor", "because", "what")},
        "fields": changed,
    }
