"""A small fictional iTop and its REST/JSON API over a real socket."""

from __future__ import annotations

import json
from typing import Any

from tests.discovery.connectors.importing import Asked, Reply

PLANTED = ("On-duty engineer", "pl4nted-secret")
ABSENT = ("LogicalVolume", "lnkServerToVolume", "lnkVirtualDeviceToVolume", "lnkSanToDatacenterDevice")


def _ci(id_: int, name: str, /, **more: Any) -> dict[str, Any]:
    common = {
        "name": name, "org_name": "Mills", "description": "", "business_criticity": "medium", "status": "production",
        "obsolescence_flag": "no", "contacts_list": [{"contact_name": "On-duty engineer"}], "login": "pl4nted-secret",
    }  # fmt: skip
    return {"id": str(id_), **common, **{field: str(value) for field, value in more.items()}}


OBJECTS: dict[str, list[dict[str, Any]]] = {
    "Location": [_ci(1, "Harbour one", status="active", address="1 Quay Road", city="Harbour", country="Northland")],
    "Team": [_ci(7, "Platform operations", status="active", function="")],
    "Rack": [_ci(10, "R1", location_id=1, nb_u=42)],
    "Enclosure": [_ci(11, "blades-1", location_id=1, rack_id=10, nb_u=10)],
    "PowerSource": [_ci(12, "feed-a", location_id=1), _ci(13, "feed-b", location_id=1)],
    "PDU": [
        _ci(14, "pdu-a", location_id=1, rack_id=10, powerstart_id=12, brand_name="Acme", serialnumber="P-1"),
        _ci(15, "pdu-b", location_id=1, rack_id=10, powerstart_id=13, brand_name="Acme", serialnumber="P-2"),
    ],
    "Server": [
        _ci(
            20, "host1.example.org", location_id=1, rack_id=10, enclosure_id=0, powerA_id=14, powerB_id=15,
            redundancy="1", brand_name="Acme", model_name="SRV-2U", serialnumber="AC003", asset_number="A-3",
            osfamily_name="Linux", osversion_name="Debian 12", cpu="32", managementip="10.1.0.11",
            purchase_date="2025-03-01", end_of_warranty="",
        ),
        _ci(21, "host2", location_id=1, enclosure_id=11, rack_id=10, powerA_id=14, powerB_id=15, redundancy="disabled"),
        _ci(22, "old1", status="obsolete", location_id=1),
    ],
    "NetworkDevice": [
        _ci(
            30, "sw1", location_id=1, rack_id=10, powerA_id=14, powerB_id=0, redundancy="1",
            networkdevicetype_name="Switch L2", brand_name="Acme", serialnumber="AC001", managementip="10.1.0.2",
        ),
        _ci(31, "rt1", location_id=1, networkdevicetype_name="Router", redundancy="disabled"),
    ],
    "Farm": [_ci(40, "farm1", redundancy="50%")],
    "Hypervisor": [_ci(41, "kvm-host1", farm_id=40, server_id=20), _ci(42, "kvm-host2", farm_id=40, server_id=21)],
    "VirtualMachine": [
        _ci(50, "web1", virtualhost_id=40, managementip="10.1.0.21", cpu="2", osfamily_name="Linux"),
        _ci(51, "web2", virtualhost_id=40, managementip="10.1.0.22"),
        _ci(52, "web3", virtualhost_id=41),
    ],
    "DBServer": [_ci(60, "pg-main", system_id=20, software_name="PostgreSQL", path="")],
    "DatabaseSchema": [_ci(61, "shop", dbserver_id=60)],
    "WebServer": [_ci(62, "nginx-web1", system_id=50, software_name="nginx")],
    "WebApplication": [_ci(63, "shop-ui", webserver_id=62)],
    "ApplicationSolution": [
        _ci(70, "Shop", redundancy="2"),
        _ci(71, "Billing", redundancy="disabled"),
        _ci(72, "Archive", redundancy="some"),
    ],
    "BusinessProcess": [_ci(80, "Selling")],
    "Service": [_ci(3, "Online shop", status="production")],
    "VLAN": [{"id": "1", "vlan_tag": "100", "org_name": "Mills", "description": "servers"}],
    "Subnet": [{"id": "1", "subnet_name": "servers", "org_name": "M", "ip": "10.1.0.0", "ip_mask": "255.255.255.0"}],
    "PhysicalInterface": [
        {
            "id": "1", "name": "eno1", "ipaddress": "10.1.0.31", "macaddress": "3C:EC:EF:00:00:01",
            "connectableci_id": "20",
        },
    ],
    "LogicalInterface": [
        {"id": "2", "name": "eth0", "ipaddress": "10.1.0.21", "macaddress": "", "virtualmachine_id": "50"}
    ],
    "lnkApplicationSolutionToFunctionalCI": [
        {"id": str(n), "applicationsolution_id": str(solution), "functionalci_id": str(ci)}
        for n, (solution, ci) in enumerate(
            ((70, 50), (70, 51), (70, 52), (71, 60), (71, 61), (71, 22), (72, 50), (72, 51)), 1
        )
    ],
    "lnkApplicationSolutionToBusinessProcess": [
        {"id": "1", "businessprocess_id": "80", "applicationsolution_id": "70"},
    ],
    "lnkFunctionalCIToService": [{"id": "1", "functionalci_id": "70", "service_id": "3"}],
    "lnkConnectableCIToNetworkDevice": [
        {
            "id": "1", "connectableci_id": "20", "networkdevice_id": "30", "network_port": "1/1", "device_port": "eno1",
            "connection_type": "downlink",
        },
        {"id": "2", "connectableci_id": "31", "networkdevice_id": "30", "connection_type": "uplink"},
    ],
    "lnkSubnetToVLAN": [{"id": "1", "subnet_id": "1", "vlan_id": "1"}],
    "lnkContactToFunctionalCI": [
        {"id": "1", "functionalci_id": "70", "contact_id": "7"},
        {"id": "2", "functionalci_id": "70", "contact_id": "8"},
    ],
}  # fmt: skip


class ITop:
    """core/get as it is documented: limit and page, "Found: N", objects by class and key, null where there are none."""

    def __init__(self, *, lacks: frozenset[str] = frozenset()) -> None:
        self.lacks = lacks
        self.objects = {name: list(rows) for name, rows in OBJECTS.items()}

    def answer(self, asked: Asked) -> Reply:
        assert asked.path == "/webservices/rest.php"
        assert asked.query == {"version": "1.3"}
        operation = operation_of(asked)
        name, fields = operation["class"], operation["output_fields"].split(",")
        if name in ABSENT:
            return Reply({"code": 100, "message": f"Error: Unknown class '{name}'", "objects": None})
        if self.lacks & set(fields):
            return Reply({"code": 100, "message": "Error: output_fields: invalid attribute", "objects": None})
        rows = self.objects.get(name, [])
        limit, page = int(operation["limit"]), int(operation["page"])
        shown = rows[(page - 1) * limit : page * limit]
        objects = {
            f"{name}::{row['id']}": {
                "code": 0,
                "message": "",
                "class": name,
                "key": row["id"],
                "fields": {field: row.get(field, "") for field in (row if fields == ["*"] else fields)},
            }
            for row in shown
        }
        return Reply({"code": 0, "message": f"Found: {len(rows)}", "objects": objects or None})


def operation_of(asked: Asked) -> dict[str, Any]:
    return json.loads(asked.form["json_data"])
