"""One object of iTop as the draft of an observation."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from discovery.connectors.itop.model import DEVICE_WORDS, ITEMS
from discovery.ports.drafting import Draft, address, fqdn, mac, whole_number

Row = Mapping[str, Any]
_HARDWARE = frozenset(("Server", "NetworkDevice", "StorageSystem", "SANSwitch", "TapeLibrary", "NAS", "PDU"))
_NAMED = frozenset(("Location", "Team", "ApplicationSolution", "BusinessProcess", "Service"))


def draft_of(name: str, row: Row, device_types: Mapping[str, str]) -> Draft:
    """Return the draft of an object of the class ``name`` of iTop."""
    ci_class = ITEMS[name][0]
    if name == "NetworkDevice":
        ci_class = _device_class(text(row, "networkdevicetype_name"), device_types)
    shown = text(row, "name") or text(row, "subnet_name") or text(row, "vlan_tag") or f"{name} {row['id']}"
    draft = Draft(name, f"{name}::{row['id']}", ci_class, shown, evidence={"class": name})
    draft.put(description=text(row, "description"))
    draft.label(
        status=row.get("status"), organization=row.get("org_name"), business_criticity=row.get("business_criticity")
    )
    if name in _HARDWARE:
        _hardware(draft, row)
    if name in _NAMED:
        draft.known_by("name", text(row, "name"))
    _own(draft, name, row)
    return draft


def _hardware(draft: Draft, row: Row) -> None:
    vendor, serial = text(row, "brand_name"), text(row, "serialnumber")
    draft.put(
        vendor=vendor,
        model=text(row, "model_name"),
        serial_number=serial,
        asset_tag=text(row, "asset_number"),
        purchased_on=_day(text(row, "purchase_date")),
        warranty_until=_day(text(row, "end_of_warranty")),
    )
    draft.known_by("serial", f"{vendor}|{serial}" if vendor and serial else None)


def _own(draft: Draft, name: str, row: Row) -> None:
    """Set what only some classes have."""
    ip = address(text(row, "managementip"))
    if name in ("Server", "VirtualMachine"):
        draft.put(
            os=text(row, "osfamily_name"),
            os_version=text(row, "osversion_name"),
            cpu_cores=whole_number(text(row, "cpu")),
            ip_addresses=[ip] if ip else None,
            fqdn=fqdn(text(row, "name")),
        )
        draft.known_by("fqdn", fqdn(text(row, "name")))
        draft.known_by("ip", ip)
    elif name == "NetworkDevice":
        draft.put(management_ip=ip, os_version=text(row, "iosversion_name"), fqdn=fqdn(text(row, "name")))
        draft.known_by("sys_name", text(row, "name"))
        draft.known_by("fqdn", fqdn(text(row, "name")))
        draft.known_by("ip", ip)
    elif name == "StorageSystem":
        draft.put(management_ip=ip)
    elif name == "Location":
        where = (text(row, part) for part in ("address", "city", "country"))
        draft.put(address=", ".join(part for part in where if part), site=text(row, "name"))
    elif name in ("Rack", "Enclosure"):
        draft.put(height_units=whole_number(text(row, "nb_u")))
        draft.label(model=row.get("model_name"), serial_number=row.get("serialnumber"))
    elif name == "DBServer":
        draft.put(engine=text(row, "software_name"))
    elif name in ("Middleware", "WebServer", "OtherSoftware"):
        draft.label(software=row.get("software_name"))
    elif name == "VLAN":
        tag = whole_number(text(row, "vlan_tag"))
        draft.put(vlan_id=tag if tag is not None and 1 <= tag <= 4_094 else None)
    elif name == "Subnet":
        draft.put(cidr=_network(text(row, "ip"), text(row, "ip_mask")))
    elif name in ("PhysicalInterface", "LogicalInterface"):
        own = address(text(row, "ipaddress"))
        draft.put(if_name=text(row, "name"), mac=mac(text(row, "macaddress")), ip_addresses=[own] if own else None)


def _device_class(type_: str, device_types: Mapping[str, str]) -> str:
    words = set(re.findall("[a-z]+", type_.lower()))
    return device_types.get(type_) or next((ours for ours, some in DEVICE_WORDS if words & some), "network_device")


def _network(ip: str, mask: str) -> str | None:
    try:
        return str(ipaddress.ip_network(f"{ip}/{mask}", strict=False))
    except ValueError:
        return None


def _day(value: str) -> str | None:
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return None


def text(row: Row, name: str) -> str:
    """Return an attribute as a text, "" where there is none; iTop writes all its values as texts."""
    found = row.get(name)
    return found.strip() if isinstance(found, str) else str(found) if type(found) is int else ""
