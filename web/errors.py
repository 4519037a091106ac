"""Every failure at the HTTP edge, in one shape: from an exception to its problem document (RFC 9457) and status."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import current_app, json, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from cmdb.errors import Family, ForeshockError
from web.wording import problem_json

# app.extensions[ERROR_PAGE] is the pages' own answer to an exception, where there are pages.
ERROR_PAGE = "foreshock.error_page"
# app.extensions[NAMESAKES] tells which CIs have the names that an error says were given for ids.
NAMESAKES = "foreshock.namesakes"
ErrorPage = Callable[[Exception], Response]
MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "1"


def problem_of(error: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    """
    Return the problem document of any exception, and the headers that belong to it.

    One nobody foresaw says nothing of itself: its traceback goes to the log only.
    """
    if isinstance(error, ForeshockError):
        problem = problem_json(error)
        namesakes = current_app.extensions.get(NAMESAKES)
        if namesakes is not None and (named := namesakes(error)):
            problem["named"] = named
        if error.family is Family.STALE and "If-Match" not in request.headers:
            problem["status"] = 409  # 412 answers a precondition, and the request made none.
        return problem, headers_of(error)
    if not isinstance(error, HTTPException) or error.code is None:
        current_app.logger.error("a request failed", exc_info=error)
        error = InternalServerError("something failed inside Foreshock; the server's log says what")
    problem = http_problem(error.code or 500, error.name, error.description or error.name)
    return problem, {name: value for name, value in error.get_headers() if name != "Content-Type"}


def headers_of(error: ForeshockError) -> dict[str, str]:
    """Return the headers of an error of ours: when to try again, or how to prove who one is (RFC 9110)."""
    if error.family is Family.NOT_SIGNED_IN:
        return {"WWW-Authenticate": 'Bearer realm="Foreshock"'}
    if error.family is Family.TOO_OFTEN:
        return {"Retry-After": str(error.facts.get("seconds", RETRY_SECONDS))}
    return {"Retry-After": RETRY_SECONDS} if error.family is Family.RETRY else {}


def http_problem(status: int, name: str, title: str) -> dict[str, Any]:
    """Return the problem document of a failure that HTTP itself has a name for ("Not Found")."""
    code = "http." + re.sub(r"\W+", "_", name.lower())
    return {"type": f"urn:foreshock:error:{code}", "title": title, "status": status, "code": code}


def problem_response(error: Exception) -> Response:
    """Return the response of the JSON API to a failure."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response()  # A redirect is no failure.
    problem, headers = problem_of(error)
    return Response(json.dumps(problem), status=problem["status"], headers=headers, mimetype=MEDIA_TYPE)
