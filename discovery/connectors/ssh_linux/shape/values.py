"""Values as the catalogue wants them: what has another form becomes None and is left out."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST_TEXT = 256
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.ASCII)
_FQDN = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,126}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.ASCII | re.IGNORECASE,
)
_VRRP_MACS = ("00:00:5e:00:01:", "00:00:5e:00:02:")


def text_of(value: Any) -> str | None:
    """Return one line of printable text, or None where nothing is left of it."""
    if not isinstance(value, str):
        return None
    flat = "".join(each for each in " ".join(value.split()) if each.isprintable())
    return flat[:LONGEST_TEXT] or None


def mac_of(value: Any) -> str | None:
    """Return a MAC address that somebody may own: neither zero, nor of a group, nor of a virtual router."""
    lower = value.lower() if isinstance(value, str) else ""
    if not _MAC.fullmatch(lower) or not lower.strip("0:") or int(lower[:2], 16) & 1 or lower.startswith(_VRRP_MACS):
        return None
    return lower


def is_vrrp_mac(value: Any) -> bool:
    """Tell whether a MAC address is that of a virtual router (RFC 9568)."""
    return isinstance(value, str) and value.lower().startswith(_VRRP_MACS)


def fqdn_of(value: Any) -> str | None:
    """Return a full domain name, or None; what every host is called is no name."""
    name = value.strip().rstrip(".") if isinstance(value, str) else ""
    return name.lower() if _FQDN.fullmatch(name) and not name.lower().startswith("localhost.") else None


def ip_of(value: Any) -> IP | None:
    """Return an address, an IPv4 one that is wrapped in IPv6 unwrapped, or None."""
    return _ip(value) if isinstance(value, str) and len(value) <= LONGEST_TEXT else None


@lru_cache(maxsize=4096)  # Sockets by the ten thousand have few addresses.
def _ip(text: str) -> IP | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def ordered(addresses: Any) -> list[str]:
    """Return addresses as text, each once, by family and number."""
    return [str(each) for each in sorted(set(addresses), key=lambda each: (each.version, int(each)))]


def endpoint(address: IP, port: int, transport: str = "tcp") -> str:
    """
    Return where something listens, as identifiers have it.

    >>> endpoint(ip_of("10.0.0.5"), 5432)
    '10.0.0.5:5432/tcp'
    """
    return f"{address}:{port}/{transport}" if address.version == 4 else f"[{address}]:{port}/{transport}"
