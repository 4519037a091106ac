"""Enter and change a source of discovery: a form from its connector's settings, every fault at its field."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.errors import InvalidInput
from cmdb.model.source import Source
from cmdb.records import Held
from discovery import registry, sources
from discovery.described import settings_of
from discovery.ports import Connector
from web.pages.blueprint import pages
from web.pages.discovery.setting_fields import fault_at, fields_of, settings_in, values_of, without_credentials
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context

Answer = Response | str | tuple[str, int]
_PLACES: dict[str, Place] = {
    "/id": ("id", "Name"),
    "/at_once": ("at_once", "Targets at one time"),
    "/requests_a_second": ("requests_a_second", "Requests a second"),
    "/schedule": ("schedule", "Schedule"),
    "/jitter": ("jitter", "Up to so many seconds later"),
}


@pages.get("/new-source", endpoint="new_source")
def new() -> str:
    """Show the connectors, or the form of the one that was chosen."""
    context().allow("source:define")
    name = request.args.get("connector", "")
    if not name:
        return render_template("discovery/connectors.html", connectors=registry.connectors().values())
    return _render(Form({"enabled": "yes"}), registry.connector_of(name), None)


@pages.post("/new-source", endpoint="save_new_source")
def save_new() -> Answer:
    """Enter the source, or show the form again with everything that is wrong."""
    context().allow("source:define")
    form = posted()
    connector = registry.connector_of(form.value("connector"))
    return _saved(form, connector, None, 0)


@pages.get("/sources/<id>/edit", endpoint="edit_source")
def edit(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show the form with what the source says."""
    context().allow("source:define")
    held = sources.get(context(), id)
    connector = registry.connector_of(held.record.connector)
    return _render(Form(_values(held.record, connector)), connector, held)


@pages.post("/sources/<id>/edit", endpoint="save_source")
def save(id: str) -> Answer:  # noqa: A002
    """Save the edit, or show the form again; what was not touched is kept as it is."""
    context().allow("source:define")
    form, held = posted(), sources.get(context(), id)
    return _saved(form, registry.connector_of(held.record.connector), held, seen_version(form))


def _without_a_field(source: Source) -> dict[str, Any]:
    """Return what a source says that the form does not ask for; it stays as it is."""
    return {
        "maintenance": source.maintenance,
        "maintenance_stops": source.maintenance_stops,
        "hook": source.hook,
    }


def _saved(form: Form, connector: Connector, held: Held[Source] | None, seen: int) -> Answer:
    known = settings_of(connector)
    settings = settings_in(form, known, held.record.settings if held else {})
    name = held.record.id if held else form.text("id")
    figures = _figures(form)
    problems, told = [], frozenset(form.errors)
    if told:
        # What can not be read keeps the desk from saving it, which then tells all that is wrong besides.
        figures["jitter"], told = -1, told | {"jitter"}
    try:
        sources.put(
            context(),
            name,
            connector.name,
            settings,
            **figures,
            schedule=form.text("schedule") or None,
            enabled=form.value("enabled") == "yes",
            **(_without_a_field(held.record) if held else {}),
            expected_version=seen,
        )
    except InvalidInput as wrong:
        problems = list(wrong.problems)
        for problem in problems:
            place, said = fault_at(problem, known) or (_PLACES.get(problem.pointer or "", ("", "")), problem.message)
            if place[0] not in told:
                form.fault(*place, said)
    if form.is_wrong:
        return _render(without_credentials(form, known, problems), connector, held, seen), 422
    flash(f"{name} is saved. Try a run to see what it would change; nothing is written then.")
    return redirect(url_for("pages.source", id=name), 303)


def _figures(form: Form) -> dict[str, Any]:
    """Return the figures of the form; a text that is no number is a fault at its field."""
    found: dict[str, Any] = {"jitter": 0}
    for name, kind, example in (("at_once", int, "4"), ("requests_a_second", float, "10"), ("jitter", int, "60")):
        text = form.text(name)
        if not text:
            continue
        try:
            found[name] = kind(text)
        except ValueError:
            form.fault(name, _PLACES[f"/{name}"][1], f"it is no number; {example} would be right")
    return found


def _values(source: Source, connector: Connector) -> dict[str, str]:
    figures = {name: getattr(source, name) for name in ("at_once", "requests_a_second", "schedule")}
    return {
        **values_of(settings_of(connector), source.settings),
        **{name: "" if value is None else str(value) for name, value in figures.items()},
        "jitter": str(source.jitter) if source.jitter else "",
        "enabled": "yes" if source.enabled else "no",
    }


def _render(form: Form, connector: Connector, held: Held[Source] | None, seen: int | None = None) -> str:
    shown = fields_of(settings_of(connector), held.record.settings if held else {})
    in_use = [
        each for each in shown if each.required or each.secret or form.value(each.name) or each.name in form.errors
    ]
    return render_template(
        "discovery/source_form.html",
        form=form,
        connector=connector,
        source=held.record if held else None,
        version=seen if seen is not None else held.version if held else None,
        shown=in_use,
        others=[each for each in shown if each not in in_use],
    )
