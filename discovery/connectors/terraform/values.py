"""A value of a state as an attribute of the catalogue: of the type that the attribute has, or none at all."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

_FQDN = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?\.?", re.IGNORECASE
)
_SERVICE_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_MOST = 2**53 - 1


def converted(value: Any, kind: str) -> Any:
    """
    Return a value as ``kind`` wants it, None where it is not of that kind.

    >>> converted("5432", "int"), converted("10.0.0.0/16", "cidr"), converted("fast", "int")
    (5432, '10.0.0.0/16', None)
    """
    return _KINDS[kind](value)


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip() or None


def _integer(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= _MOST else None


def _cidr(value: Any) -> str | None:
    try:
        return str(ipaddress.ip_network(value)) if isinstance(value, str) and "/" in value else None
    except ValueError:
        return None


def _ip(value: Any) -> str | None:
    try:
        return str(ipaddress.ip_address(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _ips(value: Any) -> list[str] | None:
    found = [_ip(each) for each in (value if isinstance(value, list) else [value])]
    return sorted({each for each in found if each is not None}) or None


def _fqdn(value: Any) -> str | None:
    return value if isinstance(value, str) and _FQDN.fullmatch(value) else None


def _texts(value: Any) -> list[str] | None:
    return (
        sorted({each for each in value if isinstance(each, str) and each}) or None if isinstance(value, list) else None
    )


def _service_type(value: Any) -> str | None:
    return value if value in _SERVICE_TYPES else None


_KINDS: dict[str, Callable[[Any], Any]] = {
    "": _text,
    "int": _integer,
    "port": lambda value: found if (found := _integer(value)) is not None and found <= 65_535 else None,
    "cidr": _cidr,
    "ip": _ip,
    "ips": _ips,
    "fqdn": _fqdn,
    "texts": _texts,
    "service_type": _service_type,
}
