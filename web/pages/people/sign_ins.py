"""What happened at the door, newest first, for auditors and administrators; the twin of ``person sign-ins``."""

from __future__ import annotations

from flask import render_template, request, url_for

from cmdb.people import sign_in_events
from web.pages.blueprint import pages
from web.request import context

_PAGE = 100


@pages.get("/sign-ins", endpoint="sign_ins")
def show() -> str:
    """Show a page of the events, of everybody or of the person ``?person=``."""
    person, after = request.args.get("person") or None, request.args.get("after") or None
    page = sign_in_events.listing(context(), person=person, after=after, limit=_PAGE)
    return render_template(
        "people/sign_ins.html",
        rows=[held.record for held in page.rows],
        person=person,
        next_url=url_for("pages.sign_ins", person=person, after=page.after) if page.after else None,
        first_url=url_for("pages.sign_ins", person=person) if after else None,
    )
