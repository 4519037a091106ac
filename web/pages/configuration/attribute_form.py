"""The attributes of a class as form fields, and what is typed there as the JSON values the desk judges."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.configuration.attributes import example_of
from cmdb.configuration.catalogue import Catalogue
from cmdb.model.ci_class import Attribute, AttributeType
from web.pages.configuration.labels import is_mono, rules_text, type_text
from web.pages.forms import Form, Place, plain

PREFIX = "a."
_WHOLE = re.compile(r"-?\d{1,30}", re.ASCII)
_FEW = 6


@dataclass(frozen=True, slots=True)
class AttributeField:
    """One field: what kind of control it is ("input", "date", "select", "textarea"), its choices and its hint."""

    name: str
    label: str
    control: str
    choices: tuple[tuple[str, str], ...]
    hint: str
    required: bool
    mono: bool


def fields_of(
    catalogue: Catalogue, ci_class: str, form: Form, *, held: Iterable[str] = ()
) -> tuple[list[AttributeField], list[AttributeField]]:
    """
    Return the fields of a class: those shown at once (required, filled, wrong, or the first few), and the others.

    ``held`` are the attributes a CI has; one that its class has lost gets a field too, so that it can be taken away.
    """
    known = catalogue.attributes_of(ci_class)
    fields = [_left_over(name) for name in held if name not in known]
    fields += [_field(each, form) for each in sorted(known.values(), key=lambda each: not each.required)]
    shown = [each for place, each in enumerate(fields) if place < _FEW or each.required or _in_use(each, form)]
    return shown, [each for each in fields if each not in shown]


def values_of(attributes: Mapping[str, Any], known: Mapping[str, Attribute]) -> dict[str, str]:
    """Return the form of some attributes; one the class does not have is shown as JSON."""
    return {PREFIX + name: _typed(value, known.get(name, _unknown(name))) for name, value in attributes.items()}


def attributes_of(form: Form, known: Iterable[Attribute], *, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """
    Return the attributes a form states, by name.

    What can not be read as its type is passed on as it is, so that the desk names every fault. With ``before``, what
    was not touched keeps its value to the byte.
    """
    by_name = {each.name: each for each in known}
    kept = dict(before or {})
    shown = values_of(kept, by_name)
    by_name |= {name: _unknown(name) for name in kept if name not in by_name}
    found: dict[str, Any] = {}
    for name, attribute in by_name.items():
        text = form.text(PREFIX + name)
        if name in kept and text == plain(shown[PREFIX + name]):
            found[name] = kept[name]
        elif text:
            found[name] = _read(text, attribute, form)
    return found


def _field(attribute: Attribute, form: Form) -> AttributeField:
    control = "input"
    choices: tuple[tuple[str, str], ...] = ()
    kind = attribute.type
    if kind is AttributeType.BOOLEAN:
        control, choices = "select", (("", ""), ("yes", "yes"), ("no", "no"))
    elif kind is AttributeType.ENUM:
        control = "select"
        choices = (("", ""), *((each, each) for each in attribute.choices))
        held = form.value(PREFIX + attribute.name)
        if held and held not in attribute.choices:
            choices = (*choices, (held, held))
    elif kind is AttributeType.DATE:
        control = "date"
    elif kind in (AttributeType.LIST, AttributeType.JSON) or "\n" in form.value(PREFIX + attribute.name):
        control = "textarea"
    return AttributeField(
        PREFIX + attribute.name,
        attribute.label or attribute.name,
        control,
        choices,
        _hint(attribute),
        attribute.required and attribute.default is None,
        is_mono(attribute),
    )


def _unknown(name: str) -> Attribute:
    return Attribute(name, AttributeType.JSON)


def _left_over(name: str) -> AttributeField:
    hint = "The class has no such attribute any more; empty the field to take it away"
    return AttributeField(PREFIX + name, name, "textarea", (), hint, required=False, mono=True)


def _hint(attribute: Attribute) -> str:
    plain = attribute.type in (AttributeType.TEXT, AttributeType.BOOLEAN, AttributeType.ENUM, AttributeType.DATE)
    parts = [attribute.description, "" if plain else f"{type_text(attribute)}, such as {_example(attribute)}"]
    parts += ["one a line" if attribute.type is AttributeType.LIST else "", rules_text(attribute)]
    said = "; ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def _example(attribute: Attribute) -> str:
    text = example_of(attribute)
    if attribute.type is AttributeType.LIST:
        text = text[1:-1]
    return text.strip('"')


def _in_use(field: AttributeField, form: Form) -> bool:
    return bool(form.value(field.name)) or field.name in form.errors


def _typed(value: Any, attribute: Attribute) -> str:
    if attribute.type is AttributeType.LIST and isinstance(value, list):
        return "\n".join(each if isinstance(each, str) else _scalar(each) for each in value)
    return value if isinstance(value, str) and attribute.type is not AttributeType.JSON else _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False)


def _read(text: str, attribute: Attribute, form: Form) -> Any:
    if attribute.type is AttributeType.LIST:
        lines = (line.strip() for line in text.split("\n"))
        return [_entry(line, attribute, form) for line in lines if line]
    return _entry(text, attribute, form)


def _entry(text: str, attribute: Attribute, form: Form) -> Any:
    kind = attribute.entry_type
    if kind is AttributeType.BOOLEAN:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.casefold(), text)
    if kind is AttributeType.INTEGER:
        return int(text) if _WHOLE.fullmatch(text) else text
    if kind is AttributeType.DECIMAL:
        return number_of(text)
    if kind is AttributeType.JSON:
        return _json(text, attribute, form)
    return text


def number_of(text: str) -> Any:
    """Return the number a text states, or the text where it states none."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(text) if _WHOLE.fullmatch(text) else number


def _json(text: str, attribute: Attribute, form: Form) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        form.fault(
            PREFIX + attribute.name, attribute.label or attribute.name, "it is no JSON; write a value such as {}"
        )
        return math.nan  # The desk refuses it, so nothing is written and it tells all its other faults as well.


def attribute_at(pointer: str) -> Place | None:
    """Return the field of a fault at ``/attributes/NAME`` or below it, None if it lies elsewhere."""
    parts = pointer.split("/")
    if len(parts) < 3 or parts[1] != "attributes":
        return None
    name = parts[2].replace("~1", "/").replace("~0", "~")
    return PREFIX + name, name
