"""Go or no-go checks over the JSON API, and the inbox they end up in; its twins are the page and the command."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change import changes, go_checks, inbox
from cmdb.model.go_check import GO_CHECKS, GoCheck
from cmdb.model.kind import Kind
from cmdb.records import Held
from impact.questions.go import go
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import schema_of
from web.request import context

blueprint = Blueprint("go", __name__, url_prefix="", description="Whether an approved change may go on")

GoCheckOut = schema_of(GO_CHECKS)
NoticeOut = schema_of(Kind(inbox.Notice, name="notice"))


class GoChecks(Schema):
    """The go or no-go checks of a change, oldest first."""

    rows = fields.List(fields.Nested(GoCheckOut), required=True)


class Notices(Schema):
    """The notices to the actor, the next window first."""

    rows = fields.List(fields.Nested(NoticeOut), required=True)


@blueprint.route("/changes/<change_id>/go")
class ChangeGo(MethodView):
    @blueprint.etag
    @blueprint.response(200, GoChecks)
    def get(self, change_id: str) -> dict[str, Any]:
        """List the go or no-go checks of a change, oldest first."""
        changes.get(context(), change_id)
        return {"rows": go_checks.of_change(context(), change_id)}

    @blueprint.etag
    @blueprint.response(201, GoCheckOut)
    @blueprint.writes(GO_CHECKS)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[GoCheck]:
        """
        Assess an approved change now, hold it against what was approved, and keep the answer: GO or NO-GO.

        A NO-GO names what changed and suspends the approval. A change is begun on a GO of the last 15 minutes
        since which nothing happened in its cone.
        """
        return go(context(), change_id, expected_version=expected_version)


@blueprint.route("/inbox")
class Inbox(MethodView):
    @blueprint.etag
    @blueprint.response(200, Notices)
    def get(self) -> dict[str, Any]:
        """List the suspended approvals of changes the actor asks for, implements or approved."""
        return {"rows": inbox.notices(context())}
