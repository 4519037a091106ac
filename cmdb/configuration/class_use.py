"""Which CIs and relations would no longer fit when a class or relation type that they use is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.faults import problem
from cmdb.errors import Problem
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.ci_class import Attribute, CIClass
from cmdb.model.relation import RELATIONS, Relation
from cmdb.model.relation_type import RelationType
from cmdb.ports.store import Equals, OneOf
from cmdb.records import Records

_BATCH = 1_000


def class_misfits(records: Records, before: Catalogue, new: CIClass) -> list[Problem]:
    """
    Return what speaks against changing a class that living CIs use; ``before`` is the catalogue before the change.

    The CIs are read only when the change could harm one: not when it adds what nobody has to have.
    """
    known = before.find_class(new.name)
    if known is None:
        return []
    after = before.with_([new])
    moved = not new.extends and known.parent != new.parent
    narrowed = any(_narrowed(before, after, name) for name in before.descendants(new.name))
    turned = {name: _turned(before, after, name) for name in before.descendants(new.name)}
    if not moved and not narrowed and not any(turned.values()):
        return []
    living, wrong, holders = _Count(), _Count(), {name: _Count() for name in sorted(set().union(*turned.values()))}
    for ci in _living(records, before.descendants(new.name)):
        living.add(ci.id)
        found = problems_of(after, ci.ci_class, ci.attributes)
        if found:
            wrong.add(ci.id, found[0].message)
        for name in turned[ci.ci_class] & ci.attributes.keys():
            holders[name].add(ci.id)
    if moved and living.count:
        return [problem("class.parent.in_use", "/parent", name=new.name, count=living.count, parent=known.parent)]
    problems = [problem("class.in_use", "", name=new.name, **wrong.facts)] if wrong.count else []
    late = [(name, held.facts) for name, held in holders.items() if held.count]
    return problems + [problem("attribute.unique.late", "/attributes", name=name, **facts) for name, facts in late]


@dataclass(slots=True)
class _Count:
    """How many CIs something is true of, and the first of them as the example."""

    count: int = 0
    example: str = ""
    reason: str = ""

    def add(self, ci_id: str, reason: str = "") -> None:
        if not self.count:
            self.example, self.reason = ci_id, reason
        self.count += 1

    @property
    def facts(self) -> dict[str, str | int]:
        return {"count": self.count, "example": self.example, "reason": self.reason}


def _narrowed(before: Catalogue, after: Catalogue, ci_class: str) -> bool:
    """Tell whether some attributes that were right for the class may be wrong now."""
    old, new = before.attributes_of(ci_class), after.attributes_of(ci_class)
    if any(name not in new or _judging(old[name]) != _judging(new[name]) for name in old):
        return True
    return any(each.required and each.default is None for name, each in new.items() if name not in old)


def _judging(attribute: Attribute) -> tuple[object, ...]:
    """Return what decides whether a value is right for the attribute."""
    a = attribute
    needed = a.required and a.default is None
    return a.type, a.of, a.choices, a.refers_to, a.pattern, a.minimum, a.maximum, needed


def _turned(before: Catalogue, after: Catalogue, ci_class: str) -> set[str]:
    """Return the attributes that are unique now and were not, or no longer, or over another class."""
    old = {(attribute.name, scope) for attribute, scope in before.unique_attributes(ci_class)}
    new = {(attribute.name, scope) for attribute, scope in after.unique_attributes(ci_class)}
    return {name for name, _ in old ^ new}


def _living(records: Records, classes: tuple[str, ...]) -> Iterator[CI]:
    for ci in records.find(CIS, [OneOf("class", classes)]):
        if ci.status is CIStatus.ACTIVE:
            yield ci


def relation_misfits(records: Records, before: Catalogue, new: RelationType) -> list[Problem]:
    """Return what speaks against changing the ends of a relation type that relations use."""
    known = before.relation_type(new.name)
    if known is None or (known.source_classes, known.target_classes) == (new.source_classes, new.target_classes):
        return []
    after = before.with_(relation_types=[new])
    wrong: list[Relation] = []
    for batch in _batches(records.find(RELATIONS, [Equals("type", new.name)])):
        ids = sorted({end for relation in batch for end in (relation.source, relation.target)})
        classes = {key: held.record.ci_class for key, held in records.get_many(CIS, ids).items()}
        wrong += [each for each in batch if not after.allowed(new.name, classes[each.source], classes[each.target])]
    if not wrong:
        return []
    facts = {"name": new.name, "count": len(wrong), "source": wrong[0].source, "target": wrong[0].target}
    return [problem("relation_type.in_use", "", **facts)]


def _batches(relations: Iterable[Relation]) -> Iterator[list[Relation]]:
    rest = iter(relations)
    while batch := list(islice(rest, _BATCH)):
        yield batch
