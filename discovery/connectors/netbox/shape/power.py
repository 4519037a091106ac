"""Power: panels, feeds, and who is plugged in where; two sources are a group of which one is enough."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from discovery.connectors.netbox.shape.book import Book
from discovery.connectors.netbox.shape.cables import Cabling
from discovery.connectors.netbox.shape.classes import POWER
from discovery.connectors.netbox.shape.places import at_site
from discovery.connectors.netbox.shape.rows import Ref, Row
from discovery.ports.drafting import Draft, text

CLASSES = ("pdu", "power_feed")
PANEL, FEED, PORT, OUTLET = "dcim.powerpanel", "dcim.powerfeed", "dcim.powerport", "dcim.poweroutlet"
_FACILITY = frozenset(("power_feed",))


def sources(book: Book) -> None:
    """Take power panels, as distribution units of their place, and the feeds that leave them."""
    rows = book.rows
    for row in rows.of(PANEL).values():
        draft = book.draft(PANEL, row, "pdu", row.get("name"))
        place = book.first_there(("dcim.location", row.get("location")), ("dcim.site", row.get("site")))
        at_site(book, draft, row.get("site"))
        draft.owner = place
        if place:
            draft.known_by("part", f"pdu:{row.get('name')}")
            draft.relate("located_in", place, "its place")
    for row in rows.of(FEED).values():
        if not book.skipped(FEED, row):
            _feed(book, row)


def _feed(book: Book, row: Row) -> None:
    panel = book.there(PANEL, row.get("power_panel"))
    draft = book.draft(FEED, row, "power_feed", row.get("name"), owner=panel)
    volts, amperes = row.get("voltage"), row.get("amperage")
    draft.put(voltage=volts if type(volts) is int else None)
    if type(volts) is int and type(amperes) is int:
        phases = math.sqrt(3) if text(row.get("phase")) == "three-phase" else 1.0
        draft.put(capacity_kva=round(abs(volts) * amperes * phases / 1_000, 3))
    at_site(book, draft, book.rows.find(PANEL, row.get("power_panel")).get("site"))
    draft.label(type=row.get("type"), supply=row.get("supply"), rack=book.rows.name("dcim.rack", row.get("rack")))
    if panel:
        draft.known_by("part", f"power_feed:{row.get('name')}")
        draft.relate("powered_by", panel, "the panel it leaves")


def plugged(book: Book, cabling: Cabling) -> None:
    """Relate devices to what their power ports are plugged into."""
    rows = book.rows
    fed: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    became: Counter[tuple[str, bool]] = Counter()
    for id_, row in rows.of(PORT).items():
        device = book.there("dcim.device", row.get("device"))
        # All ends are followed, also where the device is left out, so that the cables are accounted for.
        ends = [(path.end, _source(book, path.end)) for path in cabling.paths(Ref(PORT, id_))]
        taken = device is not None and any(source for _, source in ends)
        became[PORT, taken] += 1
        for end, source in ends:
            if device is not None and source is not None and source != device:
                outlet = f" into {rows.name(OUTLET, end.id)}" if end.model == OUTLET else ""
                fed[device][source].append(f"{row.get('name')}{outlet}")
    for id_ in rows.of(OUTLET):
        became[OUTLET, Ref(OUTLET, id_) in cabling.used] += 1
    for (model, taken), count in sorted(became.items()):
        book.taken_as[model, "relation of what is plugged in"] += count if taken else 0
        book.left_out[model, "no cable leads from it to a source of power"] += 0 if taken else count
    for device, by_source in sorted(fed.items()):
        _fed(book, book.drafts[device], by_source)


def _fed(book: Book, draft: Draft, by_source: dict[str, list[str]]) -> None:
    group = None
    if len(by_source) > 1:
        group = "power"
        draft.group(group, 1, f"power ports plugged into {len(by_source)} sources; one is taken to be enough")
    for source, plugs in sorted(by_source.items()):
        upstream = book.drafts[source].ci_class
        # What feeds others and is no power equipment (a switch over Ethernet) is needed all the same.
        type_ = "powered_by" if upstream in POWER or upstream in _FACILITY else "depends_on"
        draft.relate(type_, source, "plugged in: " + ", ".join(sorted(plugs)[:8]), group=group)


def _source(book: Book, end: Ref) -> str | None:
    if end.model == FEED:
        return book.there(FEED, end.id)
    if end.model == OUTLET:
        return book.there("dcim.device", book.rows.find(OUTLET, end.id).get("device"))
    return None
