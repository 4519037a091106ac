"""A small fictional ServiceNow: tables that extend each other, relations, and a Table API over a real socket."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.discovery.connectors.importing import Asked, Reply

PLANTED = ("On-duty engineer", "pl4nted-secret")
# Table > the one it extends, as far as the fictional instance has them.
EXTENDS = {
    "cmdb_ci_linux_server": "cmdb_ci_server",
    "cmdb_ci_esx_server": "cmdb_ci_server",
    "cmdb_ci_lb_bigip": "cmdb_ci_server",
    "cmdb_ci_vmware_instance": "cmdb_ci_vm_instance",
    "cmdb_ci_ip_switch": "cmdb_ci_netgear",
    "cmdb_ci_db_instance": "cmdb_ci_appl",
    "cmdb_ci_db_postgresql_instance": "cmdb_ci_db_instance",
    "cmdb_ci_app_server": "cmdb_ci_appl",
    "cmdb_ci_win_cluster": "cmdb_ci_cluster",
    "cmdb_ci_service_auto": "cmdb_ci_service",
    "u_cmdb_ci_kiosk": "cmdb_ci_server",
}
ABSENT = ("cmdb_ci_queue", "cmdb_ci_logical_datacenter", "cmdb_ci_availability_zone", "cmdb_ci_kubernetes_cluster")


def sys_id(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def _ci(table: str, name: str, status: str = "1", /, **more: str) -> dict[str, Any]:
    words = {"1": "Operational", "2": "Non-Operational", "6": "Retired"}
    fields: dict[str, Any] = {
        "sys_id": sys_id(name),
        "sys_class_name": {"value": table, "display_value": table.removeprefix("cmdb_ci_").replace("_", " ").title()},
        "name": name,
        "operational_status": {"value": status, "display_value": words[status]},
        "install_status": {"value": "1", "display_value": "Installed"},
        "location.name": "Harbour one",
        "support_group.name": "Platform operations",
        "assigned_to": {"value": sys_id("someone"), "display_value": "On-duty engineer"},
        "comments": "console password is pl4nted-secret",
    }
    for field, value in more.items():
        fields[field.replace("__", ".")] = value
    return fields


CIS = (
    _ci("cmdb_ci_datacenter", "Harbour DC"),
    _ci("cmdb_ci_rack", "R1", rack_units="42"),
    _ci("cmdb_ci_pdu", "pdu-a", manufacturer__name="Acme", serial_number="P-1"),
    _ci(
        "cmdb_ci_esx_server", "esx1", manufacturer__name="Acme", model_id__name="SRV-2U", serial_number="AC003",
        asset_tag="A-3", ip_address="10.1.0.11", fqdn="esx1.example.org", mac_address="3C:EC:EF:00:00:01",
        cpu_count="2", cpu_core_count="16", ram="262,144", os="VMware ESXi", os_version="8.0",
    ),
    _ci("cmdb_ci_esx_server", "esx2", manufacturer__name="Acme", serial_number="AC004", ip_address="10.1.0.12"),
    _ci(
        "cmdb_ci_linux_server", "shop1", virtual="true", ip_address="10.1.0.21", host_name="shop1",
        dns_domain="example.org",
    ),
    _ci("cmdb_ci_linux_server", "old1", "6", ip_address="10.1.0.29"),
    _ci("u_cmdb_ci_kiosk", "kiosk1"),
    _ci("cmdb_ci_vmware_instance", "vm-shop1", bios_uuid="4c4c4544-0051-3610-8052-b4c04f4d3232", ram="4096"),
    _ci("cmdb_ci_ip_switch", "sw1", manufacturer__name="Acme", serial_number="AC001", ip_address="10.1.0.2"),
    _ci("cmdb_ci_win_cluster", "shop-cluster"),
    _ci("cmdb_ci_app_server", "tomcat@shop1", version="10.1"),
    _ci("cmdb_ci_db_postgresql_instance", "postgres@shop1", tcp_port="5432", version="16.1", type="PostgreSQL"),
    _ci("cmdb_ci_lb_service", "www", ip_address="10.1.0.80", tcp_port="443"),
    _ci(
        "cmdb_ci_network_adapter", "eth0", cmdb_ci=sys_id("shop1"), mac_address="3C:EC:EF:00:01:01",
        ip_address="10.1.0.21",
    ),
    _ci("cmdb_ci_ip_network", "10.1.0.0/24"),
    _ci("cmdb_ci_service_auto", "shop production", environment="Production"),
    _ci("cmdb_ci_service", "Online shop", busines_criticality="1 - most critical"),
)  # fmt: skip


def _related(parent: str, type_: str, child: str) -> dict[str, Any]:
    ends = {
        field: {"value": sys_id(name), "display_value": name} for field, name in (("parent", parent), ("child", child))
    }
    return {"sys_id": sys_id(parent + type_ + child), "type.name": type_, **ends}


RELATED = (
    _related("Online shop", "Depends on::Used by", "shop production"),
    _related("shop production", "Depends on::Used by", "tomcat@shop1"),
    _related("tomcat@shop1", "Runs on::Runs", "shop1"),
    _related("postgres@shop1", "Runs on::Runs", "shop1"),
    _related("tomcat@shop1", "Uses::Used by", "postgres@shop1"),
    _related("vm-shop1", "Instantiates::Instantiated by", "shop1"),
    _related("vm-shop1", "Virtualized by::Virtualizes", "esx1"),
    _related("R1", "Contains::Contained by", "esx1"),
    _related("R1", "Located in::Houses", "Harbour DC"),
    _related("esx1", "Powered by::Powers", "pdu-a"),
    _related("tomcat@shop1", "Powered by::Powers", "pdu-a"),
    _related("sw1", "Connected by::Connects to", "esx1"),
    _related("shop-cluster", "Cluster of::Cluster", "esx1"),
    _related("shop-cluster", "Cluster of::Cluster", "esx2"),
    _related("Online shop", "Depends on::Used by", "old1"),
    _related("Online shop", "Blessed by::Blesses", "sw1"),
    _related("esx2", "Depends on::Used by", "esx2"),
)


def lineage(table: str) -> set[str]:
    found = {table}
    while table in EXTENDS:
        table = EXTENDS[table]
        found.add(table)
    return found


def rows_of(table: str) -> list[dict[str, Any]]:
    """Return the records that a table lists: its own and those of every table that extends it, by sys_id."""
    rows = (
        RELATED if table == "cmdb_rel_ci" else [row for row in CIS if table in lineage(row["sys_class_name"]["value"])]
    )
    return sorted(rows, key=lambda row: str(row["sys_id"]))


class Instance:
    """The Table API as it is documented; records of ``hidden`` are cut out of pages after these were counted."""

    def __init__(self, hidden: frozenset[str] = frozenset(), *, counts: bool = True) -> None:
        self.hidden, self.counts = hidden, counts

    def answer(self, asked: Asked) -> Reply:
        table = asked.path.removeprefix("/api/now/table/")
        if table in ABSENT or not asked.path.startswith("/api/now/table/"):
            return Reply(
                {"error": {"message": f"Invalid table {table}", "detail": None}, "status": "failure"}, status=400
            )
        rows = rows_of(table)
        *conditions, order = asked.query["sysparm_query"].split("^")
        assert order == "ORDERBYsys_id"
        if conditions:
            after = conditions[0].removeprefix("sys_id>")
            rows = [row for row in rows if row["sys_id"] > after]
        page = [row for row in rows[: int(asked.query["sysparm_limit"])] if row["sys_id"] not in self.hidden]
        fields = asked.query["sysparm_fields"].split(",")
        headers = {"X-Total-Count": str(len(rows))} if self.counts else {}
        return Reply({"result": [self._shown(row, fields) for row in page]}, headers=headers)

    def _shown(self, row: dict[str, Any], fields: list[str]) -> dict[str, Any]:
        def both(value: Any) -> dict[str, str]:
            return value if isinstance(value, dict) else {"value": value, "display_value": value}

        return {name: both(row.get(name, "")) for name in fields}
