"""
Where the estate differs from a baseline: two states of it, made comparable, and their difference. Pure.

A state is taken apart into places with plain fields. A CI is there while it is active or proposed: one that is missing
or retired is gone. What turned out to be another CI is that CI, in the baseline too. Paths that discovery made are not
compared. A relation of the baseline is gone when nothing says it any more; evidence that merely fades does not change
the estate, and a relation that is not yet sure is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from cmdb.chain import digest
from cmdb.configuration.differences import same
from cmdb.configuration.discovered import is_path
from cmdb.model.ci import CIStatus
from cmdb.model.configuration_baseline import BaselineScope
from cmdb.model.drift import DriftDifference, Way
from cmdb.model.group import group_key
from cmdb.model.kind import Document
from cmdb.model.relation import RelationStatus, Strength, relation_key

Place = tuple[str, str]
Fields = Mapping[str, Any]
View = Mapping[Place, Fields]
"""What is there: by kind and key its fields, an attribute by its name and the rest by "/name", "/class" and so on."""
Lineage = Mapping[str, Collection[str]]
"""A class and the classes above it, itself included."""
_THERE = (CIStatus.ACTIVE, CIStatus.PROPOSED)


class Estate(NamedTuple):
    """All documents at one revision of the store, by key."""

    cis: Mapping[str, Document]
    relations: Mapping[str, Document]
    groups: Mapping[str, Document]


class Views(NamedTuple):
    """A baseline and the present as they are compared, and the CIs of the scope in either."""

    before: View
    after: View
    cis: frozenset[str]


def views(
    before: Estate,
    after: Estate,
    scope: BaselineScope,
    lineage: Lineage,
    *,
    amendments: Iterable[DriftDifference] = (),
    ignored: Iterable[str] = (),
) -> Views:
    """
    Return both states of what a scope covers.

    It covers a CI that belongs to it in either state, so that one which leaves its environment differs rather than
    disappears, and what belonged to it before it was accepted otherwise. ``amendments`` are applied to the baseline;
    ``ignored`` fields are left out of both.
    """
    renamed = _renamed(after.cis)
    cited = _view(before, renamed, None)
    whole = applied(cited, [_of_now(each, renamed) for each in amendments])
    now = _view(after, {}, {key for kind, key in whole if kind == "relation"})
    # What was accepted as gone still has relations that somebody may have to decide about.
    members = {ci for view in (cited, whole, now) for ci in _members(view, scope, lineage)}
    skipped = frozenset(ignored)
    return Views(_within(whole, members, skipped, lineage), _within(now, members, skipped, lineage), frozenset(members))


def _of_now(each: DriftDifference, renamed: Mapping[str, str]) -> DriftDifference:
    """Return a difference that was accepted as it is about the CI that its CI has turned out to be."""
    return replace(each, key=renamed.get(each.key, each.key)) if each.kind == "ci" else each


def difference(before: View, after: View) -> tuple[DriftDifference, ...]:
    """
    Return every place that differs, by kind, key and field.

    Applied to ``before`` (:func:`applied`) they give ``after``.
    """
    return tuple(
        each for place in sorted({*before, *after}) for each in _at(place, before.get(place), after.get(place))
    )


def applied(view: View, differences: Iterable[DriftDifference]) -> dict[Place, dict[str, Any]]:
    """Return the view as it is once the differences have come about; one of a place that is not there does nothing."""
    made = {place: dict(fields) for place, fields in view.items()}
    for each in differences:
        place = (each.kind, each.key)
        if each.way is Way.APPEARED:
            made[place] = dict(each.after)
        elif each.way is Way.GONE:
            made.pop(place, None)
        elif place in made:
            if each.after is None:
                made[place].pop(each.field, None)
            else:
                made[place][each.field] = each.after
    return made


def difference_id(baseline: str, each: DriftDifference) -> str:
    """Return the id of a difference from a baseline, made of what it says: 16 hexadecimal digits."""
    return digest([baseline, each.way.value, *each.place, each.before, each.after])[:16]


def _at(place: Place, before: Fields | None, after: Fields | None) -> Iterator[DriftDifference]:
    kind, key = place
    cis = _about(place, before if after is None else after)
    if before is None or after is None:
        if before is not None or after is not None:
            way = Way.APPEARED if before is None else Way.GONE
            yield DriftDifference(way, kind, key, cis, "", _plain(before), _plain(after))
        return
    for field in sorted({*before, *after}):
        was, becomes = before.get(field), after.get(field)
        if not same(was, becomes):
            yield DriftDifference(Way.CHANGED, kind, key, cis, field, was, becomes)


def _plain(fields: Fields | None) -> dict[str, Any] | None:
    return None if fields is None else dict(fields)


def _about(place: Place, fields: Fields | None) -> tuple[str, ...]:
    kind, key = place
    if kind == "ci" or fields is None:
        return (key,)
    return (fields["/source"], fields["/target"]) if kind == "relation" else (fields["/item"],)


# taking a state apart ------------------------------------------------------------------------------------------------
def is_there(document: Document) -> bool:
    """Tell whether a CI counts as part of the estate."""
    return document.get("status", CIStatus.ACTIVE) in _THERE


def _renamed(cis: Mapping[str, Document]) -> dict[str, str]:
    """Return the CI that each merged one is now."""
    found = {}
    for key, document in cis.items():
        seen, to = {key}, document.get("merged_into")
        while to is not None and to in cis and cis[to].get("merged_into") is not None and to not in seen:
            seen.add(to)
            to = cis[to]["merged_into"]
        if to is not None:
            found[key] = to
    return found


def _view(estate: Estate, renamed: Mapping[str, str], known: Collection[str] | None) -> dict[Place, dict[str, Any]]:
    """Return a state by place; ``known``: also the relations of these keys that are not sure, None: only sure ones."""
    made: dict[Place, dict[str, Any]] = {}
    estate = _without_paths(estate)
    for key, document in sorted(estate.cis.items(), key=lambda each: each[0] in renamed):
        if is_there(document):
            made.setdefault(("ci", renamed.get(key, key)), _ci_fields(document))
    for key, document in estate.relations.items():
        sure = document.get("status") != RelationStatus.PROPOSED
        if sure or key in (known or ()):
            ends = {end: renamed.get(document[end], document[end]) for end in ("source", "target")}
            moved = {**document, **ends}
            made.setdefault(("relation", relation_key(moved)), _relation_fields(moved))
    for document in estate.groups.values():
        moved = {**document, "item": renamed.get(document["item"], document["item"])}
        made.setdefault(("group", group_key(moved)), _group_fields(moved))
    return made


def _without_paths(estate: Estate) -> Estate:
    """Return an estate without the paths made of it: what changes of one has changed of what lies on it."""
    paths = {key for key, document in estate.cis.items() if is_path(document)}
    if not paths:
        return estate
    # Of a group whose members are reached over paths, the pool that it was made of is compared.
    over = {(each["source"], each.get("group")) for each in estate.relations.values() if each["target"] in paths}

    def is_own(each: Document) -> bool:
        if each["source"] in paths or each["target"] in paths:
            return False
        return each.get("group") is None or (each["source"], each["group"]) not in over

    return Estate(
        {key: each for key, each in estate.cis.items() if key not in paths},
        {key: each for key, each in estate.relations.items() if is_own(each)},
        {
            key: each
            for key, each in estate.groups.items()
            if each["item"] not in paths and (each["item"], each["name"]) not in over
        },
    )


def _ci_fields(document: Document) -> dict[str, Any]:
    attributes = {name: value for name, value in document.get("attributes", {}).items() if value is not None}
    return {"/class": document["class"], "/name": document["name"], **attributes}


def _relation_fields(document: Document) -> dict[str, Any]:
    fields = {f"/{name}": document[name] for name in ("source", "type", "target")}
    more = {f"/{name}": document[name] for name in ("group", "strength") if document.get(name) is not None}
    return {**fields, **more}


def _group_fields(document: Document) -> dict[str, Any]:
    return {
        "/item": document["item"],
        "/name": document["name"],
        "/needs": document["needs"],
        "/strength": document.get("strength", Strength.HARD.value),
    }


# the scope -----------------------------------------------------------------------------------------------------------
def _members(view: View, scope: BaselineScope, lineage: Lineage) -> Iterator[str]:
    for (kind, key), fields in view.items():
        if kind == "ci" and _covers(scope, fields, lineage):
            yield key


def _covers(scope: BaselineScope, fields: Fields, lineage: Lineage) -> bool:
    ci_class = fields["/class"]
    if scope.ci_class is not None and scope.ci_class not in (ci_class, *lineage.get(ci_class, ())):
        return False
    return all(name in fields and same(fields[name], value) for name, value in scope.attributes.items())


def _within(view: View, members: Collection[str], ignored: Collection[str], lineage: Lineage) -> View:
    owner = {"ci": None, "relation": "/source", "group": "/item"}
    made = {}
    for place, fields in view.items():
        name = owner[place[0]]
        if (place[1] if name is None else fields[name]) in members:
            made[place] = _compared(fields, ignored, lineage) if place[0] == "ci" else fields
    return made


def _compared(fields: Fields, ignored: Collection[str], lineage: Lineage) -> Fields:
    if not ignored:
        return fields
    classes = ("*", fields["/class"], *lineage.get(fields["/class"], ()))
    return {
        name: value
        for name, value in fields.items()
        if name == "/class" or not any(f"{each}.{name}" in ignored for each in classes)
    }
