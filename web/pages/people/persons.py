"""The page of persons: who there is, with a form to record or change one; the twin of the command."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.errors import InvalidInput, Problem
from cmdb.model.person import Person
from cmdb.people import persons
from cmdb.roles import Role
from web.pages.blueprint import pages
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context

Answer = Response | tuple[str, int]
PAGE = 100
_LISTS = ("roles", "accounts", "delegate_of", "owner_groups")
_LABELS = {
    "id": "Id",
    "name": "Name or title",
    "roles": "Roles",
    "accounts": "Further accounts",
    "delegate_of": "Delegate of",
    "owner_groups": "Owner groups",
}


@pages.get("/persons", endpoint="persons")
def listing() -> str:
    """Show a page of the persons."""
    return _render(Form())


@pages.get("/persons/edit", endpoint="edit_person")
def edit() -> str:
    """Show the form of one person, by ``?id=``."""
    held = persons.get(context(), request.args.get("id", ""))
    return _render(Form(_values(held.record)), edited=held.record, version=held.version)


@pages.post("/persons", endpoint="save_person")
def save() -> Answer:
    """Record a person, or change the one whose version the form carries; every fault comes back at its field."""
    form = posted()
    given: dict[str, Any] = {name: _listed(form.text(name)) for name in _LISTS}
    try:
        if form.value("version"):
            active = form.value("active") != "no"
            version, person = seen_version(form), form.value("id")
            persons.edit(context(), person, name=form.text("name"), active=active, expected_version=version, **given)
        else:
            person = persons.add(context(), form.text("id"), name=form.text("name"), **given).record.id
    except InvalidInput as wrong:
        form.take(wrong, _place)
        edited = persons.get(context(), form.value("id")).record if form.value("version") else None
        return _render(form, edited=edited, version=form.value("version") or None), 422
    flash(f"{person} is recorded.")
    return redirect(url_for("pages.persons"), 303)


def _render(form: Form, *, edited: Person | None = None, version: int | str | None = None) -> str:
    after = request.args.get("after") or None
    page = persons.listing(context(), after=after, limit=PAGE)
    return render_template(
        "people/persons.html",
        rows=[held.record for held in page.rows],
        form=form,
        edited=edited,
        version=version,
        roles=", ".join(role.value for role in Role),
        states=(("yes", "Yes"), ("no", "No: may do nothing")),
        next_url=url_for("pages.persons", after=page.after) if page.after else None,
        first_url=url_for("pages.persons") if after else None,
    )


def _values(person: Person) -> dict[str, str]:
    lists = {name: ", ".join(getattr(person, name)) for name in _LISTS}
    return {"id": person.id, "name": person.name, "active": "yes" if person.active else "no", **lists}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _place(problem: Problem) -> Place:
    name = (problem.pointer or "").strip("/").partition("/")[0]
    return (name, _LABELS[name]) if name in _LABELS else ("", "")
