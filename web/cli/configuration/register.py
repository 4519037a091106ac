"""Registering CIs at the command line: add, set, retire; its twins are the resource and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from cmdb.errors import InvalidInput, Problem
from web.cli import options
from web.cli.configuration.cis import ci_document
from web.cli.configuration.pairs import read_pairs
from web.cli.configuration.values import read_attributes
from web.cli.output import done, emit, note
from web.cli.root import command
from web.cli.session import Session

DEPENDS_ON = "depends_on"
_RELATION_KEYS = ("type", "group", "strength", "confidence")
_PLACES = {
    "/id": "ID",
    "/class": "--class",
    "/name": "--name",
    "/attributes": "--set",
    "/set": "--set",
    "/unavailability": "--unavailability",
    "/mtbf_hours": "--mtbf-hours",
    "/relations": "--depends-on",
    "/groups": "--group",
}
_set = click.option(
    "--set",
    "values",
    multiple=True,
    metavar="NAME=VALUE",
    help="An attribute, once for each; a list is JSON or its entries with commas between.",
)
_unavailability = click.option(
    "--unavailability", type=float, metavar="SHARE", help="Chance that it is down by itself, from 0 to 1."
)
_mtbf = click.option("--mtbf-hours", type=float, metavar="HOURS", help="Mean time between its failures.")


@command(
    example="""\
foreshock ci add sw-b4 --class switch --name "Switch of rack B4" --set serial_number=FX2117 \\
    --depends-on pdu-b4-1,type=powered_by,group=power --depends-on pdu-b4-2,type=powered_by,group=power \\
    --group power,needs=1 --depends-on ns1,type=uses,strength=soft""",
    places=_PLACES,
)
@click.argument("ci", metavar="ID")
@click.option("--class", "ci_class", required=True, metavar="CLASS", help="Its class; `foreshock class list` has them.")
@click.option("--name", metavar="TEXT", help="What people call it; the id unless said otherwise.")
@_set
@click.option(
    "--depends-on",
    "relations",
    multiple=True,
    metavar="ID[,type=...][,group=...]...",
    help="A CI it depends on, once for each; type=depends_on unless said otherwise, further group=, strength=hard|soft|"
    "none and confidence= (above 0, up to 1). An id with a comma is quoted as in CSV.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="NAME,needs=N|SHARE[,strength=...]",
    help='A redundancy group of those that name it: how many of them, or which share ("50%"), must be up.',
)
@_unavailability
@_mtbf
@click.pass_obj
def add(
    session: Session,
    /,
    ci: str,
    ci_class: str,
    name: str | None,
    values: tuple[str, ...],
    relations: tuple[str, ...],
    groups: tuple[str, ...],
    unavailability: float | None,
    mtbf_hours: float | None,
) -> None:
    """
    Register a CI with what it depends on and how its redundancy counts, as one revision.

    Relations in no group must each hold; of those in a group only as many as it needs.
    """
    from cmdb.configuration import register

    attributes, problems = read_attributes(values, _attributes_of(session, ci_class))
    related, more = _relations(relations)
    grouped, rest = _groups(groups)
    _refuse([*problems, *more, *rest], f"CI {ci}")
    held = session.twin(register).add_ci(
        session.context,
        id=ci,
        ci_class=ci_class,
        name=name,
        attributes={key: value for key, value in attributes.items() if value is not None},
        unavailability=unavailability,
        mtbf_hours=mtbf_hours,
        relations=related,
        groups=grouped,
    )
    counts = f" with {len(related)} relation{'' if len(related) == 1 else 's'}" if related else ""
    done(session, ci_document(held), f"{ci} is registered{counts} (revision {held.revision}).")


@command(example="foreshock ci set web1 --set os_version=12.5 --set warranty_until=", places=_PLACES)
@click.argument("ci", metavar="ID")
@click.option("--name", metavar="TEXT", help="Another name.")
@click.option("--class", "ci_class", metavar="CLASS", help="Another class; its attributes must fit.")
@_set
@_unavailability
@_mtbf
@options.if_version()
@click.pass_obj
def set_values(
    session: Session, /, ci: str, ci_class: str | None, values: tuple[str, ...], if_version: int | None, **given: Any
) -> None:
    """Change a CI: its name, class, figures, and those attributes that are named. NAME= takes a value away."""
    from cmdb.configuration import register, search

    held = session.twin(search).get_ci(session.context, ci)
    attributes, problems = read_attributes(values, _attributes_of(session, ci_class or held.record.ci_class))
    _refuse(problems, f"CI {ci}")
    changes = {key: value for key, value in {**given, "class": ci_class}.items() if value is not None}
    if attributes:
        changes["attributes"] = attributes
    if not changes:
        raise click.UsageError("nothing to change was named")
    version = held.version if if_version is None else if_version
    after = session.twin(register).set_ci(session.context, ci, changes, expected_version=version)
    same = after.version == held.version
    sentence = f"{ci} says that already; nothing was written." if same else f"{ci} is at version {after.version}."
    done(session, ci_document(after), sentence)


@command(example="foreshock ci retire web1 web2 --dry-run")
@click.argument("cis", nargs=-1, required=True, metavar="ID...")
@options.dry_run("show what would end with them")
@click.option(
    "--allow-broken-groups",
    is_flag=True,
    help="Also where a redundancy group then has fewer members than it needs: the group ends, the rest must each hold.",
)
@options.yes("before anything is retired")
@click.pass_obj
def retire(session: Session, /, cis: tuple[str, ...], dry_run: bool, allow_broken_groups: bool, yes: bool) -> int:
    """
    Retire CIs. Their relations and groups end in the same revision; their records and history stay.

    Where a group of another CI would have fewer members than it needs, that asks for a decision first (status 3).
    """
    from cmdb.configuration import ending as endings
    from cmdb.configuration import register

    context = session.context
    if dry_run or (session.can_ask and not yes):
        context.allow("ci:retire")
        planned = _ending(session.twin(endings).plan_ending(context, cis))
        if dry_run:
            emit(session, {**planned, "dry_run": True}, lambda: _ending_lines(planned, "would"))
            return 0
        for line in _ending_lines(planned, "will"):
            click.echo(line, err=True)
        if not click.confirm("Retire them?", err=True):
            note("Nothing was retired.")
            return 1
    ended = _ending(session.twin(register).retire_ci(context, cis, allow_broken_groups=allow_broken_groups))
    emit(session, {**ended, "dry_run": False}, lambda: _ending_lines(ended, ""))
    return 0


def _ending(ending: Any) -> dict[str, Any]:
    """Return what ends, by key, as a document."""
    return {
        "cis": sorted(ending.cis),
        # A server does not say how many ended.
        "relations": None if ending.relations is None else len(ending.relations),
        "groups": None if ending.groups is None else len(ending.groups),
        "broken_groups": [
            {"item": group.item, "name": group.name, "needs": group.needs, "members": group.members}
            for group in ending.broken
        ],
    }


def _ending_lines(document: dict[str, Any], mood: str) -> list[str]:
    from web.cli.tables import plain

    verb = {"": "are retired", "would": "would be retired", "will": "will be retired"}[mood]
    counts = (
        "" if document["relations"] is None else f"; {document['relations']} relations and {document['groups']} groups"
    )
    lines = [f"{plain(', '.join(document['cis']))} {verb}{counts and f'{counts} end with them'}."]
    for group in document["broken_groups"]:
        left = f"{group['members']} left, needs {group['needs']}"
        lines.append(f"Group {plain(group['name'])} of {plain(group['item'])} breaks: {left}.")
    return lines


def _attributes_of(session: Session, ci_class: str) -> Mapping[str, Any]:
    from cmdb.configuration import classes

    found: Mapping[str, Any] = session.twin(classes).catalogue_of(session.context).attributes_of(ci_class)
    return found


def _relations(texts: Sequence[str]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return relations as in an estate document, without their source."""
    documents, problems = [], []
    for place, text in enumerate(texts):
        document, wrong = read_relation(text, f"/relations/{place}")
        documents.append(document)
        problems += wrong
    return documents, problems


def read_relation(text: str, pointer: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the relation a text such as ``pdu-1,type=powered_by,group=power`` names, and what can not be read."""
    target, found, problems = read_pairs(text, pointer, keys=_RELATION_KEYS)
    document: dict[str, Any] = {"target": target, "type": DEPENDS_ON, **found}
    if "confidence" in found:
        document["confidence"], wrong = _number(found["confidence"], f"{pointer}/confidence")
        problems += wrong
    return document, problems


def _groups(texts: Sequence[str]) -> tuple[list[dict[str, Any]], list[Problem]]:
    documents, problems = [], []
    for place, text in enumerate(texts):
        name, found, wrong = read_pairs(text, f"/groups/{place}", keys=("needs", "strength"))
        problems += wrong
        document: dict[str, Any] = {"name": name, **found}
        if "needs" in found:
            document["needs"] = read_needs(found["needs"])
        documents.append(document)
    return documents, problems


def read_needs(text: str) -> int | str:
    """Return the number of members a text states, or the text where it is a share."""
    return int(text) if text.lstrip("-").isdecimal() and text.isascii() else text


def _number(text: str, pointer: str) -> tuple[float | None, list[Problem]]:
    try:
        return float(text), []
    except ValueError:
        return None, [Problem("option.no_number", "{text!r} is no number", {"text": text[:80]}, pointer)]


def _refuse(problems: Sequence[Problem], what: str) -> None:
    if problems:
        raise InvalidInput(problems, what=what)
