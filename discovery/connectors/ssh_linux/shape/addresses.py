"""
Interfaces, their addresses and the routes; which addresses and MACs are the host's own, and which only visit it.

An address is not the host's own where keepalived's configuration has it, or where it is the only address of its net
(/32, /128) beside an ordinary one: that is how addresses are put on and taken off while a host runs.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.values import IP, ip_of, is_vrrp_mac, mac_of, text_of

# Where a MAC address comes from (addr_assign_type): the card, or somebody who set it; the rest is rolled or borrowed.
_LASTING = ("0", "3")
_CARD_KINDS = ("", "wlan", "wwan", "macvlan", "ipvlan")
_CARD = re.compile(r"(\d{1,9}) (\S{1,64}) address=(\S*) assigned=(\d*) kind=(\S*) speed=(\S*)")
_CARD_LIKE = (None, "veth", "macvlan", "ipvlan", "netvsc", "virtio_net")


@dataclass(frozen=True, slots=True)
class Card:
    """An interface as sysfs has it; ``lasting``: it is a card, or stands for one, and its MAC address stays."""

    index: int
    name: str
    mac: str | None
    lasting: bool
    speed: int | None


@dataclass(frozen=True, slots=True)
class Address:
    """An address on an interface."""

    ip: IP
    prefix: int
    dynamic: bool = False
    secondary: bool = False

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """The network it is in."""
        return ipaddress.ip_network(f"{self.ip}/{min(self.prefix, self.ip.max_prefixlen)}", strict=False)


@dataclass(frozen=True, slots=True)
class Interface:
    """
    One interface: ``kind`` is what makes it (bond, bridge, vlan, veth), None for a card; ``lasting`` tells that its MAC
    address stays; ``master`` and ``parent`` are names of other interfaces; ``min_links`` is a bond's own.
    """

    index: int
    name: str
    kind: str | None
    mac: str | None
    lasting: bool
    up: bool
    master: str | None
    parent: str | None
    min_links: int
    speed: int | None
    addresses: tuple[Address, ...]

    @property
    def is_card(self) -> bool:
        """Tell whether frames leave the host by it, rather than by another interface below it."""
        return self.kind in _CARD_LIKE


@dataclass(frozen=True, slots=True)
class Route:
    """One way to a network: by ``gateway`` (None where it is on the link) through each of ``interfaces``."""

    network: ipaddress.IPv4Network
    gateway: IP | None
    interfaces: tuple[str, ...]


def read_interfaces(reading: Reading) -> list[Interface]:
    """Return the interfaces in the order of their numbers, without the loopback and those of virtual routers."""
    cards = {each.name: each for each in read_cards(reading)}
    found = []
    for entry in reading.objects("addresses"):
        name = text_of(entry.get("ifname"))
        if name is None or entry.get("link_type") == "loopback" or is_vrrp_mac(entry.get("address")):
            continue
        found.append(_interface(entry, name, cards.get(name)))
    return sorted(found, key=lambda each: (each.index, each.name))


def _interface(entry: Mapping[str, Any], name: str, card: Card | None) -> Interface:
    info = _object(entry, "linkinfo")
    data = _object(info, "info_data")
    kind = text_of(info.get("info_kind"))
    # What sysfs says counts where it speaks of the same interface, which in a namespace it may not.
    card = card if card is not None and card.mac == mac_of(entry.get("address")) else None
    mac = mac_of(entry.get("permaddr")) or mac_of(entry.get("address"))
    return Interface(
        index=_number(entry.get("ifindex")),
        name=name[:64],
        kind=kind,
        mac=mac,
        lasting=bool(entry.get("permaddr")) or (card.lasting if card else kind is None),
        up="UP" in _list(entry, "flags"),
        master=text_of(entry.get("master")),
        parent=text_of(entry.get("link")) if kind in ("vlan", "macvlan", "ipvlan") else None,
        min_links=_number(data.get("min_links")),
        speed=card.speed if card else None,
        addresses=tuple(each for each in map(_address, _list(entry, "addr_info")) if each is not None),
    )


def _address(entry: Any) -> Address | None:
    if not isinstance(entry, dict):
        return None
    ip = ip_of(entry.get("local"))
    if ip is None or ip.is_link_local or ip.is_loopback:
        return None
    return Address(ip, _number(entry.get("prefixlen")), entry.get("dynamic") is True, entry.get("secondary") is True)


def read_routes(reading: Reading) -> list[Route]:
    """Return the IPv4 routes, the most exact first."""
    found = []
    for entry in reading.objects("routes"):
        text = text_of(entry.get("dst")) or ""
        try:
            network = ipaddress.IPv4Network("0.0.0.0/0" if text == "default" else text)
        except ValueError:
            continue
        hops: list[Mapping[str, Any]] = [hop for hop in _list(entry, "nexthops") if isinstance(hop, dict)] or [entry]
        names = tuple(sorted({name for hop in hops if (name := text_of(hop.get("dev")))}))
        gateways = [ip_of(hop.get("gateway")) for hop in hops]
        # Of several ways of one weight none is needed alone, so none is told.
        found.append(Route(network, gateways[0] if len(set(gateways)) == 1 else None, names))
    return sorted(found, key=lambda each: (-each.network.prefixlen, each.network, str(each.gateway)))


def route_to(address: IP, routes: Sequence[Route]) -> Route | None:
    """Return the most exact route to an address, or None."""
    if not isinstance(address, ipaddress.IPv4Address):
        return None
    return next((route for route in routes if address in route.network), None)


def visiting(interface: Interface, virtual: frozenset[IP], *, doubtful: bool) -> frozenset[IP]:
    """
    Return the addresses of an interface that are not the host's own.

    ``virtual`` are those that keepalived's configuration has. ``doubtful``: there is such a configuration and it could
    not be read, so any second address may be a virtual one.
    """
    found = set()
    for address in interface.addresses:
        full = address.prefix == address.ip.max_prefixlen
        beside = any(
            each.ip.version == address.ip.version and each.prefix < each.ip.max_prefixlen
            for each in interface.addresses
        )
        alone = full and beside and not address.dynamic
        if address.ip in virtual or alone or (doubtful and address.secondary):
            found.add(address.ip)
    return frozenset(found)


def read_cards(reading: Reading) -> list[Card]:
    """Return what sysfs tells of the interfaces, in the order of their numbers."""
    found = []
    for line in reading.lines("identity"):
        match = _CARD.fullmatch(line)
        if match:
            number, name, mac, assigned, kind, speed = match.groups()
            lasting = assigned in _LASTING and kind in _CARD_KINDS
            megabits = int(speed) if speed.isascii() and speed.isdigit() and len(speed) < 9 else 0
            found.append(Card(int(number), name, mac_of(mac), lasting, megabits or None))
    return sorted(found, key=lambda each: (each.index, each.name))


def _object(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}


def _list(entry: Mapping[str, Any], name: str) -> list[Any]:
    value = entry.get(name)
    return value if isinstance(value, list) else []


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0
