"""Edit and retire a CI: what was not touched is kept, a stale form is refused, a broken group asks for a decision."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.errors import GroupsWouldBreak
from cmdb.configuration.register import retire_ci, set_ci
from cmdb.configuration.search import get_ci
from cmdb.errors import IllegalMove, InvalidInput, Problem
from cmdb.model.ci import CI, CIStatus
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Equals
from cmdb.records import Held
from web.pages.blueprint import pages
from web.pages.configuration.attribute_form import attribute_at, attributes_of, fields_of, values_of
from web.pages.configuration.figures import FIGURE_LABELS, figure_values, figures_of
from web.pages.configuration.judged import faults_of
from web.pages.configuration.labels import class_label
from web.pages.configuration.register import class_figures
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context

Answer = Response | str | tuple[str, int]
_PLACES: dict[str, Place] = {
    "/name": ("name", "Name"),
    **{f"/{name}": (name, label) for name, label in FIGURE_LABELS.items()},
}


@pages.get("/ci/edit", endpoint="edit_ci")
def edit() -> str:
    """Show the form with what the CI says."""
    context().allow("ci:write")
    held = _living("edit")
    known = catalogue_of(context()).attributes_of(held.record.ci_class)
    values = {"name": held.record.name, **figure_values(held.record), **values_of(held.record.attributes, known)}
    return _render(Form(values), held.record, held.version)


@pages.post("/ci/edit", endpoint="save_ci")
def save() -> Answer:
    """Save the edit, or show the form again with everything that is wrong."""
    context().allow("ci:write")
    form, held = posted(), _living("edit")
    seen, ci = seen_version(form), held.record
    if seen != held.version:
        raise VersionConflict(kind="ci", key=ci.id, expected=seen, actual=held.version)
    stated = _stated(form, ci)
    wrong = faults_of(context(), [("", "item", {"id": ci.id, "class": ci.ci_class, **stated})])
    if wrong is not None:
        form.take(wrong, lambda problem: _place(form, problem))
    if form.is_wrong:
        return _render(form, ci, seen), 422
    try:
        set_ci(context(), ci.id, _changes(stated, ci), expected_version=seen)
    except InvalidInput as late:
        form.take(late, lambda problem: _place(form, problem))
        return _render(form, ci, seen), 422
    flash(f"{ci.id} is saved.")
    return redirect(url_for("pages.ci", id=ci.id), 303)


@pages.get("/ci/retire", endpoint="retire_ci")
def ask() -> str:
    """Ask once more before a CI is retired."""
    context().allow("ci:retire")
    held = _living("retire")
    return _render_retire(Form(), held.record, held.version)


@pages.post("/ci/retire", endpoint="retire_ci_post")
def retire() -> Answer:
    """Retire the CI; where groups would break, show which, and retire only when that was decided."""
    context().allow("ci:retire")
    form, ci = posted(), _living("retire").record
    seen = seen_version(form)
    decided = form.value("decided") == "yes"
    try:
        retire_ci(context(), [ci.id], expected_versions={ci.id: seen}, allow_broken_groups=decided)
    except GroupsWouldBreak as breaking:
        falling = [
            f"{group.name} of {group.item} would keep {group.members}, and needs {group.needs}"
            for group in breaking.groups
        ]
        form.fault("decided", "Decision", "decide about these groups, then it can be retired")
        return _render_retire(form, ci, seen, falling), 409
    flash(f"{ci.id} is retired. Its record and its history stay.")
    return redirect(url_for("pages.ci", id=ci.id), 303)


def _living(move: str) -> Held[CI]:
    held = get_ci(context(), request.args.get("id", ""))
    if held.record.status is CIStatus.RETIRED:
        raise IllegalMove(subject=held.record.id, move=move, because="ci.retired")
    return held


def _stated(form: Form, ci: CI) -> dict[str, Any]:
    known = catalogue_of(context()).attributes_of(ci.ci_class).values()
    if not form.text("name"):
        form.fault("name", "Name", "the name is missing; people find the CI by it")
    attributes = attributes_of(form, known, before=ci.attributes)
    return {
        "name": form.text("name"),
        **figures_of(form, before=ci),
        **({"attributes": attributes} if attributes else {}),
    }


def _changes(stated: dict[str, Any], ci: CI) -> dict[str, Any]:
    """Return what the edit changes; None takes a value away."""
    changes: dict[str, Any] = {} if stated["name"] == ci.name else {"name": stated["name"]}
    for figure in FIGURE_LABELS:
        if stated.get(figure) != getattr(ci, figure):
            changes[figure] = stated.get(figure)
    kept = stated.get("attributes", {})
    named = {name: kept.get(name) for name in {*kept, *ci.attributes} if kept.get(name) is not ci.attributes.get(name)}
    return changes | ({"attributes": {name: named[name] for name in sorted(named)}} if named else {})


def _place(form: Form, problem: Problem) -> Place | None:
    pointer = problem.pointer or ""
    found = attribute_at(pointer) or _PLACES.get(pointer, ("", ""))
    return None if found[0] in form.errors and found[0] else found


def _render(form: Form, ci: CI, version: int) -> str:
    catalogue = catalogue_of(context())
    shown, others = fields_of(catalogue, ci.ci_class, form, held=ci.attributes)
    return render_template(
        "configuration/edit.html",
        form=form,
        ci=ci,
        version=version,
        class_label=class_label(catalogue, ci.ci_class),
        shown=shown,
        others=others,
        **class_figures(catalogue, ci.ci_class),
    )


def _render_retire(form: Form, ci: CI, version: int, falling: list[str] | None = None) -> str:
    depended_on = context().store.count(RELATIONS, [Equals("target", ci.id)])
    return render_template(
        "configuration/retire.html", form=form, ci=ci, version=version, depended_on=depended_on, falling=falling or []
    )
