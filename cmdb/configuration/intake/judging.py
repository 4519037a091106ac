"""Whether the records of an input fit the catalogue: classes, attributes, references, and the ends of relations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cmdb.configuration.admission import class_problems, relation_problems
from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.claims import claims_of, references_of
from cmdb.errors import Problem
from cmdb.exchange.estate import Faults
from cmdb.model.ci import CI
from cmdb.model.ci_class import AttributeType
from cmdb.model.kind import Document

Place = int | str


class Judge:
    """
    Judges the records of one input by one catalogue and keeps every fault at its place.

    ``refused`` are classes that can not be as the input would have them; it was told so already.
    """

    def __init__(self, catalogue: Catalogue, faults: Faults, *, refused: Iterable[str] = ()) -> None:
        self.catalogue = catalogue
        self._faults = faults
        self._refused = frozenset(refused)
        self._classes: dict[str, list[Problem]] = {}
        self._specials: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._types: dict[tuple[str, str, str], list[Problem]] = {}

    def item(self, place: Place, document: Document, *, sound: bool, standing: Document | None) -> None:
        """Judge an item's class and attributes; of a record that is not sound, what the reader has not told already."""
        ci_class = document.get("class")
        if ci_class is None:
            return
        found = self._classes.get(ci_class)
        if found is None:
            wrong = () if ci_class in self._refused else class_problems(self.catalogue, ci_class)
            found = self._classes[ci_class] = list(wrong)
        for problem in found:
            # A retired class goes on holding the CIs it has.
            if problem.code != "class.retired" or standing is None or standing.get("class") != ci_class:
                self.tell(problem, place)
        attributes = document.get("attributes", {})
        if attributes is None or ci_class not in self.catalogue.classes:
            return
        for problem in problems_of(self.catalogue, ci_class, attributes):
            # What an unsound record lacks may be in the store, with which it was not merged.
            lacking = problem.code == "attribute.missing" and standing is not None
            faulty = attributes.get(problem.facts["name"], "") is None
            unmade = problem.code == "attribute.unknown" and ci_class in self._refused
            if not unmade and (sound or not (lacking or faulty)):
                self.tell(problem, place)

    def relation(self, place: Place, kind: str, source_class: str, target_class: str, *, is_new: bool) -> None:
        """Judge whether a relation of this type may join the two classes."""
        ends = (kind, source_class, target_class)
        found = self._types.get(ends)
        if found is None:
            found = self._types[ends] = relation_problems(self.catalogue, *ends)
        for problem in found:
            end = {"relation_type.source": source_class, "relation_type.target": target_class}.get(problem.code)
            # A class that is not known was told with its item; that no relation may join it follows from that.
            if end is not None and end not in self.catalogue.classes:
                continue
            if problem.code != "relation_type.retired" or is_new:
                self.tell(problem, place)

    def references(self, document: Document) -> Iterable[tuple[str, str, str]]:
        """Return (pointer, id, class) for every CI that the attributes of an item refer to."""
        referring = self._special(document.get("class", ""))[0]
        if referring.isdisjoint(document.get("attributes", ())):
            return ()
        return references_of(self.catalogue, as_ci(document))

    def claims(self, document: Document) -> tuple[str, ...]:
        """Return what a CI's document claims for itself alone."""
        unique = self._special(document["class"])[1]
        if unique.isdisjoint(document.get("attributes", ())):
            return ()
        return claims_of(self.catalogue, as_ci(document))

    def _special(self, ci_class: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the names of the class's attributes that refer to CIs, and of those that are unique."""
        found = self._specials.get(ci_class)
        if found is None:
            attributes = self.catalogue.attributes_of(ci_class).values()
            referring = frozenset(each.name for each in attributes if each.entry_type is AttributeType.REFERENCE)
            unique = frozenset(each.name for each, _ in self.catalogue.unique_attributes(ci_class))
            found = self._specials[ci_class] = referring, unique
        return found

    def tell(self, problem: Problem, place: Place) -> None:
        """Keep a fault of the catalogue, which points from the record down, at the place of its record."""
        pointed: dict[str, Any] = (
            {"line": place, "pointer": None}
            if isinstance(place, int)
            else {"pointer": f"{place}{problem.pointer or ''}"}
        )
        self._faults.keep(replace(problem, **pointed))


def judgeable(document: Document) -> Document | None:
    """Return what can be judged of an item that is not sound: it without its faulty attributes; None of no class."""
    if "class" not in document:
        return None
    attributes = {name: value for name, value in (document.get("attributes") or {}).items() if value is not None}
    return {**document, "attributes": attributes}


def as_ci(document: Document) -> CI:
    """Return as much of a CI as its claims and references are made of."""
    from cmdb.model.ci import CIStatus

    status = CIStatus(document.get("status", "active"))
    return CI(
        document["id"], document["class"], document.get("name", ""), document.get("attributes", {}), status=status
    )
