"""Formulas of gates: and, or, atleast, references and constants; what is not coherent is named and refused."""

from __future__ import annotations

from typing import NamedTuple, Union

from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.open_psa.elements import Element
from cmdb.exchange.open_psa.faults import tell

_REFERENCES = ("gate", "basic-event", "house-event", "event")
_COHERENT = ("and", "or", "atleast")
_NOT_COHERENT = frozenset({"not", "xor", "iff", "nand", "nor", "imply", "cardinality"})
_KNOWN = ", ".join(f"<{tag}>" for tag in (*_COHERENT, *_REFERENCES, "constant"))


class Reference(NamedTuple):
    """A gate, basic event, house event, event (any of them) or parameter by its name, as ``line`` refers to it."""

    kind: str
    name: str
    line: int


class Formula(NamedTuple):
    """True when at least ``least`` of ``args`` are; ``operator`` is how the file says it."""

    operator: str
    least: int
    args: tuple[Argument, ...]
    line: int


Argument = Union["Formula", Reference, bool]


def formula_of(element: Element, gate: str, faults: Faults) -> Formula | None:
    """Return the formula of a gate, None where it can not be told; what is wrong with it is told."""
    argument = _argument(element, gate, faults)
    if argument is None or isinstance(argument, Formula):
        return argument
    return Formula("or", 1, (argument,), element.line)


def inside(formula: Formula) -> list[Formula]:
    """Return a formula and all formulas inside it."""
    return [formula, *(one for arg in formula.args if isinstance(arg, Formula) for one in inside(arg))]


def references(formula: Formula) -> list[Reference]:
    """Return what a formula and those inside it refer to."""
    return [argument for one in inside(formula) for argument in one.args if isinstance(argument, Reference)]


def _argument(element: Element, gate: str, faults: Faults) -> Argument | None:
    tag = element.tag
    if tag == "constant":
        return truth_of(element, f"gate {gate}", faults)
    if tag in _REFERENCES:
        return _reference(element, faults)
    if tag not in _COHERENT and tag not in _NOT_COHERENT:
        tell(faults, "open_psa.unsupported", element.line, tag=tag, parent=f"define-gate {gate}", known=_KNOWN)
        return None
    if tag in _NOT_COHERENT:
        tell(faults, "open_psa.not_coherent", element.line, gate=gate, operator=tag)
    found = [_argument(child, gate, faults) for child in element.children]
    args = tuple(argument for argument in found if argument is not None)
    if not element.children:
        facts = {"tag": tag, "owner": f"gate {gate}", "found": "nothing", "wanted": "one formula or more"}
        tell(faults, "open_psa.children", element.line, **facts)
    # What is not coherent is kept as a disjunction: enough to see which gates it uses, and never to be imported.
    least = len(args) if tag == "and" else _least(element, faults) if tag == "atleast" else 1
    return Formula(tag, least, args, element.line)


def _reference(element: Element, faults: Faults) -> Reference | None:
    kind, name = element.tag, element.attributes.get("name")
    if not name:
        facts = {"tag": kind, "name": "name", "wanted": "the name of what is referred to"}
        tell(faults, "open_psa.attribute_missing", element.line, **facts)
        return None
    if kind == "event" and "type" in element.attributes:
        kind = element.attributes["type"]
        if kind not in _REFERENCES[:3]:
            facts = {"name": "type", "tag": "event", "found": shown(kind), "wanted": ", ".join(_REFERENCES[:3])}
            tell(faults, "open_psa.attribute_value", element.line, **facts)
            kind = "event"
    return Reference(kind, name, element.line)


def _least(element: Element, faults: Faults) -> int:
    text, most = element.attributes.get("min"), len(element.children)
    if text is None:
        facts = {"tag": "atleast", "name": "min", "wanted": f"a whole number from 1 to {most}"}
        tell(faults, "open_psa.attribute_missing", element.line, **facts)
        return 1
    least = int(text) if text.strip().isdecimal() and len(text) < 10 else 0
    if not 1 <= least <= most:
        facts = {"name": "min", "tag": "atleast", "found": shown(text), "wanted": f"a whole number from 1 to {most}"}
        tell(faults, "open_psa.attribute_value", element.line, **facts)
        return 1
    return least


def truth_of(element: Element, owner: str, faults: Faults) -> bool | None:
    """Return the value of a constant that is true or false; None, and told, where it is neither."""
    if element.tag != "constant":
        facts = {"tag": element.tag, "parent": owner, "known": "<constant>"}
        tell(faults, "open_psa.unsupported", element.line, **facts)
        return None
    value = element.attributes.get("value")
    if value in ("true", "false"):
        return value == "true"
    facts = {"name": "value", "tag": "constant", "found": shown(value), "wanted": '"true" or "false"'}
    tell(faults, "open_psa.attribute_value", element.line, **facts)
    return None
