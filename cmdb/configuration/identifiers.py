"""Identifiers as they can be compared: one spelling for each, and None for what identifies nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from cmdb.model.discovery_rules import ANY, DiscoveryRules
from cmdb.model.observation import Identifier

# The addresses that routers share to stand in for each other (VRRP for both protocols, HSRP in both versions, GLBP);
# the locally administered ones are told by a bit.
_SHARED_MACS = ("00005e0001", "00005e0002", "00000c07ac", "00000c9ff", "0005731", "0007b4")
_LOCALLY_ADMINISTERED = 0x02
_GROUP = 0x01
_NOT_HEX = re.compile(r"[^0-9a-f]")
_SPACES = re.compile(r"\s+")


def normalised(identifier: Identifier, rules: DiscoveryRules) -> Identifier | None:
    """
    Return an identifier in its one spelling, or None if its value is junk: a placeholder, zeros, a shared address.

    >>> from cmdb.configuration.discovery_defaults import RULES
    >>> normalised(Identifier("mac", "52-54-00-AB-CD-EF"), RULES) is None  # locally administered
    True
    >>> normalised(Identifier("mac", "3C-EC-EF-AB-CD-01"), RULES).value
    '3c:ec:ef:ab:cd:01'
    """
    text = _SPACES.sub(" ", identifier.value).strip()
    spelled = _SPELLING.get(identifier.kind, _folded)(text)
    if spelled is None or spelled in rules.junk.get(ANY, ()) or spelled in rules.junk.get(identifier.kind, ()):
        return None
    # "vendor|serial": either half may be what a factory leaves in.
    if identifier.kind == "serial" and not all(
        half and half not in rules.junk.get(ANY, ()) for half in _halves(spelled)
    ):
        return None
    return Identifier(identifier.kind, spelled)


def bare_serial(text: str, rules: DiscoveryRules) -> str | None:
    """
    Return a serial number without its vendor in its one spelling, None where it is junk.

    It identifies nothing, as another vendor may have the same; but one thing does not have two.

    >>> from cmdb.configuration.discovery_defaults import RULES
    >>> bare_serial(" 7xk2 P93", RULES), bare_serial("Acme|7XK2 P93", RULES), bare_serial("0000", RULES)
    ('7xk2 p93', '7xk2 p93', None)
    """
    spelled = normalised(Identifier("serial", text if "|" in text else f"-|{text}"), rules)
    return None if spelled is None else _halves(spelled.value)[1]


def _folded(text: str) -> str | None:
    folded = text.casefold()
    return None if not folded.strip("0- .:") else folded


def _exact(text: str) -> str | None:
    return text or None


def _halves(text: str) -> tuple[str, str]:
    vendor, _, serial = text.partition("|")
    return vendor.strip(), serial.strip()


def _serial(text: str) -> str | None:
    vendor, serial = _halves(text.casefold())
    return f"{vendor}|{serial}" if vendor and serial.strip("0-. ") else None


def _uuid(text: str) -> str | None:
    digits = _NOT_HEX.sub("", text.casefold())
    if len(digits) != 32 or len(set(digits)) < 3:
        return None
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _machine_id(text: str) -> str | None:
    digits = text.casefold().replace("-", "")
    return digits if re.fullmatch("[0-9a-f]{32}", digits) and len(set(digits)) > 2 else None


def _mac(text: str) -> str | None:
    digits = re.sub("[^0-9a-fA-F]", "", text).lower()
    if len(digits) != 12 or len(set(digits)) == 1 or digits.startswith(_SHARED_MACS):
        return None
    if int(digits[:2], 16) & (_LOCALLY_ADMINISTERED | _GROUP):
        return None
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def _chassis_id(text: str) -> str | None:
    # Most often a MAC address; the shared ones are junk there too, the locally administered are a device's own choice.
    digits = re.sub("[^0-9a-fA-F]", "", text).lower()
    if len(digits) == 12 and re.fullmatch("[0-9a-fA-F:. -]+", text):
        if len(set(digits)) == 1 or digits.startswith(_SHARED_MACS):
            return None
        return ":".join(digits[i : i + 2] for i in range(0, 12, 2))
    return _folded(text)


def _fqdn(text: str) -> str | None:
    name = text.casefold().rstrip(".")
    # A name without a dot names a different host in every network.
    return name if "." in name and not name.startswith("localhost.") else None


def _ip(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0].partition("/")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast:
        return None
    return str(address)


def _endpoint(text: str) -> str | None:
    address, _, protocol = text.partition("/")
    host, _, port = address.rpartition(":")
    spelled = _ip(host.strip("[]"))
    if spelled is None or not port.isdigit() or not 0 < int(port) < 65_536:
        return None
    return f"{f'[{spelled}]' if ':' in spelled else spelled}:{int(port)}/{(protocol or 'tcp').casefold()}"


_SPELLING: dict[str, Callable[[str], str | None]] = {
    "serial": _serial,
    "uuid": _uuid,
    "machine_id": _machine_id,
    "mac": _mac,
    "chassis_id": _chassis_id,
    "fqdn": _fqdn,
    "ip": _ip,
    "endpoint": _endpoint,
    # These are written by systems for systems; another spelling is another thing.
    "part": _exact,
    "service": _exact,
    "cloud_id": _exact,
    "terraform": _exact,
    "kubernetes_name": _exact,
    "otel_service": _exact,
}
