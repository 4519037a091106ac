"""Who hangs on which port of a switch that hears no LLDP there: the one address it forwards to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container

from cmdb.model.observation import End, Identifier, ObservedRelation
from discovery.connectors.snmp_network.shape.addresses import bytes_of
from discovery.connectors.snmp_network.shape.interfaces import Interface, Interfaces
from discovery.connectors.snmp_network.shape.neighbours import Cabling, both_ways
from discovery.connectors.snmp_network.shape.reading import Reading
from discovery.connectors.snmp_network.tables import ARP, BRIDGE_PORTS, FORWARDING, FORWARDING_VLANS
from discovery.connectors.snmp_network.values import mac, mac_of, number, numbers, shared

_LEARNED = 3


def hosts(reading: Reading, known: Interfaces, with_neighbours: Container[int]) -> Cabling:
    """
    Return the relations of ports behind which there is one MAC address and no LLDP neighbour, by ifIndex.

    A port with several leads to another switch, or to a host with many guests: nothing tells which of them it is.
    """
    own = {each.mac for each in known.by_index.values()}
    addresses = _addresses(reading)
    found: dict[int, tuple[ObservedRelation, ...]] = {}
    for index, macs in sorted(_macs(reading, known).items()):
        heard = sorted(macs - own)
        if len(heard) == 1 and index not in with_neighbours:
            who = tuple(Identifier("ip", address) for address in addresses.get(heard[0], ())[:1])
            end = End(None, (*who, Identifier("mac", heard[0])))
            detail = f"forwarding table: {known.by_index[index].name} has {heard[0]} alone"
            found[index] = both_ways(end, detail)
    return found


def _macs(reading: Reading, known: Interfaces) -> dict[int, set[str]]:
    """Return the addresses learned at each interface; those that routers share move, so they tell nothing."""
    ports = {port: number(value) for port, value in reading.by_number(BRIDGE_PORTS, 2)}
    found: dict[int, set[str]] = defaultdict(set)
    for table, skipped in ((FORWARDING, 0), (FORWARDING_VLANS, 1)):
        states = reading.numbers(table, 3)
        for index, port in reading.numbers(table, 2).items():
            address = mac_of(bytes_of(numbers(index)[skipped:]))
            interface: Interface | None = known.by_index.get(ports.get(port) or -1)
            if address and interface and states.get(index) == _LEARNED and not shared(address):
                found[interface.index].add(address)
    return found


def _addresses(reading: Reading) -> dict[str, tuple[str, ...]]:
    """Return the one IP address of each MAC address in the ARP table; of several, one may be virtual."""
    found: dict[str, set[str]] = defaultdict(set)
    for index, value in reading.column(ARP, 2).items():
        address = mac(value)
        parts = numbers(index)
        if address and len(parts) == 5:
            found[address].add(".".join(map(str, parts[1:])))
    return {address: tuple(ips) for address, ips in found.items() if len(ips) == 1}
