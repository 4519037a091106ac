"""One record as the draft of an observation."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from discovery.connectors.servicenow.shape.rows import Record
from discovery.connectors.servicenow.tables import HARDWARE
from discovery.ports.drafting import Draft, address, fqdn, mac

_HOSTS = frozenset(("server", "hypervisor_host", "virtual_machine"))
_NETWORK = frozenset(("network_device", "switch", "router", "firewall", "load_balancer", "wireless_access_point"))
_DATA = frozenset(("database_instance", "database_cluster"))
_SERVICES = frozenset(("service", "business_service", "technical_service"))
_NAMED = _SERVICES | {"application", "data_center"}
_GB = 1_000_000_000


def draft_of(native: str, table: str, record: Record, ci_class: str) -> Draft:
    """Return the draft of a record: what every class has, then what its own has."""
    own = record.text("sys_class_name")
    draft = Draft(table, native, ci_class, record.shown("name") or native, evidence={"table": own or table})
    draft.put(
        description=record.shown("short_description"),
        owner=record.shown("support_group.name") or record.shown("managed_by_group.name"),
        environment=record.shown("environment") or record.shown("used_for"),
        site=record.shown("location.name"),
    )
    draft.label(
        operational_status=record.shown("operational_status"),
        install_status=record.shown("install_status"),
        criticality=record.shown("busines_criticality"),
        category=record.shown("category"),
        subcategory=record.shown("subcategory"),
        company=record.shown("company.name"),
        support_group=record.shown("support_group.name"),
        managed_by_group=record.shown("managed_by_group.name"),
    )
    if ci_class in HARDWARE:
        _hardware(draft, record)
    for classes, add in _BY_CLASS:
        if ci_class in classes:
            add(draft, record)
    if ci_class in _NAMED:
        draft.known_by("name", record.shown("name"))
    return draft


def _hardware(draft: Draft, record: Record) -> None:
    vendor, serial = record.shown("manufacturer.name"), record.text("serial_number")
    draft.put(
        vendor=vendor,
        model=record.shown("model_id.name"),
        serial_number=serial,
        asset_tag=record.text("asset_tag"),
        firmware=record.text("firmware_version"),
    )
    draft.known_by("serial", f"{vendor}|{serial}" if vendor and serial else None)


def _names(draft: Draft, record: Record) -> str | None:
    """Set what a host or a device is known by in the network, and return its full name."""
    name = fqdn(record.text("fqdn"))
    if name is None and record.text("dns_domain"):
        name = fqdn(f"{record.text('host_name') or record.shown('name')}.{record.text('dns_domain')}")
    draft.known_by("fqdn", name)
    draft.known_by("ip", address(record.text("ip_address")))
    draft.known_by("mac", mac(record.text("mac_address")))
    return name


def _host(draft: Draft, record: Record) -> None:
    ip, own_mac = address(record.text("ip_address")), mac(record.text("mac_address"))
    cores = record.number("cpu_core_count") or 0
    draft.put(
        fqdn=_names(draft, record),
        ip_addresses=[ip] if ip else None,
        mac_addresses=[own_mac] if own_mac else None,
        os=record.shown("os"),
        os_version=record.shown("os_version"),
        # ServiceNow counts the cores of one processor.
        cpu_cores=_whole((record.number("cpu_count") or 1) * cores) if cores else None,
        memory_mb=_whole(record.number("ram")),
        disk_gb=record.number("disk_space"),
        uuid=record.text("bios_uuid"),
    )
    draft.known_by("uuid", record.text("bios_uuid"))
    cloud = record.text("object_id")
    if draft.ci_class == "virtual_machine" and cloud.startswith(("arn:", "i-", "/subscriptions/")):
        draft.put(cloud_id=cloud)
        draft.known_by("cloud_id", cloud)


def _device(draft: Draft, record: Record) -> None:
    draft.put(fqdn=_names(draft, record), management_ip=address(record.text("ip_address")), os=record.shown("os"))
    draft.known_by("sys_name", record.shown("name"))


def _data_service(draft: Draft, record: Record) -> None:
    port = record.number("tcp_port")
    draft.put(
        version=record.text("version"),
        engine=record.shown("type"),
        port=_whole(port) if port is not None and 0 <= port <= 65_535 else None,
    )


def _service(draft: Draft, record: Record) -> None:
    first = record.text("busines_criticality")[:1]
    draft.put(tier=int(first) if first in ("1", "2", "3", "4") else None, state=record.shown("operational_status"))


def _interface(draft: Draft, record: Record) -> None:
    ip = address(record.text("ip_address"))
    draft.put(if_name=record.shown("name"), mac=mac(record.text("mac_address")), ip_addresses=[ip] if ip else None)


def _subnet(draft: Draft, record: Record) -> None:
    whole = record.text("network") or record.text("ip_address") or record.shown("name")
    mask = record.text("netmask")
    try:
        network = ipaddress.ip_network(f"{whole}/{mask}" if mask and "/" not in whole else whole, strict=False)
    except ValueError:
        return
    draft.put(cidr=str(network))


def _versioned(draft: Draft, record: Record) -> None:
    draft.put(version=record.text("version"))


def _virtual_address(draft: Draft, record: Record) -> None:
    ip, port = address(record.text("ip_address")), record.number("tcp_port")
    whole = _whole(port) if port is not None and 0 <= port <= 65_535 else None
    draft.put(address=ip, port=whole)
    if ip:
        draft.known_by("vip", f"{ip}:{whole}" if whole else ip)


def _sized(draft: Draft, record: Record) -> None:
    size = record.number("size_bytes")
    draft.put(capacity_gb=size / _GB if size is not None else None)


def _rack(draft: Draft, record: Record) -> None:
    draft.put(height_units=_whole(record.number("rack_units")))


def _rented(draft: Draft, record: Record) -> None:
    draft.put(cloud_id=record.text("object_id"))
    draft.known_by("cloud_id", record.text("object_id"))


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and abs(value) < 2**53 and value == int(value) else None


_BY_CLASS: tuple[tuple[frozenset[str], Callable[[Draft, Record], None]], ...] = (
    (_HOSTS, _host),
    (_NETWORK, _device),
    (_DATA, _data_service),
    (_SERVICES, _service),
    (frozenset(("interface",)), _interface),
    (frozenset(("subnet",)), _subnet),
    (frozenset(("application", "application_component", "kubernetes_cluster")), _versioned),
    (frozenset(("vip",)), _virtual_address),
    (frozenset(("volume", "file_share")), _sized),
    (frozenset(("rack",)), _rack),
    (frozenset(("cloud_account", "cloud_region", "availability_zone")), _rented),
)
