"""The estate as a whole over the JSON API; its twins are `import estate`, `import open-psa` and `export estate`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from cmdb.configuration.errors import BrokenGroup
from cmdb.configuration.export import export_estate
from cmdb.configuration.fault_trees import import_open_psa
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
XML = ("application/xml", "text/xml", "application/gzip", "application/octet-stream")
_BODY: dict[str, Any] = {media: {"schema": {}} for media in TAKEN}
_XML_BODY: dict[str, Any] = {media: {"schema": {}} for media in XML}


class Taking(AsOf):
    """How to take the estate out."""

    format = fields.String(load_default="json", validate=validate.OneOf(list(FORMATS)))


class BringingAny(Strict):
    """What every import is told."""

    source = fields.String(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={
            "description": "where it comes from; what earlier imports of it brought and this one lacks is missing"
        },
    )
    dry_run = fields.Boolean(load_default=False, metadata={"description": "tell the difference and write nothing"})
    retire_missing = fields.Boolean(load_default=False, metadata={"description": "retire what is missing"})
    allow_broken_groups = fields.Boolean(
        load_default=False, metadata={"description": "retire although groups then have fewer members than they need"}
    )
    show = fields.Integer(
        load_default=SHOWN,
        validate=validate.Range(0, MOST_SHOWN),
        metadata={"description": "how many single differences to tell"},
    )


class Bringing(BringingAny):
    """What the import of an estate is told besides."""

    create_classes = fields.Boolean(load_default=False, metadata={"description": "define unknown classes, attributes"})


class BringingFaultTree(BringingAny):
    """What the import of a fault tree is told besides."""

    top = fields.String(
        load_default=None,
        validate=validate.Length(1, 1000),
        metadata={"description": "the top gate; left out, the only one that no other uses"},
    )
    prefix = fields.String(
        load_default="", validate=validate.Length(0, 500), metadata={"description": "what every id begins with"}
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


class FaultTreeReportOut(ImportReportOut):
    """What the import of a fault tree did: what the tree is in the estate, and what of it was new or changed."""

    service = fields.String(required=True, metadata={"description": "the CI that stands for the top gate"})
    items = fields.Integer(required=True, metadata={"description": "how many CIs the tree is"})
    relations = fields.Integer(required=True)
    groups = fields.Integer(required=True)


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
        return import_estate(context(), body_of("the estate", TAKEN), **wanted).as_json()


@blueprint.route("/open-psa")
class OpenPsa(MethodView):
    @blueprint.response(200, FaultTreeReportOut)
    @blueprint.doc(requestBody={"required": True, "content": _XML_BODY})
    @blueprint.arguments(BringingFaultTree, location="query")
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """
        Bring a fault tree in: the top gate becomes a service, the others logical gates, basic events CIs of their own.

        The body is a model in Open-PSA MEF, plain or gzip; trees that are not coherent are refused. All else is as in
        the import of an estate.
        """
        return import_open_psa(context(), body_of("the fault tree", XML), **wanted).as_json()


def body_of(what: str, taken: tuple[str, ...]) -> BinaryIO:
    """Return the body as a stream; raises UnsupportedMediaType."""
    if request.mimetype not in taken:
        raise UnsupportedMediaType(f"send {what} as one of {', '.join(taken)}")
    request.max_content_length = UPLOAD_BYTES  # The readers have limits of their own, and stream what may be large.
    return cast("BinaryIO", request.stream)


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
