"""Whether the server is up (healthz) and whether it can work (readyz)."""

from __future__ import annotations

from flask import Blueprint

from web.request import context

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> dict[str, str | int]:
    """Say that the store answers, with its newest revision; a problem document says why it does not."""
    return {"status": "ready", "revision": context().store.revision()}
