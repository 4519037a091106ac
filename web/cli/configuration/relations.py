"""Relations and redundancy groups at the command line: relate, unrelate, group."""

from __future__ import annotations

from typing import Any

import click

from cmdb.errors import InvalidInput, Problem
from web.cli import options
from web.cli.configuration.register import read_needs, read_relation
from web.cli.output import done
from web.cli.root import command
from web.cli.session import Session

_PLACES = {
    "/source": "SOURCE",
    "/type": "TYPE",
    "/target": "TARGET",
    "/group": "--group",
    "/strength": "--strength",
    "/confidence": "--confidence",
    "/item": "CI",
    "/name": "NAME",
    "/needs": "--needs",
    "/members": "--member",
}
_BROKEN = "Also where the group then has fewer members than it needs: it ends, and the rest must each hold."
_strength = click.option(
    "--strength",
    type=click.Choice(["hard", "soft", "none"]),
    help="What a target that is down does: hard takes the source down, soft degrades it, none nothing.",
)


@command(example="foreshock ci relate sw-b4 powered_by pdu-b4-2 --group power", places=_PLACES)
@click.argument("source")
@click.argument("kind", metavar="TYPE")
@click.argument("target")
@click.option("--group", metavar="NAME", help="The redundancy group of the source it counts in.")
@_strength
@click.option("--confidence", type=float, metavar="SHARE", help="How sure we are that it exists; above 0, up to 1.")
@options.if_version()
@click.pass_obj
def relate(session: Session, /, source: str, kind: str, target: str, if_version: int | None, **given: Any) -> None:
    """Record that SOURCE depends on TARGET, or change what is said about it. TYPE is a relation type."""
    from cmdb.configuration import register
    from cmdb.model.relation import RELATIONS
    from cmdb.records import to_json

    held = session.twin(register).relate(session.context, source, kind, target, expected_version=if_version, **given)
    document = {**to_json(RELATIONS, held.record), "version": held.version}
    done(session, document, f"{source} {kind} {target} is recorded (revision {held.revision}).")


@command(example="foreshock ci unrelate sw-b4 powered_by pdu-b4-1 --group power", places=_PLACES)
@click.argument("source")
@click.argument("kind", metavar="TYPE")
@click.argument("target")
@click.option("--group", metavar="NAME", help="The redundancy group it counts in; another group is another relation.")
@click.option("--allow-broken-groups", is_flag=True, help=_BROKEN)
@options.if_version()
@click.pass_obj
def unrelate(session: Session, /, source: str, kind: str, target: str, if_version: int | None, **given: Any) -> None:
    """End the relation: SOURCE no longer depends on TARGET by it. Its history stays."""
    from cmdb.configuration import register

    session.twin(register).unrelate(session.context, source, kind, target, expected_version=if_version, **given)
    document = {"source": source, "type": kind, "target": target, "group": given["group"], "ended": True}
    done(session, document, f"{source} {kind} {target} is ended.")


@command(
    example="""\
foreshock ci group checkout web --needs 2 --member web1 --member web2 --member web3
foreshock ci group checkout web --end --allow-broken-groups""",
    places=_PLACES,
)
@click.argument("ci")
@click.argument("name")
@click.option("--needs", metavar="N|SHARE", help='How many members must be up, or which share of them ("50%").')
@_strength
@click.option(
    "--member",
    "members",
    multiple=True,
    metavar="ID[,type=...]",
    help="A CI that joins it, once for each; type=depends_on unless said otherwise.",
)
@click.option("--end", is_flag=True, help="End the group; its relations must then each hold alone.")
@click.option("--allow-broken-groups", is_flag=True, help="With --end: yes, its relations shall each hold alone.")
@options.if_version()
@click.pass_obj
def group(
    session: Session,
    /,
    ci: str,
    name: str,
    needs: str | None,
    strength: str | None,
    members: tuple[str, ...],
    end: bool,
    allow_broken_groups: bool,
    if_version: int | None,
) -> None:
    """State how many members of a redundancy group of CI must be up: make it, change it, add members, or end it."""
    from cmdb.configuration import register
    from cmdb.model.group import GROUPS
    from cmdb.records import to_json

    context = session.context
    if end:
        session.twin(register).end_group(
            context, ci, name, expected_version=if_version, allow_broken_groups=allow_broken_groups
        )
        done(session, {"item": ci, "name": name, "ended": True}, f"Group {name} of {ci} is ended.")
        return
    if needs is None:
        raise click.UsageError("say with --needs how many members must be up, or with --end that the group ends")
    documents: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for place, text in enumerate(members):
        document, wrong = read_relation(text, f"/members/{place}")
        documents.append(document)
        problems += wrong
    if problems:
        raise InvalidInput(problems, what=f"group {name} of {ci}")
    held = session.twin(register).put_group(
        context, ci, name, read_needs(needs), strength=strength, members=documents, expected_version=if_version
    )
    document = {**to_json(GROUPS, held.record), "version": held.version}
    done(session, document, f"{ci} needs {needs} of {name} (revision {held.revision}).")
