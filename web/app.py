"""The web application: what holds for every request, at the API and at the pages. Nothing happens at import."""

from __future__ import annotations

import importlib
import importlib.util
import secrets
from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException
from werkzeug.wrappers import Response

from web import assets
from web.errors import ERROR_PAGE, ErrorPage, problem_response
from web.loopback import is_this_machine
from web.request import CONTEXTS, Contexts
from web.signin.guard import guard as sign_in_guard
from web.signin.policy import SignIn

BODY_BYTES = 4 * 1024 * 1024

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}
_DOORS = ("web.api", "web.pages")


def create_app(contexts: Contexts, sign_in: SignIn | None = None) -> Flask:
    """
    Return the application; ``contexts`` makes the context of a request from the transaction id it brings, or None.

    ``sign_in`` is how persons sign in; None: nobody does, and the contexts know who acts.

    A door is a package with a function ``register(app)``.
    """
    app = Flask("web", static_folder="static", static_url_path="/static")
    secret = secrets.token_hex(32)
    app.config.update(
        SECRET_KEY=secret,
        # Cookies do not know ports: two servers on one machine must not overwrite each other's.
        SESSION_COOKIE_NAME=f"foreshock-{secrets.token_hex(4)}",
        SESSION_COOKIE_HTTPONLY=True,
        # Who follows a link from elsewhere is still signed in, and must not lose the forms of before.
        SESSION_COOKIE_SAMESITE="Lax" if sign_in else "Strict",
        SESSION_COOKIE_SECURE=sign_in is not None and sign_in.secure,
        MAX_CONTENT_LENGTH=BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=BODY_BYTES,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions[CONTEXTS] = contexts
    app.json.sort_keys, app.json.ensure_ascii = False, False  # type: ignore[attr-defined]
    csrf = CSRFProtect(app)

    @app.before_request
    def guard() -> Response | None:
        host = _host_asked_for()
        if not is_this_machine(host) and not (sign_in and host in sign_in.hosts):
            # A name that leads here from elsewhere is an attack (DNS rebinding), and no page is for its eyes.
            own = ", ".join(sorted(sign_in.hosts)) if sign_in and sign_in.hosts else "loopback addresses"
            return problem_response(BadRequest(f"this server answers to localhost and {own} only"))
        _refuse_other_sites(sign_in.origin if sign_in else "")
        if sign_in:
            sign_in_guard()
        if not wants_problem_json():
            csrf.protect()
        return None

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in (_HEADERS | _ENCRYPTED if sign_in and sign_in.secure else _HEADERS).items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            # A tagged answer may be kept if it is asked for again each time; what has no tag is never kept.
            response.headers["Cache-Control"] = "private, no-cache" if "ETag" in response.headers else "no-store"
        return response

    @app.errorhandler(Exception)
    @app.errorhandler(HTTPException)
    def failed(error: Exception) -> Response:
        page: ErrorPage | None = app.extensions.get(ERROR_PAGE)
        return problem_response(error) if page is None or wants_problem_json() else page(error)

    assets.register(app)
    for door in _DOORS:
        if importlib.util.find_spec(door) is not None:
            importlib.import_module(door).register(app)
    if sign_in:
        from web.signin.pages import register

        register(app, sign_in)
    return app


def wants_problem_json() -> bool:
    """Tell whether this request came to the API, where every failure is a problem document."""
    return request.path.startswith("/api/") or request.path in ("/api", "/healthz", "/readyz")


def _host_asked_for() -> str | None:
    try:
        return urlsplit(f"//{request.host}").hostname
    except ValueError:
        return None


def _refuse_other_sites(public: str) -> None:
    """
    Refuse a write that a browser sends on behalf of another site; other programs send neither header.

    ``public`` is the origin of our pages behind a proxy, empty where there is none.
    """
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    own = origin is None or origin == f"{request.scheme}://{request.host}" or (public and origin == public)
    if site not in (None, "same-origin", "none") or not own:
        raise Forbidden("a write must come from this server's own pages or from a program, not from another site")
