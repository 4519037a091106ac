"""Values of attributes as people type them, read by what the class of the CI says they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cmdb.errors import Problem
from web.cli.configuration.pairs import read_value

if TYPE_CHECKING:
    from cmdb.model.ci_class import Attribute

_JSON = {"integer", "decimal", "boolean", "json"}


def read_attributes(texts: Sequence[str], attributes: Mapping[str, Attribute]) -> tuple[dict[str, Any], list[Problem]]:
    """
    Return the values of ``NAME=VALUE`` texts by name, None where nothing follows the sign, and what can not be read.

    A text attribute keeps its text whatever it looks like; numbers, booleans and JSON are read as JSON; a list is JSON
    or its entries with commas between. Whether a value is right is judged by the desk.
    """
    found: dict[str, Any] = {}
    problems = []
    for place, text in enumerate(texts):
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            facts = {"text": text[:80]}
            problems.append(Problem("option.no_value", "{text!r}: write NAME=VALUE", facts, f"/set/{place}"))
        elif name in found:
            problems.append(Problem("option.twice", "{key} stands twice", {"key": name}, f"/set/{place}"))
        else:
            found[name] = None if value == "" else _value(value, attributes.get(name))
    return found, problems


def _value(text: str, attribute: Attribute | None) -> Any:
    if attribute is None:
        return read_value(text)
    kind = attribute.entry_type.value
    if attribute.type.value != "list":
        return read_value(text) if kind in _JSON else text
    if text.startswith("["):
        return read_value(text)
    return [read_value(entry) if kind in _JSON else entry.strip() for entry in text.split(",")]
