"""One calendar of service hours: what it says, what its years mean, and the form that defines it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.errors import InvalidInput, NotFound, Problem
from cmdb.model.service_hours import DAYS, SERVICE_HOURS, ServiceHours
from cmdb.records import Held, to_json
from cmdb.service import hours
from web.pages.blueprint import pages
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context
from web.wording_hours import hours_lines, opened_texts, weekly_texts, year_rows

_LISTS = ("weekly", "holidays", "closed", "opened")
_LABELS = {
    "id": "Name",
    "zone": "Zone",
    "weekly": "Weekly hours",
    "holidays": "Public holidays",
    "closed": "Closed days",
    "opened": "Days with hours of their own",
    "worked_like": "Worked weekends like",
}


@pages.get("/service-hours/<id>", endpoint="service_hours")
def show(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show a calendar and the years it was expanded for."""
    held = hours.get(context(), id)
    return render_template(
        "service/hours.html",
        calendar=held.record,
        lines=hours_lines(to_json(SERVICE_HOURS, held.record)),
        years=year_rows(hours.years_of(context(), id)),
    )


@pages.get("/define-service-hours", endpoint="define_service_hours")
def edit() -> str:
    """Show the form of a calendar, with what it says."""
    held = _held(request.args.get("id", ""))
    empty = {"zone": "UTC", "weekly": "mon-fri 08:00-18:00", "worked_like": DAYS[0]}
    return _form(Form(_values(held.record) if held else empty), held.version if held else 0)


@pages.post("/define-service-hours", endpoint="save_service_hours")
def save() -> Response | tuple[str, int]:
    """Define a calendar; what is wrong comes back with everything that was typed."""
    form = posted()
    version, name = seen_version(form), form.text("id")
    given = {each: form.lines(each) for each in _LISTS}
    try:
        hours.define(
            context(),
            name,
            zone=form.text("zone"),
            worked_like=form.text("worked_like"),
            expected_version=version,
            **given,
        )
    except InvalidInput as wrong:
        form.take(wrong, _place_of)
        return _form(form, version), 422
    flash(f"{name} is defined.")
    return redirect(url_for("pages.service_hours", id=name), 303)


def _form(form: Form, version: int) -> str:
    return render_template("service/hours_form.html", form=form, version=version, days=[(day, day) for day in DAYS])


def _held(name: str) -> Held[ServiceHours] | None:
    try:
        return hours.get(context(), name) if name else None
    except NotFound:
        return None


def _values(calendar: ServiceHours) -> dict[str, str]:
    document = to_json(SERVICE_HOURS, calendar)
    texts = {
        "weekly": weekly_texts(document["weekly"]),
        "holidays": document["holidays"],
        "closed": document["closed"],
        "opened": opened_texts(document["opened"]),
    }
    lines = {name: "\n".join(each) for name, each in texts.items()}
    return {"id": calendar.id, "zone": calendar.zone, "worked_like": calendar.worked_like, **lines}


def _place_of(problem: Problem) -> Place:
    name = (problem.pointer or "").split("/")[1:2]
    return (name[0], _LABELS[name[0]]) if name and name[0] in _LABELS else ("", "This calendar")
