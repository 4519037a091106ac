"""Whether a CI may be of a class, and whether a relation of a type may join two classes."""

from __future__ import annotations

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.faults import hint, problem
from cmdb.errors import Problem, below


def class_problems(catalogue: Catalogue, name: str, *, pointer: str = "/class", is_new: bool = True) -> list[Problem]:
    """Return why no CI may be of this class; a retired class goes on holding the CIs it has (``is_new`` False)."""
    found = catalogue.find_class(name)
    if found is None:
        usable = [each.name for each in catalogue.classes.values() if not each.abstract]
        return [problem("class.unknown", pointer, name=name, hint=hint(name, usable))]
    if found.abstract:
        usable = [each for each in catalogue.descendants(name) if not catalogue.classes[each].abstract]
        return [problem("class.abstract", pointer, name=name, below=_some(usable))]
    if found.retired and is_new:
        return [problem("class.retired", pointer, name=name)]
    return []


def relation_problems(
    catalogue: Catalogue,
    relation_type: str,
    source_class: str,
    target_class: str,
    *,
    pointer: str = "",
    is_new: bool = True,
) -> list[Problem]:
    """Return why no relation of this type may join a CI of the one class to a CI of the other."""
    found = catalogue.relation_type(relation_type)
    if found is None:
        known = hint(relation_type, catalogue.relation_types)
        return [problem("relation_type.unknown", below(pointer, "type"), name=relation_type, hint=known)]
    problems = []
    if found.retired and is_new:
        problems.append(problem("relation_type.retired", below(pointer, "type"), name=relation_type))
    ends = (("source", source_class, found.source_classes), ("target", target_class, found.target_classes))
    for end, ci_class, allowed in ends:
        if allowed and not any(catalogue.is_below(ci_class, each) for each in allowed):
            facts = {"name": relation_type, "ci_class": ci_class, "classes": _some(allowed)}
            problems.append(problem(f"relation_type.{end}", below(pointer, end), **facts))
    return problems


def _some(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
