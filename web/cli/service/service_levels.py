"""Service levels at the command line: set, show and list; their twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.service_level import ServiceLevel
    from cmdb.records import Held

PLACES = {
    "/service": "SERVICE",
    "/availability": "--availability",
    "/zone": "--zone",
    "/hours": "--hours",
    "/maintenance_minutes": "--maintenance-minutes",
    "/longest_interruption": "--longest-interruption",
    "/rate/amount": "--rate",
    "/rate/per": "--per",
    "/rate/currency": "--currency",
    "/as_of": "--as-of",
}


@command(
    example="""\
foreshock service-level set checkout --availability 99.9 --period month --zone Europe/Berlin --hours office \\
    --maintenance-minutes 60 --longest-interruption 30 --rate 1200 --per hour --currency EUR""",
    places=PLACES,
)
@click.argument("service")
@click.option("--availability", type=float, required=True, metavar="PERCENT", help="The target: 99.9.")
@click.option(
    "--period", type=click.Choice(("month", "quarter", "year")), default="month", show_default=True, help="Judged each."
)
@click.option("--zone", default="UTC", show_default=True, metavar="ZONE", help="By the calendar of this zone.")
@click.option("--hours", metavar="ID", help="Its calendar of service hours; around the clock unless said otherwise.")
@click.option(
    "--maintenance-minutes", type=int, default=0, metavar="MIN", help="Agreed for notified maintenance each period."
)
@click.option("--longest-interruption", type=int, metavar="MIN", help="The most that one interruption may last.")
@click.option("--rate", metavar="AMOUNT", help="What being down costs, in --currency, per --per.")
@click.option("--per", type=click.Choice(("minute", "hour")), default="hour", show_default=True, help="Of the rate.")
@click.option("--currency", metavar="CODE", help="Of the rate, by ISO 4217: EUR.")
@options.if_version()
@click.pass_obj
def set_level(
    session: Session,
    /,
    service: str,
    period: str,
    rate: str | None,
    per: str,
    currency: str | None,
    if_version: int | None,
    **given: Any,
) -> None:
    """Set what was agreed of a service, as a whole; what was agreed before stays in its history."""
    from cmdb.model.sla import Period
    from cmdb.service import service_levels

    if (rate is None) != (currency is None):
        raise click.UsageError("--rate and --currency go together")
    money = None if rate is None else {"amount": rate, "per": per, "currency": currency}
    held = session.twin(service_levels).set_level(
        session.context, service, period=Period(period), rate=money, expected_version=if_version, **given
    )
    done(session, _document(held), f"The level of {service} is at version {held.version}.")


@command(example="foreshock service-level show checkout", places=PLACES)
@click.argument("service")
@options.as_of()
@click.pass_obj
def show(session: Session, /, service: str, as_of: str | None) -> None:
    """Show what was agreed of a service."""
    from cmdb.service import service_levels

    document = _document(session.twin(service_levels).get(session.context, service, at=session.at(as_of)))
    emit(session, document, lambda: _lines(document))


@command(example="foreshock service-level list")
@click.pass_obj
def list_levels(session: Session, /) -> None:
    """List the services of which a level was agreed."""
    from cmdb.model.service_level import SERVICE_LEVELS
    from cmdb.records import to_json
    from cmdb.service import service_levels

    rows, after = [], None
    while True:
        page = session.twin(service_levels).listing(session.context, after=after, limit=1000)
        rows += [to_json(SERVICE_LEVELS, held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    emit(session, {"rows": rows}, lambda: _table(rows), rows=rows)


def _document(held: Held[ServiceLevel]) -> dict[str, Any]:
    from cmdb.model.service_level import SERVICE_LEVELS
    from cmdb.records import to_json

    return {**to_json(SERVICE_LEVELS, held.record), "version": held.version}


def _lines(document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import fields, plain
    from web.wording_levels import level_lines

    yield f"{click.style(plain(document['service']), bold=True)}  version {document['version']}"
    yield ""
    yield from fields(level_lines(document))


def _table(rows: list[dict[str, Any]]) -> Any:
    from web.cli.tables import table
    from web.wording_levels import rate_words

    if not rows:
        return ["No level was agreed of any service. Set one: foreshock service-level set --help"]
    shown = [
        [row["service"], f"{row['availability']:g}", row["period"], row["hours"] or "always", rate_words(row["rate"])]
        for row in rows
    ]
    return table(("SERVICE", "TARGET %", "PERIOD", "HOURS", "RATE"), shown, right=("TARGET %",))
