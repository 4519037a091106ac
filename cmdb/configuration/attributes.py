"""
What is wrong with the attributes of a CI, told by what its class says.

Values are judged and never rewritten. Verdicts on single values are remembered, as an estate holds few different ones
many times; what is plainly right (short printable text, a whole number) needs no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.faults import hint, problem, shown
from cmdb.configuration.limits import INTEGER, JSON_DEPTH, LIST_ENTRIES, PATTERNED_CHARACTERS, TEXT_BYTES
from cmdb.errors import Problem, below
from cmdb.model.ci_class import Attribute, AttributeType, CIClass

REMEMBERED = 10_000  # verdicts for each attribute, on values of at most this many characters:
REMEMBERED_CHARACTERS = 200
PLAIN_CHARACTERS = TEXT_BYTES // 4  # so many characters never exceed the limit, whatever they are

EXAMPLES: Mapping[AttributeType, str] = {
    AttributeType.TEXT: '"eqiad"',
    AttributeType.INTEGER: "42",
    AttributeType.DECIMAL: "12.5",
    AttributeType.BOOLEAN: "true",
    AttributeType.DATE: '"2026-03-02"',
    AttributeType.TIME: '"2026-03-02T09:00:00+01:00"',
    AttributeType.ENUM: '"core"',
    AttributeType.IP: '"192.0.2.17"',
    AttributeType.CIDR: '"192.0.2.0/24"',
    AttributeType.MAC: '"00:00:5e:00:53:2a"',
    AttributeType.FQDN: '"web1.example.org"',
    AttributeType.URL: '"https://example.org/"',
    AttributeType.REFERENCE: '"srv:web1"',
    AttributeType.LIST: "[]",
    AttributeType.JSON: '{"any": ["JSON"]}',
}
# Types whose everyday values are all right, and the Python type of those.
_PLAIN: Mapping[AttributeType, type] = {
    AttributeType.TEXT: str,
    AttributeType.INTEGER: int,
    AttributeType.BOOLEAN: bool,
}


def example_of(attribute: Attribute) -> str:
    """Return, as JSON, a value that would be right for the type of the attribute (its pattern left aside)."""
    kind = attribute.entry_type
    example = EXAMPLES[kind]
    if kind is AttributeType.ENUM and attribute.choices:
        example = shown(attribute.choices[0])
    if attribute.minimum is not None or attribute.maximum is not None:
        example = shown(attribute.minimum if attribute.minimum is not None else attribute.maximum)
    return f"[{example}]" if attribute.is_list else example


def problems_of(
    catalogue: Catalogue, ci_class: str, attributes: Mapping[str, Any], pointer: str = "/attributes"
) -> list[Problem]:
    """
    Return everything that is wrong with the attributes of a CI of ``ci_class``, a known class; empty means right.

    ``pointer`` is the JSON pointer of the attributes; each problem points at its attribute or list entry.
    """
    judge = _judges(catalogue).get(ci_class)
    if judge is None:
        judge = _judges(catalogue)[ci_class] = _ClassJudge(catalogue, ci_class)
    return [] if judge.passes(attributes) else judge.problems(attributes, pointer)


def problems_of_value(attribute: Attribute, value: Any) -> list[Problem]:
    """Return everything that is wrong with one value by itself; pointers start at the attribute's name."""
    lone = Catalogue({"one": CIClass("one", attributes=(attribute,))}, {})
    return _ClassJudge(lone, "one").problems({attribute.name: value}, "")


@lru_cache(maxsize=8)
def _judges(_: Catalogue) -> dict[str, _ClassJudge]:
    """Return the judges of a catalogue by class; the few catalogues in use at a time keep theirs."""
    return {}


class _ClassJudge:
    """Judges the attributes of one class: quickly whether all are right, thoroughly what is wrong."""

    def __init__(self, catalogue: Catalogue, ci_class: str) -> None:
        self.ci_class = ci_class
        self.attributes = catalogue.attributes_of(ci_class)
        self._values: dict[str, _ValueJudge] = {}
        self._required = tuple(a.name for a in self.attributes.values() if a.required and a.default is None)
        self._schema: Any = None

    def passes(self, attributes: Any) -> bool:
        if not isinstance(attributes, Mapping):
            return False
        values = self._values
        for name, value in attributes.items():
            judge = values.get(name)
            if judge is None:
                if name not in self.attributes:
                    return False
                judge = values[name] = _ValueJudge(self.attributes[name])
            if not judge.passes(value):
                return False
        return all(name in attributes for name in self._required)

    def problems(self, attributes: Any, pointer: str) -> list[Problem]:
        if not isinstance(attributes, Mapping):
            return [problem("attribute.not_object", pointer, value=shown(attributes))]
        if self._schema is None:
            from cmdb.configuration.attribute_fields import schema_of

            self._schema = schema_of(tuple(self.attributes.values()))
        errors = self._schema.validate(attributes)
        found: list[Problem] = []
        for name in (*attributes, *(name for name in self.attributes if name not in attributes)):
            found += self._told(name, errors.get(name, ()), attributes.get(name), pointer)
        return found

    def _told(self, name: str, codes: Any, value: Any, pointer: str) -> list[Problem]:
        if isinstance(codes, Mapping):  # by index in a list
            entries = [(code, value[at], below(pointer, name, at)) for at in codes for code in codes[at]]
        else:
            entries = [(code, value, below(pointer, name)) for code in codes]
        return [problem(code, place, **self._facts(code, name, entry)) for code, entry, place in entries]

    def _facts(self, code: str, name: str, value: Any) -> dict[str, Any]:
        attribute = self.attributes.get(name)
        if attribute is None:
            return {"ci_class": self.ci_class, "name": name, "hint": hint(name, self.attributes)}
        facts: dict[str, Any] = {"ci_class": self.ci_class, "name": name, "value": shown(value)}
        return facts | _facts_of(code, attribute, value)


def _facts_of(code: str, attribute: Attribute, value: Any) -> dict[str, Any]:
    """Return what the sentence of ``code`` says beyond the name and the value."""
    from cmdb.configuration import attribute_fields

    example = example_of(attribute)
    if attribute.is_list and code not in ("attribute.not_list", "attribute.missing"):
        example = example[1:-1]
    match code:
        case "attribute.missing":
            return {"type": attribute.type.value, "example": example}
        case "attribute.not_enum":
            return {"choices": ", ".join(attribute.choices[:20])}
        case "attribute.not_reference":
            return {"refers_to": attribute.refers_to}
        case "attribute.host_bits":
            return {"network": attribute_fields.network_around(value)}
        case "attribute.not_matching":
            return {"pattern": f"{attribute.pattern} ({PATTERNED_CHARACTERS} characters at most)"}
        case "attribute.out_of_range":
            return {"range": range_of(attribute)}
        case "attribute.too_long":
            return {"size": attribute_fields.size_of(value), "limit": attribute_fields.longest(attribute)}
        case "attribute.too_many":
            return {"size": len(value), "limit": LIST_ENTRIES}
        case "attribute.too_deep":
            return {"limit": JSON_DEPTH}
        case _:
            return {"example": example}


def range_of(attribute: Attribute) -> str:
    """Return in words which numbers the attribute allows."""
    low, high = attribute.minimum, attribute.maximum
    if low is not None and high is not None:
        return f"a number from {low} to {high}"
    return f"a number of at least {low}" if low is not None else f"a number of at most {high}"


class _ValueJudge:
    """Tells whether a value is right for one attribute, remembering its verdicts."""

    __slots__ = ("_attribute", "_entries", "_field", "_high", "_low", "_plain", "_right")

    def __init__(self, attribute: Attribute, *, entry: bool = False) -> None:
        self._attribute = attribute
        self._entries = _ValueJudge(attribute, entry=True) if attribute.is_list and not entry else None
        self._plain = _PLAIN.get(attribute.entry_type) if attribute.pattern is None else None
        self._low = max(-INTEGER, -INTEGER if attribute.minimum is None else attribute.minimum)
        self._high = min(INTEGER, INTEGER if attribute.maximum is None else attribute.maximum)
        self._right: set[Any] = set(attribute.choices) if attribute.entry_type is AttributeType.ENUM else set()
        self._field: Any = None

    def passes(self, value: Any) -> bool:
        kind = type(value)
        if self._entries is not None:
            return (
                (kind is list or kind is tuple) and len(value) <= LIST_ENTRIES and all(map(self._entries.passes, value))
            )
        if kind is self._plain and self._is_plain(value, kind):
            return True
        if kind is str:
            key, lasting = value, len(value) <= REMEMBERED_CHARACTERS
        else:
            # True == 1 == 1.0 in Python, so the type is a part of the key.
            key, lasting = (kind, value), kind is int or kind is float or kind is bool
        if lasting and key in self._right:
            return True
        if not self._judged(value):
            return False
        if lasting:
            if len(self._right) >= REMEMBERED:
                self._right.clear()
            self._right.add(key)
        return True

    def _is_plain(self, value: Any, kind: type) -> bool:
        if kind is str:
            return len(value) <= PLAIN_CHARACTERS and value.isprintable()
        return kind is bool or self._low <= value <= self._high

    def _judged(self, value: Any) -> bool:
        from cmdb.configuration import attribute_fields

        if self._field is None:
            self._field = attribute_fields.entry_field(self._attribute)
        return attribute_fields.is_right(self._field, value)
