"""The health of the records over the JSON API; its twins are the page and the command ``foreshock health``."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from cmdb.configuration import measuring
from cmdb.model.health import HEALTH_MEASUREMENTS, Measure
from web.api.blueprint import Blueprint
from web.api.schemas import Paging, Strict, page_of, schema_of
from web.request import context
from web.wording_health import remedy

blueprint = Blueprint("record_health", __name__, url_prefix="/health", description="How far the records can be trusted")

MeasurementOut = schema_of(HEALTH_MEASUREMENTS)
_SHARE: dict[str, Any] = {"description": "null: it is asked of no CI"}


class ShareOut(Schema):
    """One measure: how many CIs it was asked of, how many have a fault by it, and the share that has none."""

    asked = fields.Integer(required=True)
    faulty = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True, metadata=_SHARE)


class TallyOut(Schema):
    """Figures of some CIs; ``score`` is the share of them in which no measure finds a fault."""

    cis = fields.Integer(required=True)
    sound = fields.Integer(required=True)
    score = fields.Float(required=True, allow_none=True, metadata={"description": "null: there is no CI"})
    measures = fields.Dict(keys=fields.String(), values=fields.Nested(ShareOut), required=True)


class AuditedOut(Schema):
    """What the newest audit sample of all CIs says of them, with 95 % confidence."""

    sample = fields.String(required=True)
    drawn = fields.Integer(required=True)
    judged = fields.Integer(required=True)
    right = fields.Integer(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)


class SummaryOut(Schema):
    """How healthy the records are; ``parts`` are by class or owner group where that was asked for ("": no owner)."""

    revision = fields.Integer(required=True)
    at = fields.String(required=True, metadata={"description": "the minute it was looked at", "format": "date-time"})
    all = fields.Nested(TallyOut, required=True)
    by = fields.String(required=True, allow_none=True)
    parts = fields.Dict(keys=fields.String(), values=fields.Nested(TallyOut), required=True)
    audited = fields.Nested(AuditedOut, required=True, allow_none=True)


class RecordFaultOut(Schema):
    """What is wrong with a CI by one measure, and what there is to do about it."""

    ci = fields.String(required=True)
    measure = fields.Enum(Measure, by_value=True, required=True)
    code = fields.String(required=True, metadata={"description": "stable; programs compare this"})
    facts = fields.Dict(keys=fields.String(), required=True)
    says = fields.String(required=True)
    todo = fields.String(required=True)
    command = fields.String(required=True, metadata={"description": "words in capitals are to be filled in"})
    page = fields.String(required=True, metadata={"description": "the path of the page where it is put right"})


class RecordFaultPageOut(Schema):
    """One page of faults; ``total`` counts all that were asked for."""

    rows = fields.List(fields.Nested(RecordFaultOut), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "the `after` of the next page"})
    total = fields.Integer(required=True)


class WantedParts(Strict):
    """By what to tell the figures."""

    by = fields.String(load_default=None, validate=validate.OneOf(measuring.PARTS))


class WantedFaults(Paging):
    """Which faults."""

    measure = fields.Enum(Measure, by_value=True, load_default=None)
    ci_class = fields.String(data_key="class", load_default=None, metadata={"description": "with those below it"})
    owner = fields.String(load_default=None, metadata={"description": "of this owner group; empty: of none"})


@blueprint.route("")
class Figures(MethodView):
    @blueprint.etag
    @blueprint.response(200, SummaryOut)
    @blueprint.arguments(WantedParts, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Tell how healthy the records are: the score, each measure, and what the newest audit sample says."""
        return measuring.document_of(measuring.summary(context(), by=wanted["by"]))


@blueprint.route("/faults")
class Faults(MethodView):
    @blueprint.etag
    @blueprint.response(200, RecordFaultPageOut)
    @blueprint.arguments(WantedFaults, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """List what is wrong with which CI, by CI and code, each with the thing to do."""
        page = measuring.faults(context(), **wanted)
        rows = []
        for each in page.rows:
            said = remedy(each)
            more = {"says": said.sentence, "todo": said.todo, "command": said.command, "page": said.address}
            rows.append({**each._asdict(), **more})
        return {"rows": rows, "next": page.after, "total": page.total}


@blueprint.route("/trend")
class Trend(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(MeasurementOut, "HealthMeasurementPage"))
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the daily measurements, the newest first."""
        return measuring.trend_page(context(), **wanted)
