"""The API's description: OpenAPI 3.1 as JSON, and a page to browse it that asks no other host for anything."""

from __future__ import annotations

from typing import Any

import flask_smorest
from flask import Flask, render_template
from werkzeug.wrappers import Response

import cmdb
from web.api.schemas import ProblemOut
from web.errors import MEDIA_TYPE, problem_response

PREFIX = "/api/v1"
_IDEMPOTENCY_KEY = {
    "description": "Sent again with the same key, the request is answered with what it wrote the first time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


class Api(flask_smorest.Api):
    """flask-smorest with our problem documents for every failure."""

    ERROR_SCHEMA = ProblemOut
    DEFAULT_ERROR_RESPONSE_NAME = None  # Each operation names the failures it may answer with.

    def handle_http_exception(self, error: Any) -> Response:
        return problem_response(error)

    def _register_error_handlers(self) -> None:
        """Leave failures to the application, which also knows the pages."""

    def _register_responses(self) -> None:
        # Only failures are registered here, and they are written in the media type this attribute names.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = MEDIA_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE


def make_api(app: Flask) -> Api:
    """Add the API without any resource to ``app``, and the two faces of its description."""
    app.config.update(
        API_TITLE="Foreshock",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        API_SPEC_OPTIONS={
            "info": {
                "description": "Know what a change will break before you approve it.",
                "x-foreshock-version": cmdb.__version__,
            },
            "servers": [{"url": "/"}],
        },
    )
    api = Api(app)
    api.spec.components.parameter(
        "IDEMPOTENCY_KEY", "header", {"name": "Idempotency-Key", **_IDEMPOTENCY_KEY}, lazy=True
    )

    def browse() -> str:
        return render_template("api/description.html", spec=api.spec.to_dict(), prefix=PREFIX)

    app.add_url_rule(f"{PREFIX}/", "api_description", browse)
    return api
