"""Classes and attributes that an input uses and the catalogue lacks, described from what the input holds of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cmdb.configuration.catalogue import ROOT, Catalogue, built_in
from cmdb.configuration.definitions import class_definition_problems
from cmdb.configuration.inference import Inferred, attribute_of, infer_type, widened
from cmdb.configuration.intake.gathered import Gathered, Place
from cmdb.configuration.intake.judging import Judge
from cmdb.context import Context
from cmdb.exchange.estate import Faults
from cmdb.model.ci_class import CI_CLASSES, CIClass
from cmdb.ports.store import Put
from cmdb.records import from_document, to_document


@dataclass(frozen=True, slots=True)
class Created:
    """
    The catalogue with what is new, how to write it, and the names of new classes and "class.attribute"s.

    ``refused`` are the classes that can not be as the input would have them; why is told.
    """

    catalogue: Catalogue
    puts: tuple[Put, ...] = ()
    classes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def create_classes(context: Context, catalogue: Catalogue, gathered: Gathered, faults: Faults) -> Created:
    """
    Return what has to be defined so that every item fits: unknown classes below the root, unknown attributes by value.

    An attribute gets the narrowest type that all its values in the input are right for. A name that no class or
    attribute may have is a fault at the first item that uses it.

    Raises:
        NotAllowed: something is missing and the actor may not define classes.
    """
    lacking, places = _lacking(catalogue, gathered)
    if not lacking:
        return Created(catalogue)
    context.allow("class:define")
    puts, classes, attributes, refused = [], [], [], []
    for name in sorted(lacking):
        new, version = _described(context, name)
        new = replace(
            new, attributes=(*new.attributes, *(attribute_of(a, t) for a, t in sorted(lacking[name].items())))
        )
        wrong = class_definition_problems(catalogue, new)
        judge = Judge(catalogue, faults)
        for problem in wrong:
            # The definition is not in the input, so its pointers say nothing there; the item's class is the place.
            judge.tell(replace(problem, pointer="/class"), places[name])
        if wrong:
            refused.append(name)
        else:
            if name not in catalogue.classes:
                classes.append(name)
            attributes += [f"{name}.{attribute}" for attribute in sorted(lacking[name])]
            puts.append(Put(CI_CLASSES, to_document(CI_CLASSES, new), version))
            catalogue = catalogue.with_([new])
    return Created(catalogue, tuple(puts), tuple(classes), tuple(attributes), tuple(refused))


def _lacking(catalogue: Catalogue, gathered: Gathered) -> tuple[dict[str, dict[str, Inferred]], dict[str, Place]]:
    lacking: dict[str, dict[str, Inferred]] = {}
    places: dict[str, Place] = {}
    for place, document, _ in gathered.rows["item"]:
        name = document.get("class")
        if name is None:
            continue
        known = catalogue.attributes_of(name)
        if name not in catalogue.classes:
            lacking.setdefault(name, {})
            places.setdefault(name, place)
        for attribute, value in (document.get("attributes") or {}).items():
            if attribute not in known and value is not None:
                found = lacking.setdefault(name, {})
                places.setdefault(name, place)
                inferred = infer_type(value)
                found[attribute] = widened(found[attribute], inferred) if attribute in found else inferred
    return lacking, places


def _described(context: Context, name: str) -> tuple[CIClass, int]:
    """Return the organisation's own record of the class, or the one it gets, and the version it has now."""
    stored = context.store.get(CI_CLASSES, name)
    if stored is not None:
        return from_document(CI_CLASSES, stored.document), stored.version
    if built_in().find_class(name) is not None:
        return CIClass(name, extends=True), 0
    return CIClass(name, parent=ROOT), 0
