"""The IP addresses of a device: which are its own, and which may move to another device."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from discovery.connectors.snmp_network.shape.reading import Reading
from discovery.connectors.snmp_network.tables import ADDRESSES, ADDRESSES_6, HSRP, VRRP_3_ADDRESSES, VRRP_ADDRESSES
from discovery.connectors.snmp_network.values import Value, numbers

_UNICAST = 1


class Configured(NamedTuple):
    """An address as it is configured: at the interface of that ifIndex, within that network."""

    address: str
    interface: int
    network: str


class Addresses(NamedTuple):
    """
    ``own`` are the device's own by ifIndex, ``doubtful`` those of which one can not tell; each sorted.

    ``networks`` are those its own addresses are in, likewise.
    """

    own: Mapping[int, tuple[str, ...]]
    doubtful: tuple[str, ...]
    networks: Mapping[int, tuple[str, ...]]

    @property
    def all_own(self) -> tuple[str, ...]:
        """All its own addresses, sorted."""
        return tuple(sorted({address for several in self.own.values() for address in several}, key=_order))


class Virtual(NamedTuple):
    """A virtual address that a protocol (vrrp, hsrp) keeps, the number of its group, and the interface it is on."""

    protocol: str
    group: int
    interface: int
    address: str


def addresses(reading: Reading, virtual: frozenset[str]) -> Addresses:
    """
    Return the addresses of a device.

    A virtual one is nobody's own. Where an interface has several of one network and none of them is the one that was
    asked, nothing tells which of them would move to another host: all of these are doubtful.
    """
    asked = str(reading.value("address") or "")
    near = defaultdict(list)
    for each in sorted(set(_configured(reading))):
        if each.address not in virtual:
            near[each.interface, each.network].append(each.address)
    own: dict[int, set[str]] = defaultdict(set)
    doubtful: set[str] = set()
    networks: dict[int, set[str]] = defaultdict(set)
    for (interface, network), several in near.items():
        certain = several if len(several) == 1 else [address for address in several if address == asked]
        own[interface].update(certain)
        doubtful.update(set(several) - set(certain))
        # An agent that tells no length of a prefix leaves the address alone, which is no network.
        networks[interface].update([network] if certain and not network.endswith(("/32", "/128")) else [])
    known = {interface: tuple(sorted(found, key=_order)) for interface, found in sorted(own.items()) if found}
    within = {interface: tuple(sorted(found)) for interface, found in sorted(networks.items()) if found}
    return Addresses(known, tuple(sorted(doubtful, key=_order)), within)


def _order(address: str) -> tuple[int, int]:
    known = ipaddress.ip_address(address)
    return known.version, int(known)


def _configured(reading: Reading) -> Iterator[Configured]:
    masks = reading.column(ADDRESSES, 3)
    for index, interface in reading.numbers(ADDRESSES, 2).items():
        yield from _usable(index, interface, f"{index}/{masks.get(index, '255.255.255.255')}")
    types = reading.numbers(ADDRESSES_6, 4)
    prefixes = reading.column(ADDRESSES_6, 5)
    for index, interface in reading.numbers(ADDRESSES_6, 3).items():
        address = _of_index(numbers(index))
        if address and types.get(index, _UNICAST) == _UNICAST:
            yield from _usable(address, interface, f"{address}/{_length(prefixes.get(index), address)}")


def _usable(address: str, interface: int, within: str) -> Iterator[Configured]:
    try:
        known = ipaddress.ip_address(address)
        network = ipaddress.ip_network(within, strict=False)
    except ValueError:
        return
    if not (known.is_loopback or known.is_link_local or known.is_unspecified or known.is_multicast):
        yield Configured(str(known), interface, str(network))


def _of_index(index: tuple[int, ...]) -> str | None:
    """Return the address of an index of type, length and octets; None of one with a zone, which is local."""
    if len(index) < 2 or index[0] not in (1, 2) or index[1] not in (4, 16) or len(index) != index[1] + 2:
        return None
    try:
        return str(ipaddress.ip_address(bytes(index[2:])))
    except ValueError:
        return None


def _length(prefix: Value | None, address: str) -> int:
    """Return the length of the prefix that a pointer into the table of prefixes ends with."""
    last = numbers(str(prefix))[-1:] if prefix else ()
    most = 32 if "." in address else 128
    return last[0] if last and 0 < last[0] <= most else most


def virtual_addresses(reading: Reading) -> tuple[Virtual, ...]:
    """Return the virtual addresses that VRRP of both versions and HSRP keep, sorted."""
    found = set()
    for index in reading.column(VRRP_ADDRESSES, 2):
        interface_group = numbers(index)
        if len(interface_group) == 6:
            found.add(_virtual("vrrp", interface_group[1], interface_group[0], bytes_of(interface_group[2:])))
    for index in reading.column(VRRP_3_ADDRESSES, 2):
        parts = numbers(index)
        # ifIndex, number of the group, type of address, its length and its octets.
        if len(parts) > 4 and len(parts) == 4 + parts[3]:
            found.add(_virtual("vrrp", parts[1], parts[0], bytes_of(parts[4:])))
    for index, address in reading.column(HSRP, 11).items():
        parts = numbers(index)
        if len(parts) == 2 and isinstance(address, str):
            found.add(_virtual("hsrp", parts[1], parts[0], address))
    return tuple(sorted(each for each in found if each is not None))


def bytes_of(octets: tuple[int, ...]) -> bytes:
    """Return octets that stand in an index; none where one is no octet."""
    return bytes(octets) if all(octet < 256 for octet in octets) else b""


def _virtual(protocol: str, group: int, interface: int, address: bytes | str) -> Virtual | None:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return None
    return None if known.is_unspecified else Virtual(protocol, group, interface, str(known))
