"""Expressions of basic events and parameters: numbers, parameters and the arithmetic between them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, Union

from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.open_psa.elements import Element
from cmdb.exchange.open_psa.faults import tell
from cmdb.exchange.open_psa.formulas import Reference

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*")
_WHOLE = re.compile(r"\s*[+-]?\d{1,18}\s*")
MANY = 1_000_000


class Operation(NamedTuple):
    """An operation of MEF on numbers: how many it takes, and what it makes of them."""

    least: int
    most: int
    of: Callable[..., float]


def _mean(*numbers: float) -> float:
    return math.fsum(numbers) / len(numbers)


def _difference(first: float, *rest: float) -> float:
    for each in rest:
        first -= each
    return first


def _quotient(first: float, *rest: float) -> float:
    for each in rest:
        first /= each
    return first


OPERATIONS = {
    "pi": Operation(0, 0, lambda: math.pi),
    "neg": Operation(1, 1, lambda number: -number),
    "abs": Operation(1, 1, abs),
    "sqrt": Operation(1, 1, math.sqrt),
    "exp": Operation(1, 1, math.exp),
    "log": Operation(1, 1, math.log),
    "log10": Operation(1, 1, math.log10),
    "pow": Operation(2, 2, math.pow),
    "add": Operation(1, MANY, lambda *numbers: math.fsum(numbers)),
    "sub": Operation(1, MANY, _difference),
    "mul": Operation(1, MANY, lambda *numbers: math.prod(numbers)),
    "div": Operation(2, MANY, _quotient),
    "min": Operation(1, MANY, lambda *numbers: min(numbers)),
    "max": Operation(1, MANY, lambda *numbers: max(numbers)),
    "mean": Operation(1, MANY, _mean),
    # The chance to have failed by a time, at a constant failure rate.
    "exponential": Operation(2, 2, lambda rate, hours: -math.expm1(-rate * hours)),
}
_KNOWN = ", ".join(f"<{tag}>" for tag in ("float", "int", "parameter", *OPERATIONS))


class Applied(NamedTuple):
    """An operation on its arguments."""

    tag: str
    args: tuple[Expression, ...]
    line: int


class Taken(NamedTuple):
    """A parameter, and the unit in which it is taken."""

    reference: Reference
    unit: str | None


Expression = Union[float, Taken, "Applied"]


def expression_of(element: Element, owner: str, faults: Faults) -> Expression | None:
    """Return the expression of an element, None where it can not be told; what is wrong with it is told."""
    tag = element.tag
    if tag in ("float", "int"):
        return _number(element, faults)
    if tag == "parameter":
        name = element.attributes.get("name")
        if not name:
            facts = {"tag": tag, "name": "name", "wanted": "the name of the parameter"}
            tell(faults, "open_psa.attribute_missing", element.line, **facts)
            return None
        return Taken(Reference(tag, name, element.line), element.attributes.get("unit"))
    if tag not in OPERATIONS:
        tell(faults, "open_psa.unsupported", element.line, tag=tag, parent=f"define-{owner}", known=_KNOWN)
        return None
    args = [expression_of(child, owner, faults) for child in element.children]
    operation = OPERATIONS[tag]
    if not operation.least <= len(args) <= operation.most:
        most = "or more" if operation.most == MANY else f"to {operation.most}"
        facts = {"tag": tag, "owner": owner, "found": str(len(args)), "wanted": f"{operation.least} {most} expressions"}
        tell(faults, "open_psa.children", element.line, **facts)
        return None
    sound = [argument for argument in args if argument is not None]
    return Applied(tag, tuple(sound), element.line) if len(sound) == len(args) else None


def _number(element: Element, faults: Faults) -> float | None:
    text = element.attributes.get("value")
    whole = element.tag == "int"
    if text is not None and (_WHOLE if whole else _NUMBER).fullmatch(text):
        return float(text)
    facts = {"name": "value", "tag": element.tag, "found": shown(text)}
    facts["wanted"] = "a whole number" if whole else "a number such as 1.5e-3"
    tell(faults, "open_psa.attribute_value", element.line, **facts)
    return None


def parameters(expression: Expression) -> list[Taken]:
    """Return the parameters an expression takes, in its order."""
    if isinstance(expression, Taken):
        return [expression]
    if isinstance(expression, Applied):
        return [taken for argument in expression.args for taken in parameters(argument)]
    return []


def value_of(
    expression: Expression, known: Callable[[Taken], float | None], owner: str, faults: Faults
) -> float | None:
    """Return what an expression comes to; None where a parameter has no value or an operation no result."""
    if isinstance(expression, Taken):
        return known(expression)
    if not isinstance(expression, Applied):
        return expression
    found = [value_of(argument, known, owner, faults) for argument in expression.args]
    numbers = [number for number in found if number is not None]
    return None if len(numbers) < len(found) else _result(expression, numbers, owner, faults)


def _result(expression: Applied, numbers: Sequence[float], owner: str, faults: Faults) -> float | None:
    try:
        result = OPERATIONS[expression.tag].of(*numbers)
        if math.isfinite(result):
            return result
    except (ArithmeticError, ValueError):
        pass
    found = ", ".join(f"{number:g}" for number in numbers)
    tell(faults, "open_psa.arithmetic", expression.line, owner=owner, tag=expression.tag, found=found)
    return None
