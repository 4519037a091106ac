"""What hosts offer, the circuits between sites, and the networks of providers."""

from __future__ import annotations

from discovery.connectors.netbox.shape.book import Book, native_id
from discovery.connectors.netbox.shape.ports import assigned
from discovery.connectors.netbox.shape.rows import Ref, Row, numbers, ref
from discovery.ports.drafting import address, text

CLASSES = ("endpoint", "external_service", "wan_link")
CIRCUIT, TERMINATION, NETWORK = "circuits.circuit", "circuits.circuittermination", "circuits.providernetwork"
SERVICE = "ipam.service"
_PROTOCOLS = ("tcp", "udp")


def circuits(book: Book) -> None:
    """Take circuits and the networks of providers that they lead into; a site works worse without its circuits."""
    rows = book.rows
    for row in rows.of(NETWORK).values():
        draft = book.draft(NETWORK, row, "external_service", row.get("name"))
        draft.put(provider=rows.name("circuits.provider", row.get("provider")), kind="network")
        draft.label(service_id=row.get("service_id"))
        _from_provider(book, draft.native_id, row)
    for row in rows.of(CIRCUIT).values():
        if not book.skipped(CIRCUIT, row):
            _circuit(book, row)
    book.taken_as["circuits.circuittype", "label of its circuits"] += len(rows.of("circuits.circuittype"))
    for row in rows.of(TERMINATION).values():
        _termination(book, row)


def _circuit(book: Book, row: Row) -> None:
    rows = book.rows
    cid, provider = text(row.get("cid")), rows.name("circuits.provider", row.get("provider"))
    draft = book.draft(CIRCUIT, row, "wan_link", f"{provider} {cid}".strip())
    rate = row.get("commit_rate")
    draft.put(provider=provider, circuit_id=cid, bandwidth_mbps=rate / 1_000 if type(rate) is int else None)
    draft.label(type=rows.name("circuits.circuittype", row.get("type")))
    _from_provider(book, draft.native_id, row)


def _from_provider(book: Book, native: str, row: Row) -> None:
    if provider := book.there("circuits.provider", row.get("provider")):
        book.drafts[native].relate("supplied_by", provider, "its provider")


def _termination(book: Book, row: Row) -> None:
    circuit = book.there(CIRCUIT, row.get("circuit"))
    # Since NetBox 4.2 what a circuit ends at is one reference to any of them.
    at = ref(row, "termination_type", "termination_id")
    if at is None and type(row.get("site")) is int:
        at = Ref("dcim.site", row["site"])
    elif at is None and type(row.get("provider_network")) is int:
        at = Ref(NETWORK, row["provider_network"])
    place = book.there(*at) if at else None
    if circuit is None or place is None or at is None:
        why = "its circuit is not taken" if circuit is None else "where it ends is not taken"
        book.left_out[TERMINATION, why] += 1
        return
    side = f"side {row.get('term_side')} of the circuit"
    if at.model == NETWORK:
        book.drafts[circuit].relate("connects_to", place, side)
    else:
        book.drafts[place].relate("uses", circuit, side)
    book.taken_as[TERMINATION, "relation of its site or network"] += 1


def services(book: Book) -> None:
    """Take what NetBox calls a service, a port on which a host answers, as an endpoint of the host."""
    rows = book.rows
    own = _addresses_by_host(book)
    for row in rows.of(SERVICE).values():
        owner = _owner(book, row)
        if owner is None:
            book.left_out[SERVICE, "its host is not taken"] += 1
            continue
        name, protocol = text(row.get("name")) or str(row["id"]), text(row.get("protocol"))
        ports = [port for port in numbers(row, "ports") if 0 < port < 65_536]
        draft = book.draft(
            SERVICE, row, "endpoint", name, owner=owner, within=f"{owner}/{native_id(SERVICE, row['id'])}"
        )
        draft.put(
            port=ports[0] if len(ports) == 1 else None,
            protocol=(protocol if protocol in _PROTOCOLS else "other") if protocol else None,
        )
        draft.label(ports=", ".join(map(str, ports)))
        draft.known_by("part", f"endpoint:{name}")
        draft.relate("runs_on", owner, "the host that offers it")
        bound = [address(rows.find("ipam.ipaddress", id_).get("address")) for id_ in numbers(row, "ipaddresses")]
        for each in sorted({found for found in bound if found} or own.get(owner, set())):
            for port in ports:
                shown = f"[{each}]" if ":" in each else each
                draft.known_by("endpoint", f"{shown}:{port}/{protocol or 'tcp'}")


def _owner(book: Book, row: Row) -> str | None:
    at = ref(row, "parent_object_type", "parent_object_id")  # Since NetBox 4.3.
    if at:
        return book.there(*at)
    return book.first_there(
        ("dcim.device", row.get("device")), ("virtualization.virtualmachine", row.get("virtual_machine"))
    )


def _addresses_by_host(book: Book) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in book.rows.of("ipam.ipaddress").values():
        interface, own = assigned(book, row), address(row.get("address"))
        if interface and interface.owner and own:
            found.setdefault(interface.owner, set()).add(own)
    return found
