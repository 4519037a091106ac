"""Persons at the command line: record, change, list; its twins are the resource and the page of this name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, plain, table

if TYPE_CHECKING:
    from cmdb.model.person import Person
    from cmdb.records import Held

_PLACES = {
    "/id": "PERSON",
    "/name": "--name",
    "/roles": "--role",
    "/accounts": "--account",
    "/delegate_of": "--delegate-of",
    "/owner_groups": "--owner-group",
}


def _about(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--name", metavar="TEXT", help="A name, or a title such as Chair of the CAB."),
            click.option("--role", "roles", multiple=True, metavar="ROLE", help="What they are, once for each role."),
            click.option(
                "--account", "accounts", multiple=True, metavar="NAME", help="Another name they sign in by; repeatable."
            ),
            click.option(
                "--delegate-of", multiple=True, metavar="PERSON", help="Whom they stand in for; once for each."
            ),
            click.option("--owner-group", "owner_groups", multiple=True, metavar="TEAM", help="Their teams."),
        )
    ):
        command = option(command)
    return command


@command(example='foreshock person add cab-chair --name "Chair of the CAB" --role cab_member', places=_PLACES)
@click.argument("person")
@_about
@click.pass_obj
def add(session: Session, /, person: str, **given: Any) -> None:
    """Record a person: roles, accounts, whom they stand in for. From then on the record says what they may do."""
    from cmdb.people import persons

    held = session.twin(persons).add(session.context, person, **{**given, "name": given["name"] or ""})
    done(session, _document(held), f"{person} is recorded as {', '.join(held.record.roles)}.")


@command(example="foreshock person set cab-chair --role cab_member --role service_owner", places=_PLACES)
@click.argument("person")
@_about
@click.option("--active/--inactive", default=None, help="Who is inactive may do nothing; the record stays.")
@options.if_version()
@click.pass_obj
def set_person(session: Session, /, person: str, if_version: int | None, **given: Any) -> None:
    """Change a person: lists that are named are replaced as a whole (an empty text empties one), the rest stays."""
    from cmdb.people import persons

    said = {name: value for name, value in given.items() if value is not None and value != ()}
    said = {name: () if value == ("",) else value for name, value in said.items()}
    if not said:
        raise click.UsageError("nothing to change was named")
    held = session.twin(persons).edit(session.context, person, expected_version=if_version, **said)
    done(session, _document(held), f"{person} is recorded as {', '.join(held.record.roles)}.")


@command(example="foreshock person list --role cab_member")
@click.option("--role", metavar="ROLE", help="Only those with this role.")
@click.option("--owner-group", metavar="TEAM", help="Only those of this team.")
@click.pass_obj
def list_persons(session: Session, /, role: str | None, owner_group: str | None) -> None:
    """List the persons."""
    from cmdb.people import persons

    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = session.twin(persons).listing(
            session.context, role=role, owner_group=owner_group, after=after, limit=1000
        )
        rows += [_shown(held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    shown = [
        [row["id"], row["name"], ", ".join(row["roles"]), ", ".join(row["delegate_of"]), "" if row["active"] else "no"]
        for row in rows
    ]
    none = ["Nobody is recorded, so the people file of the settings says who may do what: foreshock person add --help"]
    headers = ("PERSON", "NAME", "ROLES", "DELEGATE OF", "ACTIVE")
    emit(session, {"rows": rows}, lambda: table(headers, shown) if rows else none, rows=rows)


@command(example="foreshock person show cab-chair")
@click.argument("person")
@click.pass_obj
def show(session: Session, /, person: str) -> None:
    """Show one person."""
    from cmdb.people import persons

    document = _document(session.twin(persons).get(session.context, person))
    emit(session, document, lambda: _lines(document))


@command(example="foreshock person import people.toml")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def import_people(session: Session, /, file: Path) -> None:
    """Record the persons of a people file: those that are recorded get its roles and keep the rest."""
    from cmdb.people import persons
    from web.actors import read_people

    people = {person: [role.value for role in roles] for person, roles in read_people(file).items()}
    found = session.twin(persons).take_in(session.context, people)
    document = {"new": list(found.new), "changed": list(found.changed), "unchanged": list(found.unchanged)}
    sentence = f"{len(found.new)} new, {len(found.changed)} changed, {len(found.unchanged)} unchanged."
    done(session, document, sentence)


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield plain(f"{row['id']}  {row['name']}{'' if row['active'] else '  (not active)'}")
    told = [
        ("roles", ", ".join(row["roles"])),
        ("accounts", ", ".join(row["accounts"])),
        ("delegate of", ", ".join(row["delegate_of"])),
        ("owner groups", ", ".join(row["owner_groups"])),
    ]
    yield from fields(told, indent="  ")


def _document(held: Held[Person]) -> dict[str, Any]:
    return {**_shown(held.record), "version": held.version}


def _shown(person: Person) -> dict[str, Any]:
    from cmdb.model.person import PERSONS
    from cmdb.records import to_json

    return to_json(PERSONS, person)
