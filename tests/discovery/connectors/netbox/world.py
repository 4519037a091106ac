"""
A small fictional NetBox, as ``dumpdata`` writes one: two sites, a stack, a pair of routers, dual power, a cluster.

It also holds what must never be taken: a contact's name and address, free comments, contexts and custom fields with
secrets, a pre-shared key. ``PLANTED`` are the words that must appear nowhere.
"""

from __future__ import annotations

from typing import Any

PLANTED = ("On-duty engineer", "duty@example.org", "pl4nted-secret", "555-0100")

_RECORDS: list[dict[str, Any]] = []


def _add(model: str, pk: int, /, **fields: Any) -> None:
    common = {"created": "2026-01-05T00:00:00Z", "comments": "console password is pl4nted-secret"}
    _RECORDS.append({"model": model, "pk": pk, "fields": {**common, "custom_field_data": {}, **fields}})


def records() -> list[dict[str, Any]]:
    """Return the objects of the fictional NetBox, in the order of a dump."""
    if not _RECORDS:
        _organisation()
        _places()
        _devices()
        _ports()
        _cables()
        _networks()
        _virtual()
    return _RECORDS


def _organisation() -> None:
    _add("tenancy.tenantgroup", 1, name="Divisions", slug="divisions", parent=None)
    _add("tenancy.tenant", 1, name="Mills and Bakery", slug="mills", group=1, description="bakes")
    _add("tenancy.contactgroup", 1, name="Operations", slug="operations", parent=None, description="")
    _add("tenancy.contactgroup", 2, name="Network operations", slug="network-operations", parent=1, description="")
    _add("tenancy.contactrole", 1, name="Technical", slug="technical")
    for pk, group in ((1, 2), (2, None)):
        _add(
            "tenancy.contact", pk, name="On-duty engineer", title="shift", phone="555-0100",
            email="duty@example.org", group=group, address="",
        )  # fmt: skip
        _add(
            "tenancy.contactassignment", pk, content_type=["dcim", "site"], object_id=1, contact=pk, role=1,
            priority="primary",
        )  # fmt: skip
    _add("extras.tag", 1, name="Critical", slug="critical", color="aa0000")
    _add("extras.taggeditem", 1, content_type=["dcim", "site"], object_id=1, tag=1)
    _add("extras.taggeditem", 2, content_type=["virtualization", "virtualmachine"], object_id=1, tag=1)
    _RECORDS.append({"model": "auth.user", "fields": {"username": "operator", "password": "pl4nted-secret"}})


def _places() -> None:
    _add("dcim.region", 1, name="Northland", slug="northland", parent=None)
    _add("dcim.region", 2, name="Harbour", slug="harbour", parent=1)
    _add("dcim.sitegroup", 1, name="Own", slug="own", parent=None)
    site = {"group": 1, "tenant": 1, "facility": "H-1", "physical_address": "1 Quay Road", "description": ""}
    _add("dcim.site", 1, name="Harbour one", slug="hb1", status="active", region=2, **site)
    _add("dcim.site", 2, name="Harbour two", slug="hb2", status="planned", region=2, **site)
    _add("dcim.location", 1, name="Hall", slug="hall", site=1, parent=None, status="active", tenant=None)
    _add("dcim.location", 2, name="Cage", slug="cage", site=1, parent=1, status="active", tenant=None)
    _add("dcim.location", 3, name="Hall", slug="hall", site=2, parent=None, status="active", tenant=None)
    _add("dcim.rackrole", 1, name="Compute", slug="compute")
    rack = {"status": "active", "u_height": 42, "tenant": 1, "facility_id": "A1", "description": ""}
    _add("dcim.rack", 1, name="R1", site=1, location=2, role=1, **rack)
    _add("dcim.rack", 2, name="R2", site=1, location=None, role=None, **rack)


def _devices() -> None:
    _add("dcim.manufacturer", 1, name="Acme", slug="acme")
    for pk, model in ((1, "SW-48"), (2, "SRV-2U"), (3, "PDU-8"), (4, "PATCH-24"), (5, "RT-4"), (6, "FW-9")):
        _add("dcim.devicetype", pk, manufacturer=1, model=model, slug=model.lower(), part_number="", u_height="1.0")
    roles = ("access-switch", "server", "pdu", "patch-panel", "edge-router", "gatekeeper")
    for pk, slug in enumerate(roles, 1):
        _add("dcim.devicerole", pk, name=slug.replace("-", " ").capitalize(), slug=slug)
    _add("dcim.platform", 1, name="Debian 12", slug="debian-12")
    _add("dcim.virtualchassis", 1, name="stack1", master=1, domain="d1")
    table = (
        (1, "sw1", 1, 1, "AC001", {"virtual_chassis": 1}),
        (2, "sw2", 1, 1, "AC002", {"virtual_chassis": 1}),
        (3, "host1", 2, 2, "AC003", {"cluster": 1, "platform": 1, "primary_ip4": 1, "asset_tag": "A-3"}),
        (4, "host2", 2, 2, "AC004", {"cluster": 1, "platform": 1, "rack": 2}),
        (5, "pdu-a", 3, 3, "", {}),
        (6, "pdu-b", 3, 3, "", {}),
        (7, "panel-1", 4, 4, "", {}),
        (8, "panel-2", 4, 4, "", {"rack": 2}),
        (9, "rt1", 5, 5, "AC009", {"primary_ip4": 4}),
        (10, "rt2", 5, 5, "AC010", {}),
        (11, None, 6, 6, "AC011", {}),
        (12, "sw9", 1, 1, "AC012", {"status": "planned"}),
    )
    for pk, name, type_, role, serial, more in table:
        fields: dict[str, Any] = {
            "name": name, "device_type": type_, "role": role, "tenant": 1, "platform": None, "serial": serial,
            "asset_tag": None, "site": 1, "location": None, "rack": 1, "position": f"{pk}.0", "status": "active",
            "primary_ip4": None, "primary_ip6": None, "cluster": None, "virtual_chassis": None, "description": "",
            "local_context_data": {"snmp": "pl4nted-secret"},
        }  # fmt: skip
        _add(
            "dcim.device",
            pk,
            **(fields | more | {"custom_field_data": {"cost_centre": "K7", "login": "pl4nted-secret"}}),
        )
    _add("dcim.modulebay", 1, device=9, name="Slot 0", position="0")
    _add("dcim.moduletype", 1, manufacturer=1, model="LC-8X", part_number="")
    _add("dcim.module", 1, device=9, module_bay=1, module_type=1, status="active", serial="LC1")
    _add("dcim.devicebay", 1, device=9, name="Bay 1", installed_device=11)
    _add("dcim.devicebay", 2, device=9, name="Bay 2", installed_device=None)


def _interface(pk: int, device: int, name: str, **more: Any) -> None:
    fields = {
        "type": "10gbase-t",
        "enabled": True,
        "mac_address": None,
        "speed": 10_000_000,
        "lag": None,
        "parent": None,
    }
    _add("dcim.interface", pk, device=device, name=name, **(fields | {"bridge": None, "description": ""} | more))


def _ports() -> None:
    _interface(1, 3, "eno1", mac_address="3C:EC:EF:00:00:01")
    _interface(2, 3, "eno2", mac_address="3C:EC:EF:00:00:02")
    _interface(3, 3, "bond0", type="lag", speed=None)
    _interface(4, 1, "xe-0/0/1", lag=6)
    _interface(5, 2, "xe-1/0/1", lag=6)
    _interface(6, 1, "ae0", type="lag", speed=None)
    _interface(7, 9, "ge-0", mac_address="3C:EC:EF:00:00:09")
    _interface(8, 10, "ge-0")
    _interface(9, 9, "ge-0.100", type="virtual", parent=7)
    _interface(10, 4, "eno1", mac_address="3C:EC:EF:00:00:04")
    _interface(11, 12, "xe-0/0/1")
    for record in _RECORDS:
        if record["model"] == "dcim.interface" and record["pk"] in (1, 2):
            record["fields"]["lag"] = 3
    for pk, device in ((1, 7), (2, 8)):
        _add("dcim.rearport", pk, device=device, name="Trunk", type="mpo", positions=2)
        for position in (1, 2):
            _add(
                "dcim.frontport", pk * 10 + position, device=device, name=f"Port {position}", type="lc", rear_port=pk,
                rear_port_position=position,
            )  # fmt: skip
    for pk, device, name in (
        (1, 3, "PSU1"),
        (2, 3, "PSU2"),
        (3, 5, "Inlet"),
        (4, 6, "Inlet"),
        (5, 4, "PSU1"),
        (6, 4, "PSU2"),
    ):
        _add("dcim.powerport", pk, device=device, name=name, type="iec")
    for pk, device in ((1, 5), (2, 6), (3, 5), (4, 5)):
        _add("dcim.poweroutlet", pk, device=device, name=f"Outlet {pk}", power_port=3 if device == 5 else 4)
    _add("dcim.powerpanel", 1, name="Panel A", site=1, location=1)
    _add("dcim.powerpanel", 2, name="Panel B", site=1, location=None)
    feed = {"rack": 1, "status": "active", "supply": "ac", "voltage": 230, "amperage": 32, "description": ""}
    _add("dcim.powerfeed", 1, name="A1", power_panel=1, type="primary", phase="three-phase", **feed)
    _add("dcim.powerfeed", 2, name="B1", power_panel=2, type="redundant", phase="single-phase", **feed)


def _cables() -> None:
    ends = (
        (1, "connected", ("interface", 1), ("interface", 4)),
        (2, "connected", ("interface", 2), ("frontport", 12)),
        (3, "connected", ("rearport", 1), ("rearport", 2)),
        (4, "connected", ("frontport", 22), ("interface", 5)),
        (5, "connected", ("powerport", 1), ("poweroutlet", 1)),
        (6, "connected", ("powerport", 2), ("poweroutlet", 2)),
        (7, "connected", ("powerport", 3), ("powerfeed", 1)),
        (8, "connected", ("powerport", 4), ("powerfeed", 2)),
        (9, "connected", ("powerport", 5), ("poweroutlet", 3)),
        (10, "connected", ("powerport", 6), ("poweroutlet", 4)),
        (11, "connected", ("interface", 7), ("circuittermination", 1)),
        (12, "planned", ("interface", 10), ("interface", 8)),
    )
    for pk, status, *both in ends:
        _add("dcim.cable", pk, status=status, type="", label="HB-7" if pk == 1 else "")
        for side, (model, at) in zip("AB", both, strict=True):
            app = "circuits" if model == "circuittermination" else "dcim"
            _add(
                "dcim.cabletermination", len(_RECORDS), cable=pk, cable_end=side, termination_type=[app, model],
                termination_id=at,
            )  # fmt: skip
    _add("circuits.provider", 1, name="Longlines", slug="longlines", description="")
    _add("circuits.providernetwork", 1, name="Longlines core", provider=1, service_id="LL-1", description="")
    _add("circuits.circuittype", 1, name="Internet access", slug="internet")
    _add("circuits.circuit", 1, cid="LL-1001", provider=1, type=1, status="active", tenant=1, commit_rate=500_000)
    _add("circuits.circuit", 2, cid="LL-0999", provider=1, type=1, status="decommissioned", tenant=1, commit_rate=None)
    for pk, circuit, side, site, network in ((1, 1, "A", 1, None), (2, 1, "Z", None, 1), (3, 2, "A", 1, None)):
        _add("circuits.circuittermination", pk, circuit=circuit, term_side=side, site=site, provider_network=network)


def _networks() -> None:
    _add("ipam.vrf", 1, name="blue", rd="65000:1")
    _add("ipam.role", 1, name="Servers", slug="servers")
    _add("ipam.vlangroup", 1, name="hb1", slug="hb1")
    _add("ipam.vlan", 1, vid=100, name="servers", site=1, group=1, tenant=None, status="active", role=1)
    prefix = {"status": "active", "tenant": None, "role": 1, "description": ""}
    _add("ipam.prefix", 1, prefix="10.1.0.0/16", site=None, vrf=None, vlan=None, **prefix)
    _add("ipam.prefix", 2, prefix="10.1.0.0/24", site=1, vrf=None, vlan=1, **prefix)
    _add("ipam.prefix", 3, prefix="10.1.0.0/25", site=1, vrf=1, vlan=None, **prefix)
    _add("ipam.prefix", 4, prefix="2001:db8:1::/64", site=1, vrf=None, vlan=None, **prefix)
    _add("ipam.fhrpgroup", 1, group_id=10, name="gw", protocol="vrrp2", auth_key="pl4nted-secret", description="")
    _add("ipam.fhrpgroup", 2, group_id=11, name="unused", protocol="vrrp2", auth_key="", description="")
    for pk, interface in ((1, 7), (2, 8)):
        _add(
            "ipam.fhrpgroupassignment", pk, group=1, interface_type=["dcim", "interface"], interface_id=interface,
            priority=100,
        )  # fmt: skip
    table: tuple[tuple[str, str, str | None, int | None, str], ...] = (
        ("10.1.0.11/24", "", "dcim.interface", 3, "host1.example.org"),
        ("10.1.0.12/24", "", "dcim.interface", 10, ""),
        ("10.1.0.21/24", "", "virtualization.vminterface", 1, "shop.example.org"),
        ("10.1.0.2/24", "", "dcim.interface", 7, "rt1.example.org"),
        ("10.1.0.3/24", "", "dcim.interface", 8, ""),
        ("10.1.0.1/24", "vrrp", "ipam.fhrpgroup", 1, "gw.example.org"),
        ("10.1.0.80/24", "vip", "virtualization.vminterface", 1, "www.example.org"),
        ("10.1.0.80/24", "vip", "virtualization.vminterface", 2, "www.example.org"),
        ("10.1.0.99/24", "", None, None, ""),
        ("10.1.0.98/24", "", "dcim.interface", 11, ""),
        ("2001:db8:1::11/64", "", "dcim.interface", 3, ""),
    )
    for pk, (address, role, model, at, name) in enumerate(table, 1):
        _add(
            "ipam.ipaddress", pk, address=address, vrf=None, tenant=None, status="active", role=role,
            assigned_object_type=model.split(".") if model else None, assigned_object_id=at, dns_name=name,
        )  # fmt: skip
    _add("ipam.service", 1, name="https", protocol="tcp", ports=[443], device=None, virtual_machine=1, ipaddresses=[3])
    _add(
        "ipam.service", 2, name="ssh", protocol="tcp", ports=[22, 2222], device=3, virtual_machine=None, ipaddresses=[]
    )


def _virtual() -> None:
    _add("virtualization.clustertype", 1, name="KVM", slug="kvm")
    _add("virtualization.clustergroup", 1, name="Production", slug="production")
    cluster = {"group": 1, "status": "active", "tenant": None}
    _add("virtualization.cluster", 1, name="kvm1", type=1, site=1, **cluster)
    for pk, name, device in ((1, "shop1", 3), (2, "shop2", None)):
        _add(
            "virtualization.virtualmachine", pk, name=name, status="active", site=1, cluster=1, device=device, role=2,
            tenant=1, platform=1, primary_ip4=3 if pk == 1 else None, primary_ip6=None, vcpus="2.00", memory=4096,
            disk=40, description="", local_context_data=None,
        )  # fmt: skip
        _add(
            "virtualization.vminterface", pk, virtual_machine=pk, name="eth0", enabled=True,
            mac_address=f"3C:EC:EF:00:01:0{pk}", parent=None, bridge=None, description="",
        )  # fmt: skip
