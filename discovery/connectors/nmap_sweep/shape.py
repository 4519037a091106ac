"""Makes things of addresses that answered: one of those that have one MAC address, and none of a virtual one."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cmdb.model.observation import Identifier, Observation
from cmdb.model.run import Said
from discovery.connectors.nmap_sweep.fetch import FINISHED, HOSTS
from discovery.ports import Part, Shaped, Target

PROXY_FROM = 9
"""A MAC address that answers for so many addresses answers for others: a router that is asked in their stead."""

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FQDN = re.compile(rf"(?=.{{4,253}}$)({_LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9]", re.ASCII)
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.ASCII)
_SHARED = ("00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:05:73:a", "00:07:b4:")


class Seen(NamedTuple):
    """An address that answered: its MAC address ("" beyond a router), its names, and its open ports."""

    address: str
    mac: str
    names: tuple[str, ...]
    ports: tuple[tuple[int, str], ...]


def shape(target: Target, _settings: Mapping[str, Any], parts: Sequence[Part]) -> Shaped:
    """
    Return what answered in a range. It is complete if nmap looked at all of it, ended well, and somebody answered.

    A range where nobody answers is more often a route that is missing than a network that was taken down.
    """
    notes: list[Said] = []
    seen = _seen(parts, notes)
    found = sorted(_things(target.id, seen, notes), key=lambda each: each.native_id)
    ends = [part for part in parts if part.name == FINISHED]
    whole = bool(ends) and all(part.whole for part in parts)
    for part in parts:
        if not part.whole:
            notes.append(Said("nmap.not_finished", {"because": part.body.get("exit") or "nmap did not say"}))
    said = next((part.body.get("said") for part in ends if part.body.get("said")), "")
    if said:
        notes.append(Said("nmap.said", {"text": said}))
    if whole and not seen:
        notes.append(Said("nmap.nobody_answered", {"range": target.id}))
    complete = frozenset({target.id}) if whole and seen else frozenset()
    return Shaped(tuple(found), complete, tuple(notes))


def _seen(parts: Sequence[Part], notes: list[Said]) -> list[Seen]:
    """Return the addresses that answered, sorted; what has the MAC address of a virtual router is none of a host."""
    found, virtual, cut = {}, [], 0
    for host in (host for part in parts if part.name == HOSTS for host in part.body["hosts"]):
        mac = host["mac"].lower()
        cut += bool(host["cut"])
        for address in host["addresses"]:
            if mac.startswith(_SHARED):
                virtual.append(address)
            elif _is_address(address):
                names = tuple(sorted({name for name in host["names"] if _FQDN.fullmatch(name)}))
                ports = tuple(sorted({(port, protocol) for port, protocol in host["ports"]}))
                found[address] = Seen(address, mac if _MAC.fullmatch(mac) else "", names, ports)
    if virtual:
        notes.append(Said("nmap.virtual_addresses", {"addresses": sorted(virtual)[:20], "count": len(virtual)}))
    if cut:
        notes.append(Said("nmap.hosts_cut", {"count": cut}))
    return sorted(found.values(), key=lambda each: _order(each.address))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _order(address: str) -> tuple[int, int]:
    known = ipaddress.ip_address(address)
    return known.version, int(known)


def _things(scope: str, seen: Sequence[Seen], notes: list[Said]) -> Iterator[Observation]:
    by_mac: dict[str, list[Seen]] = defaultdict(list)
    for each in seen:
        if each.mac:
            by_mac[each.mac].append(each)
    proxies = {mac: len(several) for mac, several in by_mac.items() if len(several) >= PROXY_FROM}
    if proxies:
        notes.append(Said("nmap.answers_for_others", {"macs": sorted(proxies)[:20], "count": sum(proxies.values())}))
    for each in seen:
        if not each.mac or each.mac in proxies:
            yield _thing(scope, each.address, "", [each])
    for mac, several in by_mac.items():
        if mac not in proxies:
            yield _thing(scope, f"mac:{mac}", mac, several)


def _thing(scope: str, native_id: str, mac: str, seen: Sequence[Seen]) -> Observation:
    addresses = [each.address for each in seen]
    names = sorted({name for each in seen for name in each.names})
    identifiers = [("fqdn", name) for name in names]
    identifiers += [("mac", mac)] if mac else []
    identifiers += [("ip", address) for address in addresses]
    identifiers += [("endpoint", _endpoint(each.address, *port)) for each in seen for port in each.ports]
    attributes: dict[str, Any] = {"ip_addresses": addresses}
    if mac:
        attributes["mac_addresses"] = [mac]
    if len(names) == 1:
        attributes["fqdn"] = names[0]
    return Observation(
        source="",
        scope=scope,
        native_id=native_id,
        ci_class="server",
        name=names[0] if len(names) == 1 else addresses[0],
        attributes=attributes,
        identifiers=tuple(Identifier(kind, value) for kind, value in identifiers),
        evidence={"answers_at": addresses[:20], "open_ports": sum(len(each.ports) for each in seen)},
    )


def _endpoint(address: str, port: int, protocol: str) -> str:
    """
    Return where something listens.

    >>> _endpoint("10.0.0.5", 22, "tcp"), _endpoint("2001:db8::1", 53, "udp")
    ('10.0.0.5:22/tcp', '[2001:db8::1]:53/udp')
    """
    return f"{f'[{address}]' if ':' in address else address}:{port}/{protocol}"
