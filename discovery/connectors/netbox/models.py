"""
Which models of NetBox are read, and of each which fields: what is not named here never leaves ``fetch``.

So nobody's name, mail or telephone, no password hash, token, pre-shared key or free comment gets into a part, whatever
a later NetBox adds. The fields are named as in the database; where the API has another name both stand here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """One model: where the API lists it, since which version, and the fields that are kept of it."""

    path: str
    fields: tuple[str, ...]
    since: tuple[int, int] = (0, 0)


def _model(path: str, fields: str, since: tuple[int, int] = (0, 0)) -> Model:
    return Model(path, tuple(fields.split()), since)


MODELS: dict[str, Model] = {
    "dcim.region": _model("dcim/regions", "name slug parent description"),
    "dcim.sitegroup": _model("dcim/site-groups", "name slug parent"),
    "dcim.site": _model(
        "dcim/sites", "name slug status region group tenant facility physical_address description tags custom_fields"
    ),
    "dcim.location": _model("dcim/locations", "name slug site parent status tenant description tags custom_fields"),
    "dcim.rackrole": _model("dcim/rack-roles", "name slug"),
    "dcim.rack": _model(
        "dcim/racks", "name facility_id site location tenant status role u_height description tags custom_fields"
    ),
    "dcim.manufacturer": _model("dcim/manufacturers", "name slug"),
    "dcim.devicetype": _model("dcim/device-types", "manufacturer model part_number"),
    "dcim.moduletype": _model("dcim/module-types", "manufacturer model part_number"),
    "dcim.devicerole": _model("dcim/device-roles", "name slug"),
    "dcim.platform": _model("dcim/platforms", "name slug"),
    "dcim.device": _model(
        "dcim/devices",
        "name device_type role device_role tenant platform serial asset_tag site location rack position status "
        "primary_ip4 primary_ip6 oob_ip cluster virtual_chassis description tags custom_fields",
    ),
    "dcim.virtualchassis": _model("dcim/virtual-chassis", "name master domain description tags custom_fields"),
    "dcim.modulebay": _model("dcim/module-bays", "device name position"),
    "dcim.module": _model("dcim/modules", "device module_bay module_type status serial"),
    "dcim.devicebay": _model("dcim/device-bays", "device name installed_device"),
    "dcim.interface": _model(
        "dcim/interfaces",
        "device name type enabled mac_address primary_mac_address speed lag parent bridge mark_connected "
        "description tags custom_fields",
    ),
    "dcim.macaddress": _model("dcim/mac-addresses", "mac_address assigned_object_type assigned_object_id", (4, 2)),
    "dcim.frontport": _model("dcim/front-ports", "device name rear_port rear_port_position rear_ports"),
    "dcim.rearport": _model("dcim/rear-ports", "device name positions"),
    "dcim.powerport": _model("dcim/power-ports", "device name"),
    "dcim.poweroutlet": _model("dcim/power-outlets", "device name power_port"),
    "dcim.powerpanel": _model("dcim/power-panels", "name site location description tags custom_fields"),
    "dcim.powerfeed": _model(
        "dcim/power-feeds",
        "name power_panel rack status type supply phase voltage amperage description tags custom_fields",
    ),
    "dcim.cable": _model("dcim/cables", "status type label a_terminations b_terminations"),
    "circuits.provider": _model("circuits/providers", "name slug description tags custom_fields"),
    "circuits.providernetwork": _model("circuits/provider-networks", "name provider service_id description tags"),
    "circuits.circuittype": _model("circuits/circuit-types", "name slug"),
    "circuits.circuit": _model(
        "circuits/circuits", "cid provider type status tenant commit_rate description tags custom_fields"
    ),
    "circuits.circuittermination": _model(
        "circuits/circuit-terminations",
        "circuit term_side site provider_network termination_type termination_id port_speed",
    ),
    "ipam.vrf": _model("ipam/vrfs", "name rd"),
    "ipam.role": _model("ipam/roles", "name slug"),
    "ipam.vlangroup": _model("ipam/vlan-groups", "name slug"),
    "ipam.vlan": _model("ipam/vlans", "vid name site group tenant status role description tags custom_fields"),
    "ipam.prefix": _model(
        "ipam/prefixes",
        "prefix site scope_type scope_id vrf tenant vlan status role description tags custom_fields",
    ),
    "ipam.ipaddress": _model(
        "ipam/ip-addresses",
        "address vrf tenant status role assigned_object_type assigned_object_id dns_name description "
        "tags custom_fields",
    ),
    "ipam.fhrpgroup": _model("ipam/fhrp-groups", "group_id name protocol description tags custom_fields"),
    "ipam.fhrpgroupassignment": _model("ipam/fhrp-group-assignments", "group interface_type interface_id priority"),
    "ipam.service": _model(
        "ipam/services",
        "name protocol ports device virtual_machine parent_object_type parent_object_id ipaddresses "
        "description tags custom_fields",
    ),
    "tenancy.tenantgroup": _model("tenancy/tenant-groups", "name slug parent"),
    "tenancy.tenant": _model("tenancy/tenants", "name slug group description tags custom_fields"),
    "tenancy.contactgroup": _model("tenancy/contact-groups", "name slug parent description"),
    "tenancy.contactrole": _model("tenancy/contact-roles", "name slug"),
    # Of a contact nothing is kept but the groups it is in: the rest is a person.
    "tenancy.contact": _model("tenancy/contacts", "group groups"),
    "tenancy.contactassignment": _model(
        "tenancy/contact-assignments", "content_type object_type object_id contact role priority"
    ),
    "virtualization.clustertype": _model("virtualization/cluster-types", "name slug"),
    "virtualization.clustergroup": _model("virtualization/cluster-groups", "name slug"),
    "virtualization.cluster": _model(
        "virtualization/clusters",
        "name type group status tenant site scope_type scope_id description tags custom_fields",
    ),
    "virtualization.virtualmachine": _model(
        "virtualization/virtual-machines",
        "name status site cluster device role tenant platform primary_ip4 primary_ip6 vcpus memory disk "
        "description tags custom_fields",
    ),
    "virtualization.vminterface": _model(
        "virtualization/interfaces",
        "virtual_machine name enabled mac_address primary_mac_address parent bridge description tags custom_fields",
    ),
}
LISTED = tuple(MODELS)

# What only a dump has: the API gives these within the objects they belong to.
IN_DUMPS: dict[str, tuple[str, ...]] = {
    "dcim.cabletermination": ("cable", "cable_end", "termination_type", "termination_id"),
    "dcim.portmapping": ("front_port", "front_port_position", "rear_port", "rear_port_position"),
    "extras.tag": ("slug",),
    "extras.taggeditem": ("content_type", "object_id", "tag"),
    "contenttypes.contenttype": ("app_label", "model"),
}

COUNTS = "counts"
"""The part that says how many objects a source has of each model, also of those that are not read."""

VERSION = "version"
"""The part that says which NetBox answered."""


def kept(model: str, row: dict[str, object], custom_fields: frozenset[str]) -> dict[str, object]:
    """Return of an object's fields those that are read, and of its custom fields those that a person named."""
    fields = MODELS[model].fields if model in MODELS else IN_DUMPS[model]
    found: dict[str, object] = {name: row[name] for name in fields if name in row and name != "custom_fields"}
    custom = row.get("custom_fields", row.get("custom_field_data"))
    if "custom_fields" in fields and isinstance(custom, dict):
        named = {name: value for name, value in custom.items() if name in custom_fields}
        if named:
            found["custom_fields"] = named
    return found
