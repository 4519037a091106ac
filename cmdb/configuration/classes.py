"""The class desk: define classes, attributes and relation types while the system runs, and retire them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from cmdb.configuration.catalogue import ROOT, Catalogue, built_in
from cmdb.configuration.class_use import class_misfits, relation_misfits
from cmdb.configuration.definitions import class_definition_problems, relation_type_problems
from cmdb.context import Context
from cmdb.errors import IllegalMove, InvalidInput, NotFound, Problem
from cmdb.model.ci import CIS
from cmdb.model.ci_class import CI_CLASSES, Attribute, CIClass
from cmdb.model.kind import Kind
from cmdb.model.relation import RELATIONS
from cmdb.model.relation_type import RELATION_TYPES, RelationType
from cmdb.ports.store import Equals, Unwritten
from cmdb.records import Held

T = TypeVar("T")

# Definitions are judged by one another, and those in use by what uses them.
_CATALOGUE = (CI_CLASSES.name, RELATION_TYPES.name)
_RECENT: dict[str, Catalogue] = {}
_RECENT_AT_MOST = 8


@dataclass(frozen=True, slots=True)
class Retired:
    """What was retired: the record as it is held now, and how many living CIs or relations still use it."""

    held: Held[CIClass] | Held[RelationType]
    in_use: int


def catalogue_of(context: Context, *, at: int | None = None) -> Catalogue:
    """Return every class and relation type there is, or was at the revision ``at``."""
    context.allow("class:read")
    classes = tuple(context.records.find(CI_CLASSES, at=at))
    relation_types = tuple(context.records.find(RELATION_TYPES, at=at))
    if not classes and not relation_types:
        return built_in()
    # The same records give the same catalogue, so that what it has learned about values is kept from call to call.
    written = repr((classes, relation_types))
    known = _RECENT.get(written)
    if known is None:
        known = built_in().with_(classes, relation_types)
        if len(_RECENT) >= _RECENT_AT_MOST:
            _RECENT.clear()
        _RECENT[written] = known
    return known


def define_class(context: Context, new: CIClass, *, expected_version: int | None = None) -> Held[CIClass]:
    """
    Record a class, or change one of the organisation's own; with ``extends`` it adds to the built-in one of its name.

    Without ``expected_version`` the version counts that the class has now.

    Raises:
        NotAllowed: the actor may not define classes.
        InvalidInput: everything that is wrong with it, and how many CIs would not fit it any more.
        VersionConflict: it was changed meanwhile.
        WrittenMeanwhile: another definition was, or a CI while those of the class were looked at.
    """
    context.allow("class:define")
    revision = context.store.revision()
    catalogue = catalogue_of(context)
    problems = class_definition_problems(catalogue, new) or class_misfits(context.records, catalogue, new)
    _refuse(problems, what=f"class {new.name}")
    version = _version(context, CI_CLASSES, new.name) if expected_version is None else expected_version
    used = (CIS.name,) if catalogue.find_class(new.name) is not None else ()
    return context.records.put(
        CI_CLASSES,
        new,
        expected_version=version,
        because="class:defined",
        unwritten=Unwritten((*_CATALOGUE, *used), revision),
    )


def add_attribute(
    context: Context, class_name: str, attribute: Attribute, *, expected_version: int | None = None
) -> Held[CIClass]:
    """
    Add an attribute to a class, built in or not; raises as :func:`define_class`.

    Raises:
        NotFound: there is no such class.
    """
    context.allow("class:define")
    known = _own_record(context, class_name)
    new = replace(known, attributes=(*known.attributes, attribute))
    return define_class(context, new, expected_version=expected_version)


def retire_class(context: Context, class_name: str, *, expected_version: int | None = None) -> Retired:
    """
    Take no new CIs of the class any more; those it has stay as they are and are counted.

    Raises:
        NotAllowed: the actor may not retire classes.
        NotFound: there is no such class.
        IllegalMove: it is the root, or retired already.
        VersionConflict: it was changed meanwhile.
    """
    context.allow("class:retire")
    catalogue = catalogue_of(context)
    known = _own_record(context, class_name)
    found = catalogue.find_class(class_name)
    if class_name == ROOT or (found is not None and found.retired):
        because = "class.root" if class_name == ROOT else "class.retired_already"
        raise IllegalMove(subject=class_name, move="retire", because=because)
    version = _version(context, CI_CLASSES, class_name) if expected_version is None else expected_version
    retired = replace(known, retired=True)
    held = context.records.put(CI_CLASSES, retired, expected_version=version, because="class:retired")
    return Retired(held, count_of(context, class_name))


def count_of(context: Context, class_name: str) -> int:
    """Return how many CIs of exactly this class are not retired."""
    of_class = Equals("class", class_name)
    # An active CI leaves its status out of its document, so the retired ones are counted and taken off.
    return context.store.count(CIS, [of_class]) - context.store.count(CIS, [of_class, Equals("status", "retired")])


def define_relation_type(
    context: Context, new: RelationType, *, expected_version: int | None = None
) -> Held[RelationType]:
    """
    Record a relation type, or change one of the organisation's own.

    Raises:
        NotAllowed: the actor may not define relation types.
        InvalidInput: everything that is wrong with it, and how many relations its ends would not allow any more.
        VersionConflict: it was changed meanwhile.
        WrittenMeanwhile: another definition was, or a relation or CI while those of the type were looked at.
    """
    context.allow("class:define")
    revision = context.store.revision()
    catalogue = catalogue_of(context)
    problems = relation_type_problems(catalogue, new) or relation_misfits(context.records, catalogue, new)
    _refuse(problems, what=f"relation type {new.name}")
    version = _version(context, RELATION_TYPES, new.name) if expected_version is None else expected_version
    used = (CIS.name, RELATIONS.name) if catalogue.relation_type(new.name) is not None else ()
    return context.records.put(
        RELATION_TYPES,
        new,
        expected_version=version,
        because="relation_type:defined",
        unwritten=Unwritten((*_CATALOGUE, *used), revision),
    )


def retire_relation_type(context: Context, name: str, *, expected_version: int | None = None) -> Retired:
    """Take no new relations of the type any more; raises as :func:`retire_class`."""
    context.allow("class:retire")
    found = catalogue_of(context).relation_type(name)
    if found is None:
        raise NotFound(kind=RELATION_TYPES.name, ids=(name,))
    if found.retired:
        raise IllegalMove(subject=name, move="retire", because="relation_type.retired_already")
    version = _version(context, RELATION_TYPES, name) if expected_version is None else expected_version
    retired = replace(found, retired=True)
    held = context.records.put(RELATION_TYPES, retired, expected_version=version, because="relation_type:retired")
    return Retired(held, context.store.count(RELATIONS, [Equals("type", name)]))


def _own_record(context: Context, class_name: str) -> CIClass:
    """Return the organisation's record of the class: for a built-in one its extension, empty where there is none."""
    try:
        return context.records.get(CI_CLASSES, class_name)
    except NotFound:
        if built_in().find_class(class_name) is None:
            raise
        return CIClass(class_name, extends=True)


def _version(context: Context, kind: Kind[T], key: str) -> int:
    try:
        return context.records.held(kind, key).version
    except NotFound:
        return 0


def _refuse(problems: list[Problem], *, what: str) -> None:
    if problems:
        raise InvalidInput(problems, what=what)
