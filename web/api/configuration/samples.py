"""Audit samples over the JSON API; the twin at the command line is ``foreshock sample``."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from cmdb.configuration import sampling
from cmdb.model.audit_sample import AUDIT_SAMPLES, AuditSample
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import Paging, Strict, page_of, schema_of
from web.request import context

blueprint = Blueprint("samples", __name__, url_prefix="/samples", description="Audit samples")

SampleOut = schema_of(AUDIT_SAMPLES)


class SampleIn(Strict):
    """What to draw."""

    size = fields.Integer(required=True, strict=True, metadata={"description": f"1 to {sampling.LARGEST} CIs"})
    seed = fields.Integer(
        load_default=None, allow_none=True, strict=True, metadata={"description": "the same seed draws the same"}
    )
    ci_class = fields.String(
        data_key="class", load_default=None, allow_none=True, metadata={"description": "with those below it"}
    )
    owner = fields.String(load_default=None, allow_none=True, metadata={"description": "empty: of none"})


class ResultIn(Strict):
    """What was found of one CI."""

    ci = fields.String(required=True)
    right = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = fields.String(load_default="", metadata={"description": "what is wrong"})


class ResultsIn(Strict):
    """What was found."""

    results = fields.List(fields.Nested(ResultIn), required=True, validate=validate.Length(max=sampling.LARGEST))


@blueprint.route("")
class Samples(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(SampleOut, "SamplePage"))
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the samples, the newest first."""
        return sampling.listing(context(), **wanted)

    @blueprint.etag
    @blueprint.response(201, SampleOut)
    @blueprint.arguments(SampleIn)
    @blueprint.writes(AUDIT_SAMPLES)
    def post(self, wanted: dict[str, Any]) -> Held[AuditSample]:
        """Draw CIs at random, for somebody to compare with what is really there."""
        return sampling.draw(context(), wanted.pop("size"), **wanted)


@blueprint.route("/<sample_id>")
class OneSample(MethodView):
    @blueprint.etag
    @blueprint.response(200, SampleOut)
    def get(self, sample_id: str) -> AuditSample:
        """Show a sample: its CIs, and what was found of each."""
        return blueprint.tagged(sampling.get(context(), sample_id))


@blueprint.route("/<sample_id>/results")
class Results(MethodView):
    @blueprint.etag
    @blueprint.response(200, SampleOut)
    @blueprint.arguments(ResultsIn)
    @blueprint.writes(AUDIT_SAMPLES)
    @needs_version
    def post(self, wanted: dict[str, Any], sample_id: str, *, expected_version: int) -> Held[AuditSample]:
        """Enter what was found of CIs of a sample; what was entered of them before is replaced."""
        results = [sampling.Result(**each) for each in wanted["results"]]
        return sampling.judge(context(), sample_id, results, expected_version=expected_version)
