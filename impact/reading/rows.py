"""Documents of the store to rows of the graph, with what the catalogue says where they say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.kind import Document
from cmdb.model.relation import RELATIONS, Strength
from cmdb.ports.store import Snapshot
from impact.reading.defaults import Defaults

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph.rows import GroupColumn, ItemColumn, ItemRow, RelationColumn, RelationRow

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
    tier = attributes.get("tier") if isinstance(attributes, dict) else None
    chance, hours = document.get("unavailability"), document.get("mtbf_hours")
    columns = [[document["id"]], [document["class"]], [document["name"]], [chance], [hours], [tier], [None]]
    (row,) = zip(*_items(columns, defaults), strict=True)
    return row


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
# A batch is turned into columns once, and a column nobody stated anything in is not walked row by row.
class _Strengths(dict[str, str]):
    """The default strength by relation type; one that nobody knows is read as the defaults say."""

    def __init__(self, defaults: Defaults) -> None:
        super().__init__(defaults.strengths)
        self._unknown = defaults.strength_of("")

    def __missing__(self, _: str) -> str:
        return self._unknown


def item_columns(snapshot: Snapshot, defaults: Defaults, retired: set[str]) -> Iterator[ItemColumn]:
    """Yield the CIs that take part; the ids of all others go into ``retired``."""
    paths = ("id", "class", "name", "unavailability", "mtbf_hours", "attributes.tier", "status")
    for columns in snapshot.columns(CIS, *paths):
        if _RETIRED in columns[6]:
            takes_part = [status != _RETIRED for status in columns[6]]
            everyone = columns[0]
            columns = _chosen(columns, takes_part)
            retired.update(set(everyone).difference(columns[0]))
        yield _items(columns, defaults)


def _chosen(columns: Sequence[Sequence[Any]], wanted: Sequence[bool]) -> list[Sequence[Any]]:
    return [list(compress(column, wanted)) for column in columns]


def _items(columns: Sequence[Any], defaults: Defaults) -> ItemColumn:
    ids, classes, names, chances, hours, tiers, _ = columns
    if tiers.count(None) < len(tiers):
        tiers = [_tier(tier) for tier in tiers]
    return (
        ids,
        classes,
        names,
        _or_default(chances, defaults.unavailability, classes),
        _or_default(hours, defaults.mtbf_hours, classes),
        tiers,
        list(map(defaults.services.__contains__, classes)),
    )


def _or_default(stated: Sequence[Any], defaults: Mapping[str, float], classes: Sequence[str]) -> list[float | None]:
    """Return what each CI states, or else its class."""
    of_class = list(map(defaults.get, classes))
    if stated.count(None) == len(stated):
        return of_class
    return [default if own is None else own for own, default in zip(stated, of_class, strict=True)]


def _tier(value: Any) -> int | None:
    """Return the tier of a CI; an attribute of that name may be anything in an organisation's own class."""
    return value if type(value) is int and abs(value) < 2**31 else None


def relation_columns(snapshot: Snapshot, defaults: Defaults, retired: set[str]) -> Iterator[RelationColumn]:
    """Yield the relations both ends of which take part; ``retired`` is complete by then."""
    paths = ("source", "target", "type", "group", "strength", "confidence")
    of_type = _Strengths(defaults)
    for columns in snapshot.columns(RELATIONS, *paths):
        if retired:
            columns = _chosen(
                columns, [a not in retired and b not in retired for a, b in zip(*columns[:2], strict=True)]
            )
        source, target, kinds, group, strength, confidence = columns
        if source:
            if strength.count(None) == len(strength):
                strengths = list(map(of_type.__getitem__, kinds))
            else:
                strengths = [own or of_type[kind] for own, kind in zip(strength, kinds, strict=True)]
            if confidence.count(None):
                confidence = tuple([1.0 if stated is None else stated for stated in confidence])
            yield source, target, group, strengths, confidence


def group_columns(snapshot: Snapshot, retired: set[str]) -> Iterator[GroupColumn]:
    """Yield the groups of CIs that take part."""
    hard = Strength.HARD.value
    for columns in snapshot.columns(GROUPS, "item", "name", "needs", "strength"):
        if retired:
            columns = _chosen(columns, [item not in retired for item in columns[0]])
        item, name, needs, strength = columns
        if item:
            yield item, name, needs, [own or hard for own in strength]
