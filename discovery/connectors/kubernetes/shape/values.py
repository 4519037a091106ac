"""Reads values out of objects whose form nobody vouches for: what is not of its form counts as not there."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

_FQDN = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
LONGEST = 4_096  # characters; what the API names and addresses is far shorter
_QUANTITY = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)(m|[kMGTPE]|[KMGTPE]i)?", re.ASCII)
_UNITS = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18} | {
    f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTPE", start=1)
}


def inner(item: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return the object at a path within an object, an empty one where there is none."""
    for key in keys:
        value = item.get(key)
        if not isinstance(value, Mapping):
            return {}
        item = value
    return item


def records(item: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list, none where there is no such list."""
    value = item.get(key)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def text(item: Mapping[str, Any], key: str) -> str | None:
    """Return a text that is neither empty nor overlong, or None."""
    value = item.get(key)
    return value if isinstance(value, str) and value.strip() and len(value) <= LONGEST else None


def texts(item: Mapping[str, Any], key: str) -> list[str]:
    """Return the texts of a list."""
    value = item.get(key)
    found = value if isinstance(value, list) else []
    return [each for each in found if isinstance(each, str) and each.strip() and len(each) <= LONGEST]


def words(item: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return a mapping of texts to texts, such as labels or a selector, sorted."""
    found = inner(item, key)
    return {str(name): found[name] for name in sorted(found, key=str) if isinstance(found[name], str)}


def number(item: Mapping[str, Any], key: str) -> int | None:
    """Return a whole number that is not negative, or None."""
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def domain(value: str | None) -> str | None:
    """Return a fully qualified domain name, or None where it is none."""
    return value if value and _FQDN.fullmatch(value) else None


def address(value: str | None) -> str | None:
    """Return an IP address, or None where it is none."""
    try:
        return str(ipaddress.ip_address(value or ""))
    except ValueError:
        return None


def gigabytes(quantity: str | None) -> float | None:
    """
    Return a quantity of bytes in units of 10^9, or None where it is none.

    >>> gigabytes("10Gi"), gigabytes("500M"), gigabytes("lots")
    (10.737, 0.5, None)
    """
    match = _QUANTITY.fullmatch(quantity or "")
    return round(float(match[1]) * _UNITS[match[2] or ""] / 1e9, 3) if match else None
