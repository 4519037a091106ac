"""The JSON API, a door on the desks: ``/api/v1``, its description, and what tells whether the server is well."""

from __future__ import annotations

from flask import Flask

from web.api.description import make_api
from web.api.health import blueprint as health


def register(app: Flask) -> None:
    """Open the door in ``app``."""
    app.register_blueprint(health)
    make_api(app)
