"""The device itself: what it is, how it is known again, and what it says of itself."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from cmdb.model.observation import Identifier, Observation
from discovery.connectors.snmp_network.shape.addresses import Addresses
from discovery.connectors.snmp_network.shape.interfaces import ETHERNET, Interfaces
from discovery.connectors.snmp_network.shape.reading import Reading
from discovery.connectors.snmp_network.shape.vendors import HOST_SYSTEMS, system_of, vendor_of
from discovery.connectors.snmp_network.tables import BRIDGE_PORTS, ENTITIES
from discovery.connectors.snmp_network.values import mac, number, octets, shared, text

MOST_MACS = 256
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FQDN = re.compile(rf"(?=.{{4,253}}$)({_LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9]", re.ASCII)
_CHASSIS = 3
_ROUTER, _SWITCH = re.compile(r"\brouter\b", re.IGNORECASE), re.compile(r"switch", re.IGNORECASE)
# Bits of sysServices (RFC 3418): what layer of the Internet's model a device works at.
_FRAMES, _PACKETS, _APPLICATIONS = 2, 4, 64
# Bridges of one host for its own containers and machines.
_INNER = ("docker", "br-", "veth", "virbr", "cni", "flannel", "cali", "vnet", "lxc", "podman", "kube", "tap", "tun")


def native_id(reading: Reading) -> str:
    """
    Return what a device is called here from run to run, whatever its name and address are by then.

    It is the id of its SNMP engine. One that is not made of a MAC address may have been copied with a disk, so the
    address of the first interface stands beside it. A device without an engine of version 3 is known by that address,
    and one that does not even have that by how it is listed.
    """
    engine, base = octets(reading.value("engine_id")), reading.text("base_mac")
    if len(engine) >= 5:
        made_of_mac = engine[0] & 0x80 and engine[4] == 3 and len(engine) == 11
        return f"engine:{engine.hex()}" + (f"/{base}" if base and not made_of_mac else "")
    return f"mac:{base}" if base else reading.target.id


def name_of(reading: Reading) -> str:
    """Return what people call the device."""
    return reading.text("sys_name") or reading.target.id


def observed(reading: Reading, known: Interfaces, addresses: Addresses, scope: str) -> Observation:
    """Return the observation of the device."""
    ci_class = class_of(reading, known, addresses)
    macs = _macs(reading, known)
    return Observation(
        source="",
        scope=scope,
        native_id=native_id(reading),
        ci_class=ci_class,
        name=name_of(reading),
        attributes=_attributes(reading, ci_class, addresses, macs),
        identifiers=_identifiers(reading, addresses, macs),
        labels=_labels(reading),
        evidence=_evidence(reading, addresses),
    )


def class_of(reading: Reading, known: Interfaces, addresses: Addresses) -> str:
    """
    Return switch, router, server or network_device.

    A device with bridge ports is a switch; if it forwards packets and calls itself a router, or most of its Ethernet
    ports are no bridge ports, a router. Without them it is a router if it forwards packets and says that is its work,
    or has addresses in two networks to forward between; a server if it is a host that does neither.
    """
    services = number(reading.value("sys_services")) or 0
    forwards = number(reading.value("ip_forwarding")) == 1
    bridged = max(len(reading.column(BRIDGE_PORTS, 2)), number(reading.value("bridge_ports")) or 0)
    words = reading.text("sys_descr")
    if bridged > 1:
        says_router = forwards and bool(_ROUTER.search(words)) and not _SWITCH.search(words)
        return "router" if says_router or (forwards and 2 * bridged < len(known.ethernet)) else "switch"
    is_host = bool(services & _APPLICATIONS) or _is_host_system(reading)
    if forwards and (services & _PACKETS or _joins_networks(known, addresses)):
        return "router" if not is_host or _joins_networks(known, addresses) else "server"
    if services & _FRAMES and not is_host:
        return "switch"
    return "server" if is_host and (_is_host_system(reading) or reading.value("memory_kb")) else "network_device"


def _is_host_system(reading: Reading) -> bool:
    return f"{reading.value('sys_object_id')}.".startswith(HOST_SYSTEMS)


def _joins_networks(known: Interfaces, addresses: Addresses) -> bool:
    """Tell whether it has addresses of its own on two Ethernet interfaces that lead out of it."""
    outer = [
        each
        for each in known.by_index.values()
        if each.kind in ETHERNET and addresses.own.get(each.index) and not each.name.startswith(_INNER)
    ]
    return len(outer) > 1


def _macs(reading: Reading, known: Interfaces) -> tuple[str, ...]:
    """Return the MAC addresses of its own, sorted; those that routers share are not."""
    found = {mac(reading.value("bridge_address")), reading.text("base_mac") or None}
    found |= {each.mac for each in known.ethernet if not each.name.startswith(_INNER)}
    own = sorted(each for each in found if each is not None and not shared(each))
    if len(own) > MOST_MACS:
        reading.note("snmp.more_macs", count=len(own), kept=MOST_MACS)
    return tuple(own[:MOST_MACS])


def _chassis(reading: Reading) -> dict[str, str]:
    """Return vendor, model, serial number and software of the first chassis, if possible one with a serial number."""
    classes = reading.numbers(ENTITIES, 5)
    serials = {index: text(value) for index, value in reading.column(ENTITIES, 11).items()}
    chassis = sorted((int(index) for index, kind in classes.items() if kind == _CHASSIS and index.isdigit()))
    with_serial = [index for index in chassis if serials.get(str(index))]
    if not chassis:
        return {}
    if len(with_serial) > 1:
        reading.note("snmp.several_chassis", serials=[serials[str(index)] for index in with_serial][:20])
    index = str((with_serial or chassis)[0])
    return {
        "vendor": text(reading.column(ENTITIES, 12).get(index)),
        "model": text(reading.column(ENTITIES, 13).get(index)),
        "serial_number": serials.get(index, ""),
        "firmware": text(reading.column(ENTITIES, 10).get(index)),
    }


def vendor(reading: Reading, chassis: dict[str, str]) -> str:
    """Return who made it: what the chassis says, else whose the number of the product is."""
    return chassis.get("vendor") or vendor_of(str(reading.value("sys_object_id") or ""))


def chassis_id(subtype: int | None, value: str | int | None) -> str:
    """
    Return an LLDP chassis id as a text, a MAC address with colons.

    >>> chassis_id(4, "0x001b78abcd01"), chassis_id(7, "sw1"), chassis_id(5, "0x010a4d0101")
    ('00:1b:78:ab:cd:01', 'sw1', '10.77.1.1')
    """
    if subtype == 4:
        return mac(value) or text(value)
    raw = octets(value)
    if subtype == 5 and raw[:1] in (b"\x01", b"\x02") and len(raw) in (5, 17):
        return str(ipaddress.ip_address(raw[1:]))
    return text(value)


def fqdn_of(name: str) -> str:
    """Return a name if it is a fully qualified one, else ""."""
    return name if _FQDN.fullmatch(name) else ""


def _identifiers(reading: Reading, addresses: Addresses, macs: tuple[str, ...]) -> tuple[Identifier, ...]:
    chassis = _chassis_quietly(reading)
    by, serial = vendor(reading, chassis), chassis.get("serial_number", "")
    name = reading.text("sys_name")
    found = [
        ("serial", f"{by}|{serial}" if by and serial else ""),
        ("chassis_id", _own_chassis_id(reading)),
        ("sys_name", name),
        ("fqdn", fqdn_of(name)),
        *(("mac", each) for each in macs),
        *(("ip", each) for each in addresses.all_own),
    ]
    return tuple(Identifier(kind, value) for kind, value in found if value)


def _own_chassis_id(reading: Reading) -> str:
    return chassis_id(number(reading.value("lldp_chassis_subtype")), reading.value("lldp_chassis_id"))


def _chassis_quietly(reading: Reading) -> dict[str, str]:
    noted = len(reading.notes)
    found = _chassis(reading)
    del reading.notes[noted:]
    return found


def _attributes(reading: Reading, ci_class: str, addresses: Addresses, macs: tuple[str, ...]) -> dict[str, Any]:
    chassis = _chassis(reading)
    name = reading.text("sys_name")
    system, version = system_of(reading.text("sys_descr"))
    found: dict[str, Any] = {
        **chassis,
        "vendor": vendor(reading, chassis),
        "description": reading.text("sys_descr"),
        "fqdn": fqdn_of(name),
        "os": system,
    }
    if ci_class == "server":
        found |= {
            "kernel" if system == "Linux" else "os_version": version,
            "ip_addresses": list(addresses.all_own),
            "mac_addresses": list(macs),
            "memory_mb": (number(reading.value("memory_kb")) or 0) // 1024,
        }
    else:
        found |= {
            "os_version": version,
            "management_ip": reading.text("address") or next(iter(addresses.all_own), ""),
            "sys_name": name,
            "base_mac": mac(reading.value("bridge_address")) or reading.text("base_mac"),
            "chassis_id": _own_chassis_id(reading),
        }
    if ci_class == "switch":
        found["ports"] = max(len(reading.column(BRIDGE_PORTS, 2)), number(reading.value("bridge_ports")) or 0)
    return {name: value for name, value in sorted(found.items()) if value}


def _labels(reading: Reading) -> dict[str, str]:
    found = {"sysContact": reading.text("sys_contact"), "sysLocation": reading.text("sys_location")}
    return {name: value for name, value in found.items() if value}


def _evidence(reading: Reading, addresses: Addresses) -> dict[str, Any]:
    found: dict[str, Any] = {
        "address": reading.text("address"),
        "sys_object_id": str(reading.value("sys_object_id") or ""),
        "sys_services": number(reading.value("sys_services")),
        "forwards_packets": number(reading.value("ip_forwarding")) == 1,
        "addresses_of_doubtful_owner": list(addresses.doubtful),
    }
    return {name: value for name, value in found.items() if value not in ("", None, [])}
