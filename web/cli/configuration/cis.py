"""One CI at the command line: what it is, what it depends on, what depends on it; its twins are resource and page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.configuration.search import Neighbour
    from cmdb.model.ci import CI
    from cmdb.model.relation import Strength
    from cmdb.ports.store import Direction
    from cmdb.records import Held
    from web.naming import Names

MOST_NEIGHBOURS = 50
_WAYS: dict[Direction, str] = {"out": "Depends on", "in": "Needed by"}
_AT_ONCE = 1000


@command(
    example="""\
foreshock ci show web1 --as-of 2026-11-01
foreshock ci show web1 --reliability --window 4
foreshock ci show web1 --provenance""",
    places={"/as_of": "--as-of", "/window": "--window"},
)
@click.argument("ci")
@click.option(
    "--reliability",
    is_flag=True,
    help="Also how likely it is down by itself, reckoned with its incidents, and where each number comes from.",
)
@click.option(
    "--window", type=float, metavar="HOURS", help="With --reliability: out at some time within so many hours."
)
@click.option(
    "--provenance", is_flag=True, help="Also whose each value is, where it was seen, and what was decided about it."
)
@options.as_of()
@click.pass_obj
def show(
    session: Session, /, ci: str, reliability: bool, window: float | None, provenance: bool, as_of: str | None
) -> None:
    """Show one CI: its attributes, its redundancy groups, what it depends on and what depends on it."""
    from cmdb.configuration import search

    if window is not None and not reliability:
        raise click.UsageError("--window belongs to --reliability")
    if provenance and as_of is not None:
        raise click.UsageError("--provenance tells how it is now; it does not go with --as-of")

    context, desk = session.context, session.twin(search)
    # Everything is read at one revision, whatever others write meanwhile.
    at = session.pinned(as_of)
    document = ci_document(desk.get_ci(context, ci, at=at))
    document["groups"] = [
        {"name": held.record.name, "needs": held.record.needs, "strength": held.record.strength.value}
        for held in desk.groups_of(context, ci, at=at)
    ]
    found = {way: list(_neighbours(session, ci, way, at)) for way in _WAYS}
    defaults = _defaults(session, [one.relation.record.type for rows in found.values() for one in rows], at)
    document["depends_on"] = [_neighbour(one, defaults) for one in found["out"]]
    document["needed_by"] = [_neighbour(one, defaults) for one in found["in"]]
    if reliability:
        from web.cli.configuration.reliability import reliability_of

        # A retired CI takes no part in impact, so nothing is asked of it.
        retired = document["status"] == "retired"
        document["reliability"] = None if retired else reliability_of(session, ci, window, at)
    if provenance:
        from cmdb.configuration import provenance as whose

        document["provenance"] = session.twin(whose).told(session.context, ci)
    emit(session, document, lambda: _lines(session, document, found, defaults, at))


def ci_document(held: Held[CI]) -> dict[str, Any]:
    """Return a CI as the command line shows it: its record, and the version and revision it is at."""
    from cmdb.model.ci import CIS
    from cmdb.records import to_json

    return {**to_json(CIS, held.record), "version": held.version, "revision": held.revision}


def _neighbours(session: Session, ci: str, way: Direction, at: int) -> Iterator[Neighbour]:
    """Yield the relations of one direction, each with the CI at its other end."""
    from cmdb.configuration import search

    after = None
    while True:
        found = session.twin(search).neighbours_of(session.context, ci, way, after=after, limit=_AT_ONCE, at=at)
        yield from found.rows
        after = found.after
        if after is None:
            return


def _defaults(session: Session, types: Iterable[str], at: int) -> dict[str, Strength]:
    """Return the strength of each relation type, for relations that state none; one that is not known reads as hard."""
    if session.server is not None:
        from cmdb.configuration import classes

        known = session.twin(classes).catalogue_of(session.context, at=at).relation_types
        return {name: kind.strength for name, kind in known.items()}
    # The whole catalogue would be built for a few of its types, which a small command should not wait for.
    from cmdb.configuration.catalogue.relations import TYPES
    from cmdb.model.relation import Strength
    from cmdb.model.relation_type import RELATION_TYPES

    wanted = dict.fromkeys(types, Strength.HARD)
    wanted.update((kind.name, kind.strength) for kind in TYPES if kind.name in wanted)
    own = session.store.get_many(RELATION_TYPES, sorted(wanted), at=at)
    wanted.update((name, Strength(stored.document.get("strength", "hard"))) for name, stored in own.items())
    return wanted


def _neighbour(one: Neighbour, defaults: Mapping[str, Strength]) -> dict[str, Any]:
    relation, other = one.relation.record, one.ci
    return {
        "type": relation.type,
        "id": other.id,
        "name": other.name,
        "class": other.ci_class,
        "group": relation.group,
        "strength": relation.strength.value if relation.strength else None,
        # Inside a group the group's strength counts, which is said there.
        "counts_as": None if relation.group else (relation.strength or defaults[relation.type]).value,
        "confidence": relation.confidence,
    }


def _lines(
    session: Session,
    document: dict[str, Any],
    found: Mapping[Direction, list[Neighbour]],
    defaults: Mapping[str, Strength],
    at: int,
) -> Iterator[str]:
    from web.cli.tables import fields, heading, plain
    from web.naming import with_id, without_id

    others = [one.ci.id for rows in found.values() for one in rows[:MOST_NEIGHBOURS]]
    merged = document["merged_into"]
    names = session.names([document["id"], *others, *([merged] if merged else [])], at=at)
    yield f"{click.style(plain(document['id']), bold=True)}  {plain(without_id(names, document['id']))}"
    facts = [f"class {document['class']}", document["status"], f"version {document['version']}"]
    facts += [f"from {', '.join(document['sources'])}"] if document["sources"] else []
    yield click.style(plain(", ".join(facts)), dim=True)
    figures = [("unavailability", document["unavailability"]), ("mtbf_hours", document["mtbf_hours"])]
    pairs = [*sorted(document["attributes"].items()), *figures]
    seen = [
        ("seen as", [f"{source}:{native_id}" for source, native_id in document["seen_as"]]),
        ("merged into", with_id(names, merged) if merged else None),
        ("locked", document["locked"]),
    ]
    if any(value is not None for _, value in pairs):
        yield ""
        yield from fields(pairs)
    if "provenance" in document:
        from web.cli.configuration.provenance import provenance_lines

        yield ""
        yield from provenance_lines(document["provenance"])
    elif any(value for _, value in seen):
        yield from heading("Discovery", f"foreshock ci provenance {plain(document['id'])}")
        yield from fields(seen)
    if document.get("reliability"):
        from web.cli.configuration.reliability import reliability_lines

        yield from heading("Down by itself")
        yield from reliability_lines(document["reliability"])
    for way, title in _WAYS.items():
        yield from _table(session, title, found[way], defaults, way, at, names)
    if not document["depends_on"] and not document["needed_by"]:
        yield from heading("No relation yet", f"foreshock ci relate {plain(document['id'])} depends_on ...")


def _table(
    session: Session,
    title: str,
    found: list[Neighbour],
    defaults: Mapping[str, Strength],
    way: Direction,
    at: int,
    names: Names,
) -> Iterator[str]:
    from web import wording_counts
    from web.cli.tables import heading, table
    from web.naming import without_id

    if not found:
        return
    yield from heading(title, str(len(found)))
    shown = found[:MOST_NEIGHBOURS]
    pools = session.twin(wording_counts).pools_of(session.context, [one.relation.record for one in shown], at)
    rows = []
    for one in shown:
        relation = one.relation.record
        counts = wording_counts.counts_words(relation, defaults[relation.type], pools, way)
        sure = "" if relation.confidence == 1 else f", confidence {relation.confidence}"
        rows.append([relation.type, one.ci.id, without_id(names, one.ci.id), one.ci.ci_class, counts + sure])
    yield from table(("TYPE", "CI", "NAME", "CLASS", "COUNTS AS"), rows)
    more = len(found) - MOST_NEIGHBOURS
    if more > 0:
        yield f"and {more} more (-o json lists all)"
