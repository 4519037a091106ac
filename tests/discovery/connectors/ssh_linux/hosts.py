"""Hosts in writing, for the tests of shape: what each command says of an ordinary one, and what a test makes of it."""

from __future__ import annotations

import json
from typing import Any

from cmdb.model.observation import End, Observation, ObservedRelation
from discovery.connectors.ssh_linux import CONNECTOR
from discovery.connectors.ssh_linux.commands import ONCE
from discovery.ports import Part, Shaped, Target

MACHINE = "0123456789abcdef0123456789abcdef"
MAC = "3c:ec:ef:00:00:01"
HOST = f"{MACHINE}-3cecef000001"
"""The native id of the ordinary host."""


def card(name: str = "eth0", *addresses: str, index: int = 2, mac: str = MAC, **more: Any) -> dict[str, Any]:
    """Return an interface as ``ip -j -d addr`` has it; addresses are ``10.0.0.5/24`` or ``10.0.0.6/24 secondary``."""
    infos = []
    for written in addresses:
        address, *flags = written.split()
        local, _, prefix = address.partition("/")
        info = {"family": "inet6" if ":" in local else "inet", "local": local, "prefixlen": int(prefix)}
        infos.append(info | dict.fromkeys(flags, True))
    base = {"ifindex": index, "ifname": name, "flags": ["UP"], "link_type": "ether", "address": mac, "addr_info": infos}
    return base | more


def identity(*interfaces: dict[str, Any], machine: str = MACHINE, assigned: int = 0) -> str:
    """Return what tells who the host is: its machine id, and its interfaces as sysfs has them."""
    kinds = {each["ifname"]: each.get("linkinfo", {}).get("info_kind", "") for each in interfaces}
    return f"id={machine}\n" + "".join(
        f"{each['ifindex']} {name} address={each['address']} assigned={assigned}"
        f" kind={'' if kinds[name] == 'veth' else kinds[name]} speed=1000\n"
        for each in interfaces
        for name in [each["ifname"]]
    )


def parts(
    *interfaces: dict[str, Any], looks: tuple[str, ...] = ("", ""), broken: tuple[str, ...] = (), **said: str
) -> list[Part]:
    """Return the parts of an ordinary host with these interfaces; ``said`` replaces what commands say."""
    usual = {
        "kernel": "Linux 6.1.0-18-amd64 x86_64\n0\n",
        "os": 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
        "identity": identity(*(interfaces or [card()])),
        "names": "web1\nweb1.example.org\n",
        "hardware": "sys_vendor=Dell Inc.\nproduct_name=R650\nproduct_serial=7XK2P93\n"
        "product_uuid=4c4c4544-0058-4b10-8032-b7c04f503933\n",
        "virtualization": "none\n",
        "capacity": "cpus=8\nMemTotal:       16384000 kB\nhypervisor=0\n",
        "addresses": json.dumps(list(interfaces or [card("eth0", "10.0.0.5/24")])),
        "routes": json.dumps(
            [{"dst": "default", "gateway": "10.0.0.1", "dev": "eth0"}, {"dst": "10.0.0.0/24", "dev": "eth0"}]
        ),
        **said,
    }
    found = [Part("session", {"address": "10.0.0.5", "host_key": "SHA256:abc"})]
    found += [Part(command.name, usual.get(command.name, ""), command.name not in broken) for command in ONCE]
    return found + [Part("connections", look, "connections" not in broken) for look in looks]


def shaped(
    *interfaces: dict[str, Any], target: str = "web1", settings: dict[str, Any] | None = None, **said: Any
) -> Shaped:
    """Return what becomes of a host."""
    return CONNECTOR.shape(Target(target), settings or {}, parts(*interfaces, **said))  # type: ignore[arg-type]


def listens(*sockets: str) -> str:
    """Return what ``ss`` says of listening sockets: ``0.0.0.0:80 nginx 7`` is address, programme and process."""
    lines = []
    for socket in sockets:
        address, *owner = socket.split()
        pids = owner[1:]
        owners = ",".join(f'("{owner[0]}",pid={pid},fd=3)' for pid in pids)
        lines.append(f"tcp LISTEN 0 128 {address} 0.0.0.0:*" + (f" users:({owners})" if pids else ""))
    return "".join(f"{line}\n" for line in lines)


def connected(*sockets: str) -> str:
    """Return what ``ss`` says of connections: ``10.0.0.5:40000 10.0.0.6:5432 app 9``, the last two may be missing."""
    lines = []
    for socket in sockets:
        local, remote, *owner = socket.split()
        users = f' users:(("{owner[0]}",pid={owner[1]},fd=9))' if owner else ""
        lines.append(f"{'ESTAB' if owner else 'TIME-WAIT'} 0 0 {local} {remote}{users}")
    return "".join(f"{line}\n" for line in lines)


def one(found: Shaped, native_id: str, scope: str | None = None) -> Observation:
    """Return the observation of a thing, in the one scope that has it or in the one that is named."""
    met = [o for o in found.observations if o.native_id == native_id and scope in (None, o.scope)]
    assert len(met) == 1, [(o.native_id, o.scope) for o in found.observations]
    return met[0]


def said_by(relation: ObservedRelation) -> tuple[str, str, str, str | None]:
    """Return a relation in a few words: direction and other end, type, evidence, group."""
    end, arrow = (relation.target, "->") if relation.target is not None else (relation.source, "<-")
    assert isinstance(end, End)
    name = end.native_id.removeprefix(f"{HOST}/") if end.native_id else end.identifiers[0].value
    return f"{arrow} {name}", relation.type, relation.evidence.value, relation.group


def relations(found: Shaped, native_id: str, scope: str | None = None) -> set[tuple[str, str, str, str | None]]:
    """Return the relations of a thing in a few words each, but where it runs and what it is a part of."""
    every = [
        r for o in found.observations if o.native_id == native_id and scope in (None, o.scope) for r in o.relations
    ]
    return {said_by(relation) for relation in every if relation.type not in ("runs_on", "part_of")}


def codes(found: Shaped) -> set[str]:
    """Return the codes of all notes."""
    return {said.code for said in found.notes}
