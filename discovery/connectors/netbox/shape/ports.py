"""Interfaces of devices and virtual machines, with their addresses and what they are made of."""

from __future__ import annotations

from collections import defaultdict

from cmdb.model.relation import Strength
from discovery.connectors.netbox.shape.book import Book, native_id
from discovery.connectors.netbox.shape.classes import HOSTS
from discovery.connectors.netbox.shape.rows import Ref, Row, ref
from discovery.ports.drafting import Draft, address, mac, text, unique

CLASSES = ("interface",)
OWNERS = {
    "dcim.interface": ("device", "dcim.device"),
    "virtualization.vminterface": ("virtual_machine", "virtualization.virtualmachine"),
}
# Addresses that move between hosts, or that several have: they are no host's own.
SHARED = frozenset(("anycast", "vip", "vrrp", "hsrp", "glbp", "carp"))
# Interfaces that have no MAC address of their own.
_NO_MAC = frozenset(("lag", "virtual", "bridge"))


def interfaces(book: Book) -> None:
    """Take interfaces as parts of their host; LAGs need one of their members."""
    for model, (key, owner_model) in OWNERS.items():
        for row in book.rows.of(model).values():
            owner = book.there(owner_model, row.get(key))
            if owner is None:
                book.left_out[model, "what it belongs to is not taken"] += 1
                continue
            _interface(book, model, row, book.drafts[owner])
    _addresses(book)
    _macs(book)
    _made_of(book)


def _interface(book: Book, model: str, row: Row, owner: Draft) -> None:
    name = text(row.get("name")) or str(row["id"])
    native = f"{owner.native_id}/{native_id(model, row['id'])}"
    draft = book.draft(model, row, "interface", f"{owner.name} {name}", owner=owner.native_id, within=native)
    speed = row.get("speed")
    draft.put(
        if_name=name,
        enabled=row.get("enabled") if isinstance(row.get("enabled"), bool) else None,
        speed_mbps=speed // 1_000 if type(speed) is int and speed >= 1_000 else None,
        mac=mac(row.get("mac_address")),
    )
    draft.label(type=row.get("type"))
    draft.known_by("part", f"interface:{name}")
    # A port is down with its device.
    draft.relate("part_of", owner.native_id, "its device", strength=Strength.HARD)


def _addresses(book: Book) -> None:
    """Give interfaces and hosts the addresses that are theirs alone."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in book.rows.of("ipam.ipaddress").values():
        at = assigned(book, row)
        own = address(row.get("address"))
        if at is None or own is None or row.get("role") in SHARED:
            continue
        if row.get("status") in book.settings["skip_statuses"]:
            continue
        found[at.native_id].append(own)
        if at.owner and (host := book.drafts.get(at.owner)):
            found[host.native_id].append(own)
    for draft in list(book.drafts.values()):
        own_addresses = unique(found.get(draft.native_id, ()))
        if draft.ci_class == "interface" or draft.ci_class in HOSTS or draft.ci_class == "virtual_machine":
            draft.put(ip_addresses=own_addresses)
        if draft.ci_class != "interface":
            for each in own_addresses:
                draft.known_by("ip", each)


def _macs(book: Book) -> None:
    """Give hosts the MAC addresses of their interfaces; since NetBox 4.2 these are objects of their own."""
    taken: set[int] = set()
    by_interface: dict[Ref, list[tuple[int, str]]] = defaultdict(list)
    for row in book.rows.of("dcim.macaddress").values():
        at, value = ref(row, "assigned_object_type", "assigned_object_id"), mac(row.get("mac_address"))
        if at and value and book.drafts.get(native_id(*at)):
            by_interface[at].append((row["id"], value))
            taken.add(row["id"])
    book.taken_as["dcim.macaddress", "attribute of its interface"] += len(taken)
    rest = len(book.rows.of("dcim.macaddress")) - len(taken)
    book.left_out["dcim.macaddress", "it is on no interface that is taken"] += rest
    of_hosts: dict[str, list[str]] = defaultdict(list)
    for model in OWNERS:
        for row in book.rows.of(model).values():
            draft = book.drafts.get(native_id(model, row["id"]))
            several = by_interface.get(Ref(model, row["id"]), [])
            first = next((value for id_, value in several if id_ == row.get("primary_mac_address")), None)
            own = first or mac(row.get("mac_address")) or next((value for _, value in several), None)
            if draft is None or own is None:
                continue
            draft.put(mac=own)
            if draft.owner and row.get("type") not in _NO_MAC:
                of_hosts[draft.owner].append(own)
    for owner, macs in of_hosts.items():
        host = book.drafts[owner]
        for each in unique(macs):
            host.known_by("mac", each)
        if host.ci_class in HOSTS or host.ci_class == "virtual_machine":
            host.put(mac_addresses=unique(macs))


def _made_of(book: Book) -> None:
    """Relate interfaces to those they are made of: the members of a LAG, the parent of a subinterface."""
    members: dict[int, list[Draft]] = defaultdict(list)
    for model in OWNERS:
        for row in book.rows.of(model).values():
            draft = book.drafts.get(native_id(model, row["id"]))
            if draft is None:
                continue
            if type(row.get("lag")) is int and row["lag"] != row["id"]:
                members[row["lag"]].append(draft)
            for key in ("parent", "bridge"):
                if other := book.drafts.get(native_id(model, row.get(key))):
                    # A bridge needs what is in it no more than a switch its ports; a subinterface is nothing alone.
                    type_, source, target = (
                        ("depends_on", draft, other) if key == "parent" else ("part_of", draft, other)
                    )
                    source.relate(type_, target.native_id, f"its {key} interface")
    for id_, several in sorted(members.items()):
        lag = book.drafts.get(native_id("dcim.interface", id_))
        if lag is None:
            continue
        lag.group("members", 1, f"{len(several)} interfaces; NetBox knows no least number of links, so one is taken")
        for each in several:
            lag.relate("depends_on", each.native_id, "a member of the LAG", group="members")
        stack = book.rows.find("dcim.device", _number(lag.owner)).get("virtual_chassis")
        if (whole := book.there("dcim.virtualchassis", stack)) and len({each.owner for each in several}) > 1:
            # It stands under one device in NetBox, and outlives it.
            lag.relations.pop(("part_of", lag.owner or "", None), None)
            lag.relate("part_of", whole, "its virtual chassis", strength=Strength.HARD)


def _number(native: str | None) -> int:
    return int((native or ":0").rpartition(":")[2])


def assigned(book: Book, row: Row) -> Draft | None:
    """Return the interface that an address is assigned to, or None."""
    at = ref(row, "assigned_object_type", "assigned_object_id")
    return book.drafts.get(native_id(*at)) if at and at.model in OWNERS else None
