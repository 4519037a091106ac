"""
Everything that is wrong with the definition of a class or a relation type, judged before it is recorded.

Judged in its catalogue: a class has to fit its ancestors and the classes below it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from cmdb.configuration.attributes import problems_of_value
from cmdb.configuration.catalogue import Catalogue, built_in
from cmdb.configuration.faults import hint, problem, shown
from cmdb.configuration.limits import (
    CHOICES,
    DESCRIPTION_CHARACTERS,
    LABEL_CHARACTERS,
    NAME_CHARACTERS,
    OWN_ATTRIBUTES,
)
from cmdb.configuration.patterns import pattern_problems
from cmdb.errors import Problem, below
from cmdb.model.ci_class import Attribute, AttributeType, CIClass
from cmdb.model.relation_type import RelationType

_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{NAME_CHARACTERS - 1}}}")
_ATTRIBUTE_NAME = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{NAME_CHARACTERS - 1}}}")
_NUMBERS = (AttributeType.INTEGER, AttributeType.DECIMAL)
# Which part of an attribute means something for which types.
_PARTS: dict[str, tuple[AttributeType, ...]] = {
    "choices": (AttributeType.ENUM,),
    "refers_to": (AttributeType.REFERENCE,),
    "pattern": (AttributeType.TEXT,),
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
}


# classes -------------------------------------------------------------------------------------------------------------
def class_definition_problems(catalogue: Catalogue, new: CIClass) -> list[Problem]:
    """
    Return everything wrong with a new or changed class (or extension); pointers are those of its document.

    ``catalogue`` is the one before the change.
    """
    problems = [*_name_problems(new.name, "/name"), *_label_problems(new, ""), *_figure_problems(new)]
    problems += _extension_problems(new) if new.extends else _place_problems(catalogue, new)
    if len(new.attributes) > OWN_ATTRIBUTES:
        problems.append(problem("class.too_many", "/attributes", size=len(new.attributes), limit=OWN_ATTRIBUTES))
    after = catalogue.with_([new])
    seen: set[str] = set()
    for number, attribute in enumerate(new.attributes):
        pointer = below("/attributes", number)
        if attribute.name in seen:
            problems.append(problem("attribute.repeated", below(pointer, "name"), name=attribute.name))
        seen.add(attribute.name)
        wrong = attribute_problems(after, attribute, pointer)
        problems += wrong or _family_problems(after, new, attribute, pointer)
    return problems


def _name_problems(
    name: Any, pointer: str, pattern: re.Pattern[str] = _NAME, code: str = "name.wrong"
) -> list[Problem]:
    if isinstance(name, str) and pattern.fullmatch(name):
        return []
    return [problem(code, pointer, value=shown(name), limit=NAME_CHARACTERS - 1)]


def _label_problems(of: Any, pointer: str) -> Iterator[Problem]:
    limits = dict.fromkeys(
        ("label", "label_zh", "unit", "reading", "reverse", "reading_zh", "reverse_zh"), LABEL_CHARACTERS
    )
    for part, limit in {**limits, "description": DESCRIPTION_CHARACTERS}.items():
        size = len(getattr(of, part, ""))
        if size > limit:
            yield problem("name.too_long", below(pointer, part), part=part, size=size, limit=limit)


def _figure_problems(new: CIClass) -> Iterator[Problem]:
    if new.unavailability is not None and not (_is_number(new.unavailability) and 0 <= new.unavailability <= 1):
        yield problem("figure.unavailability", "/unavailability", value=shown(new.unavailability))
    if new.mtbf_hours is not None and not (_is_number(new.mtbf_hours) and new.mtbf_hours > 0):
        yield problem("figure.mtbf_hours", "/mtbf_hours", value=shown(new.mtbf_hours))


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _extension_problems(new: CIClass) -> Iterator[Problem]:
    if built_in().find_class(new.name) is None:
        yield problem("class.nothing_to_extend", "/name", name=new.name, hint=hint(new.name, built_in().classes))
    for part in ("parent", "label", "label_zh", "description", "abstract"):
        if getattr(new, part):
            yield problem("class.extension_holds", f"/{part}", name=new.name, part=part)


def _place_problems(catalogue: Catalogue, new: CIClass) -> Iterator[Problem]:
    """Tell what is wrong with where the class stands: its name, its parent, its line of ancestors."""
    if built_in().find_class(new.name) is not None:
        yield problem("class.taken", "/name", name=new.name)
        return
    if new.parent is None:
        yield problem("class.parent.missing", "/parent", name=new.name)
        return
    if new.parent == new.name:
        yield problem("class.cycle", "/parent", name=new.name, path=f"{new.name} > {new.name}")
        return
    parent = catalogue.find_class(new.parent)
    if parent is None:
        yield problem("class.unknown", "/parent", name=new.parent, hint=hint(new.parent, catalogue.classes))
        return
    line = catalogue.lineage(new.parent)
    if new.name in line:
        path = " > ".join((new.name, *line[: line.index(new.name) + 1]))
        yield problem("class.cycle", "/parent", name=new.name, path=path)
    known = catalogue.find_class(new.name)
    if parent.retired and (known is None or known.parent != new.parent):
        yield problem("class.parent.retired", "/parent", name=new.parent)


def _family_problems(after: Catalogue, new: CIClass, own: Attribute, pointer: str) -> Iterator[Problem]:
    """Tell where an attribute contradicts what an ancestor, a class below or the class itself declares by its name."""
    line = after.lineage(new.name)[1:]
    for ancestor in line:
        for other in after.classes[ancestor].attributes:
            if other.name == own.name:
                yield from _contradictions(other, own, ancestor, pointer)
    original = built_in().find_class(new.name) if new.extends else None
    for other in original.attributes if original else ():
        if other.name == own.name:
            yield from _contradictions(other, own, new.name, pointer)
    for lower in after.descendants(new.name):
        for other in after.classes[lower].attributes if lower != new.name else ():
            if other.name == own.name:
                yield from _contradictions(own, other, lower, pointer, seen_from_below=True)


def _contradictions(
    upper: Attribute, lower: Attribute, ci_class: str, pointer: str, *, seen_from_below: bool = False
) -> Iterator[Problem]:
    """Tell how ``lower``, declared below ``upper`` by its name, contradicts it; ``ci_class`` is the other class."""
    other, mine = (lower, upper) if seen_from_below else (upper, lower)
    if _type_of(upper) != _type_of(lower):
        facts = {"ci_class": ci_class, "name": mine.name, "other": _type_of(other), "type": _type_of(mine)}
        yield problem("attribute.redeclared", below(pointer, "type"), **facts)
        return
    for part in ("required", "unique"):
        if getattr(upper, part) and not getattr(lower, part):
            yield problem("attribute.loosened", below(pointer, part), ci_class=ci_class, name=mine.name, part=part)
    wider = [choice for choice in lower.choices if choice not in upper.choices]
    if wider:
        facts = {"ci_class": ci_class, "name": mine.name, "choices": ", ".join(wider[:10])}
        yield problem("attribute.choices.widened", below(pointer, "choices"), **facts)


def _type_of(attribute: Attribute) -> str:
    return f"list of {attribute.entry_type}" if attribute.is_list else attribute.type.value


# attributes ----------------------------------------------------------------------------------------------------------
def attribute_problems(catalogue: Catalogue, attribute: Attribute, pointer: str) -> list[Problem]:
    """Return everything wrong with one attribute by itself."""
    name_pointer = below(pointer, "name")
    problems = _name_problems(attribute.name, name_pointer, _ATTRIBUTE_NAME, "attribute.name.wrong")
    problems += [*_label_problems(attribute, pointer), *_part_problems(catalogue, attribute, pointer)]
    if attribute.pattern is not None:
        problems += pattern_problems(attribute.pattern, below(pointer, "pattern"))
    if attribute.default is not None and not problems:
        wrong = problems_of_value(attribute, attribute.default)
        if wrong:
            problems.append(problem("attribute.default.wrong", below(pointer, "default"), reason=wrong[0].message))
    return problems


def _part_problems(catalogue: Catalogue, attribute: Attribute, pointer: str) -> Iterator[Problem]:
    is_list = attribute.is_list
    if attribute.of is not None and not is_list:
        yield problem("attribute.part.misplaced", below(pointer, "of"), part="of", type=attribute.type.value)
    if is_list and attribute.of is AttributeType.LIST:
        yield problem("attribute.of.wrong", below(pointer, "of"), type=attribute.of.value)
    kind = attribute.entry_type
    for part, kinds in _PARTS.items():
        if getattr(attribute, part) not in (None, ()) and kind not in kinds:
            yield problem("attribute.part.misplaced", below(pointer, part), part=part, type=kind.value)
    if kind is AttributeType.ENUM and not _are_choices(attribute.choices):
        yield problem("attribute.choices.missing", below(pointer, "choices"), limit=LABEL_CHARACTERS)
    if kind is AttributeType.REFERENCE:
        if attribute.refers_to is None:
            yield problem("attribute.refers_to.missing", below(pointer, "refers_to"))
        elif catalogue.find_class(attribute.refers_to) is None:
            known = hint(attribute.refers_to, catalogue.classes)
            yield problem("class.unknown", below(pointer, "refers_to"), name=attribute.refers_to, hint=known)
    yield from _range_problems(attribute, pointer)


def _are_choices(choices: tuple[str, ...]) -> bool:
    right = all(isinstance(each, str) and 1 <= len(each) <= LABEL_CHARACTERS for each in choices)
    return right and 1 <= len(choices) <= CHOICES and len(set(choices)) == len(choices)


def _range_problems(attribute: Attribute, pointer: str) -> Iterator[Problem]:
    low, high = attribute.minimum, attribute.maximum
    if not all(bound is None or _is_number(bound) for bound in (low, high)):
        yield problem("attribute.range.empty", pointer, minimum=shown(low), maximum=shown(high))
    elif low is not None and high is not None and low > high:
        yield problem("attribute.range.empty", below(pointer, "minimum"), minimum=low, maximum=high)


# relation types ------------------------------------------------------------------------------------------------------
def relation_type_problems(catalogue: Catalogue, new: RelationType) -> list[Problem]:
    """Return everything wrong with a new or changed relation type; pointers are those of its document."""
    problems = [*_name_problems(new.name, "/name"), *_label_problems(new, "")]
    if built_in().relation_type(new.name) is not None:
        problems.append(problem("relation_type.taken", "/name", name=new.name))
    for part, example in (("reading", '"runs on"'), ("reverse", '"hosts"')):
        if not getattr(new, part).strip():
            problems.append(problem("relation_type.reading", f"/{part}", part=part, example=example))
    for part in ("source_classes", "target_classes"):
        for number, name in enumerate(getattr(new, part)):
            if catalogue.find_class(name) is None:
                known = hint(name, catalogue.classes)
                problems.append(problem("class.unknown", below("", part, number), name=name, hint=known))
    return problems
