"""
Which tables of ServiceNow are read, the class of each, and the fields that are asked for.

Fields that name persons (owned_by, assigned_to, managed_by) are not asked for, nor are comments and attributes of free
text. A table that is special comes after the general one that it extends: what both list is of the special one.
"""

from __future__ import annotations

RELATIONS = "cmdb_rel_ci"

# Listed tables. A general one lists the records of all tables below it too, which name their own in sys_class_name.
TABLES: dict[str, str] = {
    "cmdb_ci_datacenter": "data_center",
    "cmdb_ci_computer_room": "room",
    "cmdb_ci_rack": "rack",
    "cmdb_ci_pdu": "pdu",
    "cmdb_ci_ups": "ups",
    "cmdb_ci_netgear": "network_device",
    "cmdb_ci_msd": "storage_array",
    "cmdb_ci_server": "server",
    "cmdb_ci_vm_instance": "virtual_machine",
    "cmdb_ci_cluster": "service_instance",
    "cmdb_ci_network_adapter": "interface",
    "cmdb_ci_ip_network": "subnet",
    "cmdb_ci_storage_volume": "volume",
    "cmdb_ci_storage_fileshare": "file_share",
    "cmdb_ci_appl": "application_component",
    "cmdb_ci_db_instance": "database_instance",
    "cmdb_ci_db_catalog": "database",
    "cmdb_ci_lb_service": "vip",
    "cmdb_ci_business_app": "application",
    "cmdb_ci_certificate": "certificate",
    "cmdb_ci_queue": "message_queue",
    "cmdb_ci_cloud_service_account": "cloud_account",
    "cmdb_ci_logical_datacenter": "cloud_region",
    "cmdb_ci_availability_zone": "availability_zone",
    "cmdb_ci_kubernetes_cluster": "kubernetes_cluster",
    "cmdb_ci_service": "service",
    "service_offering": "service_instance",
}
# What is listed in one of the tables above and says in sys_class_name that it is of a more special one.
BELOW: dict[str, str] = {
    "cmdb_ci_linux_server": "server",
    "cmdb_ci_win_server": "server",
    "cmdb_ci_unix_server": "server",
    "cmdb_ci_aix_server": "server",
    "cmdb_ci_solaris_server": "server",
    "cmdb_ci_hpux_server": "server",
    "cmdb_ci_esx_server": "hypervisor_host",
    "cmdb_ci_hyper_v_server": "hypervisor_host",
    "cmdb_ci_storage_server": "storage_array",
    "cmdb_ci_lb": "load_balancer",
    "cmdb_ci_lb_bigip": "load_balancer",
    "cmdb_ci_lb_f5_ltm": "load_balancer",
    "cmdb_ci_lb_netscaler": "load_balancer",
    "cmdb_ci_lb_haproxy": "load_balancer",
    "cmdb_ci_ip_switch": "switch",
    "cmdb_ci_ip_router": "router",
    "cmdb_ci_ip_firewall": "firewall",
    "cmdb_ci_wap_network": "wireless_access_point",
    "cmdb_ci_vmware_instance": "virtual_machine",
    "cmdb_ci_hyper_v_instance": "virtual_machine",
    "cmdb_ci_vcenter_cluster": "hypervisor_cluster",
    "cmdb_ci_hyper_v_cluster": "hypervisor_cluster",
    "cmdb_ci_db_cluster": "database_cluster",
    "cmdb_ci_db_mssql_instance": "database_instance",
    "cmdb_ci_db_mysql_instance": "database_instance",
    "cmdb_ci_db_ora_instance": "database_instance",
    "cmdb_ci_db_postgresql_instance": "database_instance",
    "cmdb_ci_app_server": "application_component",
    "cmdb_ci_web_server": "application_component",
    "cmdb_ci_service_auto": "service_instance",
    "cmdb_ci_service_discovered": "service_instance",
    "cmdb_ci_service_by_tags": "service_instance",
    "cmdb_ci_service_business": "business_service",
    "cmdb_ci_service_technical": "technical_service",
}
# An export with display values names the class by its label.
LABELS: dict[str, str] = {
    "Linux Server": "cmdb_ci_linux_server",
    "Windows Server": "cmdb_ci_win_server",
    "ESX Server": "cmdb_ci_esx_server",
    "IP Switch": "cmdb_ci_ip_switch",
    "IP Router": "cmdb_ci_ip_router",
    "IP Firewall": "cmdb_ci_ip_firewall",
    "Load Balancer": "cmdb_ci_lb",
    "VMware Virtual Machine Instance": "cmdb_ci_vmware_instance",
    "Business Service": "cmdb_ci_service_business",
    "Technical Service": "cmdb_ci_service_technical",
    "Application Service": "cmdb_ci_service_auto",
}

# Classes that only the settings give a table.
_BY_SETTINGS = (
    "cache",
    "container",
    "cooling_unit",
    "endpoint",
    "external_service",
    "generator",
    "message_broker",
    "network_device",
    "object_bucket",
    "power_feed",
    "region",
    "vlan",
    "wan_link",
)
CLASSES = tuple(sorted({*TABLES.values(), *BELOW.values(), *_BY_SETTINGS}))

CI_FIELDS = (
    "sys_id",
    "sys_class_name",
    "name",
    "short_description",
    "operational_status",
    "install_status",
    "environment",
    "used_for",
    "busines_criticality",
    "category",
    "subcategory",
    "serial_number",
    "asset_tag",
    "manufacturer.name",
    "model_id.name",
    "location.name",
    "support_group.name",
    "managed_by_group.name",
    "company.name",
    "ip_address",
    "mac_address",
    "fqdn",
    "host_name",
    "dns_domain",
    "os",
    "os_version",
    "cpu_count",
    "cpu_core_count",
    "ram",
    "disk_space",
    "virtual",
    "version",
    "tcp_port",
    "type",
    "firmware_version",
    "cmdb_ci",
    "netmask",
    "network",
    "size_bytes",
    "object_id",
    "bios_uuid",
    "rack_units",
)
RELATION_FIELDS = ("sys_id", "parent", "child", "type.name")
RELATION_SYNONYMS = {"type": "type.name"}

HARDWARE = frozenset(
    (
        "cooling_unit", "firewall", "generator", "hypervisor_host", "load_balancer", "network_device", "pdu", "router",
        "server", "storage_array", "switch", "ups", "wireless_access_point",
    )
)  # fmt: skip
FACILITY = frozenset(("data_center", "power_feed", "rack", "region", "room"))
PLACES = FACILITY | {"availability_zone", "cloud_region"}
POWER = FACILITY | {"generator", "pdu", "ups"}
KEEPS_DATA = frozenset(
    (
        "database", "database_cluster", "database_instance", "file_share", "hypervisor_host", "message_queue", "server",
        "storage_array", "virtual_machine", "volume", "cloud_account", "cloud_region", "availability_zone",
    )
)  # fmt: skip
