"""VLANs, prefixes and addresses; what moves between routers is a virtual address behind which they stand."""

from __future__ import annotations

import ipaddress
from collections import defaultdict

from discovery.connectors.netbox.shape.book import Book, native_id
from discovery.connectors.netbox.shape.places import at_site, site_of
from discovery.connectors.netbox.shape.ports import OWNERS, SHARED, assigned
from discovery.connectors.netbox.shape.rows import Ref, Row, ref
from discovery.ports.drafting import Draft, address, fqdn, text

CLASSES = ("ip_address", "subnet", "vip", "vlan")
VLAN, PREFIX, ADDRESS, FHRP = "ipam.vlan", "ipam.prefix", "ipam.ipaddress", "ipam.fhrpgroup"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(book: Book) -> None:
    """Take VLANs and prefixes; a prefix is part of the next larger one of its VRF."""
    rows = book.rows
    for row in rows.of(VLAN).values():
        if not book.skipped(VLAN, row):
            draft = book.draft(VLAN, row, "vlan", row.get("name"))
            vid = row.get("vid")
            draft.put(vlan_id=vid if type(vid) is int and 1 <= vid <= 4_094 else None)
            draft.label(role=_role(book, row), group=rows.name("ipam.vlangroup", row.get("group")))
            _for_site(book, draft, row)
    book.taken_as["ipam.vlangroup", "label of its VLANs"] += len(rows.of("ipam.vlangroup"))
    found: list[tuple[object, Network, Draft]] = []
    for row in rows.of(PREFIX).values():
        network = _network(row.get("prefix"))
        if network is None:
            book.left_out[PREFIX, "its network can not be read"] += 1
        elif not book.skipped(PREFIX, row):
            found.append((row.get("vrf"), network, _prefix(book, row, network)))
    _nested(found)
    book.taken_as["ipam.vrf", "attribute of its prefixes"] += len(rows.of("ipam.vrf"))
    book.taken_as["ipam.role", "label of its prefixes and VLANs"] += len(rows.of("ipam.role"))


def _prefix(book: Book, row: Row, network: Network) -> Draft:
    draft = book.draft(PREFIX, row, "subnet", str(network))
    draft.put(cidr=str(network), vrf=book.rows.name("ipam.vrf", row.get("vrf")))
    draft.label(role=_role(book, row))
    _for_site(book, draft, row)
    if vlan := book.there(VLAN, row.get("vlan")):
        draft.relate("depends_on", vlan, "its VLAN")
    return draft


def _nested(found: list[tuple[object, Network, Draft]]) -> None:
    """Relate each network to the smallest of the same table that holds it; O(n log n)."""

    def order(each: tuple[object, Network, Draft]) -> tuple[int, int, int, int, str]:
        vrf, network, draft = each
        table = vrf if type(vrf) is int else -1
        return table, network.version, int(network.network_address), network.prefixlen, draft.native_id

    around: list[tuple[object, Network, Draft]] = []
    for vrf, network, draft in sorted(found, key=order):
        while around and not (around[-1][0] == vrf and _holds(around[-1][1], network)):
            around.pop()
        if around:
            draft.relate("part_of", around[-1][2].native_id, "the next larger prefix")
        around.append((vrf, network, draft))


def _holds(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def addresses(book: Book) -> None:
    """
    Account for every address: a host's own were given to it, shared ones become virtual addresses, the rest is itself.

    A virtual address is one CI for each address and VRF, though NetBox may list it at each router that holds it.
    """
    rows = book.rows
    vips: dict[tuple[str, object], Draft] = {}
    routers = _routers(book)
    for row in rows.of(ADDRESS).values():
        own = address(row.get("address"))
        if own is None:
            book.left_out[ADDRESS, "it can not be read"] += 1
            continue
        if book.skipped(ADDRESS, row):
            continue
        at = ref(row, "assigned_object_type", "assigned_object_id")
        if at and at.model == FHRP:
            _behind(_vip(book, row, own, vips), "a router of the group", routers.get(at.id, []))
        elif row.get("role") in SHARED:
            interface = assigned(book, row)
            holders = [interface] if interface else []
            _behind(_vip(book, row, own, vips), f"it holds the address as {row['role']}", holders)
        elif at is None:
            draft = book.draft(ADDRESS, row, "ip_address", own)
            draft.put(address=own, fqdn=fqdn(row.get("dns_name")))
            draft.label(vrf=rows.name("ipam.vrf", row.get("vrf")))
        elif assigned(book, row):
            book.taken_as[ADDRESS, "address of its interface"] += 1
        else:
            book.left_out[ADDRESS, "it is on something that is not taken"] += 1
    for vip in vips.values():
        _alone(vip)
    _groups(book)


def _vip(book: Book, row: Row, own: str, vips: dict[tuple[str, object], Draft]) -> Draft:
    key = own, row.get("vrf")
    if key in vips:
        book.taken_as[ADDRESS, "the same virtual address at another interface"] += 1
        return vips[key]
    draft = vips[key] = book.draft(ADDRESS, row, "vip", fqdn(row.get("dns_name")) or own)
    draft.put(address=own)
    draft.known_by("vip", own)
    draft.label(role=row.get("role"), vrf=book.rows.name("ipam.vrf", row.get("vrf")))
    return draft


def _behind(vip: Draft, words: str, interfaces: list[Draft]) -> None:
    for each in interfaces:
        vip.group("holders", 1, "whoever holds the address answers for it")
        vip.relate("depends_on", each.native_id, words, group="holders")


def _alone(vip: Draft) -> None:
    """Make of a group with one member the plain relation that it is."""
    members = [key for key in vip.relations if key[2] == "holders"]
    if len(members) == 1:
        type_, target, _ = members[0]
        detail = vip.relations.pop(members[0]).detail
        vip.groups.pop("holders")
        vip.relate(type_, target, detail)


def _routers(book: Book) -> dict[int, list[Draft]]:
    """Return the interfaces of each FHRP group."""
    found: dict[int, list[Draft]] = defaultdict(list)
    for row in book.rows.of("ipam.fhrpgroupassignment").values():
        at: Ref | None = ref(row, "interface_type", "interface_id")
        draft = book.drafts.get(native_id(*at)) if at and at.model in OWNERS else None
        if draft is not None and type(row.get("group")) is int:
            found[row["group"]].append(draft)
            book.taken_as["ipam.fhrpgroupassignment", "member of a virtual address"] += 1
        else:
            book.left_out["ipam.fhrpgroupassignment", "its interface is not taken"] += 1
    return found


def _groups(book: Book) -> None:
    with_address = {
        at.id
        for row in book.rows.of(ADDRESS).values()
        if (at := ref(row, "assigned_object_type", "assigned_object_id")) and at.model == FHRP
    }
    for id_ in book.rows.of(FHRP):
        if id_ in with_address:
            book.taken_as[FHRP, "its virtual addresses"] += 1
        else:
            book.left_out[FHRP, "it has no address"] += 1


def _for_site(book: Book, draft: Draft, row: Row) -> None:
    place = site_of(row)
    if place and place.model == "dcim.site":
        at_site(book, draft, place.id)


def _role(book: Book, row: Row) -> str:
    return text(book.rows.find("ipam.role", row.get("role")).get("slug"))


def _network(value: object) -> Network | None:
    try:
        return ipaddress.ip_network(text(value), strict=False)
    except ValueError:
        return None
