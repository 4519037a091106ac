"""What classes, attributes and values are called on a page, by the catalogue."""

from __future__ import annotations

import json
from typing import Any

from cmdb.configuration.catalogue import Catalogue
from cmdb.model.ci_class import Attribute, AttributeType

_LONGEST = 400
# The icon of a class is that of its nearest ancestor named here.
_ICONS = {
    "service": "service",
    "service_instance": "service",
    "external_service": "service",
    "kubernetes_workload": "service",
    "database_instance": "database",
    "database": "database",
    "storage": "database",
    "storage_array": "database",
    "volume": "database",
    "server": "server",
    "host": "server",
    "virtual_machine": "server",
    "switch": "network",
    "router": "network",
    "network_device": "network",
    "network": "network",
    "load_balancer": "network",
    "pdu": "power",
    "ups": "power",
    "power_feed": "power",
}
_MONO = {AttributeType.IP, AttributeType.CIDR, AttributeType.MAC, AttributeType.FQDN, AttributeType.JSON}


def class_label(catalogue: Catalogue, name: str) -> str:
    """Return the label of a class, its name where it has none or is unknown."""
    found = catalogue.find_class(name)
    return (found.label if found else "") or name


def class_icon(catalogue: Catalogue, name: str) -> str:
    """Return the icon of a class."""
    return next((_ICONS[each] for each in catalogue.lineage(name) if each in _ICONS), "cube")


def class_choices(catalogue: Catalogue, *, keep: str = "", abstract: bool = False) -> list[tuple[str, str]]:
    """
    Return the classes by label, for a select field, as (name, label).

    Retired ones only as ``keep``, the one that is chosen; those that only collect others only with ``abstract``.
    """
    classes = [
        each
        for each in catalogue.classes.values()
        if each.name == keep or (not each.retired and (abstract or not each.abstract))
    ]
    choices = sorted(((each.name, each.label or each.name) for each in classes), key=lambda c: (c[1].casefold(), c[0]))
    return choices if not keep or keep in catalogue.classes else [(keep, keep), *choices]


def value_text(value: Any) -> str:
    """Return a value as a person reads it; a very long one is cut, and the number of its characters said."""
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, str):
        text = value
    elif isinstance(value, (list, tuple)) and all(isinstance(each, (str, int, float)) for each in value):
        text = ", ".join(value_text(each) for each in value)
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def is_mono(attribute: Attribute | None) -> bool:
    """Tell whether the values of an attribute are addresses or code."""
    return attribute is not None and attribute.entry_type in _MONO


def type_text(attribute: Attribute) -> str:
    """Return the type of an attribute in words."""
    if attribute.type is AttributeType.LIST:
        return f"list of {attribute.entry_type.value}"
    if attribute.type is AttributeType.REFERENCE:
        return f"reference to {attribute.refers_to}"
    return attribute.type.value


def rules_text(attribute: Attribute) -> str:
    """Return what the class asks of an attribute's value beyond its type."""
    low, high = attribute.minimum, attribute.maximum
    parts = [
        "required" if attribute.required else "",
        "unique" if attribute.unique else "",
        f"one of {', '.join(attribute.choices)}" if attribute.choices else "",
        f"matches {attribute.pattern}" if attribute.pattern else "",
        f"from {low}" if low is not None and high is None else "",
        f"up to {high}" if high is not None and low is None else "",
        f"{low} to {high}" if low is not None and high is not None else "",
        f"in {attribute.unit}" if attribute.unit else "",
        f"otherwise {value_text(attribute.default)}" if attribute.default is not None else "",
    ]
    return ", ".join(part for part in parts if part)
