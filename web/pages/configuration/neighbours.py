"""The neighbours of a CI as sentences: what it depends on, what depends on it, and how each counts when one fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request, url_for

from cmdb.configuration import search
from cmdb.configuration.catalogue import Catalogue
from cmdb.context import Context
from cmdb.model.ci import CI
from cmdb.model.group import GROUPS, Group, members_needed
from cmdb.model.relation import RELATIONS, Relation, Strength
from cmdb.ports.store import Direction, Equals
from cmdb.records import from_document

FEW = 25
_AT_ONCE = 1000
_MEANS: dict[Direction, dict[Strength, str]] = {
    "out": {Strength.HARD: "hard: without it, this goes down", Strength.SOFT: "soft: without it, this runs with less"},
    "in": {Strength.HARD: "hard: without this, it goes down", Strength.SOFT: "soft: without this, it runs with less"},
}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One relation seen from the CI: the other end, the sentence between them, and how it counts."""

    other: str
    name: str
    reading: str
    counts: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Part:
    """One direction; ``more`` counts the relations not shown, behind ``more_url``."""

    title: str
    none: str
    rows: tuple[Neighbour, ...]
    total: int
    more: int
    more_url: str


def neighbours_of(context: Context, ci: CI, catalogue: Catalogue, *, at: int | None, every: str) -> list[Part]:
    """Return both directions; ``every`` names the one ("out", "in") that is to be shown in full."""
    parts: tuple[tuple[Direction, str, str], ...] = (
        ("in", "Depended on by", "Nothing depends on it."),
        ("out", "Depends on", "It depends on nothing."),
    )
    return [_part(context, ci, catalogue, at, each, title, none, every == each) for each, title, none in parts]


def _part(
    context: Context, ci: CI, catalogue: Catalogue, at: int | None, way: Direction, title: str, none: str, full: bool
) -> Part:
    found = _found(context, ci.id, way, at, full)
    total = context.store.count(RELATIONS, [Equals("source" if way == "out" else "target", ci.id)], at=at)
    pools = _pools(context, [each.relation.record for each in found], at)
    rows = tuple(
        Neighbour(
            each.ci.id,
            each.ci.name,
            _reading(catalogue, each.relation.record, way),
            _counts(catalogue, each.relation.record, pools, way),
            each.relation.record.confidence,
        )
        for each in found
    )
    more = url_for("pages.ci", id=ci.id, at=request.args.get("at") or None, all=way) + "#neighbours"
    return Part(title, none, rows, total, total - len(rows), more)


def _found(context: Context, ci: str, way: Direction, at: int | None, full: bool) -> list[search.Neighbour]:
    found: list[search.Neighbour] = []
    after = None
    while True:
        page = search.neighbours_of(context, ci, way, after=after, limit=_AT_ONCE if full else FEW, at=at)
        found += page.rows
        after = page.after
        if after is None or not full:
            return found


def _pools(context: Context, relations: list[Relation], at: int | None) -> dict[tuple[str, str], tuple[Group, int]]:
    """Return the groups the relations name, each with the number of its members."""
    wanted = {(each.source, each.group) for each in relations if each.group is not None}
    keys = [GROUPS.key({"item": item, "name": name}) for item, name in sorted(wanted)]
    pools = {}
    for stored in context.store.get_many(GROUPS, keys, at=at).values():
        group = from_document(GROUPS, stored.document)
        members = [Equals("source", group.item), Equals("group", group.name)]
        pools[group.item, group.name] = (group, context.store.count(RELATIONS, members, at=at))
    return pools


def _reading(catalogue: Catalogue, relation: Relation, way: Direction) -> str:
    kind = catalogue.relation_type(relation.type)
    if kind is None:
        return relation.type if way == "out" else f"{relation.type} (reversed)"
    return kind.reading if way == "out" else kind.reverse


def _counts(
    catalogue: Catalogue, relation: Relation, pools: Mapping[tuple[str, str], tuple[Group, int]], way: Direction
) -> str:
    """Return how the relation counts: by its group, its own strength or its type's."""
    if relation.group is not None:
        found = pools.get((relation.source, relation.group))
        if found is None:
            return f"in group {relation.group}, which is not described"
        group, members = found
        needs = f"{members_needed(group.needs, members)} of {members}"
        share = f" ({group.needs})" if isinstance(group.needs, str) else ""
        return f"{group.strength.value}, {needs}{share} in {group.name}"
    kind = catalogue.relation_type(relation.type)
    strength = relation.strength or (kind.strength if kind else Strength.HARD)
    return _MEANS[way].get(strength, "no impact")
