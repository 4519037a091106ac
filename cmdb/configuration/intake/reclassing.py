"""What no longer fits when a CI gets another class: relations in the store, and references of other CIs to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from cmdb.configuration.admission import relation_problems
from cmdb.configuration.catalogue import ROOT, Catalogue
from cmdb.configuration.claims import references_of
from cmdb.configuration.ending import every, find_any
from cmdb.configuration.faults import problem
from cmdb.configuration.intake.judging import as_ci
from cmdb.context import Context
from cmdb.errors import Problem
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.ci_class import AttributeType
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import OneOf, Stored


class Reclassed(NamedTuple):
    """The classes a CI had and has."""

    before: str
    after: str


def misfits(
    context: Context,
    catalogue: Catalogue,
    reclassed: Mapping[str, Reclassed],
    *,
    class_of: Callable[[str], str | None],
    judged_elsewhere: Callable[[Stored], bool],
) -> Iterator[tuple[str, Problem]]:
    """
    Yield (id, problem) for each relation and reference of the store that does not allow the new class of a CI.

    ``class_of`` gives the class that a CI of the input will have; ``judged_elsewhere`` tells of documents that the
    input itself brings or ends. Cost: the relations of these CIs; and, only where a class that references demand is
    left, all CIs of the classes that have such references.
    """
    yield from _relations(context, catalogue, reclassed, class_of, judged_elsewhere)
    yield from _references(context, catalogue, reclassed, judged_elsewhere)


def _relations(
    context: Context,
    catalogue: Catalogue,
    reclassed: Mapping[str, Reclassed],
    class_of: Callable[[str], str | None],
    judged_elsewhere: Callable[[Stored], bool],
) -> Iterator[tuple[str, Problem]]:
    touching = {
        stored.key: stored
        for end in ("source", "target")
        for stored in find_any(context, RELATIONS, end, reclassed)
        if not judged_elsewhere(stored)
    }
    ends = {stored.document[end] for stored in touching.values() for end in ("source", "target")}
    outside = context.store.get_many(CIS, sorted(end for end in ends if class_of(end) is None))
    for key in sorted(touching):
        relation = touching[key].document
        classes = [class_of(relation[end]) or outside[relation[end]].document["class"] for end in ("source", "target")]
        if relation_problems(catalogue, relation["type"], classes[0], classes[1], is_new=False):
            for end in {relation["source"], relation["target"]} & reclassed.keys():
                facts = {name: relation[name] for name in ("source", "type", "target")}
                yield end, problem("class.relation_forbids", "/class", ci_class=reclassed[end].after, **facts)


def _references(
    context: Context,
    catalogue: Catalogue,
    reclassed: Mapping[str, Reclassed],
    judged_elsewhere: Callable[[Stored], bool],
) -> Iterator[tuple[str, Problem]]:
    left = [
        (name, attribute.name)
        for name in catalogue.classes
        for attribute in catalogue.attributes_of(name).values()
        if attribute.entry_type is AttributeType.REFERENCE
        and any(_leaves(catalogue, each, attribute.refers_to or ROOT) for each in reclassed.values())
    ]
    classes = tuple(sorted({name for name, _ in left}))
    for stored in every(context, CIS, OneOf("class", classes)) if classes else ():
        if stored.document.get("status") == CIStatus.RETIRED.value or judged_elsewhere(stored):
            continue
        for pointer, ci_id, wanted in references_of(catalogue, as_ci(stored.document)):
            moved = reclassed.get(ci_id)
            if moved is not None and _leaves(catalogue, moved, wanted):
                facts = {"id": stored.key, "name": pointer.split("/")[1], "refers_to": wanted}
                yield ci_id, problem("class.reference_forbids", "/class", ci_class=moved.after, **facts)


def _leaves(catalogue: Catalogue, moved: Reclassed, wanted: str) -> bool:
    return catalogue.is_below(moved.before, wanted) and not catalogue.is_below(moved.after, wanted)
