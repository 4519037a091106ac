"""Which values and tables of the standard MIBs are read, by name."""

from __future__ import annotations

from typing import NamedTuple

Oid = tuple[int, ...]


class Table(NamedTuple):
    """
    One table: ``root`` is the OID of its entry, ``columns`` are the ranges of columns that are read, ends included.

    Neighbouring columns are one walk, so a small table costs one request.
    """

    name: str
    root: Oid
    columns: tuple[tuple[int, int], ...]


def oid(text: str) -> Oid:
    """
    Return an OID as numbers.

    >>> oid("1.3.6.1")
    (1, 3, 6, 1)
    """
    return tuple(map(int, text.split(".")))


SCALARS = {
    "sys_descr": oid("1.3.6.1.2.1.1.1.0"),
    "sys_object_id": oid("1.3.6.1.2.1.1.2.0"),
    "sys_contact": oid("1.3.6.1.2.1.1.4.0"),
    "sys_name": oid("1.3.6.1.2.1.1.5.0"),
    "sys_location": oid("1.3.6.1.2.1.1.6.0"),
    "sys_services": oid("1.3.6.1.2.1.1.7.0"),
    "ip_forwarding": oid("1.3.6.1.2.1.4.1.0"),
    "bridge_address": oid("1.3.6.1.2.1.17.1.1.0"),
    "bridge_ports": oid("1.3.6.1.2.1.17.1.2.0"),
    "memory_kb": oid("1.3.6.1.2.1.25.2.2.0"),
    "lldp_chassis_subtype": oid("1.0.8802.1.1.2.1.3.1.0"),
    "lldp_chassis_id": oid("1.0.8802.1.1.2.1.3.2.0"),
    "engine_id": oid("1.3.6.1.6.3.10.2.1.1.0"),
}
"""Single values: the system group, whether it forwards packets or frames, and its names for itself."""

FIRST_ADDRESSES = oid("1.3.6.1.2.1.2.2.1.6")
"""The column with the MAC addresses of interfaces."""

SYSTEM = "system"
INTERFACES = Table("interfaces", oid("1.3.6.1.2.1.2.2.1"), ((2, 3), (5, 8)))
NAMES = Table("interface_names", oid("1.3.6.1.2.1.31.1.1.1"), ((1, 1), (15, 15), (18, 18)))
STACK = Table("interface_stack", oid("1.3.6.1.2.1.31.1.2.1"), ((3, 3),))
ENTITIES = Table("entities", oid("1.3.6.1.2.1.47.1.1.1.1"), ((2, 2), (4, 5), (10, 13)))
ADDRESSES = Table("addresses", oid("1.3.6.1.2.1.4.20.1"), ((2, 3),))
ADDRESSES_6 = Table("addresses_of_both_kinds", oid("1.3.6.1.2.1.4.34.1"), ((3, 5),))
ARP = Table("arp", oid("1.3.6.1.2.1.4.22.1"), ((2, 2), (4, 4)))
LLDP_PORTS = Table("lldp_ports", oid("1.0.8802.1.1.2.1.3.7.1"), ((2, 4),))
LLDP_NEIGHBOURS = Table("lldp_neighbours", oid("1.0.8802.1.1.2.1.4.1.1"), ((4, 9),))
LLDP_ADDRESSES = Table("lldp_addresses", oid("1.0.8802.1.1.2.1.4.2.1"), ((3, 3),))
BRIDGE_PORTS = Table("bridge_ports", oid("1.3.6.1.2.1.17.1.4.1"), ((2, 2),))
FORWARDING = Table("forwarding", oid("1.3.6.1.2.1.17.4.3.1"), ((2, 3),))
FORWARDING_VLANS = Table("forwarding_by_vlan", oid("1.3.6.1.2.1.17.7.1.2.2.1"), ((2, 3),))
LAG = Table("aggregation", oid("1.2.840.10006.300.43.1.2.1.1"), ((12, 13),))
VRRP_ADDRESSES = Table("vrrp_addresses", oid("1.3.6.1.2.1.68.1.4.1"), ((2, 2),))
VRRP_3_ADDRESSES = Table("vrrp3_addresses", oid("1.3.6.1.2.1.207.1.1.2.1"), ((2, 2),))
HSRP = Table("hsrp", oid("1.3.6.1.4.1.9.9.106.1.2.1.1"), ((11, 11),))

TABLES = (
    INTERFACES,
    NAMES,
    STACK,
    ENTITIES,
    ADDRESSES,
    ADDRESSES_6,
    ARP,
    LLDP_PORTS,
    LLDP_NEIGHBOURS,
    LLDP_ADDRESSES,
    BRIDGE_PORTS,
    FORWARDING,
    FORWARDING_VLANS,
    LAG,
    VRRP_ADDRESSES,
    VRRP_3_ADDRESSES,
    HSRP,
)
"""All of them, in the order they are read: what names things first."""
