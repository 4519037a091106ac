"""The CI classes as a tree, and each with all of its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.classes import catalogue_of, count_of
from cmdb.errors import NotFound
from cmdb.model.ci_class import Attribute, CIClass
from web.pages.blueprint import pages
from web.pages.configuration.labels import rules_text, type_text
from web.request import context

_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class, how deep below the root, how many attributes it has in all and how many CIs are of exactly it."""

    cls: CIClass
    depth: int
    attributes: int
    cis: int


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """One attribute of a class, its type and rules in words, and the class it comes from."""

    attribute: Attribute
    type: str
    rules: str
    origin: str


@pages.get("/classes", endpoint="classes")
def show_all() -> str:
    """Show every class below the one it inherits from."""
    catalogue = catalogue_of(context())
    return render_template("configuration/classes.html", rows=list(_tree(catalogue, None, 0)))


@pages.get("/classes/<name>", endpoint="ci_class")
def show(name: str) -> str:
    """Show one class."""
    catalogue = catalogue_of(context())
    found = catalogue.find_class(name)
    if found is None:
        raise NotFound(kind="CI class", ids=(name,))
    return render_template(
        "configuration/class.html",
        cls=found,
        lineage=tuple(reversed(catalogue.lineage(name)[1:])),
        unavailability=catalogue.unavailability_of(name),
        mtbf=catalogue.mtbf_hours_of(name),
        cis=sum(count_of(context(), each) for each in catalogue.descendants(name)),
        attributes=[
            AttributeLine(each, type_text(each), rules_text(each), _origin(catalogue, name, each.name))
            for each in catalogue.attributes_of(name).values()
        ],
    )


def _tree(catalogue: Catalogue, parent: str | None, depth: int) -> Iterator[ClassLine]:
    """Yield the classes below ``parent`` and all below them, by label."""
    below = [each for each in catalogue.classes.values() if each.parent == parent]
    for found in sorted(below, key=lambda each: (each.label.casefold() or each.name, each.name)):
        attributes = len(catalogue.attributes_of(found.name))
        yield ClassLine(found, min(depth, _DEEPEST), attributes, count_of(context(), found.name))
        yield from _tree(catalogue, found.name, depth + 1)


def _origin(catalogue: Catalogue, name: str, attribute: str) -> str:
    """Return the topmost class that declares the attribute."""
    holding = [
        each for each in catalogue.lineage(name) if any(a.name == attribute for a in catalogue.classes[each].attributes)
    ]
    return holding[-1] if holding else name
