"""Relation types at the command line: list, show, define, retire; its twin is the resource of this name."""

from __future__ import annotations

from typing import Any

import click

from cmdb.errors import NotFound
from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, table

_PLACES = {
    "/as_of": "--as-of",
    "/name": "NAME",
    "/reading": "--reading",
    "/reverse": "--reverse",
    "/source_classes": "--source-class",
    "/target_classes": "--target-class",
}


@command(example="foreshock relation-type list", places=_PLACES)
@options.as_of()
@click.pass_obj
def list_types(session: Session, /, as_of: str | None) -> None:
    """List the relation types with both readings and the strength a relation has when it states none."""
    rows = list(_documents(session, as_of).values())
    shown = [[row["name"], row["reading"], row["reverse"], row["strength"], _remark(row)] for row in rows]
    headers = ("TYPE", "SOURCE ... TARGET", "TARGET ... SOURCE", "STRENGTH", "")
    emit(session, {"rows": rows}, lambda: table(headers, shown), rows=rows)


@command(example="foreshock relation-type show runs_on", places=_PLACES)
@click.argument("name")
@options.as_of()
@click.pass_obj
def show(session: Session, /, name: str, as_of: str | None) -> None:
    """Show one relation type: how it reads, which classes it may join, how strong it is by default."""
    documents = _documents(session, as_of)
    if name not in documents:
        raise NotFound(kind="relation type", ids=(name,))
    document = documents[name]
    pairs = [
        ("Type", name),
        ("Reads", f"source {document['reading']} target; target {document['reverse']} source"),
        ("Strength", document["strength"]),
        ("Sources", ", ".join(document["source_classes"]) or "any class"),
        ("Targets", ", ".join(document["target_classes"]) or "any class"),
        ("About", document["description"]),
        ("Remark", _remark(document)),
    ]
    emit(session, document, lambda: fields(pairs))


@command(
    example='foreshock relation-type define lit_by --reading "is lit by" --reverse "lights" --strength soft',
    places=_PLACES,
)
@click.argument("name")
@click.option("--reading", metavar="TEXT", help='How it reads from source to target, such as "is lit by".')
@click.option("--reverse", metavar="TEXT", help='How it reads from target to source, such as "lights".')
@click.option(
    "--strength",
    type=click.Choice(["hard", "soft", "none"]),
    help="What a target that is down does: hard takes the source down, soft degrades it, none nothing.",
)
@click.option("--description", metavar="TEXT", help="What it means.")
@click.option(
    "--source-class", "source_classes", multiple=True, metavar="CLASS", help="A class allowed as source; repeatable."
)
@click.option(
    "--target-class", "target_classes", multiple=True, metavar="CLASS", help="A class allowed as target; repeatable."
)
@options.if_version()
@click.pass_obj
def define(session: Session, /, name: str, if_version: int | None, **given: Any) -> None:
    """Add a relation type, or change one of your own; what is not named stays."""
    from cmdb.configuration import classes
    from cmdb.model.relation_type import RELATION_TYPES
    from cmdb.records import from_document, to_json

    context = session.context
    known = _documents(session, None).get(name, {"reading": "", "reverse": ""})
    said = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items() if value}
    new = from_document(RELATION_TYPES, {**known, **said, "name": name})
    held = session.twin(classes).define_relation_type(context, new, expected_version=if_version)
    document = {**to_json(RELATION_TYPES, held.record), "version": held.version}
    done(session, document, f"Relation type {name} is defined: source {document['reading']} target.")


@command(example="foreshock relation-type retire lit_by", places=_PLACES)
@click.argument("name")
@options.if_version()
@click.pass_obj
def retire(session: Session, /, name: str, if_version: int | None) -> None:
    """Take no new relations of a type any more. Those there are stay; how many is said."""
    from cmdb.configuration import classes
    from cmdb.model.relation_type import RELATION_TYPES
    from cmdb.records import to_json

    retired = session.twin(classes).retire_relation_type(session.context, name, expected_version=if_version)
    record = to_json(RELATION_TYPES, retired.held.record)
    document = {**record, "version": retired.held.version, "in_use": retired.in_use}
    used = f"; {retired.in_use} relations still are of it" if retired.in_use else ""
    done(session, document, f"Relation type {name} is retired{used}.")


def _documents(session: Session, as_of: str | None) -> dict[str, dict[str, Any]]:
    from cmdb.configuration import classes
    from cmdb.model.relation_type import RELATION_TYPES
    from cmdb.records import to_json

    context = session.context
    catalogue = session.twin(classes).catalogue_of(context, at=session.at(as_of))
    return {name: to_json(RELATION_TYPES, found) for name, found in catalogue.relation_types.items()}


def _remark(document: dict[str, Any]) -> str:
    return "retired" if document["retired"] else ""
