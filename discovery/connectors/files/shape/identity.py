"""By what others may know a thing of a file again: those of its attributes that have that meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from cmdb.model.observation import End, Identifier

NAMED_BY_PEOPLE = frozenset(
    ("business_service", "customer", "data_center", "service", "supplier", "team", "technical_service")
)
_ALONE = (("cloud_id", "cloud_id"), ("uuid", "uuid"), ("machine_id", "machine_id"), ("chassis_id", "chassis_id"))
_ADDRESSES = ("ip_addresses", "management_ip")
_MACS = ("mac_addresses", "mac_address", "base_mac")
_FQDN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.I)
_VIRTUAL = "vip"


def identifiers_of(ci_class: str, name: str | None, attributes: Mapping[str, Any]) -> tuple[Identifier, ...]:
    """Return the identifiers that the attributes of a thing give, in one order, as they were read."""
    return tuple(dict.fromkeys(_identifiers(ci_class, name, attributes)))


def _identifiers(ci_class: str, name: str | None, attributes: Mapping[str, Any]) -> Iterator[Identifier]:
    if ci_class == _VIRTUAL:
        # The address of a pair is nobody's own.
        yield from (Identifier("vip", text) for text in _texts(attributes, "address", *_ADDRESSES))
        return
    for attribute, kind in _ALONE:
        yield from (Identifier(kind, text) for text in _texts(attributes, attribute))
    vendor = next(_texts(attributes, "vendor"), None)
    if vendor is not None:
        # A serial number is one of its vendor's; two vendors may well give the same.
        yield from (Identifier("serial", f"{vendor}|{text}") for text in _texts(attributes, "serial_number"))
    yield from (Identifier("mac", text) for text in _texts(attributes, *_MACS))
    yield from (Identifier("fqdn", text) for text in _texts(attributes, "fqdn"))
    yield from (Identifier("ip", text) for text in _texts(attributes, *_ADDRESSES))
    if ci_class in NAMED_BY_PEOPLE and name:
        yield Identifier("name", name)


def _texts(attributes: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        value = attributes.get(name)
        for entry in value if isinstance(value, list) else (value,):
            if isinstance(entry, str) and entry:
                yield entry


def end_of(text: str) -> End:
    """Return the other end of a relation that a file names: by its id there, or by an address that it may be."""
    try:
        return End(text, (Identifier("ip", str(ip_address(text))),))
    except ValueError:
        pass
    if _FQDN.fullmatch(text):
        return End(text, (Identifier("fqdn", text),))
    return End(text)
