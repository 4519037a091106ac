"""What the attributes of a CI mean beyond their values: what it claims for itself alone, and whom it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cmdb.chain import canonical, digest
from cmdb.configuration.catalogue import ROOT, Catalogue
from cmdb.errors import below
from cmdb.model.ci import CI, CIStatus
from cmdb.model.ci_class import Attribute, AttributeType


def claims_of(catalogue: Catalogue, ci: CI) -> tuple[str, ...]:
    """
    Return what the CI claims for itself alone, such as ``"hardware.asset_tag:4711"``, sorted; a retired CI nothing.

    Values are compared by what they mean (:func:`normalised`), within the class that declares the attribute unique and
    all classes below it.
    """
    unique = catalogue.unique_attributes(ci.ci_class)
    if not unique or ci.status is CIStatus.RETIRED:
        return ()
    held = ((attribute, scope) for attribute, scope in unique if attribute.name in ci.attributes)
    return tuple(sorted(f"{scope}.{a.name}:{normalised(a, ci.attributes[a.name])}" for a, scope in held))


def normalised(attribute: Attribute, value: Any) -> str:
    """
    Return one text for all ways to write the same value: for comparing alone, never for storing.

    Texts longer than 200 bytes are told by their SHA-256. A value that is wrong for its type is taken as it stands.
    """
    entries = value if isinstance(value, (list, tuple)) and attribute.is_list else (value,)
    texts = [_meaning(attribute.entry_type, entry) for entry in entries]
    told = texts if attribute.is_list else texts[0]
    text = told if isinstance(told, str) else canonical(told).decode("utf-8")
    return text if len(text.encode("utf-8")) <= 200 else f"sha256:{digest(text)}"


def _meaning(kind: AttributeType, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # Few CIs claim an address or a time, so what knows about them is only loaded when one does.
    import ipaddress
    from datetime import UTC, datetime

    try:
        match kind:
            case AttributeType.MAC:
                digits = re.sub("[^0-9a-f]", "", value.lower())
                return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
            case AttributeType.IP:
                return str(ipaddress.ip_address(value))
            case AttributeType.CIDR:
                return str(ipaddress.ip_network(value))
            case AttributeType.FQDN:
                return value.lower().rstrip(".")
            case AttributeType.URL:
                scheme, _, rest = value.partition("://")
                host, slash, path = rest.partition("/")
                return f"{scheme.lower()}://{host.lower()}{slash}{path}"
            case AttributeType.TIME:
                return datetime.fromisoformat(value).astimezone(UTC).isoformat()
            case _:
                return value
    except ValueError:
        return value


def references_of(catalogue: Catalogue, ci: CI) -> Iterator[tuple[str, str, str]]:
    """
    Yield (pointer below the attributes, id, class the id must be of, or below) for each CI that they refer to.

    A value that can be no id is left out; what is wrong with it is told by its type.
    """
    for attribute in catalogue.attributes_of(ci.ci_class).values():
        if attribute.entry_type is AttributeType.REFERENCE and attribute.name in ci.attributes:
            held = ci.attributes[attribute.name]
            many = attribute.is_list and isinstance(held, (list, tuple))
            for number, entry in enumerate(held if many else (held,)):
                if isinstance(entry, str):
                    steps = (attribute.name, number) if many else (attribute.name,)
                    yield below("", *steps), entry, attribute.refers_to or ROOT
