"""The estate as a whole over the JSON API, in and out; its twins are `import estate` and `export estate`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from cmdb.configuration.errors import BrokenGroup
from cmdb.configuration.export import export_estate
from cmdb.configuration.intake import SHOWN, Figures, import_estate
from web.api.blueprint import Blueprint
from web.api.schemas import AsOf, FaultOut, Strict, at_of, shown
from web.request import UPLOAD_BYTES, context

blueprint = Blueprint("estate", __name__, url_prefix="/estate", description="The whole estate, in and out")

FORMATS = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "json.gz": "application/gzip",
    "jsonl.gz": "application/gzip",
}
TAKEN = (
    "application/json",
    "application/jsonl",
    "application/x-ndjson",
    "application/gzip",
    "application/octet-stream",
)
ESTATE_1 = "the estate in `estate/1`"
MOST_SHOWN = 10_000
CHUNK = 256 * 1024
_BODY: dict[str, Any] = {media: {"schema": {}} for media in TAKEN}


class Taking(AsOf):
    """How to take the estate out."""

    format = fields.String(load_default="json", validate=validate.OneOf(list(FORMATS)))


class Bringing(Strict):
    """What the import is to do."""

    source = fields.String(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={
            "description": "where it comes from; what earlier imports of it brought and this one lacks is missing"
        },
    )
    dry_run = fields.Boolean(load_default=False, metadata={"description": "tell the difference and write nothing"})
    retire_missing = fields.Boolean(load_default=False, metadata={"description": "retire what is missing"})
    create_classes = fields.Boolean(load_default=False, metadata={"description": "define unknown classes, attributes"})
    allow_broken_groups = fields.Boolean(
        load_default=False, metadata={"description": "retire although groups then have fewer members than they need"}
    )
    show = fields.Integer(
        load_default=SHOWN,
        validate=validate.Range(0, MOST_SHOWN),
        metadata={"description": "how many single differences to tell"},
    )


class FieldOut(Schema):
    """One field of a record before and after."""

    field = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class ImportDifferenceOut(Schema):
    """One record that is new, changed, missing or released."""

    what = fields.String(required=True)
    kind = fields.String(required=True)
    key = fields.String(required=True)
    place = fields.Raw(required=True, allow_none=True, metadata={"description": "line or position in the input"})
    fields_ = fields.List(fields.Nested(FieldOut), required=True, data_key="fields", attribute="fields")


class ImportReportOut(shown(Figures)):  # type: ignore[misc]
    """What an import did or, with `dry_run`, would do; the figures are those of everything together."""

    source = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    revision = fields.Integer(required=True, allow_none=True, metadata={"description": "null: nothing was written"})
    by_kind = fields.Dict(keys=fields.String(), values=fields.Nested(shown(Figures)), required=True)
    retired = fields.Integer(required=True)
    ended = fields.Integer(required=True)
    broken_groups = fields.List(fields.Nested(shown(BrokenGroup)), required=True)
    classes_created = fields.List(fields.String(), required=True)
    attributes_created = fields.List(fields.String(), required=True)
    notes = fields.List(fields.Nested(FaultOut), required=True)
    notes_count = fields.Integer(required=True)
    differences = fields.List(fields.Nested(ImportDifferenceOut), required=True)
    difference_count = fields.Integer(required=True)


@blueprint.route("")
class Estate(MethodView):
    @blueprint.response(200, {"type": "object"}, description=ESTATE_1)
    @blueprint.alt_response(200, schema={}, content_type="application/jsonl", description=ESTATE_1)
    @blueprint.alt_response(200, schema={}, content_type="application/gzip", description=ESTATE_1)
    @blueprint.alt_response(304, "NOT_MODIFIED")
    @blueprint.arguments(Taking, location="query")
    def get(self, wanted: dict[str, Any]) -> Response:
        """Take the active CIs with their relations and groups out, all of one revision, sorted by key."""
        asked, chosen = context(), wanted["format"]
        at = at_of(wanted)
        revision = asked.store.revision() if at is None else at
        tag = f"{revision}-{chosen}"
        asked.allow("estate:export")
        if request.if_none_match.contains_weak(tag):
            return _tagged(Response(status=304), tag)
        lines, compressed = chosen.startswith("jsonl"), chosen.endswith(".gz")
        # Not closed here: the response closes it when it has been sent.
        content = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            export_estate(asked, content, lines=lines, compressed=compressed, at=revision)
        except BaseException:
            content.close()
            raise
        return _sent(content, tag, FORMATS[chosen], f"estate.{chosen}")

    @blueprint.response(200, ImportReportOut)
    @blueprint.doc(requestBody={"required": True, "content": _BODY})
    @blueprint.arguments(Bringing, location="query")
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """
        Bring an estate in: new and changed records are applied as one revision, missing ones are told.

        The body is a document or JSON Lines in `estate/1`, plain or gzip. Importing the same twice changes nothing, so
        the request may be sent again. Bad input gets all its faults at once and nothing is written.
        """
        if request.mimetype not in TAKEN:
            raise UnsupportedMediaType(f"send the estate as one of {', '.join(TAKEN)}")
        request.max_content_length = UPLOAD_BYTES  # The reader has limits of its own and holds nothing in memory.
        return import_estate(context(), request.stream, **wanted).as_json()  # type: ignore[arg-type]


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    return response


def _sent(content: IO[bytes], tag: str, media: str, name: str) -> Response:
    size = content.tell()
    content.seek(0)
    answer = Response(_chunks(content), mimetype=media)
    answer.call_on_close(content.close)  # For whoever goes away before the end.
    answer.content_length = size
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _tagged(answer, tag)


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while chunk := content.read(CHUNK):
            yield chunk
