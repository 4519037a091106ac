"""
Which classes of iTop are read, what each is here, and the attributes that are asked for.

They are those of iTop's standard data model. Persons are not read, and of contacts only who is a team.
"""

from __future__ import annotations

_CI = "name org_name description business_criticity status obsolescence_flag"
_ASSET = f"{_CI} location_id brand_name model_name serialnumber asset_number purchase_date end_of_warranty"
_DEVICE = f"{_ASSET} rack_id enclosure_id powerA_id powerB_id redundancy managementip"
_SOFTWARE = f"{_CI} system_id software_name path"

# Class of iTop > class here, and attributes.
ITEMS: dict[str, tuple[str, str]] = {
    "Location": ("data_center", "name org_name status address city country"),
    "Team": ("team", "name org_name status function"),
    "Rack": ("rack", f"{_ASSET} nb_u"),
    "Enclosure": ("rack", f"{_ASSET} rack_id nb_u"),
    "PowerSource": ("power_feed", _ASSET),
    "PDU": ("pdu", f"{_ASSET} rack_id powerstart_id"),
    "Server": ("server", f"{_DEVICE} osfamily_name osversion_name cpu"),
    "NetworkDevice": ("network_device", f"{_DEVICE} networkdevicetype_name iosversion_name"),
    "StorageSystem": ("storage_array", _DEVICE),
    "SANSwitch": ("switch", _DEVICE),
    "TapeLibrary": ("storage_array", _DEVICE),
    "NAS": ("storage_array", _DEVICE),
    "LogicalVolume": ("volume", "name description storagesystem_id lun_id raid_level"),
    "Farm": ("hypervisor_cluster", f"{_CI} redundancy"),
    "Hypervisor": ("hypervisor_host", f"{_CI} farm_id server_id"),
    "VirtualMachine": ("virtual_machine", f"{_CI} virtualhost_id osfamily_name osversion_name cpu managementip"),
    "Middleware": ("application_component", _SOFTWARE),
    "MiddlewareInstance": ("application_component", f"{_CI} middleware_id"),
    "DBServer": ("database_instance", _SOFTWARE),
    "DatabaseSchema": ("database", f"{_CI} dbserver_id"),
    "WebServer": ("application_component", _SOFTWARE),
    "WebApplication": ("application_component", f"{_CI} webserver_id"),
    "OtherSoftware": ("application_component", _SOFTWARE),
    "ApplicationSolution": ("application", f"{_CI} redundancy"),
    "BusinessProcess": ("business_service", _CI),
    "Service": ("service", "name org_name description status"),
    "VLAN": ("vlan", "vlan_tag org_name description"),
    "Subnet": ("subnet", "subnet_name org_name description ip ip_mask"),
    "PhysicalInterface": ("interface", "name ipaddress macaddress connectableci_id"),
    "LogicalInterface": ("interface", "name ipaddress macaddress virtualmachine_id"),
}
LINKS: dict[str, str] = {
    "lnkApplicationSolutionToFunctionalCI": "applicationsolution_id functionalci_id",
    "lnkApplicationSolutionToBusinessProcess": "businessprocess_id applicationsolution_id",
    "lnkFunctionalCIToService": "functionalci_id service_id",
    "lnkConnectableCIToNetworkDevice": "connectableci_id networkdevice_id network_port device_port connection_type",
    "lnkServerToVolume": "server_id volume_id",
    "lnkVirtualDeviceToVolume": "virtualdevice_id volume_id",
    "lnkSanToDatacenterDevice": "san_id datacenterdevice_id",
    "lnkSubnetToVLAN": "subnet_id vlan_id",
    "lnkContactToFunctionalCI": "functionalci_id contact_id",
}
READ: dict[str, tuple[str, ...]] = {
    **{name: tuple(attributes.split()) for name, (_, attributes) in ITEMS.items()},
    **{name: tuple(attributes.split()) for name, attributes in LINKS.items()},
}
# These have numbers of their own; all others are FunctionalCIs and share one series.
OWN_SERIES = frozenset(("Location", "Team", "Service", "VLAN", "Subnet", "PhysicalInterface", "LogicalInterface"))
OWN_SERIES |= {"LogicalVolume"}

DEVICE_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("load_balancer", frozenset(("balancer", "loadbalancer", "adc"))),
    ("firewall", frozenset(("firewall",))),
    ("wireless_access_point", frozenset(("wifi", "wireless", "wap", "ap"))),
    ("switch", frozenset(("switch",))),
    ("router", frozenset(("router", "gateway"))),
)
CLASSES = tuple(sorted({ours for ours, _ in ITEMS.values()} | {ours for ours, _ in DEVICE_WORDS}))
