"""The pages of change models: the list, and one with its form and its standing; the twin of the command."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.change import change_models
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import BackOut, ChangeType, Effect
from cmdb.model.change_model import ChangeModel, FailureLimit
from cmdb.people.persons import hands
from cmdb.records import Held
from cmdb.roles import may
from web.pages.blueprint import pages
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context

Answer = Response | tuple[str, int]
PAGE = 100
_TYPES = ((ChangeType.STANDARD.value, "Standard"), (ChangeType.NORMAL.value, "Normal"))
_EFFECTS = tuple((effect.value, effect.value.capitalize()) for effect in Effect)
_NUMBERS = {"offset": "Starts at minute", "minutes": "Minutes out", "window_minutes": "Window, minutes"}
_PLACES: dict[str, Place] = {
    "/id": ("id", "Id"),
    "/title": ("title", "Title"),
    "/type": ("type", "Type"),
    "/description": ("description", "When to use it"),
    "/offset": ("offset", "Starts at minute"),
    "/minutes": ("minutes", "Minutes out"),
    "/steps": ("steps", "Steps"),
    "/back_out": ("plan", "Back-out plan"),
    "/team": ("team", "Team"),
    "/window_minutes": ("window_minutes", "Window, minutes"),
    "/test_evidence": ("test_evidence", "Test evidence"),
    "/limit": ("failures", "Withdrawn at"),
    "/because": ("because", "Why"),
}


@pages.get("/change-models", endpoint="change_models")
def listing() -> str:
    """Show a page of the change models."""
    after = request.args.get("after") or None
    page = change_models.listing(context(), after=after, limit=PAGE)
    return render_template(
        "change/models.html",
        rows=[held.record for held in page.rows],
        next_url=url_for("pages.change_models", after=page.after) if page.after else None,
        first_url=url_for("pages.change_models") if after else None,
    )


@pages.get("/change-models/one", endpoint="change_model")
def show() -> str:
    """Show one model with its form, by ``?id=``; without an id the form of a new one."""
    named = request.args.get("id")
    if not named:
        context().allow("change_model:write")
        return _render(Form({"type": "standard", "effect": "config", "failures": "2", "of": "20"}), None)
    held = change_models.get(context(), named)
    return _render(Form(_values(held.record)), held)


@pages.post("/change-models", endpoint="save_change_model")
def save() -> Answer:
    """Draw a model up, or change the one whose version the form carries."""
    form = posted()
    version = seen_version(form) if form.value("version") else 0
    named = form.text("id")
    given = _given(form)
    try:
        if form.is_wrong:
            raise InvalidInput([], what=named)
        change_models.define(context(), named, expected_version=version, **given)
    except InvalidInput as wrong:
        form.take(wrong, _place)
        return _render(form, change_models.get(context(), named) if version else None), 422
    flash(f"{named} is proposed; somebody else approves it.")
    return redirect(url_for("pages.change_model", id=named), 303)


@pages.post("/change-models/approve", endpoint="approve_change_model")
def approve() -> Answer:
    """Approve a model that somebody else drew up."""
    form = posted()
    named = form.value("id")
    change_models.approve(context(), named, expected_version=seen_version(form))
    flash(f"You approved {named}.")
    return redirect(url_for("pages.change_model", id=named), 303)


@pages.post("/change-models/withdraw", endpoint="withdraw_change_model")
def withdraw() -> Answer:
    """Withdraw a model, and say why."""
    form = posted()
    named = form.value("id")
    try:
        change_models.withdraw(context(), named, because=form.text("because"), expected_version=seen_version(form))
    except InvalidInput as wrong:
        form.take(wrong, _place)
        held = change_models.get(context(), named)
        form.values = {**_values(held.record), **form.values}
        return _render(form, held), 422
    flash(f"You withdrew {named}.")
    return redirect(url_for("pages.change_model", id=named), 303)


def _render(form: Form, held: Held[ChangeModel] | None) -> str:
    model, actor = held.record if held else None, context().actor
    authority = may(actor, "change_model:approve")
    own = model is not None and not hands(context().store, actor.id).keys().isdisjoint(model.authors)
    return render_template(
        "change/model.html",
        form=form,
        model=model,
        version=held.version if held else None,
        standing=change_models.standing(context(), model) if model else None,
        type_choices=_TYPES,
        effect_choices=_EFFECTS,
        can_write=may(actor, "change_model:write"),
        can_approve=authority and not own and model is not None and model.state.value == "proposed",
        can_withdraw=authority and model is not None and model.state.value != "withdrawn",
    )


def _given(form: Form) -> dict[str, Any]:
    """Return the form as the desk takes it; a number that is none is kept as a fault of the form."""
    numbers: dict[str, int | None] = {}
    for name, label in {**_NUMBERS, "failures": "Withdrawn at", "of": "of the last"}.items():
        text = form.text(name)
        if text and not (text.isascii() and text.lstrip("-").isdigit() and len(text) < 8):
            form.fault(name, label, f"{text[:40]} is no whole number")
        else:
            numbers[name] = int(text) if text else None
    plan = form.text("plan")
    return {
        "title": form.text("title"),
        "change_type": ChangeType.NORMAL if form.value("type") == "normal" else ChangeType.STANDARD,
        "description": form.text("description"),
        "effect": Effect(form.value("effect")) if form.value("effect") in tuple(Effect) else Effect.CONFIG,
        "offset": numbers.get("offset") or 0,
        "minutes": numbers.get("minutes"),
        "steps": form.lines("steps"),
        "back_out": BackOut(plan) if plan else None,
        "team": form.text("team") or None,
        "window_minutes": numbers.get("window_minutes"),
        "test_evidence": form.text("test_evidence"),
        "limit": FailureLimit(numbers.get("failures") or 0, numbers.get("of") or 0),
    }


def _values(model: ChangeModel) -> dict[str, str]:
    return {
        "id": model.id,
        "title": model.title,
        "type": model.type.value,
        "description": model.description,
        "effect": model.effect.value,
        "offset": str(model.offset) if model.offset else "",
        "minutes": "" if model.minutes is None else str(model.minutes),
        "steps": "\n".join(model.steps),
        "plan": model.back_out.plan if model.back_out else "",
        "team": model.team or "",
        "window_minutes": "" if model.window_minutes is None else str(model.window_minutes),
        "test_evidence": model.test_evidence,
        "failures": str(model.limit.failures),
        "of": str(model.limit.of),
    }


def _place(problem: Problem) -> Place:
    pointer = problem.pointer or ""
    while pointer and pointer not in _PLACES:
        pointer = pointer.rpartition("/")[0]
    return _PLACES.get(pointer, ("", ""))
