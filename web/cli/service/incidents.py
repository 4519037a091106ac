"""Incidents at the command line: open, edit, resolve, list and show; their twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit, note
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.incident import Incident
    from cmdb.records import Held

PLACES = {
    "/title": "--title",
    "/cis": "--ci",
    "/priority": "--priority",
    "/opened": "--opened",
    "/caused_by": "--caused-by",
}
_STATES = ("open", "resolved")
_REASONS = ("coincidence", "began_before", "other_change", "other_cause", "false_alarm", "other")
_TIME = "2026-12-02T22:00+01:00 or 2026-12-02T22:00[Europe/Berlin]"
_AT_ONCE = 1000


@command(
    example="""\
foreshock incident open --title "Disk of db-a is full" --ci db-a --priority 2 --opened 2026-03-02T09:40+01:00""",
    places=PLACES,
)
@click.option("--title", required=True, metavar="TEXT", help="What happened, in one line.")
@click.option("--ci", "cis", multiple=True, required=True, metavar="ID", help="A CI that failed, once for each.")
@click.option("--priority", type=int, required=True, metavar="1-5", help="1 is the highest.")
@click.option("--opened", metavar="TIME", help=f"When it began: {_TIME}; now unless said otherwise.")
@click.option("--caused-by", metavar="CHANGE", help="The change that caused it.")
@click.pass_obj
def open_incident(session: Session, /, title: str, cis: tuple[str, ...], **given: Any) -> None:
    """Record that something failed. Everything that is wrong with it is said at once."""
    from cmdb.service import incidents

    document = _shown(session.twin(incidents).open_incident(session.context, title=title, cis=list(cis), **given))
    done(session, document, f"{document['id']} is open. Next: foreshock incident resolve {document['id']}")


@command(example="foreshock incident edit INC-1001 --priority 1 --caused-by CHG-1004", places=PLACES)
@click.argument("incident")
@click.option("--title", metavar="TEXT", help="What happened, in one line.")
@click.option("--ci", "cis", multiple=True, metavar="ID", help="A CI that failed, once for each; replaces those named.")
@click.option("--priority", type=int, metavar="1-5", help="1 is the highest.")
@click.option("--opened", metavar="TIME", help=f"When it began: {_TIME}.")
@click.option("--caused-by", metavar="CHANGE", help="The change that caused it; empty takes the link away.")
@options.if_version()
@click.pass_obj
def edit(session: Session, /, incident: str, if_version: int | None, **given: Any) -> None:
    """Change what is named of an incident, and keep the rest."""
    from cmdb.service import incidents

    changes = {name: value for name, value in given.items() if value not in (None, ())}
    if not changes:
        raise click.UsageError("nothing to change was named")
    if "caused_by" in changes:
        changes["caused_by"] = changes["caused_by"] or None
    if "cis" in changes:
        changes["cis"] = list(changes["cis"])
    held = session.twin(incidents).edit(session.context, incident, changes, expected_version=if_version)
    done(session, _shown(held), f"{incident} is at version {held.version}.")


@command(
    example='foreshock incident decline INC-1001 --change CHG-1004 --reason other_cause --note "Its fan stood still"',
    places={"/change": "--change", "/code": "--reason", "/note": "--note"},
)
@click.argument("incident")
@click.option("--change", required=True, metavar="CHANGE", help="The change it is proposed for.")
@click.option("--reason", type=click.Choice(_REASONS), required=True, help="Why that did not cause it.")
@click.option("--note", metavar="TEXT", default="", help="What there is to add; needed where the reason is other.")
@options.if_version()
@click.pass_obj
def decline(session: Session, /, incident: str, change: str, reason: str, note: str, if_version: int | None) -> None:
    """
    Say that a change did not cause an incident that is proposed for it. It is not proposed for it again.

    What changes caused counts in the scorecard once it is confirmed: foreshock incident edit --caused-by.
    """
    from cmdb.model.incident import NotCaused
    from cmdb.service import incident_causes

    held = session.twin(incident_causes).decline(
        session.context, incident, change=change, code=NotCaused(reason), note=note, expected_version=if_version
    )
    done(session, _shown(held), f"{incident} is not the doing of {change}, and is not proposed for it again.")


@command(
    example="foreshock incident resolve INC-1001 --at 2026-03-02T11:15+01:00",
    places={"/resolved": "--at"},
)
@click.argument("incident")
@click.option("--at", "resolved", metavar="TIME", help=f"When it ended: {_TIME}; now unless said otherwise.")
@options.if_version()
@click.pass_obj
def resolve(session: Session, /, incident: str, resolved: str | None, if_version: int | None) -> None:
    """Record that the interruption is over."""
    from cmdb.service import incidents

    desk = session.twin(incidents)
    document = _shown(desk.resolve(session.context, incident, resolved=resolved, expected_version=if_version))
    done(session, document, f"{incident} is resolved.")


@command(example="foreshock incident show INC-1001", places={"/as_of": "--as-of"})
@click.argument("incident")
@options.as_of()
@click.pass_obj
def show(session: Session, /, incident: str, as_of: str | None) -> None:
    """Show one incident: what failed, from when until when, and which change caused it."""
    from cmdb.service import incidents

    held = session.twin(incidents).get(session.context, incident, at=session.at(as_of))
    document = _shown(held)
    emit(session, document, lambda: _lines(session, held, document))


@command(
    example="""\
foreshock incident list --state open
foreshock incident list --ci db-a --since 2026-01-01T00:00Z""",
    places={
        "/open_at": "--open-at",
        "/since": "--since",
        "/until": "--until",
        "/as_of": "--as-of",
    },
)
@click.option("--ci", metavar="ID", help="Only those that name this CI.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(_STATES), help="Only those in this state; repeatable."
)
@click.option("--open-at", metavar="TIME", help="Only those that went on at this moment.")
@click.option("--since", metavar="TIME", help="Only those that went on at this moment or later.")
@click.option("--until", metavar="TIME", help="Only those that began before this moment.")
@options.limit()
@options.as_of()
@click.pass_obj
def list_incidents(
    session: Session, /, states: tuple[str, ...], limit: int | None, as_of: str | None, **wanted: Any
) -> None:
    """List incidents, the last opened first."""
    from cmdb.model.incident import INCIDENTS, IncidentState
    from cmdb.records import to_json
    from cmdb.service import incidents

    desk, at, after = session.twin(incidents), session.at(as_of), None
    rows: list[dict[str, Any]] = []
    wanted["states"] = [IncidentState(state) for state in states]
    while True:
        size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(rows))
        page = desk.listing(session.context, **wanted, after=after, limit=size, at=at)
        rows += [to_json(INCIDENTS, held.record) for held in page.rows]
        after = page.after
        if after is None or (limit is not None and len(rows) >= limit):
            break
    emit(session, {"rows": rows, "next": after}, lambda: _table(session, rows), rows=rows)
    if after is not None:
        note(f"{len(rows)} shown; there are more")


def _shown(held: Held[Incident]) -> dict[str, Any]:
    from cmdb.model.incident import INCIDENTS
    from cmdb.records import to_json

    return {**to_json(INCIDENTS, held.record), "version": held.version}


def _lines(session: Session, held: Held[Incident], document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import fields, plain
    from web.naming import with_id
    from web.wording_incident import declined_words

    yield f"{click.style(plain(document['id']), bold=True)}  {plain(document['title'])}"
    facts = f"{document['state']}, priority {document['priority']}, version {document['version']}"
    yield click.style(f"{facts}, from {plain(document['source'])}", dim=True)
    yield ""
    names = session.names(document["cis"])
    told = (("opened", "opened"), ("resolved", "resolved"), ("caused by", "caused_by"))
    cis = [("CIs", [with_id(names, ci) for ci in document["cis"]])]
    yield from fields([*cis, *((shown, document[name]) for shown, name in told)])
    for each in held.record.declined:
        yield f"Not the doing of {each.change}: {plain(declined_words(each))}"


def _table(session: Session, rows: list[dict[str, Any]]) -> Any:
    from web.cli.tables import table
    from web.naming import listed_names

    if not rows:
        return ["No such incident is there. Open one: foreshock incident open --help"]
    names = session.names(ci for row in rows for ci in row["cis"])
    headers = ("ID", "STATE", "PRIORITY", "OPENED", "RESOLVED", "CIS", "TITLE")
    cells = [
        [*(row[name] for name in ("id", "state", "priority", "opened", "resolved")), cis, row["title"]]
        for row in rows
        for cis in [listed_names(names, row["cis"])]
    ]
    return table(headers, cells, right=("PRIORITY",))
