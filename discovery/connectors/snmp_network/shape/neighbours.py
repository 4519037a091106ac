"""Cabling as LLDP tells it: which interface of which neighbour every interface is connected to."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping

from cmdb.model.observation import End, EvidenceKind, Identifier, ObservedRelation
from cmdb.model.relation import Strength
from discovery.connectors.snmp_network.shape.addresses import bytes_of
from discovery.connectors.snmp_network.shape.device import chassis_id, fqdn_of
from discovery.connectors.snmp_network.shape.interfaces import Interface, Interfaces, identifier_of
from discovery.connectors.snmp_network.shape.reading import Reading
from discovery.connectors.snmp_network.tables import BRIDGE_PORTS, LLDP_ADDRESSES, LLDP_NEIGHBOURS, LLDP_PORTS
from discovery.connectors.snmp_network.values import mac, number, numbers, text

_PORT_MAC, _PORT_NAME = 3, 5
Cabling = Mapping[int, tuple[ObservedRelation, ...]]


def both_ways(other: End, detail: str, strength: Strength | None = None) -> tuple[ObservedRelation, ObservedRelation]:
    """Return that what is observed and another are connected, either way."""
    return (
        ObservedRelation("connects_to", EvidenceKind.NEIGHBOUR, target=other, strength=strength, detail=detail),
        ObservedRelation("connects_to", EvidenceKind.NEIGHBOUR, source=other, strength=strength, detail=detail),
    )


def cabling(reading: Reading, known: Interfaces) -> Cabling:
    """
    Return the relations of each interface, by ifIndex, with a note for a neighbour at a port that is not known.

    With one neighbour there is one cable, and neither end has a link without the other's. Where several are heard,
    something stands between them, and what would happen without one of them is not known.
    """
    ports = _ports(reading, known)
    addresses = _addresses(reading)
    found: dict[int, dict[tuple[Identifier, ...], str]] = defaultdict(dict)
    for row, port in sorted(_rows(reading).items()):
        end = _neighbour(reading, row, addresses.get(port, ()))
        interface = ports.get(port[0])
        if interface is None:
            reading.note("snmp.neighbour_at_unknown_port", port=port[0], neighbour=_called(reading, row))
        elif end:
            found[interface.index][end] = f"LLDP: {interface.name} hears {_called(reading, row)}"
    return {
        index: tuple(
            relation
            for end, detail in sorted(ends.items(), key=repr)
            for relation in both_ways(End(None, end), detail, Strength.HARD if len(ends) == 1 else None)
        )
        for index, ends in sorted(found.items())
    }


def _rows(reading: Reading) -> dict[str, tuple[int, int]]:
    """Return the rows of the table of neighbours: the local port and the number of the neighbour there by index."""
    columns = (reading.column(LLDP_NEIGHBOURS, column) for column in range(4, 10))
    indexes = {index for column in columns for index in column}
    split = {index: numbers(index) for index in indexes}
    return {index: (parts[1], parts[2]) for index, parts in split.items() if len(parts) == 3}


def _ports(reading: Reading, known: Interfaces) -> dict[int, Interface]:
    """Return the interface of each local port number; LLDP numbers ports on its own."""
    subtypes, names = dict(reading.by_number(LLDP_PORTS, 2)), dict(reading.by_number(LLDP_PORTS, 3))
    descriptions = dict(reading.by_number(LLDP_PORTS, 4))
    bridged = {port: number(value) for port, value in reading.by_number(BRIDGE_PORTS, 2)}
    found = {}
    for port in sorted(set(names) | set(descriptions) | {port for port, _ in _rows(reading).values()}):
        called = mac(names.get(port)) if number(subtypes.get(port)) == _PORT_MAC else text(names.get(port))
        interface = (
            known.called(text(descriptions.get(port)))
            or known.called(called or "")
            or known.by_index.get(bridged.get(port) or -1)
            or known.by_index.get(port)
        )
        if interface is not None:
            found[port] = interface
    return found


def _neighbour(reading: Reading, row: str, addresses: tuple[str, ...]) -> tuple[Identifier, ...]:
    """Return by what the neighbour's interface is known: who the neighbour is, and the part of it."""
    chassis = chassis_id(
        number(reading.column(LLDP_NEIGHBOURS, 4).get(row)), reading.column(LLDP_NEIGHBOURS, 5).get(row)
    )
    name = text(reading.column(LLDP_NEIGHBOURS, 9).get(row))
    whose = [("chassis_id", chassis), ("fqdn", fqdn_of(name)), ("sys_name", name)]
    whose += [("ip", address) for address in addresses]
    who = tuple(Identifier(kind, value) for kind, value in whose if value)
    port = _port(reading, row)
    found = mac(reading.column(LLDP_NEIGHBOURS, 7).get(row)) if _port_subtype(reading, row) == _PORT_MAC else None
    if found and found != chassis:
        who += (Identifier("mac", found),)
    return (*who, identifier_of(port)) if who and port else who


def _port(reading: Reading, row: str) -> str:
    """Return the ifName of the neighbour's port; where its id is no name, its description most often is."""
    subtype = _port_subtype(reading, row)
    value = reading.column(LLDP_NEIGHBOURS, 7).get(row)
    description = text(reading.column(LLDP_NEIGHBOURS, 8).get(row))
    called = "" if subtype == _PORT_MAC else text(value)
    if subtype == _PORT_NAME:
        return called or description
    return description or called


def _port_subtype(reading: Reading, row: str) -> int | None:
    return number(reading.column(LLDP_NEIGHBOURS, 6).get(row))


def _called(reading: Reading, row: str) -> str:
    name = text(reading.column(LLDP_NEIGHBOURS, 9).get(row))
    chassis = chassis_id(
        number(reading.column(LLDP_NEIGHBOURS, 4).get(row)), reading.column(LLDP_NEIGHBOURS, 5).get(row)
    )
    return " ".join(each for each in (name or chassis, _port(reading, row)) if each)


def _addresses(reading: Reading) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return the management addresses of neighbours, by local port and number of the neighbour."""
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for index in reading.column(LLDP_ADDRESSES, 3):
        parts = numbers(index)
        # Time mark, local port, neighbour, kind of address, its length and its octets.
        if len(parts) < 6 or parts[3] not in (1, 2) or len(parts) != 5 + parts[4]:
            continue
        try:
            address = ipaddress.ip_address(bytes_of(parts[5:]))
        except ValueError:
            continue
        if not (address.is_loopback or address.is_link_local or address.is_unspecified):
            found[parts[1], parts[2]].add(str(address))
    return {neighbour: tuple(sorted(addresses)) for neighbour, addresses in found.items()}
