"""
Which listings are complete: read to their end, with all that what they say of their objects rests on.

A device whose cables were read in part would seem to have lost some; a tenant that was not read takes its name from
everything it owns. So a listing that broke off takes away the completeness of all that rest on it.
"""

from __future__ import annotations

from collections.abc import Mapping

from discovery.connectors.netbox.models import VERSION
from discovery.connectors.netbox.shape.rows import Rows

OBSERVED = (
    "circuits.circuit",
    "circuits.provider",
    "circuits.providernetwork",
    "dcim.device",
    "dcim.interface",
    "dcim.location",
    "dcim.powerfeed",
    "dcim.powerpanel",
    "dcim.rack",
    "dcim.region",
    "dcim.site",
    "dcim.virtualchassis",
    "ipam.ipaddress",
    "ipam.prefix",
    "ipam.service",
    "ipam.vlan",
    "tenancy.contactgroup",
    "tenancy.tenant",
    "virtualization.cluster",
    "virtualization.virtualmachine",
    "virtualization.vminterface",
)
_DEVICE, _INTERFACE, _SITE, _RACK = "dcim.device", "dcim.interface", "dcim.site", "dcim.rack"
_MACHINE, _VM_INTERFACE, _CLUSTER = (
    "virtualization.virtualmachine",
    "virtualization.vminterface",
    "virtualization.cluster",
)
_CIRCUIT, _ADDRESS, _PREFIX, _VLAN, _SERVICE = (
    "circuits.circuit",
    "ipam.ipaddress",
    "ipam.prefix",
    "ipam.vlan",
    "ipam.service",
)
_AT_SITES = (
    "dcim.location",
    _RACK,
    _DEVICE,
    "dcim.powerpanel",
    "dcim.powerfeed",
    "dcim.virtualchassis",
    _PREFIX,
    _VLAN,
    _CLUSTER,
    _MACHINE,
)
_HOSTS = (_DEVICE, _MACHINE)

# Listing > the observed models, besides itself, that rest on it.
_RESTING: Mapping[str, tuple[str, ...]] = {
    "dcim.region": (_SITE, _CLUSTER),
    "dcim.sitegroup": (_SITE,),
    _SITE: _AT_SITES,
    "dcim.location": (_RACK, _DEVICE, "dcim.powerpanel", _CLUSTER),
    "dcim.rackrole": (_RACK,),
    _RACK: (_DEVICE, "dcim.powerfeed"),
    "dcim.manufacturer": (_DEVICE,),
    "dcim.devicetype": (_DEVICE,),
    "dcim.moduletype": (_DEVICE,),
    "dcim.module": (_DEVICE,),
    "dcim.modulebay": (_DEVICE,),
    "dcim.devicebay": (_DEVICE,),
    "dcim.devicerole": (*_HOSTS, "dcim.virtualchassis"),
    "dcim.platform": _HOSTS,
    _DEVICE: ("dcim.virtualchassis", _INTERFACE, _CLUSTER, _MACHINE, _ADDRESS, _SERVICE),
    "dcim.virtualchassis": (_DEVICE, _INTERFACE),
    _INTERFACE: (_DEVICE, _ADDRESS, _SERVICE),
    "dcim.macaddress": (_INTERFACE, _VM_INTERFACE, *_HOSTS),
    "dcim.frontport": (_INTERFACE, _DEVICE),
    "dcim.rearport": (_INTERFACE, _DEVICE),
    "dcim.portmapping": (_INTERFACE, _DEVICE),
    "dcim.cable": (_INTERFACE, _DEVICE),
    "dcim.cabletermination": (_INTERFACE, _DEVICE),
    "dcim.powerport": (_DEVICE,),
    "dcim.poweroutlet": (_DEVICE,),
    "dcim.powerpanel": ("dcim.powerfeed",),
    "dcim.powerfeed": (_DEVICE,),
    "circuits.provider": ("circuits.providernetwork", _CIRCUIT),
    "circuits.providernetwork": (_CIRCUIT,),
    "circuits.circuittype": (_CIRCUIT,),
    _CIRCUIT: (_SITE, _INTERFACE),
    "circuits.circuittermination": (_SITE, _CIRCUIT, _INTERFACE),
    "ipam.vrf": (_PREFIX, _ADDRESS),
    "ipam.role": (_PREFIX, _VLAN),
    "ipam.vlangroup": (_VLAN,),
    _VLAN: (_PREFIX,),
    _ADDRESS: (_INTERFACE, _VM_INTERFACE, *_HOSTS, _SERVICE),
    "ipam.fhrpgroupassignment": (_ADDRESS,),
    "tenancy.tenantgroup": ("tenancy.tenant",),
    "virtualization.clustertype": (_CLUSTER,),
    "virtualization.clustergroup": (_CLUSTER,),
    _CLUSTER: (*_HOSTS, "dcim.virtualchassis"),
    _MACHINE: (_VM_INTERFACE, _ADDRESS, _SERVICE),
    _VM_INTERFACE: (_MACHINE, _ADDRESS, _SERVICE),
    VERSION: (_MACHINE,),
    # What may be of any object.
    "tenancy.tenant": OBSERVED,
    "tenancy.contactgroup": OBSERVED,
    "tenancy.contactrole": OBSERVED,
    "tenancy.contact": OBSERVED,
    "tenancy.contactassignment": OBSERVED,
    "extras.tag": OBSERVED,
    "extras.taggeditem": OBSERVED,
    "contenttypes.contenttype": OBSERVED,
}


def complete(rows: Rows) -> frozenset[str]:
    """
    Return the observed models whose listings are complete.

    A dump may be of some applications only: a model that it has nothing of was not listed.
    """
    doubtful = rows.cut | {resting for cut in rows.cut for resting in _RESTING.get(cut, ())}
    return frozenset(model for model in OBSERVED if model in rows.read and model not in doubtful)
