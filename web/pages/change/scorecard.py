"""The page of the scorecard; its twins are the command and the resource of this name."""

from __future__ import annotations

from flask import render_template, request

from cmdb.change import scorecard as desk
from web.pages.blueprint import pages
from web.request import context


@pages.get("/scorecard", endpoint="scorecard")
def show() -> str:
    """Show the figures of a period, by model, team or service if the address says so."""
    since, until, by = (request.args.get(name) or None for name in ("from", "to", "by"))
    return render_template(
        "change/scorecard.html",
        card=desk.scorecard(context(), since=since, until=until, by=by),
        asked={"from": since or "", "to": until or "", "by": by or ""},
        ways=desk.BY,
    )
