"""The one-page summary of a change over the JSON API, as its facts, text, HTML or PDF; its twin is the command."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields
from werkzeug.exceptions import NotAcceptable
from werkzeug.wrappers import Response

from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES
from cmdb.model.gate import Why
from cmdb.model.summary import CalendarJudged, ReasonFacts
from impact.questions.summary import summary_of
from web.api.blueprint import Blueprint
from web.api.change.decisions import StandingOut
from web.api.change.similar import SimilarOut
from web.api.schemas import Strict, schema_of, shown
from web.languages import Language
from web.request import context
from web.summary.document import document_of
from web.summary.html import policy
from web.summary.rendering import Form, rendered

blueprint = Blueprint("summaries", __name__, url_prefix="/changes", description="The one-page summary of a change")

_JSON = "application/json"
_OFFERED = [_JSON, *(form.media for form in Form)]
_PAGE = "the page, in the form that Accept asks for"


class ChangeSummaryOut(Schema):
    """All that the page may show; what fits on it is judged as it is set."""

    change = fields.Nested(schema_of(CHANGES), required=True)
    assessment = fields.Nested(schema_of(ASSESSMENTS), required=True, allow_none=True)
    reasons = fields.List(fields.Nested(shown(ReasonFacts, False)), required=True)
    approvals = fields.List(fields.Nested(StandingOut), required=True)
    why = fields.Nested(shown(Why, False), required=True, allow_none=True)
    could_be = fields.Enum(Verdict, by_value=True, required=True, allow_none=True)
    similar = fields.Nested(SimilarOut, required=True)
    calendar = fields.Nested(shown(CalendarJudged, False), required=True, allow_none=True)
    overridden = fields.Boolean(required=True, metadata={"description": "two persons have overridden its BLOCK"})
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)

    def dump(self, obj: Any, **_: Any) -> Any:
        return obj


class Reading(Strict):
    """In which language."""

    language = fields.Enum(Language, by_value=True, load_default=Language.EN)


@blueprint.route("/<change_id>/summary")
class Summary(MethodView):
    @blueprint.response(200, ChangeSummaryOut)
    @blueprint.alt_response(200, schema={}, content_type=Form.TEXT.media, description=_PAGE)
    @blueprint.alt_response(200, schema={}, content_type=Form.HTML.media, description=_PAGE)
    @blueprint.alt_response(200, schema={}, content_type=Form.PDF.media, description=_PAGE)
    @blueprint.alt_response(406, "NOT_ACCEPTABLE")
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.arguments(Reading, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> Any:
        """Tell what the page of a change says: its facts as JSON, or by Accept the page itself."""
        chosen = request.accept_mimetypes.best_match(_OFFERED, _JSON) if request.accept_mimetypes else _JSON
        if chosen == _JSON and request.accept_mimetypes and not request.accept_mimetypes.quality(_JSON):
            raise NotAcceptable(f"the summary is there as {', '.join(_OFFERED)}")
        if chosen == _JSON:
            return document_of(summary_of(context(), change_id), wanted["language"])
        return _sent(change_id, next(form for form in Form if form.media == chosen), wanted["language"])


@blueprint.route("/<change_id>/summary.pdf")
class SummaryPdf(MethodView):
    @blueprint.response(200, schema={}, content_type=Form.PDF.media)
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.arguments(Reading, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> Response:
        """Send the page as PDF, one A4; 409 where a part that makes it is not installed."""
        return _sent(change_id, Form.PDF, wanted["language"])


@blueprint.route("/<change_id>/summary.html")
class SummaryHtml(MethodView):
    @blueprint.response(200, schema={}, content_type=Form.HTML.media)
    @blueprint.arguments(Reading, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> Response:
        """Send the page as HTML that stands by itself and prints on one A4."""
        return _sent(change_id, Form.HTML, wanted["language"])


@blueprint.route("/<change_id>/summary.txt")
class SummaryText(MethodView):
    @blueprint.response(200, schema={}, content_type=Form.TEXT.media)
    @blueprint.arguments(Reading, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> Response:
        """Send the page as plain text."""
        return _sent(change_id, Form.TEXT, wanted["language"])


def _sent(change_id: str, form: Form, language: Language) -> Response:
    response = Response(rendered(summary_of(context(), change_id), form, language), mimetype=form.media)
    if form is Form.HTML:
        response.headers["Content-Security-Policy"] = policy()
    response.add_etag()
    return response.make_conditional(request.environ)
