"""Comments on changes over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change import changes
from cmdb.change.record import comments
from cmdb.model.comment import COMMENTS, Comment
from cmdb.records import Held
from web.api.blueprint import Blueprint
from web.api.schemas import Strict, schema_of
from web.request import context

blueprint = Blueprint("change_comments", __name__, url_prefix="/changes", description="What people say about a change")

CommentOut = schema_of(COMMENTS)


class NewComment(Strict):
    """A comment."""

    text = fields.String(required=True)


class Comments(Schema):
    """The comments on a change, oldest first."""

    rows = fields.List(fields.Nested(CommentOut), required=True)


@blueprint.route("/<change_id>/comments")
class ChangeComments(MethodView):
    @blueprint.etag
    @blueprint.response(200, Comments)
    def get(self, change_id: str) -> dict[str, Any]:
        """List the comments on a change, oldest first."""
        changes.get(context(), change_id)
        return {"rows": comments.of_change(context(), change_id)}

    @blueprint.etag
    @blueprint.response(201, CommentOut)
    @blueprint.arguments(NewComment)
    @blueprint.writes(COMMENTS)
    def post(self, new: dict[str, Any], change_id: str) -> Held[Comment]:
        """Say something about a change; it stays for ever."""
        return comments.add(context(), change_id, new["text"])
