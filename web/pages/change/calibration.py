"""The page of calibration: what P(fail) was worth; its twins are ``foreshock risk calibration`` and the resource."""

from __future__ import annotations

from flask import render_template

from impact.questions import calibration as question
from web.pages.blueprint import pages
from web.request import context

STEPS = 20
"""A bar has one of so many lengths, each a class: a strict content policy allows no style beside the text."""


@pages.get("/calibration", endpoint="calibration")
def show() -> str:
    """Show foretold against happened by tenth, and how good P(fail) was beside simple rules."""
    found = question.calibration(context())
    largest = max((share for tenth in found.tenths for share in (tenth.foretold, tenth.share)), default=0.0) or 1.0
    return render_template("change/calibration.html", found=found, length=lambda share: round(STEPS * share / largest))
