"""Devices, what is plugged into them, and the stacks they form."""

from __future__ import annotations

from collections import Counter, defaultdict

from cmdb.model.run import Said
from discovery.connectors.netbox.shape.book import Book, native_id
from discovery.connectors.netbox.shape.classes import HOSTS, NETWORK, UNKNOWN, class_of, layer_of
from discovery.connectors.netbox.shape.places import at_site
from discovery.connectors.netbox.shape.rows import Row
from discovery.ports.drafting import Draft, address, fqdn, text, whole_number

CLASSES = (
    "cooling_unit",
    "firewall",
    "generator",
    "hypervisor_host",
    "load_balancer",
    "network_device",
    "pdu",
    "router",
    "server",
    "storage_array",
    "switch",
    "ups",
    "wireless_access_point",
)
DEVICE = "dcim.device"


def devices(book: Book) -> None:
    """Take devices; types, makers, roles and platforms become attributes of them."""
    rows = book.rows
    outlets = Counter(row.get("device") for row in rows.of("dcim.poweroutlet").values())
    unknown: Counter[str] = Counter()
    for row in rows.of(DEVICE).values():
        if not book.skipped(DEVICE, row):
            _device(book, row, outlets, unknown)
    for model in ("dcim.devicetype", "dcim.manufacturer", "dcim.devicerole", "dcim.platform"):
        book.taken_as[model, "attribute of its devices"] += len(rows.of(model))
    book.notes += [
        Said("netbox.role_unknown", {"role": role, "count": count, "class": UNKNOWN})
        for role, count in sorted(unknown.items())
    ]


def _device(book: Book, row: Row, outlets: Counter[object], unknown: Counter[str]) -> None:
    rows = book.rows
    type_ = rows.find("dcim.devicetype", row.get("device_type"))
    vendor = rows.name("dcim.manufacturer", type_.get("manufacturer"))
    # Until NetBox 3.5 the field was called device_role; 3.6 has both.
    role = rows.find("dcim.devicerole", row.get("role") if row.get("role") is not None else row.get("device_role"))
    slug = text(role.get("slug"))
    ci_class, said = class_of(
        slug,
        book.settings["roles"],
        feeds_others=outlets[row["id"]] > 0,
        in_cluster=bool(rows.find("virtualization.cluster", row.get("cluster"))),
    )
    if not said:
        unknown[slug or "none"] += 1
    model = text(type_.get("model"))
    # A device without a name is known by its type and number, as NetBox itself shows it.
    draft = book.draft(DEVICE, row, ci_class, row.get("name") or f"{model or 'device'} ({row['id']})")
    draft.put(
        vendor=vendor,
        model=model,
        serial_number=text(row.get("serial")),
        asset_tag=text(row.get("asset_tag")),
        rack_position=whole_number(row.get("position")) if row.get("position") is not None else None,
        outlets=outlets[row["id"]] or None if ci_class == "pdu" else None,
        layer=layer_of(slug) if ci_class == "switch" else None,
    )
    at_site(book, draft, row.get("site"))
    draft.label(role=slug, rack=rows.name("dcim.rack", row.get("rack")))
    serial = text(row.get("serial")).strip()
    draft.known_by("serial", f"{vendor}|{serial}" if vendor and serial else None)
    host_facts(book, draft, row, roles=role.get("name"))
    place = book.first_there(
        ("dcim.rack", row.get("rack")), ("dcim.location", row.get("location")), ("dcim.site", row.get("site"))
    )
    if place:
        draft.relate("located_in", place, "its place")


def host_facts(book: Book, draft: Draft, row: Row, *, roles: object) -> None:
    """Set what a device or a virtual machine has as a host, as its class has it: name, platform, main address."""
    rows = book.rows
    main = rows.find("ipam.ipaddress", row.get("primary_ip4")) or rows.find("ipam.ipaddress", row.get("primary_ip6"))
    name = fqdn(main.get("dns_name")) or fqdn(row.get("name"))
    platform = rows.name("dcim.platform", row.get("platform"))
    if draft.ci_class in HOSTS or draft.ci_class == "virtual_machine":
        draft.put(fqdn=name, os=platform, roles=[str(roles)] if roles else None)
    elif draft.ci_class in NETWORK:
        out_of_band = rows.find("ipam.ipaddress", row.get("oob_ip"))
        draft.put(fqdn=name, os=platform, management_ip=address((out_of_band or main).get("address")))
        # In NetBox the name of a device is its host name, which it tells over SNMP too.
        draft.known_by("sys_name", text(row.get("name")).strip())
    draft.known_by("fqdn", name)


def inside(book: Book) -> None:
    """Take modules as labels of their device, and what stands in a bay as depending on the device with the bay."""
    rows = book.rows
    for row in rows.of("dcim.module").values():
        device = book.there(DEVICE, row.get("device"))
        if book.skipped("dcim.module", row):
            continue
        if device is None:
            book.left_out["dcim.module", "its device is not taken"] += 1
            continue
        bay = rows.name("dcim.modulebay", row.get("module_bay")) or str(row["id"])
        kind = text(rows.find("dcim.moduletype", row.get("module_type")).get("model")) or "module"
        serial = text(row.get("serial")).strip()
        book.drafts[device].label(**{f"module/{bay}": f"{kind}, serial {serial}" if serial else kind})
        book.taken_as["dcim.module", "label of its device"] += 1
    book.taken_as["dcim.moduletype", "name of a module"] += len(rows.of("dcim.moduletype"))
    used = {row.get("module_bay") for row in rows.of("dcim.module").values()}
    for id_ in rows.of("dcim.modulebay"):
        if id_ in used:
            book.taken_as["dcim.modulebay", "name of a label of its device"] += 1
        else:
            book.left_out["dcim.modulebay", "it is empty"] += 1
    for row in rows.of("dcim.devicebay").values():
        outer, inner = book.there(DEVICE, row.get("device")), book.there(DEVICE, row.get("installed_device"))
        if outer and inner:
            book.drafts[inner].relate("depends_on", outer, f"it stands in {row.get('name')}")
            book.taken_as["dcim.devicebay", "relation of what stands in it"] += 1
        else:
            book.left_out["dcim.devicebay", "it is empty"] += 1


def stacks(book: Book) -> None:
    """Take virtual chassis: devices that act as one, which works while one of them does."""
    rows = book.rows
    members: dict[object, list[Row]] = defaultdict(list)
    for row in rows.of(DEVICE).values():
        if book.there(DEVICE, row["id"]):
            members[row.get("virtual_chassis")].append(row)
    for row in rows.of("dcim.virtualchassis").values():
        stacked = members[row["id"]]
        if not stacked:
            book.left_out["dcim.virtualchassis", "no device of it is taken"] += 1
            continue
        first = book.there(DEVICE, row.get("master")) or native_id(DEVICE, stacked[0]["id"])
        draft = book.draft("dcim.virtualchassis", row, book.drafts[first].ci_class, row.get("name"))
        draft.label(domain=row.get("domain"))
        site = book.drafts[first].attributes.get("site")
        draft.put(site=site)
        draft.group("members", 1, "a virtual chassis; NetBox does not say how many it needs, so one is taken")
        for each in stacked:
            member = native_id(DEVICE, each["id"])
            draft.relate("depends_on", member, "a member of the virtual chassis", group="members")
            book.drafts[member].relate("part_of", draft.native_id, "its virtual chassis")
