"""Regions, sites, locations and racks, the parties that own or look after them, and what they are supplied by."""

from __future__ import annotations

from discovery.connectors.netbox.shape.book import Book, native_id
from discovery.connectors.netbox.shape.rows import Ref, Row, numbers, ref
from discovery.ports.drafting import Draft, text, whole_number

CLASSES = ("customer", "data_center", "rack", "region", "room", "supplier", "team")
_DEEPEST = 50  # Levels of regions or groups that a path names.


def parties(book: Book) -> None:
    """Take tenants, providers and groups of contacts; persons are not taken."""
    rows = book.rows
    for row in rows.of("tenancy.tenant").values():
        draft = book.draft("tenancy.tenant", row, book.settings["tenants_are"], row.get("name"))
        draft.known_by("name", text(row.get("name")))
        draft.label(slug=row.get("slug"), tenant_group=path_of(book, "tenancy.tenantgroup", row.get("group")))
    book.taken_as["tenancy.tenantgroup", "label of its tenants"] += len(rows.of("tenancy.tenantgroup"))
    for row in rows.of("tenancy.contactgroup").values():
        draft = book.draft("tenancy.contactgroup", row, "team", row.get("name"))
        draft.known_by("name", text(row.get("name")))
        draft.label(slug=row.get("slug"), path=path_of(book, "tenancy.contactgroup", row["id"]))
        parent = book.rows.find("tenancy.contactgroup", row.get("parent"))
        if parent:
            draft.relate("part_of", native_id("tenancy.contactgroup", parent["id"]))
    for row in rows.of("circuits.provider").values():
        draft = book.draft("circuits.provider", row, "supplier", row.get("name"))
        draft.put(kind="external")
        draft.known_by("name", text(row.get("name")))
        draft.label(slug=row.get("slug"))


def places(book: Book) -> None:
    """Take regions, sites, locations and racks, each within the next larger one."""
    rows = book.rows
    for row in rows.of("dcim.region").values():
        draft = book.draft("dcim.region", row, "region", row.get("name"))
        draft.label(slug=row.get("slug"))
        if rows.find("dcim.region", row.get("parent")):
            draft.relate("located_in", native_id("dcim.region", row["parent"]), "its region")
        # Names repeat (Portland); with all that lies around it a region is named once.
        draft.known_by("name", path_of(book, "dcim.region", row["id"]))
    book.taken_as["dcim.sitegroup", "label of its sites"] += len(rows.of("dcim.sitegroup"))
    for row in rows.of("dcim.site").values():
        if not book.skipped("dcim.site", row):
            _site(book, row)
    locations = [row for row in rows.of("dcim.location").values() if not book.skipped("dcim.location", row)]
    drafts = [book.draft("dcim.location", row, "room", row.get("name")) for row in locations]
    for row, draft in zip(locations, drafts, strict=True):
        _location(book, row, draft)
    book.taken_as["dcim.rackrole", "label of its racks"] += len(rows.of("dcim.rackrole"))
    for row in rows.of("dcim.rack").values():
        if not book.skipped("dcim.rack", row):
            _rack(book, row)


def _site(book: Book, row: Row) -> None:
    draft = book.draft("dcim.site", row, "data_center", row.get("name"))
    draft.put(address=text(row.get("physical_address")), site=text(row.get("slug")))
    draft.known_by("name", text(row.get("name")))
    draft.label(
        region=path_of(book, "dcim.region", row.get("region")),
        site_group=path_of(book, "dcim.sitegroup", row.get("group")),
        facility=row.get("facility"),
    )
    if region := book.there("dcim.region", row.get("region")):
        draft.relate("located_in", region, "its region")


def _location(book: Book, row: Row, draft: Draft) -> None:
    owner = draft.owner = book.first_there(("dcim.location", row.get("parent")), ("dcim.site", row.get("site")))
    at_site(book, draft, row.get("site"))
    if owner:
        draft.known_by("part", f"room:{row.get('name')}")
        draft.relate("located_in", owner, "its place")


def _rack(book: Book, row: Row) -> None:
    owner = book.first_there(("dcim.location", row.get("location")), ("dcim.site", row.get("site")))
    draft = book.draft("dcim.rack", row, "rack", row.get("name"), owner=owner)
    draft.put(height_units=whole_number(row.get("u_height")))
    at_site(book, draft, row.get("site"))
    draft.label(role=book.rows.name("dcim.rackrole", row.get("role")), facility_id=row.get("facility_id"))
    if owner:
        draft.known_by("part", f"rack:{row.get('name')}")
        draft.relate("located_in", owner, "its place")


def contacts(book: Book) -> None:
    """
    Take who is to be asked about an object as a label with the name of a team, and of the persons nothing.

    A contact that is in no group stands for a person alone; then there is no team to name.
    """
    rows = book.rows
    for row in rows.of("tenancy.contactassignment").values():
        at = ref(row, "object_type", "object_id") or ref(row, "content_type", "object_id")
        draft = book.drafts.get(native_id(*at)) if at else None
        contact = rows.find("tenancy.contact", row.get("contact"))
        groups: list[object] = [*numbers(contact, "groups")] or [contact.get("group")]
        teams = sorted({name for group in groups if (name := rows.name("tenancy.contactgroup", group))})
        if draft is None or not teams:
            why = "what it is about is not taken" if draft is None else "the contact is in no group: a person alone"
            book.left_out["tenancy.contactassignment", why] += 1
            continue
        role = text(rows.find("tenancy.contactrole", row.get("role")).get("slug")) or "contact"
        known = draft.labels.get(f"contact/{role}")
        draft.label(**{f"contact/{role}": ", ".join(sorted({*(known.split(", ") if known else ()), *teams}))})
        book.taken_as["tenancy.contactassignment", "label that names a team"] += 1
    book.left_out["tenancy.contact", "a person"] += len(rows.of("tenancy.contact"))
    book.taken_as["tenancy.contactrole", "name of a label"] += len(rows.of("tenancy.contactrole"))


def at_site(book: Book, draft: Draft, site: object) -> None:
    """Name the site that something stands in or serves."""
    draft.put(site=text(book.rows.find("dcim.site", site).get("slug")))


def site_of(row: Row) -> Ref | None:
    """Return the place an object is for: its site, or since NetBox 4.2 its scope."""
    if type(row.get("site")) is int:
        return Ref("dcim.site", row["site"])
    return ref(row, "scope_type", "scope_id")


def path_of(book: Book, model: str, id_: object) -> str:
    """Return the names from the outermost parent down, joined by " / "; it ends at a circle, or after 50."""
    names: list[str] = []
    seen: set[object] = set()
    row = book.rows.find(model, id_)
    while row and row["id"] not in seen and len(names) < _DEEPEST:
        seen.add(row["id"])
        names.append(str(row.get("name")))
        row = book.rows.find(model, row.get("parent"))
    return " / ".join(reversed(names))
