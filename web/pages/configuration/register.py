"""Register a CI on one form: what it is, what it is connected to and how each connection counts."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.register import add_ci
from cmdb.errors import InvalidInput, Problem
from cmdb.model.ci import CIS
from web.pages.blueprint import pages
from web.pages.configuration.attribute_form import attribute_at, attributes_of, fields_of
from web.pages.configuration.connections import COUNTS, Connections, connections_of, type_choices
from web.pages.configuration.connections import place_of as connection_at
from web.pages.configuration.figures import FIGURE_LABELS, figures_of
from web.pages.configuration.judged import faults_of
from web.pages.configuration.labels import class_choices, class_label
from web.pages.forms import Form, Place, posted, rows_in
from web.request import context

_PLACES: dict[str, Place] = {
    "/id": ("id", "Id"),
    "/name": ("name", "Name"),
    "/class": ("class", "Class"),
    **{f"/{name}": (name, label) for name, label in FIGURE_LABELS.items()},
}


@pages.get("/register", endpoint="register")
def empty() -> str:
    """Show the choice of a class, or with ``class`` in the address the form it asks for."""
    context().allow("ci:write")
    form = Form({"class": request.args.get("class", ""), "name": request.args.get("name", "")})
    form.rows = rows_in({}, "c", least=1)
    return _render(form)


@pages.post("/register", endpoint="register_post")
def register() -> Response | str | tuple[str, int]:
    """Register the CI with its connections as one revision, or show the form again with everything that is wrong."""
    context().allow("ci:write")
    form = posted()
    form.rows = rows_in(form.values, "c", least=1, more=int(form.value("do") == "more"))
    if form.value("do") in ("more", "reload"):
        return _render(form)
    item, connections = _stated(form)
    wrong = faults_of(context(), _records(item, connections))
    if wrong is not None:
        form.take(wrong, lambda problem: _place(form, connections, problem))
    if not form.is_wrong:
        _write(form, item, connections)
    if form.is_wrong:
        return _render(form), 422
    count = len(connections.relations)
    told = f", with {count} connection{'s' if count != 1 else ''}" if count else ""
    flash(f"{item['id']} is registered{told}.")
    return redirect(url_for("pages.ci", id=item["id"]), 303)


def _stated(form: Form) -> tuple[dict[str, Any], Connections]:
    """Return what the form states, as records of the estate format."""
    ci_class, name = form.value("class"), form.text("name")
    known = catalogue_of(context()).attributes_of(ci_class).values()
    item: dict[str, Any] = {"id": form.text("id") or suggested_id(name), "class": ci_class, "name": name}
    item |= figures_of(form)
    attributes = attributes_of(form, known)
    if attributes:
        item["attributes"] = attributes
    if not name:
        form.fault("name", "Name", "the name is missing; people find the CI by it")
    if item["id"] and context().store.get(CIS, item["id"]) is not None:
        form.fault("id", "Id", f"{item['id']} is there already; an id is given once and kept for ever")
    return item, connections_of(form, item["id"])


def _records(item: dict[str, Any], connections: Connections) -> list[tuple[str, str, dict[str, Any]]]:
    groups = [(f"/groups/{n}", "group", each) for n, each in enumerate(connections.groups)]
    relations = [(f"/relations/{n}", "relation", each) for n, each in enumerate(connections.relations)]
    return [("", "item", item), *groups, *relations]


def _write(form: Form, item: dict[str, Any], connections: Connections) -> None:
    """Hand it to the desk, which judges it once more; somebody may have taken the id meanwhile."""
    stated = {"ci_class" if name == "class" else name: value for name, value in item.items()}
    try:
        add_ci(context(), **stated, relations=connections.relations, groups=connections.groups)
    except InvalidInput as wrong:
        form.take(wrong, lambda problem: _place(form, connections, problem))


def _place(form: Form, connections: Connections, problem: Problem) -> Place | None:
    """Return the field of a fault; None for what the form has told in its own words."""
    pointer = problem.pointer or ""
    found = attribute_at(pointer) or connection_at(pointer, connections, form) or _PLACES.get(pointer)
    if found is None:
        return ("id", "Id") if not form.text("name") and not form.text("id") else ("", "")
    return None if found[0] in form.errors else found


def suggested_id(name: str) -> str:
    """Return an id made from a name that is still free, empty for an empty name."""
    slug = re.sub(r"[^\w.:@+-]+", "-", name.casefold()).strip("-.")
    number, free = 1, slug
    while slug and context().store.get(CIS, free) is not None:
        number += 1
        free = f"{slug}-{number}"
    return free


def _render(form: Form) -> str:
    catalogue = catalogue_of(context())
    chosen = form.value("class")
    found = catalogue.find_class(chosen)
    shown, others = fields_of(catalogue, chosen, form)
    return render_template(
        "configuration/register.html",
        form=form,
        chosen=chosen if found else "",
        class_choices=class_choices(catalogue),
        class_label=class_label(catalogue, chosen),
        description=found.description if found else "",
        suggested=suggested_id(form.text("name")),
        shown=shown,
        others=others,
        type_choices=type_choices(catalogue),
        counts_choices=COUNTS,
        **class_figures(catalogue, chosen),
    )


def class_figures(catalogue: Catalogue, name: str) -> dict[str, float | None]:
    """Return what the class says about how often its CIs fail, for the hints of the form."""
    return {"class_unavailability": catalogue.unavailability_of(name), "class_mtbf": catalogue.mtbf_hours_of(name)}
