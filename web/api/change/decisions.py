"""Assessments and decisions of a change over the JSON API, and the proof that an assessment can be made again."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change import assessments, changes, decisions
from cmdb.model.assessment import ASSESSMENTS, Assessment
from cmdb.model.decision import DECISIONS, Decision
from cmdb.records import Held
from impact.questions import assess, replay
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import Strict, schema_of
from web.request import context

blueprint = Blueprint("decisions", __name__, url_prefix="/changes", description="What a change does, and who decided")

AssessmentOut = schema_of(ASSESSMENTS)
DecisionOut = schema_of(DECISIONS)


class Deciding(Strict):
    """What goes with a decision."""

    comment = fields.String(load_default="", metadata={"description": "why; a rejection needs it"})
    assessment = fields.String(metadata={"description": "hash of the assessment you have seen; left out, the newest"})


class StandingOut(Schema):
    """A decision and whether it still counts."""

    decision = fields.Nested(DecisionOut, required=True)
    void = fields.Boolean(required=True)
    because = fields.String(required=True, allow_none=True, metadata={"description": "code of what made it void"})


class Assessments(Schema):
    """Every assessment of a change, oldest first."""

    rows = fields.List(fields.Nested(AssessmentOut), required=True)


class Decisions(Schema):
    """Every decision on a change, oldest first."""

    rows = fields.List(fields.Nested(StandingOut), required=True)
