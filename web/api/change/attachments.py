"""Attachments of changes over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, request
from flask.views import MethodView
from marshmallow import Schema, fields
from werkzeug.http import dump_options_header

from cmdb.change import changes
from cmdb.change.record import attachments
from cmdb.model.attachment import ATTACHMENTS, Attachment
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import Strict, schema_of
from web.request import context

blueprint = Blueprint("change_attachments", __name__, url_prefix="", description="Files of a change, kept in the store")

AttachmentOut = schema_of(ATTACHMENTS)
ANY_BYTES = "application/octet-stream"


class Naming(Strict):
    """What the file is called, and what is in it."""

    name = fields.String(required=True)
    media_type = fields.String(load_default=ANY_BYTES, metadata={"description": "such as application/pdf"})


class Attachments(Schema):
    """The attachments of a change, oldest first, removed ones too."""

    rows = fields.List(fields.Nested(AttachmentOut), required=True)


def _taking_files(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let the body be as large as an attachment may be, and a byte more: the desk then says what is too much."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        request.max_content_length = attachments.LARGEST + 1
        return view(*args, **kwargs)

    return wrapper


@blueprint.route("/changes/<change_id>/attachments")
class ChangeAttachments(MethodView):
    @blueprint.etag
    @blueprint.response(200, Attachments)
    def get(self, change_id: str) -> dict[str, Any]:
        """List the attachments of a change, oldest first."""
        changes.get(context(), change_id)
        return {"rows": attachments.of_change(context(), change_id)}

    @_taking_files
    @blueprint.etag
    @blueprint.response(201, AttachmentOut)
    @blueprint.doc(requestBody={"required": True, "content": {ANY_BYTES: {"schema": {}}}})
    @blueprint.arguments(Naming, location="query")
    @blueprint.writes(ATTACHMENTS)
    def post(self, naming: dict[str, Any], change_id: str) -> Held[Attachment]:
        """Attach a file to a change; the body is its bytes, of at most 10 MiB."""
        content = request.get_data()
        return attachments.attach(context(), change_id, content, **naming)


@blueprint.route("/change-attachments/<attachment>")
class OneAttachment(MethodView):
    @blueprint.etag
    @blueprint.response(200, AttachmentOut)
    def get(self, attachment: str) -> Attachment:
        """Show what is known of an attachment."""
        return blueprint.tagged(attachments.get(context(), attachment)[0])


@blueprint.route("/change-attachments/<attachment>/content")
class AttachmentContent(MethodView):
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type=ANY_BYTES)
    def get(self, attachment: str) -> Response:
        """Fetch the bytes of an attachment, as they were attached."""
        held, content = attachments.get(context(), attachment)
        return file_of(held.record, content)


@blueprint.route("/change-attachments/<attachment>/remove")
class RemoveAttachment(MethodView):
    @blueprint.etag
    @blueprint.response(200, AttachmentOut)
    @blueprint.writes(ATTACHMENTS)
    @needs_version
    def post(self, attachment: str, *, expected_version: int) -> Held[Attachment]:
        """Take an attachment off its change; that it was there, and its bytes, stay in the record."""
        return attachments.remove(context(), attachment, expected_version=expected_version)


def file_of(attachment: Attachment, content: bytes) -> Response:
    """Return the answer that saves a file: never shown in place, since anybody may have written it."""
    answer = Response(content, mimetype=ANY_BYTES)
    answer.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": attachment.name})
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
