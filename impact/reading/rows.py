"""Documents of the store to rows of the graph, with what the catalogue says where they say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document
from cmdb.model.relation import RELATIONS, Strength
from cmdb.ports.store import Snapshot
from impact.reading.defaults import Defaults

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph.rows import GroupRow, ItemRow, RelationRow

SHOWN = frozenset(kind.name for kind in (CIS, RELATIONS, GROUPS))
"""The kinds of which a graph shows something."""

_RETIRED = CIStatus.RETIRED.value


# one by one ----------------------------------------------------------------------------------------------------------
def takes_part(document: Document | None) -> bool:
    """Tell whether a CI is there and not retired."""
    return document is not None and document.get("status") != _RETIRED


def item_row(document: Document, defaults: Defaults) -> ItemRow:
    """Return the row of a CI."""
    attributes = document.get("attributes")
    row = (
        document["id"],
        document["class"],
        document["name"],
        document.get("unavailability"),
        document.get("mtbf_hours"),
        attributes.get("tier") if isinstance(attributes, dict) else None,
        None,
    )
    return _items([row], defaults, set())[0]


def relation_row(document: Document, defaults: Defaults) -> RelationRow:
    """Return the row of a relation."""
    confidence = document.get("confidence")
    return (
        document["source"],
        document["target"],
        document.get("group"),
        document.get("strength") or defaults.strength_of(document["type"]),
        1.0 if confidence is None else confidence,
    )


def group_facts(document: Document) -> tuple[int | str, str]:
    """Return needs and strength of a group."""
    return document["needs"], document.get("strength") or Strength.HARD.value


# by the million ------------------------------------------------------------------------------------------------------
def item_rows(snapshot: Snapshot, defaults: Defaults, retired: set[str]) -> Iterator[list[ItemRow]]:
    """Yield the CIs that take part; the ids of all others go into ``retired``."""
    paths = ("id", "class", "name", "unavailability", "mtbf_hours", "attributes.tier", "status")
    for batch in snapshot.rows(CIS, paths):
        yield _items(batch, defaults, retired)


def _items(batch: Iterable[tuple[Any, ...]], defaults: Defaults, retired: set[str]) -> list[ItemRow]:
    unavailability, hours, services = defaults.unavailability, defaults.mtbf_hours, defaults.services
    items: list[ItemRow] = []
    for ci, ci_class, name, stated, stated_hours, tier, status in batch:
        if status == _RETIRED:
            retired.add(ci)
            continue
        chance = unavailability.get(ci_class) if stated is None else stated
        between = hours.get(ci_class) if stated_hours is None else stated_hours
        items.append((ci, ci_class, name, chance, between, _tier(tier), ci_class in services))
    return items


def _tier(value: Any) -> int | None:
    """Return the tier of a CI; an attribute of that name may be anything in an organisation's own class."""
    return value if type(value) is int and abs(value) < 2**31 else None


def relation_rows(snapshot: Snapshot, defaults: Defaults, retired: set[str]) -> Iterator[list[RelationRow]]:
    """Yield the relations both ends of which take part; ``retired`` is complete by then."""
    paths = ("source", "target", "type", "group", "strength", "confidence")
    # Millions of rows: the default of each type is looked up without a call for each of them.
    known, unknown = defaults.strengths, defaults.strength_of("")
    for batch in snapshot.rows(RELATIONS, paths):
        yield [
            (source, target, group, strength or known.get(kind, unknown), 1.0 if confidence is None else confidence)
            for source, target, kind, group, strength, confidence in batch
            if source not in retired and target not in retired
        ]


def group_rows(snapshot: Snapshot, retired: set[str]) -> Iterator[Sequence[GroupRow]]:
    """Yield the groups of CIs that take part."""
    hard = Strength.HARD.value
    for batch in snapshot.rows(GROUPS, ("item", "name", "needs", "strength")):
        yield [(item, name, needs, strength or hard) for item, name, needs, strength in batch if item not in retired]
