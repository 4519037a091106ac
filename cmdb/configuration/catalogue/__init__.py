"""
The catalogue: every class and relation type there is, as one immutable value.

The built-in ones are described data in the files of this folder, a file per family; an organisation's own come as
records on top (:meth:`Catalogue.with_`). A class is one entry in the file of its family, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from cmdb.model.ci_class import Attribute, CIClass
from cmdb.model.relation_type import RelationType

ROOT = "ci"
SERVICE = "service"
NO_CLASS: Mapping[str, Attribute] = MappingProxyType({})


class Catalogue:
    """
    The classes and relation types of one moment.

    Compared by identity. Names that are not there are answered by None, False or emptiness, never by an error; what is
    wrong with a class itself is told by :mod:`cmdb.configuration.definitions`. Answers are remembered, as the same
    few classes are asked for with every CI.
    """

    __slots__ = ("_allowed", "_attributes", "_below", "_lineages", "_unique", "classes", "relation_types")

    def __init__(self, classes: Mapping[str, CIClass], relation_types: Mapping[str, RelationType]) -> None:
        self.classes: Mapping[str, CIClass] = MappingProxyType(dict(classes))
        self.relation_types: Mapping[str, RelationType] = MappingProxyType(dict(relation_types))
        self._lineages: dict[str, tuple[str, ...]] = {}
        self._attributes: dict[str, Mapping[str, Attribute]] = {}
        self._unique: dict[str, tuple[tuple[Attribute, str], ...]] = {}
        self._below: dict[str, tuple[str, ...]] = {}
        self._allowed: dict[tuple[str, str, str], bool] = {}

    def with_(self, classes: Iterable[CIClass] = (), relation_types: Iterable[RelationType] = ()) -> Catalogue:
        """
        Return this catalogue with ``classes`` and ``relation_types`` on top.

        A class that ``extends`` adds to the one of its name; any other stands in place of one of the same name, as does
        a relation type. So what an organisation recorded holds, whatever later editions build in.
        """
        merged = dict(self.classes)
        for new in sorted(classes, key=lambda new: new.extends):
            known = merged.get(new.name)
            merged[new.name] = _extended(known, new) if known is not None and new.extends else new
        return Catalogue(merged, {**self.relation_types, **{new.name: new for new in relation_types}})

    # classes ---------------------------------------------------------------------------------------------------------
    def find_class(self, name: str) -> CIClass | None:
        """Return the class with its own attributes (those of its extension included), or None."""
        return self.classes.get(name)

    def lineage(self, name: str) -> tuple[str, ...]:
        """Return the class and its ancestors, nearest first; empty for an unknown one. It ends at a cycle."""
        known = self._lineages.get(name)
        if known is not None:
            return known
        line: list[str] = []
        at: str | None = name
        while at is not None and at in self.classes and at not in line:
            line.append(at)
            at = self.classes[at].parent
        if line:
            self._lineages[name] = tuple(line)
        return tuple(line)

    def attributes_of(self, name: str) -> Mapping[str, Attribute]:
        """Return all attributes of the class by name, inherited ones first; a redeclared one keeps its place."""
        known = self._attributes.get(name)
        if known is not None:
            return known
        found: dict[str, Attribute] = {}
        for ancestor in reversed(self.lineage(name)):
            found.update((attribute.name, attribute) for attribute in self.classes[ancestor].attributes)
        if not found:
            return NO_CLASS
        self._attributes[name] = MappingProxyType(found)
        return self._attributes[name]

    def unique_attributes(self, name: str) -> tuple[tuple[Attribute, str], ...]:
        """Return the unique attributes of the class, each with the topmost ancestor over which it is unique."""
        known = self._unique.get(name)
        if known is None:
            line = tuple(reversed(self.lineage(name)))
            scope = {own.name: each for each in reversed(line) for own in self.classes[each].attributes if own.unique}
            attributes = self.attributes_of(name)
            known = tuple((attributes[each], scope[each]) for each in attributes if each in scope)
            if line:
                self._unique[name] = known
        return known

    def is_below(self, name: str, ancestor: str) -> bool:
        """Tell whether the class is ``ancestor`` or descends from it."""
        return ancestor in self.lineage(name)

    def descendants(self, name: str) -> tuple[str, ...]:
        """Return the class and all classes below it, sorted; empty for an unknown one."""
        known = self._below.get(name)
        if known is None:
            known = tuple(sorted(each for each in self.classes if self.is_below(each, name)))
            if known:
                self._below[name] = known
        return known

    @property
    def services(self) -> frozenset[str]:
        """The classes whose CIs are services: ``service`` and all below it."""
        return frozenset(self.descendants(SERVICE))

    def unavailability_of(self, name: str) -> float | None:
        """Return the default chance of being down, the nearest one going up the lineage, or None."""
        figures = (self.classes[ancestor].unavailability for ancestor in self.lineage(name))
        return next((figure for figure in figures if figure is not None), None)

    def mtbf_hours_of(self, name: str) -> float | None:
        """Return the default mean time between failures in hours, the nearest one going up the lineage, or None."""
        figures = (self.classes[ancestor].mtbf_hours for ancestor in self.lineage(name))
        return next((figure for figure in figures if figure is not None), None)

    # relation types --------------------------------------------------------------------------------------------------
    def relation_type(self, name: str) -> RelationType | None:
        """Return the relation type, or None."""
        return self.relation_types.get(name)

    def allowed(self, relation_type: str, source_class: str, target_class: str) -> bool:
        """Tell whether the type is known and may join a CI of the one class to a CI of the other."""
        ends = (relation_type, source_class, target_class)
        known = self._allowed.get(ends)
        if known is None:
            known = self._allowed[ends] = self._judge(*ends)
        return known

    def _judge(self, relation_type: str, source_class: str, target_class: str) -> bool:
        found = self.relation_types.get(relation_type)
        if found is None:
            return False
        return self._among(source_class, found.source_classes) and self._among(target_class, found.target_classes)

    def _among(self, name: str, classes: tuple[str, ...]) -> bool:
        return not classes or not set(classes).isdisjoint(self.lineage(name))


def _extended(known: CIClass, extra: CIClass) -> CIClass:
    own = {attribute.name: attribute for attribute in known.attributes}
    own.update((attribute.name, attribute) for attribute in extra.attributes)
    return replace(
        known,
        attributes=tuple(own.values()),
        unavailability=known.unavailability if extra.unavailability is None else extra.unavailability,
        mtbf_hours=known.mtbf_hours if extra.mtbf_hours is None else extra.mtbf_hours,
        retired=known.retired or extra.retired,
    )


def families() -> Mapping[str, tuple[CIClass, ...]]:
    """Return the built-in classes by the name of their family, the root's first."""
    from cmdb.configuration.catalogue import (
        base,
        cloud,
        compute,
        data,
        facility,
        kubernetes,
        network,
        organisation,
        service,
        software,
        storage,
    )

    modules = (base, facility, network, compute, kubernetes, cloud, storage, data, software, service, organisation)
    return {module.__name__.rpartition(".")[2]: module.CLASSES for module in modules}


@cache
def built_in() -> Catalogue:
    """Return the catalogue of what comes with Foreshock, always the same one."""
    from cmdb.configuration.catalogue.relations import TYPES

    classes = (each for family in families().values() for each in family)
    return Catalogue({each.name: each for each in classes}, {each.name: each for each in TYPES})
