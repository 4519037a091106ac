"""Whether the edits of the graph that targets carry are right: every problem, each at its JSON pointer."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cmdb.errors import Problem
from cmdb.model.change import EDITING, Effect, Target
from cmdb.model.graph_edit import AddedItem, AddedRelation, EditedGroup, GraphEdit
from cmdb.model.group import share_of

if TYPE_CHECKING:
    from cmdb.configuration.catalogue import Catalogue

MOST_EDITED = 500
"""Most relations and groups of one edit."""
LONGEST_NAME = 500

Placed = tuple[Target, str]
"""A target and its JSON pointer."""


def edit_problems(targets: Sequence[Target], places: Sequence[int]) -> Iterator[Problem]:
    """Yield what is wrong with edits whatever the estate holds."""
    placed = [(target, f"/targets/{place}") for place, target in zip(places, targets, strict=True)]
    seen: dict[str, str] = {}
    for target, pointer in placed:
        edit = target.edit
        if target.effect not in EDITING:
            if edit is not None:
                sentence = "effect {effect} edits nothing; add or rewire does"
                yield Problem("change.edit_unwanted", sentence, {"effect": target.effect.value}, f"{pointer}/edit")
            continue
        if edit is None or not (edit.item or edit.relations or edit.ended or edit.groups):
            sentence = "effect {effect} says what comes, ends or counts otherwise; here it says nothing"
            yield Problem("change.edit_missing", sentence, {"effect": target.effect.value}, f"{pointer}/edit")
            continue
        yield from _item_problems(target, edit.item, f"{pointer}/edit/item")
        if (count := len(edit.relations) + len(edit.ended) + len(edit.groups)) > MOST_EDITED:
            facts = {"count": count, "most": MOST_EDITED}
            yield Problem("change.too_many", "{count} entries; at most {most}", facts, f"{pointer}/edit")
        for place, relation in enumerate(edit.relations):
            yield from _relation_problems(target, relation, f"{pointer}/edit/relations/{place}")
        for place, ended in enumerate(edit.ended):
            yield from _touching(target, (ended.source, ended.target), f"{pointer}/edit/ended/{place}")
        for place, group in enumerate(edit.groups):
            yield from _group_problems(target, edit, group, f"{pointer}/edit/groups/{place}")
        for where, key in _keys(edit):
            if key in seen:
                sentence = "this stands at {first} already; a relation or group is edited once"
                yield Problem("change.edit_twice", sentence, {"first": seen[key]}, f"{pointer}/edit/{where}")
            seen.setdefault(key, f"{pointer}/edit/{where}")
    yield from _ring_problems(placed)


def _keys(edit: GraphEdit) -> Iterator[tuple[str, str]]:
    """Yield the place of each part of an edit, and what it must not have in common with another."""
    for name in ("relations", "ended", "groups"):
        for place, each in enumerate(getattr(edit, name)):
            yield f"{name}/{place}", f"{name}:{each.key}"


def _item_problems(target: Target, item: AddedItem | None, pointer: str) -> Iterator[Problem]:
    if target.effect is not Effect.ADD:
        if item is not None:
            sentence = "effect rewire brings no CI; effect add does"
            yield Problem("change.edit_item_unwanted", sentence, pointer=pointer)
        return
    for name, text in (("class", item.ci_class if item else ""), ("name", item.name if item else "")):
        if not text.strip() or len(text) > LONGEST_NAME or "\0" in text:
            facts = {"name": name, "longest": LONGEST_NAME}
            sentence = "what is added needs a {name}, of at most {longest} characters"
            yield Problem("change.edit_item", sentence, facts, f"{pointer}/{name}")
    if item is not None and item.unavailability is not None and not 0 <= item.unavailability <= 1:
        sentence, facts = "{value} is no unavailability; 0 to 1", {"value": item.unavailability}
        yield Problem("change.edit_unavailability", sentence, facts, f"{pointer}/unavailability")
    if item is not None and item.mtbf_hours is not None and not 0 < item.mtbf_hours < float("inf"):
        sentence, facts = "{value} is no mean time between failures; more than 0 hours", {"value": item.mtbf_hours}
        yield Problem("change.edit_mtbf", sentence, facts, f"{pointer}/mtbf_hours")


def _relation_problems(target: Target, relation: AddedRelation, pointer: str) -> Iterator[Problem]:
    yield from _touching(target, (relation.source, relation.target), pointer)
    if relation.source == relation.target:
        yield Problem("change.edit_self", "{ci} would depend on itself", {"ci": relation.source}, pointer)
    if not 0 < relation.confidence <= 1:
        facts = {"value": relation.confidence}
        sentence = "{value} is no confidence; more than 0 and up to 1"
        yield Problem("change.edit_confidence", sentence, facts, f"{pointer}/confidence")
    if relation.group is not None and relation.strength is not None:
        sentence = "in a group the strength of the group counts; leave it out here"
        yield Problem("change.edit_strength", sentence, pointer=f"{pointer}/strength")


def _touching(target: Target, ends: tuple[str, str], pointer: str) -> Iterator[Problem]:
    if target.ci not in ends:
        facts = {"ci": target.ci, "source": ends[0], "target": ends[1]}
        sentence = "{source} to {target} does not touch {ci}; write it at the target that it is of"
        yield Problem("change.edit_elsewhere", sentence, facts, pointer)


def _group_problems(target: Target, edit: GraphEdit, group: EditedGroup, pointer: str) -> Iterator[Problem]:
    sources = {each.source for each in edit.touched if each.group == group.name}
    if group.item != target.ci and group.item not in sources:
        facts = {"ci": target.ci, "item": group.item, "name": group.name}
        sentence = "the group {name} of {item} is neither of {ci} nor of a relation that is edited here"
        yield Problem("change.edit_group_elsewhere", sentence, facts, pointer)
    try:
        share_of(group.needs)
    except (ValueError, TypeError):
        facts = {"needs": str(group.needs)[:80]}
        sentence = "needs is {needs}; a whole number from 1, or a share above 0% and up to 100%"
        yield Problem("change.edit_needs", sentence, facts, f"{pointer}/needs")


def _ring_problems(placed: Sequence[Placed]) -> Iterator[Problem]:
    """Yield the relations that depend on each other all round, by what the edits say alone."""
    needs: dict[str, set[str]] = {}
    for target, _ in placed:
        for each in target.edit.relations if target.edit else ():
            if each.source != each.target:
                needs.setdefault(each.source, set()).add(each.target)
    for target, pointer in placed:
        for place, each in enumerate(target.edit.relations if target.edit else ()):
            if each.source != each.target and _leads(needs, each.target, each.source):
                facts = {"source": each.source, "target": each.target}
                sentence = "{source} would depend on {target}, which by these edits depends on {source}"
                yield Problem("change.edit_ring", sentence, facts, f"{pointer}/edit/relations/{place}")


def _leads(needs: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen, left = {start}, [start]
    while left:
        for below in needs.get(left.pop(), ()):
            if below == goal:
                return True
            if below not in seen:
                seen.add(below)
                left.append(below)
    return False


def estate_problems(
    targets: Sequence[Target],
    places: Sequence[int],
    *,
    cis: Mapping[str, Mapping[str, Any]],
    relations: Mapping[str, Mapping[str, Any]],
    groups: Container[str],
    catalogue: Catalogue,
) -> Iterator[Problem]:
    """
    Yield what is wrong with edits on the estate as it is.

    ``cis`` and ``relations`` are the documents of those they name, by key, ``groups`` the keys of the groups there are.
    """
    classes = {ci: document["class"] for ci, document in cis.items()}
    classes |= {each.ci: each.edit.item.ci_class for each in targets if each.edit is not None and each.edit.item}
    joined = {
        EditedGroup(one.source, one.group, 1).key
        for each in targets
        for one in (each.edit.relations if each.edit is not None else ())
        if one.group is not None
    }
    to_come = {group.key for each in targets if each.edit is not None for group in each.edit.groups}
    for place, target in zip(places, targets, strict=True):
        if target.edit is None or target.effect not in EDITING:
            continue
        pointer, edit = f"/targets/{place}", target.edit
        if target.effect is Effect.ADD and target.ci in cis:
            sentence = "{ci} is in the estate already; effect rewire changes what it needs"
            yield Problem("change.edit_ci_there", sentence, {"ci": target.ci}, f"{pointer}/ci")
        if edit.item is not None and edit.item.ci_class and edit.item.ci_class not in catalogue.classes:
            sentence = "the catalogue has no class {name}"
            yield Problem("change.edit_class", sentence, {"name": edit.item.ci_class}, f"{pointer}/edit/item/class")
        for number, relation in enumerate(edit.relations):
            where = f"{pointer}/edit/relations/{number}"
            yield from _ends(classes, cis, (("source", relation.source), ("target", relation.target)), where)
            yield from _coming(relation, edit, classes, relations, catalogue, where)
            if relation.group is not None:
                key = EditedGroup(relation.source, relation.group, 1).key
                if key not in groups and key not in to_come:
                    facts = {"item": relation.source, "name": relation.group}
                    sentence = "{item} has no group {name}; add it to the groups with its needs"
                    yield Problem("change.edit_group_unknown", sentence, facts, f"{where}/group")
        for number, ended in enumerate(edit.ended):
            if ended.key not in relations:
                facts = {
                    "source": ended.source,
                    "type": ended.type,
                    "target": ended.target,
                    "group": ended.group or "-",
                }
                sentence = "there is no relation {source} {type} {target} (group {group}) to end"
                yield Problem("change.edit_relation_gone", sentence, facts, f"{pointer}/edit/ended/{number}")
        for number, group in enumerate(edit.groups):
            if group.key not in groups and group.key not in joined:
                facts = {"item": group.item, "name": group.name}
                sentence = "{item} has no group {name}, and no relation that comes is in it"
                yield Problem("change.edit_group_empty", sentence, facts, f"{pointer}/edit/groups/{number}")
            yield from _ends(classes, cis, (("item", group.item),), f"{pointer}/edit/groups/{number}")


def _ends(
    classes: Mapping[str, str], cis: Mapping[str, Mapping[str, Any]], ends: Sequence[tuple[str, str]], where: str
) -> Iterator[Problem]:
    for name, ci in ends:
        if ci not in classes:
            sentence = "there is no CI {ci}, and no target adds it"
            yield Problem("change.edit_unknown_ci", sentence, {"ci": ci}, f"{where}/{name}")
        elif ci in cis and cis[ci].get("status") == "retired":
            yield Problem(
                "change.edit_retired", "{ci} is retired; nothing depends on it", {"ci": ci}, f"{where}/{name}"
            )


def _coming(
    relation: AddedRelation,
    edit: GraphEdit,
    classes: Mapping[str, str],
    relations: Mapping[str, Mapping[str, Any]],
    catalogue: Catalogue,
    where: str,
) -> Iterator[Problem]:
    if relation.type not in catalogue.relation_types:
        sentence = "the catalogue has no relation type {name}"
        yield Problem("change.edit_type", sentence, {"name": relation.type}, f"{where}/type")
    elif relation.source in classes and relation.target in classes:
        source, target = classes[relation.source], classes[relation.target]
        known = source in catalogue.classes and target in catalogue.classes
        if known and not catalogue.allowed(relation.type, source, target):
            facts = {"type": relation.type, "source": source, "target": target}
            sentence = "{type} does not lead from a {source} to a {target}"
            yield Problem("change.edit_type_between", sentence, facts, f"{where}/type")
    held = relations.get(relation.key)
    if held is not None and relation.key not in {each.key for each in edit.ended}:
        strength = held.get("strength")
        alike = strength == (None if relation.strength is None else relation.strength.value)
        if alike and held.get("confidence", 1.0) == relation.confidence:
            facts = {"source": relation.source, "type": relation.type, "target": relation.target}
            sentence = "{source} {type} {target} is in the estate already"
            yield Problem("change.edit_relation_there", sentence, facts, where)
