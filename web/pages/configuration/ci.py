"""The CI page: attributes, what it would take down, its neighbours and its history, now or as of a revision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.history import history_of
from cmdb.configuration.search import get_ci
from cmdb.context import Context
from cmdb.errors import InvalidInput, NotFound
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.ci_class import Attribute, AttributeType
from web.as_of import revision_of
from web.pages.blueprint import pages
from web.pages.configuration.failing import failing
from web.pages.configuration.labels import class_icon, class_label, is_mono, value_text
from web.pages.configuration.neighbours import neighbours_of
from web.pages.configuration.provenance import known_of
from web.pages.naming import page_names
from web.pages.past import row_of_event
from web.request import context
from web.wording_change import moment_words

_HISTORY = 25


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """One attribute of the class with what the CI states; an attribute the class lost stands with its name."""

    name: str
    label: str
    value: str
    unit: str
    stated: bool
    missing: bool
    default: str | None
    mono: bool
    link: bool
    url: str


@pages.get("/ci", endpoint="ci")
def show() -> str | Response:
    """Show one CI; ``at`` in the address is a revision, a moment or a day. Before its first version it is shown now."""
    key, at_text = request.args.get("id", ""), request.args.get("at", "").strip()
    at, wrong = _as_of(at_text)
    try:
        held = get_ci(context(), key, at=at)
    except NotFound:
        if at is None or context().store.get(CIS, key) is None:
            raise
        flash(f"{key} was not registered yet as of {at_text}. This is how it is now.")
        return redirect(url_for("pages.ci", id=key), 303)
    ci, catalogue = held.record, catalogue_of(context(), at=at)
    past = history_of(context(), key, before=request.args.get("before", type=int), limit=_HISTORY, at=at)
    older = past[-1].version if past and past[-1].version > 1 else None
    attributes = attribute_lines(ci, catalogue)
    return render_template(
        "configuration/ci.html",
        ci=ci,
        version=held.version,
        revision=held.revision,
        past=_moment(context(), at),
        at_text=at_text,
        at_wrong=wrong,
        class_label=class_label(catalogue, ci.ci_class),
        class_icon=class_icon(catalogue, ci.ci_class),
        class_unavailability=catalogue.unavailability_of(ci.ci_class),
        class_mtbf=catalogue.mtbf_hours_of(ci.ci_class),
        attributes=attributes,
        known=known_of(context(), ci) if at is None else None,
        unstated=[row.label for row in attributes if not row.stated and not row.missing and row.default is None],
        called=page_names([key]).get(key, key),
        failing=failing(context(), key) if at is None and ci.status is not CIStatus.RETIRED else None,
        neighbours=neighbours_of(context(), ci, catalogue, at=at, every=request.args.get("all", "")),
        history=[row_of_event(each, _labels(catalogue, ci)) for each in past],
        history_next=url_for("pages.ci", id=key, at=at_text or None, before=older) + "#history" if older else None,
    )


def attribute_lines(ci: CI, catalogue: Catalogue) -> list[AttributeLine]:
    """Return the attributes of the class in its order, then those the CI has beside it."""
    known = catalogue.attributes_of(ci.ci_class)
    lines = [_line(each.name, each, ci) for each in known.values()]
    return lines + [_line(name, None, ci) for name in ci.attributes if name not in known]


def _line(name: str, attribute: Attribute | None, ci: CI) -> AttributeLine:
    stated = name in ci.attributes
    value = value_text(ci.attributes[name]) if stated else ""
    kind = attribute.type if attribute else None
    default = attribute.default if attribute else None
    return AttributeLine(
        name=name,
        label=(attribute.label if attribute else "") or name,
        value=value,
        unit=attribute.unit if attribute else "",
        stated=stated,
        missing=not stated and attribute is not None and attribute.required and default is None,
        default=None if default is None else value_text(default),
        mono=is_mono(attribute),
        link=stated and kind is AttributeType.REFERENCE,
        url=value if kind is AttributeType.URL and value.lower().startswith(("http://", "https://")) else "",
    )


def _as_of(text: str) -> tuple[int | None, str]:
    """Return the revision the address asks for, and what is wrong with it; then the page shows today's."""
    if not text:
        return None, ""
    try:
        return revision_of(context().store, text), ""
    except InvalidInput as wrong:
        return None, wrong.problems[0].message
    except NotFound as wrong:
        return None, str(wrong)


def _moment(acting: Context, at: int | None) -> str:
    """Return the revision in words, empty for now."""
    if at is None:
        return ""
    # Below the floor the feed is gone, while some revisions can still be read as of.
    for revision in acting.store.changes(at - 1, limit=1) if at > acting.store.floor() else ():
        return f"revision r{at}, {moment_words(revision.at)}"
    return f"revision r{at}"


def _labels(catalogue: Catalogue, ci: CI) -> Callable[[str], str]:
    known = catalogue.attributes_of(ci.ci_class)

    def label(place: str) -> str:
        name = place.removeprefix("attributes.")
        if name == place:
            return place.replace("_", " ")
        return known[name].label or name if name in known else name

    return label
