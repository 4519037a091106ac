"""One CI at the command line: what it is, what it depends on, what depends on it; its twins are resource and page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.ci import CI
    from cmdb.ports.store import Direction
    from cmdb.records import Held

MOST_NEIGHBOURS = 50
_AT_ONCE = 1000


@command(example="foreshock ci show web1 --as-of 2026-11-01", places={"/as_of": "--as-of"})
@click.argument("ci")
@options.as_of()
@click.pass_obj
def show(session: Session, /, ci: str, as_of: str | None) -> None:
    """Show one CI: its attributes, its redundancy groups, what it depends on and what depends on it."""
    from cmdb.configuration import search

    context, desk = session.context, session.twin(search)
    # Everything is read at one revision, whatever others write meanwhile.
    at = session.pinned(as_of)
    document = ci_document(desk.get_ci(context, ci, at=at))
    document["groups"] = [
        {"name": held.record.name, "needs": held.record.needs, "strength": held.record.strength.value}
        for held in desk.groups_of(context, ci, at=at)
    ]
    document["depends_on"] = list(_neighbours(session, ci, "out", at))
    document["needed_by"] = list(_neighbours(session, ci, "in", at))
    emit(session, document, lambda: _lines(document))


def ci_document(held: Held[CI]) -> dict[str, Any]:
    """Return a CI as the command line shows it: its record, and the version and revision it is at."""
    from cmdb.model.ci import CIS
    from cmdb.records import to_json

    return {**to_json(CIS, held.record), "version": held.version, "revision": held.revision}


def _neighbours(session: Session, ci: str, direction: Direction, at: int) -> Iterator[dict[str, Any]]:
    """Yield the relations of one direction, each with the CI at its other end."""
    from cmdb.configuration import search

    after = None
    while True:
        found = session.twin(search).neighbours_of(session.context, ci, direction, after=after, limit=_AT_ONCE, at=at)
        for neighbour in found.rows:
            relation, other = neighbour.relation.record, neighbour.ci
            yield {
                "type": relation.type,
                "id": other.id,
                "name": other.name,
                "class": other.ci_class,
                "group": relation.group,
                "strength": relation.strength.value if relation.strength else None,
                "confidence": relation.confidence,
            }
        after = found.after
        if after is None:
            return


def _lines(document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import fields, heading, plain

    yield f"{click.style(plain(document['id']), bold=True)}  {plain(document['name'])}"
    facts = [f"class {document['class']}", document["status"], f"version {document['version']}"]
    facts += [f"from {', '.join(document['sources'])}"] if document["sources"] else []
    yield click.style(plain(", ".join(facts)), dim=True)
    figures = [("unavailability", document["unavailability"]), ("mtbf_hours", document["mtbf_hours"])]
    pairs = [*sorted(document["attributes"].items()), *figures]
    if any(value is not None for _, value in pairs):
        yield ""
        yield from fields(pairs)
    groups = {group["name"]: f"{group['needs']} of {group['name']}" for group in document["groups"]}
    yield from _table("Depends on", document["depends_on"], groups)
    yield from _table("Needed by", document["needed_by"], {})
    if not document["depends_on"] and not document["needed_by"]:
        yield from heading("No relation yet", f"foreshock ci relate {plain(document['id'])} depends_on ...")


def _table(title: str, neighbours: list[dict[str, Any]], groups: dict[str, str]) -> Iterator[str]:
    from web.cli.tables import heading, table

    if not neighbours:
        return
    yield from heading(title, str(len(neighbours)))
    rows = [
        [one["type"], one["id"], one["name"], one["class"], _counts_as(one, groups)]
        for one in neighbours[:MOST_NEIGHBOURS]
    ]
    yield from table(("TYPE", "CI", "NAME", "CLASS", "COUNTS AS"), rows)
    more = len(neighbours) - MOST_NEIGHBOURS
    if more > 0:
        yield f"and {more} more (-o json lists all)"


def _counts_as(one: dict[str, Any], groups: dict[str, str]) -> str:
    """Return what a relation counts as: the group and what it needs, a strength of its own, how sure we are."""
    words = []
    if one["group"] is not None:
        words.append(groups.get(one["group"], f"group {one['group']}"))
    if one["strength"] is not None:
        words.append(one["strength"])
    if one["confidence"] != 1:
        words.append(f"confidence {one['confidence']}")
    return ", ".join(words)
