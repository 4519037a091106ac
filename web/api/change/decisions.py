"""Assessments and decisions of a change over the JSON API, and the proof that an assessment can be made again."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change import assessments, changes, decisions
from cmdb.change.record import dossier
from cmdb.errors import NotFound
from cmdb.model.afterwards import Afterwards
from cmdb.model.assessment import ASSESSMENTS, Assessment
from cmdb.model.attachment import ATTACHMENTS
from cmdb.model.change import CHANGES
from cmdb.model.comment import COMMENTS
from cmdb.model.decision import DECISIONS, Decision
from cmdb.model.go_check import GO_CHECKS
from cmdb.model.review import REVIEWS
from cmdb.model.task import TASKS
from cmdb.records import Held
from impact.questions import assess, replay
from impact.questions.why import why_assessed
from web.api.blueprint import Blueprint, needs_version
from web.api.impact import Explained, WhyOut, told
from web.api.schemas import Strict, schema_of, shown
from web.request import context
from web.wording_explained import effects_of

blueprint = Blueprint("decisions", __name__, url_prefix="/changes", description="What a change does, and who decided")

AssessmentOut = schema_of(ASSESSMENTS)
DecisionOut = schema_of(DECISIONS)


class Deciding(Strict):
    """What goes with a decision."""

    comment = fields.String(load_default="", metadata={"description": "why; a rejection needs it"})
    assessment = fields.String(metadata={"description": "hash of the assessment you have seen; left out, the newest"})


class Approving(Deciding):
    """What goes with an approval."""

    conditions = fields.List(
        fields.String(), load_default=(), metadata={"description": "each becomes a task that blocks the implementation"}
    )


class Commenting(Strict):
    """What goes with a decision that rests on no assessment."""

    comment = fields.String(required=True, metadata={"description": "why"})


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


RevisionOut = shown(dossier.ChangeRevision)


class Revisions(Schema):
    """The revisions of a change, oldest first, each with where it differs from the one before."""

    rows = fields.List(fields.Nested(RevisionOut), required=True)


class DossierOut(Schema):
    """A change with everything that was recorded about it, oldest first."""

    change = fields.Nested(schema_of(CHANGES), required=True, attribute="held")
    assessments = fields.List(fields.Nested(AssessmentOut), required=True)
    decisions = fields.List(fields.Nested(StandingOut), required=True)
    revisions = fields.List(fields.Nested(RevisionOut), required=True)
    moves = fields.List(fields.String(), required=True, metadata={"description": "what its state allows"})
    tasks = fields.List(fields.Nested(schema_of(TASKS)), required=True)
    comments = fields.List(fields.Nested(schema_of(COMMENTS)), required=True)
    attachments = fields.List(fields.Nested(schema_of(ATTACHMENTS)), required=True)
    review = fields.Nested(schema_of(REVIEWS), required=True, allow_none=True)
    afterwards = fields.Nested(shown(Afterwards), required=True)
    go_checks = fields.List(fields.Nested(schema_of(GO_CHECKS)), required=True)
    overridden = fields.Boolean(required=True, metadata={"description": "two persons have overridden its BLOCK"})


ReplayOut = shown(replay.Replay)


class Which(Strict):
    """Which assessment."""

    assessment = fields.String(load_default=None, metadata={"description": "its id; left out, the newest"})


class ExplainAssessment(Which, Explained):
    """Which assessment, and what to explain of it."""


@blueprint.route("/<change_id>/assess")
class Assess(MethodView):
    @blueprint.etag
    @blueprint.response(201, AssessmentOut)
    @blueprint.writes(ASSESSMENTS)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[Assessment]:
        """Compute what the change does to every service, judge it by the policy, and keep the record."""
        return assess.assess(context(), change_id, expected_version=expected_version)


@blueprint.route("/<change_id>/assessments")
class AssessmentList(MethodView):
    @blueprint.etag
    @blueprint.response(200, Assessments)
    def get(self, change_id: str) -> dict[str, Any]:
        """List every assessment of a change, oldest first."""
        changes.get(context(), change_id)
        return {"rows": assessments.of_change(context(), change_id)}


@blueprint.route("/<change_id>/decisions")
class DecisionList(MethodView):
    @blueprint.etag
    @blueprint.response(200, Decisions)
    def get(self, change_id: str) -> dict[str, Any]:
        """List every decision on a change, oldest first, each with whether it still counts."""
        return {"rows": decisions.of_change(context(), change_id)}


@blueprint.route("/<change_id>/revisions")
class RevisionList(MethodView):
    @blueprint.etag
    @blueprint.response(200, Revisions)
    def get(self, change_id: str) -> dict[str, Any]:
        """List the revisions of a change, oldest first, each with what it changed."""
        return {"rows": dossier.revisions(context(), change_id)}


@blueprint.route("/<change_id>/dossier")
class WholeChange(MethodView):
    @blueprint.etag
    @blueprint.response(200, DossierOut)
    def get(self, change_id: str) -> dossier.Dossier:
        """Show a change with everything that was recorded about it."""
        return dossier.show(context(), change_id)


@blueprint.route("/<change_id>/why")
class ChangeWhy(MethodView):
    @blueprint.response(200, WhyOut)
    @blueprint.arguments(ExplainAssessment, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> dict[str, Any]:
        """
        Tell what stands behind an assessment.

        The groups the failure had to pass and why CIs are new single points, and for the services to explain one
        sentence and the small graph behind it.
        """
        changes.get(context(), change_id)
        found = assessments.of_change(context(), change_id)
        named = [one for one in found if wanted["assessment"] in (None, one.id)]
        if not named:
            raise NotFound(kind="assessment", ids=(wanted["assessment"] or f"any of {change_id}",))
        explain = set(wanted["explain"])
        asked = {*wanted["services"], *explain}
        services = [service for service in named[-1].services if service.id in asked]
        why = why_assessed(context(), named[-1], services, wanted["points"], explain=explain)
        return told(why, effects_of(named[-1].inputs.targets), at=named[-1].graph_revision)


@blueprint.route("/<change_id>/approve")
class Approve(MethodView):
    @blueprint.etag
    @blueprint.response(201, DecisionOut)
    @blueprint.arguments(Approving)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Decision]:
        """
        Approve the change as it is, on the strength of its newest assessment.

        The emergency board approves a submitted emergency change before it is assessed.
        """
        return decisions.approve(context(), change_id, expected_version=expected_version, **deciding)


@blueprint.route("/<change_id>/reject")
class Reject(MethodView):
    @blueprint.etag
    @blueprint.response(201, DecisionOut)
    @blueprint.arguments(Deciding)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Decision]:
        """Reject the change as it is; the comment says why."""
        return decisions.reject(context(), change_id, expected_version=expected_version, **deciding)


@blueprint.route("/<change_id>/defer")
class Defer(MethodView):
    @blueprint.etag
    @blueprint.response(201, DecisionOut)
    @blueprint.arguments(Deciding)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Decision]:
        """Put the decision off; the comment says until what."""
        return decisions.defer(context(), change_id, expected_version=expected_version, **deciding)


@blueprint.route("/<change_id>/ask_override")
class AskOverride(MethodView):
    @blueprint.etag
    @blueprint.response(201, DecisionOut)
    @blueprint.arguments(Deciding)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Decision]:
        """Ask that BLOCK be overridden; the comment says why."""
        return decisions.ask_override(context(), change_id, expected_version=expected_version, **deciding)


@blueprint.route("/<change_id>/override")
class Override(MethodView):
    @blueprint.etag
    @blueprint.response(201, DecisionOut)
    @blueprint.arguments(Deciding)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Decision]:
        """Override BLOCK, as another person asked; the board may then decide."""
        return decisions.override(context(), change_id, expected_version=expected_version, **deciding)


@blueprint.route("/<change_id>/recall")
class Recall(MethodView):
    @blueprint.etag
    @blueprint.response(201, DecisionOut)
    @blueprint.arguments(Commenting)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Decision]:
        """Take an approval back: the change is decided about anew."""
        return decisions.recall(context(), change_id, expected_version=expected_version, **deciding)


@blueprint.route("/<change_id>/suspend")
class Suspend(MethodView):
    @blueprint.etag
    @blueprint.response(201, DecisionOut)
    @blueprint.arguments(Commenting)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Decision]:
        """Let an approval rest until it is confirmed; the comment names what has changed."""
        return decisions.suspend(context(), change_id, expected_version=expected_version, **deciding)


@blueprint.route("/<change_id>/confirm")
class Confirm(MethodView):
    @blueprint.etag
    @blueprint.response(201, DecisionOut)
    @blueprint.arguments(Deciding)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Decision]:
        """Confirm an approval that was suspended."""
        return decisions.confirm(context(), change_id, expected_version=expected_version, **deciding)


@blueprint.route("/<change_id>/replay")
class Replay(MethodView):
    @blueprint.response(200, ReplayOut)
    @blueprint.arguments(Which, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> replay.Replay:
        """Compute an assessment again from its inputs alone, and compare byte for byte."""
        return replay.replay(context(), change_id, assessment=wanted["assessment"])
