"""Moves of a change that decide nothing, over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.change import changes, implementation, lifecycle, reviews
from cmdb.model.change import CHANGES, BackOut, Change
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.review import REVIEWS, Review
from cmdb.records import Held
from impact.questions.begin import implement
from web.api.blueprint import Blueprint, needs_version
from web.api.change.changes import BackOutIn, ChangeOut
from web.api.inputs import StrictBoolean, StrictInteger
from web.api.schemas import Strict, schema_of
from web.request import context

blueprint = Blueprint(
    "lifecycle", __name__, url_prefix="/changes", description="The life of a change after its request"
)

ReviewOut = schema_of(REVIEWS)
_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"


class MoveReason(Strict):
    """Why a change is moved."""

    comment = fields.String(required=True, metadata={"description": "why"})


class Ticking(Strict):
    """Which step is done."""

    step = StrictInteger(required=True, metadata={"description": "its number, from 1"})


class Finishing(Strict):
    """How an implementation ended."""

    outcome = fields.Enum(ChangeOutcome, by_value=True, required=True)
    in_part = StrictBoolean(load_default=False, metadata={"description": "a part is not done; the outcome is issues"})
    started = fields.String(
        load_default=None, metadata={"description": f"when it really began, {_MOMENT}; left out, as it was recorded"}
    )
    ended = fields.String(
        load_default=None, metadata={"description": f"when it really ended, {_MOMENT}; left out, now"}
    )
    comment = fields.String(load_default="", metadata={"description": "needed unless it is a success"})


class Documenting(Strict):
    """The papers of an emergency change; what is left out stays."""

    steps = fields.List(fields.String())
    back_out = fields.Nested(BackOutIn)
    test_evidence = fields.String()


class Reviewing(Strict):
    """What a review says."""

    text = fields.String(required=True)
    outcome = fields.Enum(
        ChangeOutcome, by_value=True, load_default=None, metadata={"description": "corrects the one reported"}
    )
    actions = fields.List(fields.String(), load_default=(), metadata={"description": "each becomes a task"})


@blueprint.route("/<change_id>/resubmit")
class Resubmit(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[Change]:
        """Ask again for a change whose decision was put off."""
        return changes.resubmit(context(), change_id, expected_version=expected_version)


@blueprint.route("/<change_id>/reopen")
class Reopen(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[Change]:
        """Make a rejected change a draft again, as a new revision."""
        return lifecycle.reopen(context(), change_id, expected_version=expected_version)


@blueprint.route("/<change_id>/schedule")
class Schedule(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[Change]:
        """Put an approved change into the forward schedule."""
        return lifecycle.schedule(context(), change_id, expected_version=expected_version)


@blueprint.route("/<change_id>/cancel")
class Cancel(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.arguments(MoveReason)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, why: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Change]:
        """Give a change up that is not being implemented yet."""
        return lifecycle.cancel(context(), change_id, expected_version=expected_version, **why)


@blueprint.route("/<change_id>/expire")
class Expire(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[Change]:
        """Record that a granted change was not started while its window was open; a job does so by itself."""
        return lifecycle.expire(context(), change_id, expected_version=expected_version)


@blueprint.route("/<change_id>/implement")
class Implement(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[Change]:
        """Begin to implement a scheduled change, or an emergency that the emergency board has approved."""
        return implement(context(), change_id, expected_version=expected_version)


@blueprint.route("/<change_id>/tick")
class TickStep(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.arguments(Ticking)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, ticking: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Change]:
        """Record that a step is done."""
        return implementation.tick(context(), change_id, ticking["step"], expected_version=expected_version)


@blueprint.route("/<change_id>/finish")
class Finish(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.arguments(Finishing)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, finishing: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Change]:
        """Record how the implementation ended, and when."""
        return implementation.finish(context(), change_id, expected_version=expected_version, **finishing)


@blueprint.route("/<change_id>/document")
class DocumentEmergency(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.arguments(Documenting)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, given: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Change]:
        """Complete the papers of an emergency change."""
        if "back_out" in given:
            given["back_out"] = BackOut(**given["back_out"])
        return implementation.document(context(), change_id, expected_version=expected_version, **given)


@blueprint.route("/<change_id>/review")
class OneReview(MethodView):
    @blueprint.etag
    @blueprint.response(200, ReviewOut)
    def get(self, change_id: str) -> Review:
        """Show the review of a change."""
        return blueprint.tagged(reviews.get(context(), change_id))

    @blueprint.etag
    @blueprint.response(201, ReviewOut)
    @blueprint.arguments(Reviewing)
    @blueprint.writes(REVIEWS)
    @needs_version
    def post(self, reviewing: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Review]:
        """Review a change that somebody else implemented; the outcome may be corrected, and actions follow."""
        return reviews.review(context(), change_id, expected_version=expected_version, **reviewing)


@blueprint.route("/<change_id>/close")
class Close(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[Change]:
        """Close a reviewed change."""
        return lifecycle.close(context(), change_id, expected_version=expected_version)
