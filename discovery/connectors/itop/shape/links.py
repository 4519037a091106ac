"""
Who depends on whom in iTop: by its links, by the objects its attributes name, and with the redundancy set for it.

A redundancy setting is a text: "disabled" (whatever is above must be up), "2" (so many of it), or "50%".
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.model.relation import Strength
from discovery.connectors.itop.model import ITEMS
from discovery.ports.drafting import Draft, unique

Key = tuple[str, str]
CI = "FunctionalCI"
_SETTING = re.compile(r"(\d{1,3})(%?)", re.ASCII)

# Class of iTop > attributes that name another object: attribute, series of its numbers, relation, words.
_KEYS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "Hypervisor": (("server_id", CI, "runs_on", "its server"), ("farm_id", CI, "member_of", "its farm")),
    "VirtualMachine": (("virtualhost_id", CI, "runs_on", "its virtual host"),),
    "Middleware": (("system_id", CI, "runs_on", "its system"),),
    "MiddlewareInstance": (("middleware_id", CI, "runs_on", "its middleware"),),
    "DBServer": (("system_id", CI, "runs_on", "its system"),),
    "DatabaseSchema": (("dbserver_id", CI, "runs_on", "its database server"),),
    "WebServer": (("system_id", CI, "runs_on", "its system"),),
    "WebApplication": (("webserver_id", CI, "runs_on", "its web server"),),
    "OtherSoftware": (("system_id", CI, "runs_on", "its system"),),
    "LogicalVolume": (("storagesystem_id", CI, "stores_data_on", "its storage system"),),
    "PDU": (("powerstart_id", CI, "powered_by", "its power source"),),
    "PhysicalInterface": (("connectableci_id", CI, "part_of", "its device"),),
    "LogicalInterface": (("virtualmachine_id", CI, "part_of", "its machine"),),
}
_OWNED = {"PhysicalInterface": "interface", "LogicalInterface": "interface", "DatabaseSchema": "database"}
# Link > the end that depends, its attribute; the end it depends on; relation. One that depends on several CIs by a link
# with a redundancy setting of its own is a group.
_LINKS: dict[str, tuple[tuple[str, str], tuple[str, str], str]] = {
    "lnkApplicationSolutionToFunctionalCI": (
        ("applicationsolution_id", CI),
        ("functionalci_id", CI),
        "depends_on",
    ),
    "lnkApplicationSolutionToBusinessProcess": (
        ("businessprocess_id", CI),
        ("applicationsolution_id", CI),
        "depends_on",
    ),
    "lnkFunctionalCIToService": (("service_id", "Service"), ("functionalci_id", CI), "depends_on"),
    "lnkServerToVolume": (("server_id", CI), ("volume_id", "LogicalVolume"), "stores_data_on"),
    "lnkVirtualDeviceToVolume": (("virtualdevice_id", CI), ("volume_id", "LogicalVolume"), "stores_data_on"),
    "lnkSanToDatacenterDevice": (("datacenterdevice_id", CI), ("san_id", CI), "connects_to"),
    "lnkSubnetToVLAN": (("subnet_id", "Subnet"), ("vlan_id", "VLAN"), "depends_on"),
}

_PLACES = frozenset(("Location", "Rack", "Enclosure", "PowerSource", "PDU"))
_HOSTS = frozenset(("Server", "VirtualMachine", "Hypervisor", "NetworkDevice", "PhysicalInterface", "LogicalInterface"))
_SOFTWARE = frozenset(
    ("Middleware", "MiddlewareInstance", "DBServer", "DatabaseSchema", "WebServer", "WebApplication", "OtherSoftware")
)
# Class > the classes its relations lead to: where one of those was not read to its end, some of them are missing.
RESTS_ON: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("Rack", "Enclosure", "PDU", "PowerSource", "StorageSystem", "SANSwitch", "TapeLibrary", "NAS"),
        _PLACES | {"Team", "NetworkDevice"},
    ),
    **dict.fromkeys(("Server", "NetworkDevice"), _PLACES | _HOSTS | {"Team", "LogicalVolume"}),
    **dict.fromkeys(("Farm", "Hypervisor", "VirtualMachine"), _HOSTS | {"Team", "Farm", "LogicalVolume"}),
    **dict.fromkeys(_SOFTWARE, _HOSTS | _SOFTWARE | {"Team"}),
    **dict.fromkeys(("ApplicationSolution", "Service"), frozenset(ITEMS) - {"Location", "VLAN", "Subnet"}),
    "BusinessProcess": frozenset(("ApplicationSolution", "Team")),
    "LogicalVolume": frozenset(("StorageSystem",)),
    "Subnet": frozenset(("VLAN",)),
    "PhysicalInterface": _HOSTS,
    "LogicalInterface": _HOSTS,
}


def relate(
    drafts: Mapping[Key, Draft],
    rows: Mapping[Key, Mapping[str, Any]],
    links: Mapping[str, Sequence[Mapping[str, Any]]],
    counted: Counter[tuple[str, ...]],
) -> None:
    """Relate drafts; ``rows`` are the objects they were made of, ``links`` those of each link class."""
    addresses: dict[str, list[str]] = defaultdict(list)
    for key, draft in drafts.items():
        for attribute, series, type_, words in _KEYS.get(draft.scope, ()):
            if other := drafts.get((series, _id(rows[key], attribute))):
                # A port is down with its device.
                draft.relate(
                    _fitting(type_, other),
                    other.native_id,
                    words,
                    strength=Strength.HARD if type_ == "part_of" else None,
                )
                if draft.scope in _OWNED:
                    draft.owner = other.native_id
                    draft.known_by("part", f"{_OWNED[draft.scope]}:{draft.name}")
                    other.known_by("mac", draft.attributes.get("mac"))
                    addresses[other.native_id] += draft.attributes.get("ip_addresses", ())
        _placed(draft, rows[key], drafts)
        _powered(draft, rows[key], drafts, counted)
    for draft in drafts.values():
        _addressed(draft, addresses[draft.native_id])
    _farms(drafts, rows, counted)
    _linked(drafts, rows, links, counted)
    _connected(drafts, links["lnkConnectableCIToNetworkDevice"], counted)
    _teams(drafts, links["lnkContactToFunctionalCI"], counted)


def _fitting(type_: str, other: Draft) -> str:
    """Return the type, or the general one where it may not lead to a CI of that class."""
    ends = {"powered_by": ("pdu", "power_feed"), "stores_data_on": ("storage_array", "volume")}
    return type_ if other.ci_class in ends.get(type_, (other.ci_class,)) else "depends_on"


def _addressed(draft: Draft, addresses: Sequence[str]) -> None:
    """Give a host the addresses of its interfaces."""
    for each in unique(addresses):
        draft.known_by("ip", each)
    if draft.scope in ("Server", "VirtualMachine"):
        draft.put(ip_addresses=unique((*draft.attributes.get("ip_addresses", ()), *addresses)))


def _placed(draft: Draft, row: Mapping[str, Any], drafts: Mapping[Key, Draft]) -> None:
    """Relate what stands somewhere to the nearest place: enclosure, rack, location."""
    for attribute, series in (("enclosure_id", CI), ("rack_id", CI), ("location_id", "Location")):
        place = drafts.get((series, _id(row, attribute)))
        if place is not None and place is not draft and place.scope in ("Location", "Rack", "Enclosure"):
            draft.relate("located_in", place.native_id, "its place")
            break
    if location := drafts.get(("Location", _id(row, "location_id"))):
        draft.put(site=location.name)


def _powered(
    draft: Draft, row: Mapping[str, Any], drafts: Mapping[Key, Draft], counted: Counter[tuple[str, ...]]
) -> None:
    found = (drafts.get((CI, _id(row, attribute))) for attribute in ("powerA_id", "powerB_id"))
    sources = {each.native_id: each for each in found if each is not None}
    group = _grouped(draft, "power", len(sources), _setting(row), counted) if sources else None
    for native, source in sources.items():
        draft.relate(_fitting("powered_by", source), native, "power A or B", group=group)


def _farms(
    drafts: Mapping[Key, Draft], rows: Mapping[Key, Mapping[str, Any]], counted: Counter[tuple[str, ...]]
) -> None:
    hosts: dict[str, list[str]] = defaultdict(list)
    for key, draft in drafts.items():
        if draft.scope == "Hypervisor":
            hosts[_id(rows[key], "farm_id")].append(draft.native_id)
    for key, draft in drafts.items():
        members = hosts[key[1]] if draft.scope == "Farm" else []
        group = _grouped(draft, "hypervisors", len(members), _setting(rows[key]), counted) if members else None
        for native in members:
            draft.relate("runs_on", native, "a hypervisor of the farm", group=group)


def _linked(
    drafts: Mapping[Key, Draft],
    rows: Mapping[Key, Mapping[str, Any]],
    links: Mapping[str, Sequence[Mapping[str, Any]]],
    counted: Counter[tuple[str, ...]],
) -> None:
    for name, ((here, here_series), (there, there_series), type_) in _LINKS.items():
        targets: dict[Key, dict[str, None]] = defaultdict(dict)
        for link in links[name]:
            key = here_series, _id(link, here)
            target = drafts.get((there_series, _id(link, there)))
            if key not in drafts or target is None:
                counted["itop.left_out", name, "an end of it is not taken"] += 1
            elif target is not drafts[key]:
                targets[key][target.native_id] = None
        for key, several in sorted(targets.items()):
            draft, group = drafts[key], None
            if name == "lnkApplicationSolutionToFunctionalCI":
                group = _grouped(draft, "components", len(several), _setting(rows[key]), counted)
            for native in several:
                draft.relate(type_, native, name, group=group)


def _connected(
    drafts: Mapping[Key, Draft], links: Sequence[Mapping[str, Any]], counted: Counter[tuple[str, ...]]
) -> None:
    """Relate CIs to the network devices they are plugged into; over an uplink it is the device that needs the CI."""
    for link in links:
        ci, device = drafts.get((CI, _id(link, "connectableci_id"))), drafts.get((CI, _id(link, "networkdevice_id")))
        if ci is None or device is None:
            counted["itop.left_out", "lnkConnectableCIToNetworkDevice", "an end of it is not taken"] += 1
            continue
        source, target = (device, ci) if link.get("connection_type") == "uplink" else (ci, device)
        ports = " to ".join(str(link[port]) for port in ("device_port", "network_port") if link.get(port))
        source.relate("connects_to", target.native_id, f"connected: {ports}" if ports else "connected")


def _teams(drafts: Mapping[Key, Draft], links: Sequence[Mapping[str, Any]], counted: Counter[tuple[str, ...]]) -> None:
    """Name the teams among the contacts of a CI; a person among them is counted, and that is all."""
    owners: dict[str, list[str]] = defaultdict(list)
    for link in links:
        ci, team = drafts.get((CI, _id(link, "functionalci_id"))), drafts.get(("Team", _id(link, "contact_id")))
        if ci is None or team is None:
            why = "the CI is not taken" if ci is None else "a person, or a team that is not taken"
            counted["itop.left_out", "lnkContactToFunctionalCI", why] += 1
            continue
        ci.relate("owned_by", team.native_id, "a contact of it")
        owners[ci.native_id].append(str(team.name))
    for draft in drafts.values():
        if names := unique(owners[draft.native_id]):
            draft.put(owner=names[0] if len(names) == 1 else None)
            draft.label(teams=", ".join(names))


def _grouped(draft: Draft, name: str, members: int, setting: str, counted: Counter[tuple[str, ...]]) -> str | None:
    """Add the group that a redundancy setting makes of ``members``, and return its name; None where it makes none."""
    if setting in ("disabled", "") or members < 2:
        return None
    found = _SETTING.fullmatch(setting)
    number = int(found[1]) if found else 0
    if found is None or number < 1 or (found[2] and number > 100):
        counted["itop.left_out", draft.scope, "its redundancy setting can not be read; each is taken as needed"] += 1
        return None
    if not found[2] and number >= members:
        return None  # All of them are needed, or more than there are.
    draft.group(name, f"{number}%" if found[2] else number, f"redundancy as set in iTop: {setting}")
    return name


def _setting(row: Mapping[str, Any]) -> str:
    return str(row.get("redundancy") or "").strip()


def _id(row: Mapping[str, Any], name: str) -> str:
    """Return the number an attribute holds; "0" is how iTop writes none."""
    found = str(row.get(name) or "")
    return "" if found == "0" else found
