"""
Objects as a dump has them, in the form in which NetBox's API gives them.

Written after the API's documentation and for the tests alone: it shares nothing with the connector, so that the two can
disagree.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from tests.discovery.connectors.importing import Asked, Reply

PATHS = {
    "dcim.region": "dcim/regions", "dcim.sitegroup": "dcim/site-groups", "dcim.site": "dcim/sites",
    "dcim.location": "dcim/locations", "dcim.rackrole": "dcim/rack-roles", "dcim.rack": "dcim/racks",
    "dcim.manufacturer": "dcim/manufacturers", "dcim.devicetype": "dcim/device-types",
    "dcim.moduletype": "dcim/module-types", "dcim.devicerole": "dcim/device-roles",
    "dcim.platform": "dcim/platforms", "dcim.device": "dcim/devices",
    "dcim.virtualchassis": "dcim/virtual-chassis", "dcim.modulebay": "dcim/module-bays",
    "dcim.module": "dcim/modules", "dcim.devicebay": "dcim/device-bays", "dcim.interface": "dcim/interfaces",
    "dcim.macaddress": "dcim/mac-addresses", "dcim.frontport": "dcim/front-ports", "dcim.rearport": "dcim/rear-ports",
    "dcim.powerport": "dcim/power-ports", "dcim.poweroutlet": "dcim/power-outlets",
    "dcim.powerpanel": "dcim/power-panels", "dcim.powerfeed": "dcim/power-feeds", "dcim.cable": "dcim/cables",
    "circuits.provider": "circuits/providers", "circuits.providernetwork": "circuits/provider-networks",
    "circuits.circuittype": "circuits/circuit-types", "circuits.circuit": "circuits/circuits",
    "circuits.circuittermination": "circuits/circuit-terminations", "ipam.vrf": "ipam/vrfs", "ipam.role": "ipam/roles",
    "ipam.vlangroup": "ipam/vlan-groups", "ipam.vlan": "ipam/vlans", "ipam.prefix": "ipam/prefixes",
    "ipam.ipaddress": "ipam/ip-addresses", "ipam.fhrpgroup": "ipam/fhrp-groups",
    "ipam.fhrpgroupassignment": "ipam/fhrp-group-assignments", "ipam.service": "ipam/services",
    "tenancy.tenantgroup": "tenancy/tenant-groups", "tenancy.tenant": "tenancy/tenants",
    "tenancy.contactgroup": "tenancy/contact-groups", "tenancy.contactrole": "tenancy/contact-roles",
    "tenancy.contact": "tenancy/contacts", "tenancy.contactassignment": "tenancy/contact-assignments",
    "virtualization.clustertype": "virtualization/cluster-types",
    "virtualization.clustergroup": "virtualization/cluster-groups", "virtualization.cluster": "virtualization/clusters",
    "virtualization.virtualmachine": "virtualization/virtual-machines",
    "virtualization.vminterface": "virtualization/interfaces",
}  # fmt: skip
_REFERENCES = frozenset(
    (
        "site", "region", "parent", "tenant", "location", "rack", "role", "device_type", "manufacturer", "platform",
        "primary_ip4", "primary_ip6", "oob_ip", "cluster", "virtual_chassis", "master", "device", "module_bay",
        "module_type", "installed_device", "lag", "bridge", "rear_port", "power_port", "power_panel", "provider",
        "circuit", "provider_network", "vrf", "vlan", "group", "contact", "virtual_machine", "untagged_vlan",
    )
)  # fmt: skip
_CHOICES = frozenset(("status", "type", "supply", "phase", "role", "protocol", "mode", "cable_end"))
_NUMBERS = frozenset(("u_height", "position", "vcpus"))


class ApiForm:
    """The API over the objects of a dump, as NetBox of ``version`` gives it."""

    def __init__(self, records: list[dict[str, Any]], version: tuple[int, int]) -> None:
        self.version = version
        self._by_model: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        for record in records:
            if "pk" in record:
                self._by_model[record["model"]][record["pk"]] = copy.deepcopy(record["fields"])
        self._terminations: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in self._by_model["dcim.cabletermination"].values():
            self._terminations[row["cable"]].append(row)
        self._tagged: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        for row in self._by_model["extras.taggeditem"].values():
            self._tagged[".".join(row["content_type"]), row["object_id"]].append(row)
        if version >= (4, 2):
            self._mac_addresses_apart()

    def listing(self, model: str) -> list[dict[str, Any]]:
        return [self._object(model, id_, fields) for id_, fields in sorted(self._by_model[model].items())]

    def answer(self, asked: Asked) -> Reply:
        """Answer a request as NetBox does, with at most 1,000 objects a page."""
        if asked.path == "/api/status/":
            return Reply({"netbox-version": f"{self.version[0]}.{self.version[1]}.1", "django-version": "4.2"})
        model = next((model for model, path in PATHS.items() if asked.path == f"/api/{path}/"), None)
        if model is None or (model == "dcim.macaddress" and self.version < (4, 2)):
            return Reply({"detail": "Not found."}, status=404)
        rows = self.listing(model)
        limit, offset = min(int(asked.query["limit"]), 1_000), int(asked.query["offset"])
        page = rows[offset : offset + limit]
        more = offset + limit < len(rows)
        return Reply({"count": len(rows), "next": "http://elsewhere/?offset=1" if more else None, "results": page})

    def _object(self, model: str, id_: int, fields: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"id": id_, "url": f"https://netbox.example.org/{model}/{id_}/", "display": f"#{id_}"}
        for name, value in fields.items():
            if name.startswith("_") or name in ("lft", "rght", "tree_id", "level"):
                continue
            found[name] = self._value(model, name, value)
        found["custom_fields"] = found.pop("custom_field_data", {})
        found["tags"] = self._tags(model, id_)
        if model == "dcim.cable":
            found |= self._ends(id_)
        if model == "dcim.device" and self.version < (4, 0):
            found["device_role"] = found["role"]
        return self._moved(model, found)

    def _value(self, model: str, name: str, value: Any) -> Any:
        number = type(value) is int
        if name in _REFERENCES and number:
            return {"id": value, "url": "https://netbox.example.org/", "display": f"#{value}", "name": f"#{value}"}
        if name in _CHOICES and isinstance(value, str):
            return {"value": value, "label": value.title()} if value else None
        if name in _NUMBERS and isinstance(value, str):
            return float(value)
        if name.endswith("_type") and isinstance(value, list) and len(value) == 2:
            return ".".join(value)
        if name == "ipaddresses":
            return [{"id": each, "display": f"#{each}"} for each in value]
        if name == "address" and model == "tenancy.contact":
            return value
        return value

    def _tags(self, model: str, id_: int) -> list[dict[str, Any]]:
        tags = self._by_model["extras.tag"]
        return [
            {"id": row["tag"], "name": tags[row["tag"]]["name"], "slug": tags[row["tag"]]["slug"]}
            for row in self._tagged[model, id_]
        ]

    def _ends(self, cable: int) -> dict[str, Any]:
        ends: dict[str, list[Any]] = {"a_terminations": [], "b_terminations": []}
        for row in self._terminations[cable]:
            ends[f"{row['cable_end'].lower()}_terminations"].append(
                {"object_type": ".".join(row["termination_type"]), "object_id": row["termination_id"], "object": {}}
            )
        return ends

    def _moved(self, model: str, found: dict[str, Any]) -> dict[str, Any]:
        """Rename what later versions name otherwise."""
        if self.version >= (4, 2) and model in ("ipam.prefix", "virtualization.cluster"):
            site = found.pop("site", None)
            found["scope_type"], found["scope_id"] = ("dcim.site", site["id"]) if site else (None, None)
        if self.version >= (4, 2) and model == "circuits.circuittermination":
            site, network = found.pop("site", None), found.pop("provider_network", None)
            at = ("dcim.site", site["id"]) if site else ("circuits.providernetwork", network["id"]) if network else None
            found["termination_type"], found["termination_id"] = at or (None, None)
        if self.version >= (4, 0) and model == "tenancy.contactassignment":
            found["object_type"] = found.pop("content_type")
        if self.version >= (4, 3) and model == "ipam.service":
            device, machine = found.pop("device", None), found.pop("virtual_machine", None)
            found["parent_object_type"] = "dcim.device" if device else "virtualization.virtualmachine"
            found["parent_object_id"] = (device or machine)["id"]
        if self.version >= (4, 3) and model == "tenancy.contact":
            group = found.pop("group", None)
            found["groups"] = [group] if group else []
        return found

    def _mac_addresses_apart(self) -> None:
        """Since NetBox 4.2 a MAC address is an object, and of an interface's the first is its main one."""
        for model in ("dcim.interface", "virtualization.vminterface"):
            for id_, fields in self._by_model[model].items():
                address = fields.pop("mac_address", None)
                if address:
                    new = len(self._by_model["dcim.macaddress"]) + 1
                    app, _, name = model.partition(".")
                    self._by_model["dcim.macaddress"][new] = {
                        "mac_address": address, "assigned_object_type": [app, name], "assigned_object_id": id_
                    }  # fmt: skip
                    fields["primary_mac_address"] = {"id": new, "mac_address": address}
