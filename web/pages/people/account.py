"""One's own account: sessions with a way to end them, and API tokens; the twin of ``session`` and ``token``."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.errors import InvalidInput, Problem
from cmdb.people import sessions, tokens
from cmdb.people.sign_in import LINK_HOURS
from cmdb.people.sign_in import invite as make_link
from cmdb.roles import ACTS, may
from web.pages.blueprint import pages
from web.pages.forms import Form, Place, posted
from web.request import context
from web.signin.guard import policy, present_session
from web.signin.links import link_of

Answer = Response | str | tuple[str, int]
_PAGE = 100
_LABELS = {"name": "What it is for", "scopes": "Scopes", "roles": "Roles", "days": "Days"}


@pages.get("/account", endpoint="account")
def show() -> Answer:
    """Show one's sessions that go on, and one's tokens."""
    return _render(Form())


@pages.post("/account/sessions/<id>/revoke", endpoint="revoke_session")
def revoke_session(id: str) -> Answer:  # noqa: A002  # As every page names what is in its address.
    """End a session."""
    sessions.revoke(context(), id)
    flash(f"Session {id} has ended.")
    return redirect(url_for("pages.account"), 303)


@pages.post("/account/tokens", endpoint="make_token")
def make_token() -> Answer:
    """Make a token, and show it this once."""
    form = posted()
    days = form.text("days")
    try:
        made = tokens.make(
            context(),
            name=form.text("name"),
            scopes=form.text("scopes").replace(",", " ").split(),
            days=int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0,
        )
    except InvalidInput as wrong:
        form.take(wrong, _place)
        return _render(form), 422
    return _render(Form(), made=made)


@pages.post("/account/tokens/<id>/revoke", endpoint="revoke_token")
def revoke_token(id: str) -> Answer:  # noqa: A002
    """Revoke a token."""
    tokens.revoke(context(), id)
    flash(f"Token {id} is revoked.")
    return redirect(url_for("pages.account"), 303)


@pages.post("/persons/invite", endpoint="invite_person")
def invite() -> Answer:
    """Make a one-time link for the person ``?id=``, and show it this once."""
    made, of = make_link(context(), request.args.get("id", "")), policy()
    link = link_of(made.secret, of.public_url if of and of.public_url else request.host_url)
    return render_template("people/invited.html", invitation=made.invitation, link=link, hours=LINK_HOURS)


def _render(form: Form, *, made: tokens.Made | None = None) -> str:
    here = context()
    now, of = here.clock.now(), present_session()
    own = sessions.listing(here, limit=1000) if here.actor.person else None
    listed = tokens.listing(here, after=request.args.get("after") or None, limit=_PAGE)
    rows = [held.record for held in listed.rows]
    return render_template(
        "people/account.html",
        form=form,
        made=made,
        sessions=[row.record for row in own.rows if row.record.ended is None and row.record.ends > now] if own else [],
        present=of.id if of else "",
        tokens=rows,
        used=tokens.last_used(here, [row.id for row in rows]),
        now=now,
        next_url=url_for("pages.account", after=listed.after) if listed.after else None,
        first_url=url_for("pages.account") if request.args.get("after") else None,
        days=tokens.DAYS,
        acts=sorted(act for act in frozenset().union(*ACTS.values()) if may(here.actor, act)),
    )


def _place(problem: Problem) -> Place:
    name = (problem.pointer or "").strip("/").partition("/")[0]
    return (name, _LABELS[name]) if name in _LABELS else ("", "")
