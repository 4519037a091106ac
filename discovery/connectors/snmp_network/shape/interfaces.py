"""The interfaces of a device: by which name they are known, and what is known of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedRelation
from cmdb.model.relation import Strength
from discovery.connectors.snmp_network.shape.reading import Reading
from discovery.connectors.snmp_network.tables import INTERFACES, NAMES
from discovery.connectors.snmp_network.values import Value, mac, number, shared, text

ETHERNET = (6, 62, 69, 117)  # ethernetCsmacd, fastEther, fastEtherFX, gigabitEthernet.
AGGREGATED = (54, 161)  # propMultiplexor, ieee8023adLag.
LOOPBACK = 24
_NOT_TOLD = 4_294_967_295


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface; ``kind`` is its ifType, ``alias`` what people wrote to it."""

    index: int
    name: str
    description: str = ""
    kind: int = 0
    mac: str | None = None
    speed_mbps: int | None = None
    enabled: bool | None = None
    alias: str = ""


@dataclass(frozen=True)
class Interfaces:
    """All interfaces of a device by ifIndex, and by what others may call them."""

    by_index: Mapping[int, Interface]
    _by_call: dict[str, list[Interface]] = field(default_factory=dict)

    def called(self, name: str) -> Interface | None:
        """Return the one interface of that name, description, alias or MAC address; None of several or none."""
        if not self._by_call:
            for each in self.by_index.values():
                for call in {each.name, each.description, each.alias, each.mac or ""} - {""}:
                    self._by_call.setdefault(call, []).append(each)
        found = self._by_call.get(name, [])
        exact = [each for each in found if each.name == name]
        return (exact or found)[0] if len(exact or found) == 1 else None

    @property
    def ethernet(self) -> list[Interface]:
        """The Ethernet ports."""
        return [each for each in self.by_index.values() if each.kind in ETHERNET]


def interfaces(reading: Reading) -> Interfaces:
    """Return the interfaces; two of one name are told apart by their ifIndex, with a note."""
    names = {index: text(value) for index, value in reading.by_number(NAMES, 1)}
    descriptions = {index: text(value) for index, value in reading.by_number(INTERFACES, 2)}
    kinds = dict(reading.by_number(INTERFACES, 3))
    columns = _columns(reading)
    known = sorted(set(descriptions) | set(kinds) | set(names))
    calls = {index: names.get(index) or descriptions.get(index) or str(index) for index in known}
    often = {name for name, count in Counter(calls.values()).items() if count > 1}
    if often:
        reading.note("snmp.interfaces_of_one_name", names=sorted(often)[:20], count=len(often))
    found = {}
    for index in known:
        name = f"{calls[index]}#{index}" if calls[index] in often else calls[index]
        found[index] = Interface(
            index,
            name,
            descriptions.get(index, ""),
            number(kinds.get(index)) or 0,
            mac(columns["mac"].get(index)),
            _speed(columns["high_speed"].get(index), columns["speed"].get(index)),
            {1: True, 2: False}.get(number(columns["enabled"].get(index)) or 0),
            text(columns["alias"].get(index)),
        )
    return Interfaces(found)


def _columns(reading: Reading) -> dict[str, dict[int, Value]]:
    return {
        "speed": dict(reading.by_number(INTERFACES, 5)),
        "mac": dict(reading.by_number(INTERFACES, 6)),
        "enabled": dict(reading.by_number(INTERFACES, 7)),
        "high_speed": dict(reading.by_number(NAMES, 15)),
        "alias": dict(reading.by_number(NAMES, 18)),
    }


def _speed(high: Value | None, low: Value | None) -> int | None:
    """Return Mbit/s; the 32 bits of the older column hold no more than 4 Gbit/s and then say nothing."""
    mbps = number(high)
    if mbps:
        return mbps
    bps = number(low)
    return bps // 1_000_000 or None if bps and bps != _NOT_TOLD else None


def worth_telling(interface: Interface, own: Mapping[int, tuple[str, ...]]) -> bool:
    """Tell whether an interface is one that others can meet; a loopback without an address of its own is not."""
    return interface.kind != LOOPBACK or interface.index in own


def part_of(native_id: str, interface: Interface) -> str:
    """Return the native id of an interface of a device."""
    return f"{native_id}/interface:{interface.name}"


def identifier_of(name: str) -> Identifier:
    """Return what an interface of that name is known by within its device."""
    return Identifier("part", f"interface:{name}")


def observed(
    native_id: str,
    known: Interfaces,
    own: Mapping[int, tuple[str, ...]],
    networks: Mapping[int, tuple[str, ...]],
    scope: str,
    device: str,
) -> Iterator[Observation]:
    """Yield an observation of each interface; ``device`` is what people call the device."""
    for each in known.by_index.values():
        if worth_telling(each, own):
            yield Observation(
                source="",
                scope=scope,
                native_id=part_of(native_id, each),
                ci_class="interface",
                name=f"{device} {each.name}",
                owner=native_id,
                attributes=_attributes(each, own.get(each.index, ()), networks.get(each.index, ())),
                identifiers=(identifier_of(each.name),),
                relations=(
                    ObservedRelation(
                        "part_of",
                        EvidenceKind.ITSELF,
                        target=End(native_id),
                        strength=Strength.HARD,  # A port is down with its device.
                        detail=f"ifTable: {each.index}",
                    ),
                ),
                evidence={"if_index": each.index, "if_type": each.kind},
            )


def _attributes(interface: Interface, own: tuple[str, ...], networks: tuple[str, ...]) -> dict[str, Any]:
    found = {
        "if_name": interface.name,
        "mac": None if interface.mac is None or shared(interface.mac) else interface.mac,
        "ip_addresses": list(own) or None,
        "networks": list(networks) or None,
        "speed_mbps": interface.speed_mbps,
        "enabled": interface.enabled,
        "description": interface.alias or None,
    }
    return {name: value for name, value in found.items() if value is not None}
