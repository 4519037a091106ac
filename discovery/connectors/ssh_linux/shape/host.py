"""The host itself: what it is, what it is called, and by what it is known again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cmdb.model.observation import EvidenceKind
from cmdb.model.relation import Strength
from discovery.connectors.ssh_linux.shape.addresses import Card, Interface, Route, read_cards, visiting
from discovery.connectors.ssh_linux.shape.draft import Draft, here
from discovery.connectors.ssh_linux.shape.keepalived import Keepalived
from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.values import IP, fqdn_of, ordered, text_of

ITSELF = EvidenceKind.ITSELF
MOST_GATEWAYS = 64
"""So many routes by a gateway are told of a host, the most exact first."""
_MACHINE_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_CONTAINERS = (
    "openvz", "lxc", "lxc-libvirt", "systemd-nspawn", "docker", "podman", "rkt", "wsl", "proot", "pouch",
    "container-other",
)  # fmt: skip
_VIRTUAL_HARDWARE = ("qemu", "kvm", "vmware", "virtualbox", "virtual machine", "xen", "openstack", "bochs")


@dataclass(frozen=True, slots=True)
class Host:
    """Who is read: its native id, its short name, its own addresses, and those that only visit it."""

    native_id: str
    name: str
    own: frozenset[IP]
    visiting: frozenset[IP]
    is_root: bool

    def part(self, name: str) -> str:
        """Return the native id of a part of it."""
        return f"{self.native_id}/{name}"

    def at(self, program: str) -> str:
        """Return what people call a part of it."""
        return f"{program}@{self.name}"


def read_host(
    reading: Reading, interfaces: Sequence[Interface], keepalived: Keepalived, routes: Sequence[Route]
) -> tuple[Host, list[Draft]]:
    """Return the host, and the observations of it and of its interfaces."""
    doubtful = keepalived.runs and not keepalived.whole
    guests = {each.name: visiting(each, keepalived.addresses, doubtful=doubtful) for each in interfaces}
    every = {address.ip for each in interfaces for address in each.addresses}
    visitors = frozenset(ip for ips in guests.values() for ip in ips)
    kernel = reading.lines("kernel")
    node = (reading.lines("names") or [""])[0].strip()
    machine_id = _machine_id(reading)
    native_id = _native_id(machine_id, read_cards(reading)) or reading.target
    name = text_of(node.split(".")[0]) or reading.target
    host = Host(native_id, name, frozenset(every - visitors), visitors, "0" in (line.strip() for line in kernel[1:]))
    draft = _whole(reading, host, interfaces, node, machine_id)
    draft.put(gateways=[f"{each.network} via {each.gateway}" for each in routes if each.gateway][:MOST_GATEWAYS])
    _needs_interfaces(draft, host, interfaces, guests, routes)
    below = _Below(interfaces)
    return host, [draft, *(_interface(reading, host, each, below, guests[each.name]) for each in interfaces)]


class _Below:
    """Which interfaces there are, and which of them each one is made of."""

    def __init__(self, interfaces: Sequence[Interface]) -> None:
        self.names = frozenset(each.name for each in interfaces)
        self.members: dict[str, list[Interface]] = {}
        for each in interfaces:
            if each.master is not None:
                self.members.setdefault(each.master, []).append(each)


def _machine_id(reading: Reading) -> str | None:
    text = (reading.lines("identity") or [""])[0].removeprefix("id=").strip().lower()
    return text if _MACHINE_ID.fullmatch(text) and len(set(text)) > 2 else None


def _native_id(machine_id: str | None, cards: Sequence[Card]) -> str | None:
    """
    Return the machine id with the MAC address of the first card that has a lasting one.

    Name and address of a host change, often at once; these two do not. The machine id alone would do, were machines not
    cloned with it: then two hosts would be one thing without anybody being asked.
    """
    if machine_id is None:
        return None
    macs = [each.mac for each in cards if each.mac and each.lasting]
    return f"{machine_id}-{macs[0].replace(':', '')}" if macs else machine_id


def _whole(reading: Reading, host: Host, interfaces: Sequence[Interface], node: str, machine_id: str | None) -> Draft:
    hardware = _pairs(reading.lines("hardware"))
    contained = reading.text("virtualization").strip() in _CONTAINERS
    virtual = contained or _is_virtual(reading, hardware)
    draft = Draft(reading.target, host.native_id, "virtual_machine" if virtual else "server", host.name)
    names = reading.lines("names")
    fqdn = fqdn_of(names[1]) if len(names) > 1 else None
    fqdn = fqdn or fqdn_of(node)
    macs = sorted({each.mac for each in interfaces if each.mac and each.lasting and each.is_card})
    addresses = ordered(host.own)
    release, capacity = _pairs(reading.lines("os")), _pairs(reading.lines("capacity"))
    draft.put(fqdn=fqdn, ip_addresses=addresses, mac_addresses=macs, machine_id=machine_id)
    draft.put(os=text_of(release.get("NAME")), os_version=text_of(release.get("VERSION_ID")))
    kernel = (reading.lines("kernel") or [""])[0].split()
    draft.put(kernel=text_of(kernel[1]) if len(kernel) > 1 else None)
    draft.put(cpu_cores=_whole_number(capacity.get("cpus")), memory_mb=_memory(reading))
    draft.known_by("machine_id", machine_id)
    draft.known_by("fqdn", fqdn)
    draft.known_by("sys_name", text_of(node))
    draft.known_by("mac", *macs)
    draft.known_by("ip", *addresses)
    if not contained:
        # A container shows the machine it runs on.
        _hardware(draft, hardware, virtual=virtual)
    draft.evidence.update(target=reading.target)
    for key in ("address", "host_key"):
        draft.evidence.update({key: value} if (value := text_of(reading.session.get(key))) else {})
    return draft


def _hardware(draft: Draft, hardware: dict[str, str], *, virtual: bool) -> None:
    vendor, serial = text_of(hardware.get("sys_vendor")), text_of(hardware.get("product_serial"))
    uuid = text_of(hardware.get("product_uuid"))
    draft.put(uuid=uuid)
    draft.known_by("uuid", uuid)
    draft.known_by("serial", f"{vendor}|{serial}" if vendor and serial else None)
    if not virtual:
        draft.put(vendor=vendor, model=text_of(hardware.get("product_name")), serial_number=serial)


def _is_virtual(reading: Reading, hardware: dict[str, str]) -> bool:
    said = reading.text("virtualization").strip()
    if said and reading.is_whole("virtualization"):
        return said != "none"
    product = f"{hardware.get('sys_vendor', '')} {hardware.get('product_name', '')}".lower()
    hypervisor = _pairs(reading.lines("capacity")).get("hypervisor") == "1"
    return hypervisor or any(word in product for word in _VIRTUAL_HARDWARE)


def _needs_interfaces(
    draft: Draft,
    host: Host,
    interfaces: Sequence[Interface],
    guests: dict[str, frozenset[IP]],
    routes: Sequence[Route],
) -> None:
    """Say by which interface the host is reached: that of the default route, or the only one; it is soft of others."""
    addressed = [
        each
        for each in interfaces
        if each.up
        and (each.is_card or each.kind in ("bond", "vlan", "bridge", "team"))
        and any(address.ip not in guests[each.name] for address in each.addresses)
    ]
    default = {name for route in routes if route.network.prefixlen == 0 for name in route.interfaces}
    leading = [each.name for each in addressed if each.name in default]
    if not leading and len(addressed) == 1:
        leading = [addressed[0].name]
    group = "default_route" if len(leading) > 1 else None
    if group:
        draft.group(group, 1, ITSELF, detail="several default routes")
    for each in addressed:
        end = here(host.part(f"interface:{each.name}"))
        if each.name in leading:
            draft.relate("routes_through", ITSELF, target=end, group=group, detail="default route or only address")
        elif each.kind != "bridge":
            draft.relate("routes_through", ITSELF, target=end, strength=Strength.SOFT, detail="has an address")


def _interface(reading: Reading, host: Host, interface: Interface, every: _Below, guests: frozenset[IP]) -> Draft:
    part = f"interface:{interface.name}"
    draft = Draft(reading.target, host.part(part), "interface", f"{host.name} {interface.name}", host.native_id)
    addresses = ordered(each.ip for each in interface.addresses if each.ip not in guests)
    draft.put(if_name=interface.name, mac=interface.mac, ip_addresses=addresses, speed_mbps=interface.speed)
    own = [each for each in interface.addresses if each.ip not in guests]
    draft.put(enabled=interface.up, networks=sorted({str(each.network) for each in own}))
    draft.known_by("part", part)
    draft.known_by("mac", interface.mac if interface.lasting else None)
    # An interface is down with its host.
    draft.relate("part_of", ITSELF, target=here(host.native_id), strength=Strength.HARD)
    if interface.parent in every.names:
        below = here(host.part(f"interface:{interface.parent}"))
        draft.relate("depends_on", ITSELF, target=below, detail=f"{interface.kind} on {interface.parent}")
    _members(draft, host, interface, every)
    return draft


def _members(draft: Draft, host: Host, interface: Interface, every: _Below) -> None:
    members = every.members.get(interface.name, [])
    if interface.kind in ("bond", "team") and members:
        needs = min(len(members), max(1, interface.min_links))
        draft.group("members", needs, ITSELF, detail=f"{interface.kind} of {len(members)}")
    elif interface.kind == "bridge":
        # Of a bridge's ports those lead outside that are cards, or made of cards; with several of them none is needed.
        members = [each for each in members if each.kind in (None, "bond", "vlan", "team")]
        members = members if len(members) == 1 else []
    else:
        return
    for each in members:
        group = "members" if interface.kind != "bridge" else None
        end = here(host.part(f"interface:{each.name}"))
        draft.relate("depends_on", ITSELF, target=end, group=group, detail=f"{each.name} in {interface.name}")


def _pairs(lines: Sequence[str]) -> dict[str, str]:
    return {
        key.strip(): value.strip().strip("\"'") for key, mark, value in (line.partition("=") for line in lines) if mark
    }


def _memory(reading: Reading) -> int | None:
    for line in reading.lines("capacity"):
        words = line.split()
        if len(words) == 3 and words[0] == "MemTotal:" and (kilobytes := _whole_number(words[1])):
            return kilobytes // 1024
    return None


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
