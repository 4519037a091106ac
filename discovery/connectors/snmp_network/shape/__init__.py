"""Makes observations of what a device said: itself, its interfaces, what they lead to, and what stands in for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cmdb.model.observation import Observation
from discovery.connectors.snmp_network import tables
from discovery.connectors.snmp_network.shape import device, forwarding, interfaces, neighbours, redundancy
from discovery.connectors.snmp_network.shape.addresses import addresses, virtual_addresses
from discovery.connectors.snmp_network.shape.interfaces import Interfaces
from discovery.connectors.snmp_network.shape.neighbours import Cabling
from discovery.connectors.snmp_network.shape.reading import Reading
from discovery.ports import Part, Shaped, Target

_INTERFACES = (tables.INTERFACES, tables.NAMES)
RESTS_ON = {
    "system": (tables.SYSTEM, tables.ENTITIES),
    "interfaces": (*_INTERFACES, tables.ADDRESSES, tables.ADDRESSES_6),
    "neighbours": (*_INTERFACES, tables.LLDP_PORTS, tables.LLDP_NEIGHBOURS, tables.LLDP_ADDRESSES, tables.BRIDGE_PORTS),
    "forwarding": (
        *(*_INTERFACES, tables.LLDP_NEIGHBOURS, tables.BRIDGE_PORTS),
        *(tables.FORWARDING, tables.FORWARDING_VLANS, tables.ARP),
    ),
    "aggregates": (*_INTERFACES, tables.LAG, tables.STACK),
    "virtual": (tables.VRRP_ADDRESSES, tables.VRRP_3_ADDRESSES, tables.HSRP),
}
"""The scopes of a device, by the end of their name, and the tables that each rests on."""


def shape(target: Target, _settings: Mapping[str, Any], parts: Sequence[Part]) -> Shaped:
    """Return what the parts of one device amount to; a scope is complete if all it rests on was read to its end."""
    reading = Reading(target, parts)
    if not reading.whole(tables.SYSTEM):
        return Shaped((), frozenset(), tuple(reading.notes))
    found = sorted(_observations(reading), key=lambda each: (each.native_id, each.scope))
    complete = frozenset(f"{target.id}/{name}" for name, needed in RESTS_ON.items() if reading.whole(*needed))
    return Shaped(tuple(found), complete, tuple(reading.notes))


def _observations(reading: Reading) -> Iterator[Observation]:
    scope = reading.target.id
    native_id = device.native_id(reading)
    known = interfaces.interfaces(reading)
    virtual = virtual_addresses(reading)
    own = addresses(reading, frozenset(each.address for each in virtual))
    yield device.observed(reading, known, own, f"{scope}/system")
    yield from interfaces.observed(
        native_id, known, own.own, own.networks, f"{scope}/interfaces", device.name_of(reading)
    )
    cabling = neighbours.cabling(reading, known)
    yield from _connected(native_id, known, cabling, f"{scope}/neighbours")
    yield from _connected(native_id, known, forwarding.hosts(reading, known, cabling), f"{scope}/forwarding")
    yield from redundancy.aggregates(reading, known, native_id, f"{scope}/aggregates")
    yield from redundancy.virtuals(virtual, native_id, f"{scope}/virtual")


def _connected(native_id: str, known: Interfaces, cabling: Cabling, scope: str) -> Iterator[Observation]:
    """Yield an observation of every interface that leads somewhere; what it is like is told in another scope."""
    for index, relations in cabling.items():
        interface = known.by_index[index]
        yield Observation(
            source="",
            scope=scope,
            native_id=interfaces.part_of(native_id, interface),
            ci_class="interface",
            owner=native_id,
            identifiers=(interfaces.identifier_of(interface.name),),
            relations=relations,
        )
