"""Who a request is of: of the session its cookie bears, of the token it sends, or of nobody, who goes no further."""

from __future__ import annotations

from flask import current_app, g, request, session
from werkzeug.exceptions import Forbidden

from cmdb.context import Context
from cmdb.model.session import Session
from cmdb.people import sessions, tokens
from cmdb.people.errors import SignInNeeded
from cmdb.people.persons import recorded
from cmdb.roles import Actor
from web.request import context
from web.signin.policy import SignIn

SIGN_IN = "foreshock.sign_in"
"""Where an application has its :class:`SignIn`, if persons sign in."""
NOBODY = Actor("nobody", frozenset())
OPEN = frozenset(
    {
        # Files of ours, and whether the server is well.
        *("static", "health.healthz", "health.readyz"),
        # Where a person proves who they are.
        *("signin.form", "signin.sign_in", "signin.link", "signin.accept"),
        # These calls prove themselves, by a signature or a token of their source.
        *("hooks.Trigger", "outcome_hook.ReportedOutcome", "receiving.receive"),
    }
)
"""The endpoints that answer somebody of whom nobody knows who they are."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_BEARER = "bearer "
_BOUND = "of"


def actor_of_request(nobody: Context, sign_in: SignIn | None, otherwise: Actor) -> Actor:
    """
    Return who acts in this request.

    ``nobody`` is a context on the store, ``otherwise`` who acts where nobody signs in.

    Raises:
        TokenRefused: the API token that was sent is no good.
        SignInNeeded: persons sign in here, and nobody has.
    """
    if "acting" not in g:
        g.acting = _actor(nobody, sign_in, otherwise)
    acting: Actor = g.acting
    return acting


def _actor(nobody: Context, sign_in: SignIn | None, otherwise: Actor) -> Actor:
    is_open = request.endpoint in OPEN
    text = _token_sent()
    # A source that is pushed to has tokens of its own, and other programmes send others to a server on this machine.
    if text is not None and (text.startswith(tokens.PREFIX) or not (is_open or sign_in is None)):
        return tokens.bearer(nobody, text)
    if sign_in is None:
        # Asked at each request, so that whoever is no longer active is refused at once.
        return recorded(nobody.store, otherwise)
    found = sessions.living(nobody, request.cookies.get(sign_in.cookie, ""), limits=sign_in.limits)
    if found is not None:
        g.session = found[0]
        return recorded(nobody.store, Actor(found[1].id, frozenset()))
    if is_open:
        return NOBODY
    raise SignInNeeded


def _token_sent() -> str | None:
    header = request.headers.get("Authorization", "")
    return header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else None


def present_session() -> Session | None:
    """Return the session of this request, None where its sender is nobody or sends a token."""
    found: Session | None = g.get("session")
    return found


def guard() -> None:
    """
    Let a request pass whose sender may be answered at all; what they may do is asked in the desks.

    Raises:
        SignInNeeded, TokenRefused: as :func:`actor_of_request`.
        Forbidden: a write to the API with a cookie does not show that it comes from a page of ours.
    """
    if request.endpoint in OPEN and not (request.endpoint or "").startswith("signin."):
        return
    context()
    of = present_session()
    known = of.id if of is not None else ""
    if _token_sent() is None and session.get(_BOUND, "") != known:
        # The forms of before this session are no longer good, nor are those that somebody else prepared for it.
        session.clear()
        session[_BOUND] = known
    foreign = request.headers.get("Origin") is None and request.headers.get("Sec-Fetch-Site") is None
    if of is not None and foreign and request.path.startswith("/api/") and request.method not in _SAFE:
        raise Forbidden("a write to the API with a cookie must come from a page of this server; send an API token")


def policy() -> SignIn | None:
    """Return how signing in works at this application, None where nobody signs in."""
    found: SignIn | None = current_app.extensions.get(SIGN_IN)
    return found
