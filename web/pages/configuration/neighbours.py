"""The neighbours of a CI as sentences: what it depends on, what depends on it, and how each counts when one fails."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from cmdb.configuration import search
from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.discovered import DISCOVERED
from cmdb.context import Context
from cmdb.model.ci import CI
from cmdb.model.relation import RELATIONS, Relation, Strength
from cmdb.ports.store import Direction, Equals
from web.wording_counts import counts_words, pools_of

FEW = 25
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One relation seen from the CI: the other end, the sentence between them, how it counts, and its own page."""

    other: str
    name: str
    reading: str
    counts: str
    confidence: float
    discovered: bool
    url: str


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
    counts = counts_of(context, catalogue, [each.relation.record for each in found], way, at)
    rows = tuple(
        Neighbour(
            each.ci.id,
            each.ci.name,
            reading_of(catalogue, each.relation.record, way),
            words,
            each.relation.record.confidence,
            any(source.startswith(DISCOVERED) for source in each.relation.record.sources),
            _address(each.relation.record),
        )
        for each, words in zip(found, counts, strict=True)
    )
    more = url_for("pages.ci", id=ci.id, at=request.args.get("at") or None, all=way) + "#neighbours"
    return Part(title, none, rows, total, total - len(rows), more)


def _address(relation: Relation) -> str:
    return url_for(
        "pages.relation", source=relation.source, type=relation.type, target=relation.target, group=relation.group
    )


def _found(context: Context, ci: str, way: Direction, at: int | None, full: bool) -> list[search.Neighbour]:
    found: list[search.Neighbour] = []
    after = None
    while True:
        page = search.neighbours_of(context, ci, way, after=after, limit=_AT_ONCE if full else FEW, at=at)
        found += page.rows
        after = page.after
        if after is None or not full:
            return found


def counts_of(
    context: Context, catalogue: Catalogue, relations: list[Relation], way: Direction, at: int | None
) -> list[str]:
    """Return for each relation how it counts, seen from its source ("out") or its target ("in")."""
    pools = pools_of(context, relations, at)
    return [counts_words(each, _default(catalogue, each), pools, way) for each in relations]


def reading_of(catalogue: Catalogue, relation: Relation, way: Direction) -> str:
    """Return the relation as the verb between its ends."""
    kind = catalogue.relation_type(relation.type)
    if kind is None:
        return relation.type if way == "out" else f"{relation.type} (reversed)"
    return kind.reading if way == "out" else kind.reverse


def _default(catalogue: Catalogue, relation: Relation) -> Strength:
    kind = catalogue.relation_type(relation.type)
    return kind.strength if kind else Strength.HARD
