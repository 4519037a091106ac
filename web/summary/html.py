"""The one page as HTML that stands by itself: its style is in it, and printed it is one A4."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from web.summary.blocks import Page, Place, Shown, Style
from web.summary.fitting import colon_of, flow_of, left_words

if TYPE_CHECKING:
    from jinja2 import Environment

_WEB = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Frame:
    """
    What a door of pages puts around the page on a screen, and never on paper.

    ``links`` are words and addresses, ``skip`` the words of the link past them, ``stylesheets`` the addresses of the
    style sheets: such a page loads them instead of having them in itself.
    """

    links: tuple[tuple[str, str], ...]
    skip: str
    stylesheets: tuple[str, ...]


STYLESHEETS = ("tokens.css", "summary.css")


def html_of(page: Page, shown: Shown, *, style: str | None = None, frame: Frame | None = None) -> str:
    """Return the page with so many entries of each list; ``style`` is another style sheet than that of the page."""
    return (
        _environment()
        .get_template("change/summary.html")
        .render(
            page=page,
            shown=shown,
            style=page_style() if style is None else style,
            frame=frame,
            colon=colon_of(page.language),
            left=lambda listing: left_words(page, listing, shown[listing.name]),
            flow=lambda listing: flow_of(page, listing, shown[listing.name]),
            places=Place,
            styles=Style,
        )
    )


@cache
def page_style() -> str:
    """Return the style sheet of the page."""
    return "".join((_WEB / "static" / name).read_text(encoding="utf-8") for name in STYLESHEETS)


@cache
def policy() -> str:
    """Return the content security policy the page is sent with: nothing is loaded, and its own style holds."""
    digest = base64.b64encode(hashlib.sha256(page_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
