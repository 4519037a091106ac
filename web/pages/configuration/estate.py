"""The estate as a list: search by words, class and status, page after page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from cmdb.configuration.catalogue import ROOT, Catalogue
from cmdb.configuration.classes import catalogue_of
from cmdb.model.ci import CI, CIS
from cmdb.ports.store import Equals, Filter, OneOf, Page
from cmdb.records import from_document
from web.pages.blueprint import pages
from web.request import context

PAGE = 50
_SHOWN = 3
_STATUSES = [("", "in use or retired"), ("active", "in use"), ("retired", "retired")]


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
    context().allow("ci:read")
    words = request.args.get("q", "").strip()
    chosen = request.args.get("class", "")
    status = request.args.get("status", "")
    after = request.args.get("after") or None
    catalogue = catalogue_of(context())
    page, total = _found(words, catalogue.descendants(chosen) if chosen else (), chosen, status, after)
    asked = {"q": words or None, "class": chosen or None, "status": status or None}
    return render_template(
        "configuration/estate.html",
        words=words,
        chosen_class=chosen,
        chosen_status=status,
        class_choices=class_choices(catalogue, keep=chosen),
        status_choices=_STATUSES,
        rows=[_line(from_document(CIS, stored.document), catalogue) for stored in page.rows],
        total=total,
        filtered=bool(words or chosen or status),
        next_url=url_for("pages.estate", **asked, after=page.after) if page.after else None,
        first_url=url_for("pages.estate", **asked) if after else None,
    )
