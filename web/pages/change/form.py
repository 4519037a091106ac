"""The form of a change: new and edit, every fault at its field, all of them at once, nothing typed ever lost."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.change import change_models, changes
from cmdb.errors import InvalidInput
from cmdb.model.change import Change, ChangeState, ChangeType, Effect
from cmdb.records import Held
from web.pages.blueprint import pages
from web.pages.change.given import given_of, model_values, place_of, values_of
from web.pages.forms import Form, posted, rows_in, seen_version
from web.request import context

_ROWS_MORE = 3
_ZONES = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Shanghai",
          "Asia/Tokyo", "Asia/Kolkata", "Australia/Sydney")  # fmt: skip
_TYPES = [
    (ChangeType.NORMAL.value, "Normal: to be judged"),
    (ChangeType.STANDARD.value, "Standard: of an agreed kind"),
    (ChangeType.EMERGENCY.value, "Emergency: the board looks at once"),
]
_EFFECTS = [
    (Effect.DOWN.value, "Goes down"),
    (Effect.RESTART.value, "Restarts"),
    (Effect.CONFIG.value, "Stays in service (config)"),
    (Effect.RETIRE.value, "Is retired, for good"),
    (Effect.ADD.value, "Is added: does not exist yet"),
    (Effect.REWIRE.value, "Is rewired: needs something else"),
]
Answer = Response | str | tuple[str, int]


@pages.get("/changes/new", endpoint="new_change")
def new() -> str:
    """Show the empty form; ``ci`` in the address, once or more, names targets."""
    context().allow("change:raise")
    values = {"zone": "UTC", "type": ChangeType.NORMAL.value}
    if request.args.get("model"):
        values |= model_values(change_models.get(context(), request.args["model"]).record)
    for number, ci in enumerate(request.args.getlist("ci")):
        values[f"t{number}.ci"] = ci
    return _render(Form(values, rows_in(values, "t", least=1)), None)


@pages.post("/changes/new", endpoint="raise_change")
def raise_change() -> Answer:
    """Raise the change, or show the form again."""
    context().allow("change:raise")
    form = _posted()
    if form.value("do") == "more":
        return _render(form, None)
    given = given_of(form)
    if (held := _tried(form, lambda: changes.new(context(), **given))) is None:
        return _render(form, None), 422
    return _saved(form, held, f"{held.record.id} is a draft.")


@pages.get("/changes/<id>/edit", endpoint="edit_change")
def edit(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show the form with what the change says."""
    context().allow("change:edit")
    held = changes.get(context(), id)
    values = values_of(held.record)
    return _render(Form(values, rows_in(values, "t", least=1)), held)


@pages.post("/changes/<id>/edit", endpoint="save_change")
def save(id: str) -> Answer:  # noqa: A002
    """Save the edit, or show the form again; what was not touched is kept as it is, to the second and the byte."""
    context().allow("change:edit")
    form, held = _posted(), changes.get(context(), id)
    if form.value("do") == "more":
        return _render(form, held)
    seen = seen_version(form)
    before = held.record
    given = given_of(form, before=before)
    if (saved := _tried(form, lambda: changes.edit(context(), id, expected_version=seen, **given))) is None:
        return _render(form, held, seen), 422
    return _saved(form, saved, _told(before, saved.record))


def render_faults(held: Held[Change], wrong: InvalidInput) -> str:
    """Return the edit form of a change with the faults that kept it from being submitted."""
    values = values_of(held.record)
    form = Form(values, rows_in(values, "t", least=1))
    form.take(wrong, lambda problem: place_of(form, problem))
    return _render(form, held)


def _posted() -> Form:
    form = posted()
    form.rows = rows_in(form.values, "t", least=1, more=_ROWS_MORE if form.value("do") == "more" else 0)
    return form


def _tried(form: Form, write) -> Held[Change] | None:  # type: ignore[no-untyped-def]
    """Write, or keep what was wrong in the form."""
    try:
        return write()  # type: ignore[no-any-return]
    except InvalidInput as wrong:
        form.take(wrong, lambda problem: place_of(form, problem))
        return None


def _saved(form: Form, held: Held[Change], said: str) -> Answer:
    change = held.record
    if form.value("do") == "submit" and change.state is ChangeState.DRAFT:
        try:
            changes.submit(context(), change.id, expected_version=held.version)
        except InvalidInput as wrong:
            flash(f"{said} It could not be submitted yet.")
            return render_faults(held, wrong), 422
        said = f"{change.id} is submitted. Assess it to see what it does."
    flash(said)
    return redirect(url_for("pages.change", id=change.id), 303)


def _told(before: Change, after: Change) -> str:
    if before == after:
        return "Nothing was changed, so nothing was written."
    if after.revision != before.revision:
        return f"{after.id} is now at revision {after.revision}; decisions on earlier revisions are void."
    return f"{after.id} is saved."


def _render(form: Form, held: Held[Change] | None, seen: int | None = None) -> str:
    change = held.record if held else None
    return render_template(
        "change/form.html",
        form=form,
        change=change,
        version=seen if seen is not None else held.version if held else None,
        heading=f"Edit {change.id}" if change else "Raise a change",
        action=url_for("pages.edit_change", id=change.id) if change else url_for("pages.new_change"),
        type_choices=_TYPES,
        effect_choices=_EFFECTS,
        zones=_ZONES,
        can_submit=change is None or change.state in (ChangeState.DRAFT, ChangeState.REJECTED),
    )
