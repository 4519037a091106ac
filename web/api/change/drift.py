"""Drift from a baseline, its decisions and its rules over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields
from werkzeug.exceptions import UnsupportedMediaType

from cmdb.change.verification import dispositions, verifying
from cmdb.change.verification.dispositions import Settlement
from cmdb.configuration import drift_rules
from cmdb.configuration.drift_rules import DriftRulesText
from cmdb.model.drift import DISPOSITIONS, DRIFT_RULES_VERSIONS, DriftRulesVersion
from cmdb.model.verification import DriftRow
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import Paging, Strict, page_of, schema_of, shown
from web.request import context, etag_of

blueprint = Blueprint(
    "drift", __name__, url_prefix="", description="What differs from a baseline, and what becomes of it"
)

MEDIA_TYPE = "application/toml"
_BODY: dict[str, Any] = {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}

RowOut, DispositionOut = shown(DriftRow), schema_of(DISPOSITIONS)
RulesVersionOut = schema_of(DRIFT_RULES_VERSIONS)


class DriftOut(Schema):
    """What differs, with what was decided since the newest verification."""

    rows = fields.List(fields.Nested(RowOut), required=True)


class SettlingDrift(Strict):
    """Which differences, and why."""

    differences = fields.List(fields.String(), load_default=(), metadata={"description": "ids of differences"})
    cis = fields.List(fields.String(), load_default=(), metadata={"description": "all differences of these CIs"})
    reason = fields.String(required=True)


class DriftSettledOut(Schema):
    """What was decided."""

    dispositions = fields.List(fields.Nested(DispositionOut), required=True)
    change = fields.String(required=True, allow_none=True, metadata={"description": "the retrospective change"})


class ToleratingDrift(Strict):
    """A rule for differences like one."""

    difference = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "what they are counted under"})
    because = fields.String(required=True)
    until = fields.Date(load_default=None, allow_none=True, metadata={"description": "the last day it holds"})


class DriftRulesOut(Schema):
    """The rules of drift that hold."""

    version = fields.Integer(required=True, metadata={"description": "0: those that come with Foreshock"})
    sha256 = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "TOML"})


class DispositionsOut(Schema):
    """What was decided about differences from a baseline."""

    rows = fields.List(fields.Nested(DispositionOut), required=True)


@blueprint.route("/baselines/<baseline>/drift")
class Drift(MethodView):
    @blueprint.etag
    @blueprint.response(200, DriftOut)
    def get(self, baseline: str) -> dict[str, Any]:
        """List what differs from a baseline by its newest verification."""
        return {"rows": dispositions.drift(context(), baseline)}


@blueprint.route("/baselines/<baseline>/dispositions")
class Dispositions(MethodView):
    @blueprint.etag
    @blueprint.response(200, DispositionsOut)
    def get(self, baseline: str) -> dict[str, Any]:
        """List what was decided about differences from a baseline, oldest first."""
        return {"rows": verifying.dispositions_of(context(), baseline)}


@blueprint.route("/baselines/<baseline>/drift/accept")
class Accept(MethodView):
    @blueprint.response(200, DriftSettledOut)
    @blueprint.arguments(SettlingDrift)
    def post(self, given: dict[str, Any], baseline: str) -> Settlement:
        """Accept differences with a retrospective change; the baseline moves on."""
        return dispositions.accept(context(), baseline, given["differences"], reason=given["reason"], cis=given["cis"])


@blueprint.route("/baselines/<baseline>/drift/revert")
class Revert(MethodView):
    @blueprint.response(200, DriftSettledOut)
    @blueprint.arguments(SettlingDrift)
    def post(self, given: dict[str, Any], baseline: str) -> Settlement:
        """Decide that differences are to be put back; they stay open until they are no longer seen."""
        return dispositions.revert(context(), baseline, given["differences"], reason=given["reason"], cis=given["cis"])


@blueprint.route("/baselines/<baseline>/drift/tolerate")
class Tolerate(MethodView):
    @blueprint.response(200, RulesVersionOut)
    @blueprint.arguments(ToleratingDrift)
    def post(self, given: dict[str, Any], baseline: str) -> Held[DriftRulesVersion]:
        """Add a rule that lets differences like this one be, from the next verification on."""
        return dispositions.tolerate(context(), baseline, given.pop("difference"), **given)


@blueprint.route("/drift/rules")
class Rules(MethodView):
    @blueprint.etag
    @blueprint.response(200, DriftRulesOut)
    def get(self) -> DriftRulesText:
        """Show the rules of drift that hold now."""
        found = drift_rules.in_force(context())
        blueprint.set_etag(etag_of(found.version))
        return found

    @blueprint.etag
    @blueprint.response(200, RulesVersionOut)
    @blueprint.doc(requestBody=_BODY)
    @blueprint.writes(DRIFT_RULES_VERSIONS)
    @needs_version
    def put(self, *, expected_version: int) -> Held[DriftRulesVersion]:
        """Put rules of drift into force; the body is their text. They count from the next verification on."""
        if request.mimetype != MEDIA_TYPE:
            raise UnsupportedMediaType(f"send the rules as {MEDIA_TYPE}")
        return drift_rules.set_rules(context(), request.get_data(), expected_version=expected_version)


@blueprint.route("/drift/rules/versions")
class Versions(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(RulesVersionOut, "DriftRulesPage"))
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the rules of drift that were set, newest first."""
        return drift_rules.versions_page(context(), **wanted)
