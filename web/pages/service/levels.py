"""Service levels, calendars of service hours and the scale of losses: a page of all, and a form for a level."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.errors import InvalidInput, NotFound, Problem
from cmdb.model.kind import Kind
from cmdb.model.loss_scale import LossScale
from cmdb.model.service_hours import SERVICE_HOURS
from cmdb.model.service_level import SERVICE_LEVELS, ServiceLevel
from cmdb.model.sla import Period
from cmdb.records import Held, to_json
from cmdb.service import hours, loss_scales, service_levels
from web.pages.blueprint import pages
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context
from web.wording_hours import weekly_words
from web.wording_levels import level_lines, scale_lines

PAGE = 100
_SCALE = Kind(LossScale, name="scale")
_LABELS = {
    "service": "Service",
    "availability": "Availability",
    "zone": "Zone",
    "hours": "Service hours",
    "maintenance_minutes": "Agreed maintenance",
    "longest_interruption": "Longest interruption",
    "amount": "What being down costs",
    "per": "Per",
    "currency": "Currency",
}


@pages.get("/service-levels", endpoint="service_levels")
def listing() -> str:
    """Show a page of the levels that were agreed, the calendars, and the scale of losses in force."""
    after, after_hours = request.args.get("after") or None, request.args.get("after_hours") or None
    levels = service_levels.listing(context(), after=after, limit=PAGE)
    calendars = hours.listing(context(), after=after_hours, limit=PAGE)
    version, scale = loss_scales.in_force(context())
    shown = [(held.record.service, level_lines(to_json(SERVICE_LEVELS, held.record))) for held in levels.rows]
    documents = [to_json(SERVICE_HOURS, held.record) for held in calendars.rows]
    return render_template(
        "service/levels.html",
        levels=shown,
        levels_next=url_for("pages.service_levels", after=levels.after) if levels.after else None,
        calendars=[(each, weekly_words(each["weekly"])) for each in documents],
        calendars_next=url_for("pages.service_levels", after_hours=calendars.after) if calendars.after else None,
        scale_version=version,
        scale=scale_lines(to_json(_SCALE, scale)),
    )


@pages.get("/service-level", endpoint="service_level")
def edit() -> str:
    """Show the form of the level of a service, with what was agreed."""
    service = request.args.get("service", "")
    held = _held(service)
    form = Form(_values(held.record) if held else {"service": service, "period": "month", "zone": "UTC", "per": "hour"})
    return _form(form, held.version if held else 0)


@pages.post("/service-level", endpoint="save_service_level")
def save() -> Response | tuple[str, int]:
    """Set the level of a service; what is wrong comes back with everything that was typed."""
    form = posted()
    version, service = seen_version(form), form.text("service")
    numbers = {name: _whole(form.text(name)) for name in ("maintenance_minutes", "longest_interruption")}
    numbers["maintenance_minutes"] = 0 if not form.text("maintenance_minutes") else numbers["maintenance_minutes"]
    money = {name: form.text(name) for name in ("amount", "per", "currency")}
    try:
        service_levels.set_level(
            context(),
            service,
            availability=_decimal(form.text("availability")),
            period=Period(form.value("period")) if form.value("period") in tuple(Period) else Period.MONTH,
            zone=form.text("zone") or "UTC",
            hours=form.text("hours") or None,
            rate=money if money["amount"] or money["currency"] else None,
            expected_version=version,
            **numbers,
        )
    except InvalidInput as wrong:
        form.take(wrong, _place_of)
        return _form(form, version), 422
    flash(f"The level of {service} is set.")
    return redirect(url_for("pages.service_levels"), 303)


def _form(form: Form, version: int) -> str:
    calendars = [("", "around the clock")]
    calendars += [(held.record.id, held.record.id) for held in hours.listing(context(), limit=1000).rows]
    return render_template("service/level_form.html", form=form, version=version, calendars=calendars)


def _held(service: str) -> Held[ServiceLevel] | None:
    try:
        return service_levels.get(context(), service) if service else None
    except NotFound:
        return None


def _values(level: ServiceLevel) -> dict[str, str]:
    rate, longest = level.rate, level.longest_interruption
    return {
        "service": level.service,
        "availability": f"{level.availability:g}",
        "period": level.period.value,
        "zone": level.zone,
        "hours": level.hours or "",
        "maintenance_minutes": str(level.maintenance_minutes),
        "longest_interruption": "" if longest is None else str(longest),
        "amount": str(rate.amount) if rate else "",
        "per": rate.per.value if rate else "hour",
        "currency": rate.currency if rate else "",
    }


def _whole(text: str) -> Any:
    """Return the number that was typed, the text itself where it is none: the desk says what is wrong with it."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _decimal(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _place_of(problem: Problem) -> Place:
    name = (problem.pointer or "").rpartition("/")[2]
    return (name, _LABELS[name]) if name in _LABELS else ("", "This level")
