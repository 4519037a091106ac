"""The estate as a list: search by words, class and status, page after page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.classes import catalogue_of
from cmdb.errors import NotFound
from cmdb.model.ci import CI, CIStatus
from web.pages.blueprint import pages
from web.pages.configuration.finding import found
from web.pages.configuration.labels import class_choices, class_label, value_text
from web.request import context

PAGE = 50
_SHOWN = 3
_STATUSES = [
    ("", "whatever it is"),
    ("active", "in use"),
    ("proposed", "proposed"),
    ("missing", "missing"),
    ("retired", "retired"),
]


@dataclass(frozen=True, slots=True)
class Line:
    """One CI of the list, with its first attributes in words; ``more`` counts the others."""

    ci: CI
    class_label: str
    shown: str
    more: int


@pages.get("/estate", endpoint="estate")
def show() -> str:
    """Show a page of the CIs that are asked for."""
    words = request.args.get("q", "").strip()
    chosen = request.args.get("class", "")
    status = request.args.get("status", "")
    after = request.args.get("after") or None
    catalogue = catalogue_of(context())
    classes = catalogue.descendants(chosen)
    if chosen and not classes:
        raise NotFound(kind="CI class", ids=(chosen,))
    wanted = CIStatus(status) if status in tuple(CIStatus) else None
    page = found(context(), words=words, ci_class=chosen, classes=classes, status=wanted, after=after, limit=PAGE)
    asked: dict[str, Any] = {"q": words or None, "class": chosen or None, "status": status or None}
    return render_template(
        "configuration/estate.html",
        words=words,
        chosen_class=chosen,
        chosen_status=status,
        class_choices=class_choices(catalogue, keep=chosen, abstract=True),
        status_choices=_STATUSES,
        rows=[_line(ci, catalogue) for ci in page.rows],
        total=page.total,
        filtered=bool(words or chosen or status),
        next_url=url_for("pages.estate", **asked, after=page.after) if page.after else None,
        first_url=url_for("pages.estate", **asked) if after else None,
    )


def _line(ci: CI, catalogue: Catalogue) -> Line:
    known = catalogue.attributes_of(ci.ci_class)
    parts = [
        f"{known[name].label or name if name in known else name}: {value_text(value)}"
        for name, value in list(ci.attributes.items())[:_SHOWN]
    ]
    return Line(ci, class_label(catalogue, ci.ci_class), " · ".join(parts), max(0, len(ci.attributes) - _SHOWN))
