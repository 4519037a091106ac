"""The draft of an outage notice in English."""

from __future__ import annotations

from cmdb.model.assessment import ServiceOutcome
from cmdb.model.change import Window
from cmdb.model.outcome import Outcome
from cmdb.model.telling import Telling
from web.wording_change import duration, window_words

PARTS = {"owner": "Owner", "customer": "Customer"}
_NOTICED = {
    Outcome.DOWN: "will not be available, for {minutes} in all",
    Outcome.DEGRADED: "will be available with less capacity, for {minutes} in all",
    Outcome.REDUNDANCY_LOST: "stays available, without a spare for {minutes}",
    Outcome.REDUCED: "stays available",
}


def subject(telling: Telling) -> str:
    """Return the subject line."""
    down = [service.name for service in telling.services if service.outcome is Outcome.DOWN]
    what = f"Planned outage of {', '.join(down)}" if down else "Planned maintenance"
    return f"{what}: {window_words(telling.window)}"


def opening(window: Window) -> str:
    """Return when something is done."""
    return f"We plan maintenance in this window: {window_words(window)}."


def service(found: ServiceOutcome, minutes: float) -> str:
    """Return what will be noticed of one service."""
    return f"- {found.name} {_NOTICED[found.outcome].format(minutes=duration(minutes))}."


def nothing() -> str:
    """Return that no service is affected."""
    return "- No service is expected to be affected."


def reference(change: str, title: str) -> str:
    """Return which change it is."""
    return f"Reference: {change}, {title}"


def closing() -> str:
    """Return what to do with questions."""
    return "Please answer this notice if the window does not suit you."
