"""Makes observations of iTop's objects, the links between them and its redundancy settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.run import Said
from discovery.connectors.itop.model import CLASSES, ITEMS, LINKS, OWN_SERIES, READ
from discovery.connectors.itop.shape.items import draft_of
from discovery.connectors.itop.shape.links import RESTS_ON, relate
from discovery.ports import Part, Shaped, Target
from discovery.ports.drafting import Draft

__all__ = ["CLASSES", "shape"]


@dataclass(slots=True)
class _Listing:
    rows: list[dict[str, Any]] = field(default_factory=list)
    whole: bool = True


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:
    """
    Return the observations of all of iTop; pure.

    Obsolete objects are left out and counted, as are links that lead to nothing that is taken.
    """
    listings = _listings(parts)
    counted: Counter[tuple[str, ...]] = Counter()
    drafts: dict[tuple[str, str], Draft] = {}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for name in ITEMS:
        for row in listings.get(name, _Listing()).rows:
            if row.get("status") in settings["skip_statuses"] or row.get("obsolescence_flag") in ("yes", "1"):
                counted["itop.left_out", name, "it is obsolete"] += 1
                continue
            key = (name if name in OWN_SERIES else "FunctionalCI", row["id"])
            if key in drafts:
                counted["itop.left_out", name, "its number was read before"] += 1
                continue
            drafts[key], rows[key] = draft_of(name, row, settings["device_types"]), row
    links = {name: listings.get(name, _Listing()).rows for name in LINKS}
    relate(drafts, rows, links, counted)
    cut = sum(draft.cut for draft in drafts.values())
    notes = [
        Said(code, {"class": name, "because": why, "count": count})
        for (code, name, why), count in sorted(counted.items())
    ]
    notes += [Said("itop.shortened", {"count": cut})] if cut else []
    made = sorted((draft.made(target.id) for draft in drafts.values()), key=lambda each: each.native_id)
    return Shaped(tuple(made), _complete(target, listings), tuple(notes))


def _listings(parts: Sequence[Part]) -> dict[str, _Listing]:
    found: dict[str, _Listing] = {}
    for part in parts:
        if part.name not in READ:
            continue
        listing = found.setdefault(part.name, _Listing())
        listing.whole &= part.whole
        if isinstance(part.body, list):
            listing.rows += [row for row in part.body if isinstance(row, dict) and _is_key(row.get("id"))]
    for listing in found.values():
        listing.rows.sort(key=lambda row: (len(row["id"]), row["id"]))
    return found


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and value != "0"


def _complete(target: Target, listings: dict[str, _Listing]) -> frozenset[str]:
    """Return the classes that were read to their end; none, where a link was not: it may be of any of them."""
    if not all(listing.whole for name, listing in listings.items() if name in LINKS):
        return frozenset()
    cut = {name for name, listing in listings.items() if not listing.whole}
    doubtful = cut | {name for name, needed in RESTS_ON.items() if cut & needed}
    return frozenset(f"{target.id}/{name}" for name in listings if name in ITEMS and name not in doubtful)
