"""What a page says when something fails: in the product's words, with the rule, and always with a way on."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Response

from cmdb.errors import Family, ForeshockError, IllegalMove, InvalidInput
from cmdb.model.change import CHANGES
from cmdb.model.ci import CIS
from cmdb.model.kind import Kind
from cmdb.people.errors import SignInNeeded
from cmdb.ports.errors import VersionConflict
from web.errors import problem_of
from web.pages.blueprint import REFUSED
from web.pages.forms import begun
from web.pages.naming import meant_by
from web.pages.past import Row, row_of
from web.request import context

_HEADINGS = {
    Family.NOT_FOUND: "Not found",
    Family.NOT_ALLOWED: "Not allowed",
    Family.NOT_SIGNED_IN: "Sign in first",
    Family.TOO_OFTEN: "Try again later",
    Family.STALE: "It was changed meanwhile",
    Family.REFUSED: "Refused by a rule",
    Family.GATE: "A rule stands in the way",
    Family.BAD_INPUT: "This can not be read",
    Family.RETRY: "Try again in a moment",
}
_HTTP_HEADINGS = {400: "Refused", 403: "Refused", 404: "Not found", 405: "Not possible here", 413: "Too much at once"}
_KINDS: dict[str, Kind[Any]] = {CIS.name: CIS, CHANGES.name: CHANGES}
_LATEST = 20
_PAGES = {
    "changes": "pages.change",
    "sources": "pages.source",
    "runs": "pages.run",
    "findings": "pages.finding",
}
"""The page of a record by the first word of its addresses."""


def error_page(error: Exception) -> Response:
    """Return the page for any exception; what nobody foresaw is logged and says nothing of itself."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response()  # A redirect or 304 is no failure.
    if isinstance(error, SignInNeeded) and request.method in ("GET", "HEAD"):
        return redirect(url_for("signin.form", next=request.full_path.rstrip("?")), 303)
    problem, headers = problem_of(error)
    # Who comes by a foreign name, or with what is no request, learns nothing but the rule.
    setattr(g, REFUSED, isinstance(error, BadRequest) and not isinstance(error, CSRFError))
    page = render_template("error.html", **_words(error, problem), ways=_ways(error))
    # The version a form was filled in from is its precondition, as If-Match is that of a request to the API.
    stale = isinstance(error, VersionConflict) and "version" in request.form
    return Response(page, status=412 if stale else problem["status"], headers=headers, mimetype="text/html")


def _words(error: Exception, problem: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "sentence": _sentence(problem["title"]),
        "css": "down",
        "symbol": "block",
        "rule": "",
        "heading": "Failed",
    }
    if isinstance(error, CSRFError):
        said |= {
            "heading": "The form is no longer valid",
            "sentence": "This form was not sent from one of our pages, or the server was started again since you "
            "opened it. Nothing was written. Open the page again and send it once more.",
            "rule": "csrf",
        }
    elif isinstance(error, HTTPException):
        said["heading"] = _HTTP_HEADINGS.get(error.code or 0, "Failed" if (error.code or 0) >= 500 else "Refused")
        if error.code == 404:
            said |= {"sentence": "There is no page at this address.", "css": "unknown", "symbol": "search"}
    elif isinstance(error, ForeshockError):
        said["heading"] = _HEADINGS.get(error.family, "Failed")
        said["meant"] = meant_by(error)
        said["rule"] = error.facts["because"] if isinstance(error, IllegalMove) else error.code
        if error.family in (Family.NOT_FOUND, Family.STALE):
            said |= {"css": "unknown" if error.family is Family.NOT_FOUND else "lost", "symbol": "search"}
    if isinstance(error, SignInNeeded):
        said |= {
            "symbol": "lock",
            "sentence": "Your session has ended, so nothing was written. Sign in in another tab, open this page there "
            "again and copy over what you typed: your browser has it, one page back.",
        }
    if isinstance(error, InvalidInput):
        said["faults"] = error.problems
    if isinstance(error, VersionConflict):
        said |= {
            "symbol": "clock",
            "sentence": "Somebody else changed it after you opened the form. Nothing of yours was written, so that "
            "nothing of theirs is lost.",
            "meanwhile": meanwhile(error),
        }
    return said


def meanwhile(error: VersionConflict) -> list[Row]:
    """Return the versions that were written after the one the sender had seen, newest first."""
    kind = _KINDS.get(error.facts["kind"])
    if kind is None:
        return []
    past = context().store.history(kind, error.facts["key"], limit=_LATEST)
    return [row_of(each) for each in past if each.version > error.facts["expected"]]


def _ways(error: Exception) -> list[tuple[str, str]]:
    """Return where to go from here: to the record the error is about, to a search, home."""
    ways = []
    if isinstance(error, VersionConflict) and error.facts["kind"] in _KINDS:
        endpoint = "pages.ci" if error.facts["kind"] == CIS.name else "pages.change"
        ways.append((url_for(endpoint, id=error.facts["key"]), f"Look at {error.facts['key']} as it is now"))
    elif request.method != "GET" and (way := _way_back()):
        ways.append(way)
    elif isinstance(error, ForeshockError) and error.family is Family.NOT_FOUND:
        ways.append((url_for("pages.estate"), "Search the estate"))
    return [*ways, (url_for("pages.home"), "Home")]


def _way_back() -> tuple[str, str] | None:
    """Return the page of the record that a form was sent about."""
    key = (request.view_args or {}).get("id")
    if key is None:
        ci = request.args.get("id") if request.path.startswith("/ci/") else None
        return (url_for("pages.ci", id=ci), f"Back to {ci}") if ci else None
    page = _PAGES.get(request.path.split("/")[1])
    return (url_for(page, id=key), f"Back to {key}") if page else None


def _sentence(text: str) -> str:
    said = begun(text)
    return said if said.endswith((".", "?", "!")) else f"{said}."
