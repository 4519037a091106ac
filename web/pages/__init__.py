"""
The pages: server-rendered, complete without JavaScript, over the same desks as the API and the command line.

``register(app)`` is the door's one entry. A page's state is all in its URL; forms post and redirect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Add the pages, their words for templates and their answer to failures to the application."""
    from web.errors import ERROR_PAGE
    from web.pages.blueprint import assemble
    from web.pages.errors import error_page

    app.register_blueprint(assemble())
    app.extensions[ERROR_PAGE] = error_page
