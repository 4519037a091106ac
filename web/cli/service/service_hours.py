"""Calendars of service hours at the command line; their twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.service_hours import ServiceHours, ServiceHoursYear
    from cmdb.records import Held

PLACES = {
    "/id": "ID",
    "/zone": "--zone",
    "/weekly": "--weekly",
    "/holidays": "--holidays",
    "/closed": "--closed",
    "/opened": "--opened",
    "/worked_like": "--worked-like",
    "/years": "--year",
}


@command(
    example="""\
foreshock service-hours set office --zone Europe/Berlin --weekly "mon-fri 08:00-18:00" --holidays DE-BY \\
    --closed 2026-12-24 --opened "2026-12-27 09:00-12:00"
foreshock service-hours set hotline-cn --zone Asia/Shanghai --weekly "mon-fri 09:00-18:00" --holidays CN""",
    places=PLACES,
)
@click.argument("id")
@click.option("--zone", required=True, metavar="ZONE", help="The IANA zone whose clocks the hours are read on.")
@click.option("--weekly", multiple=True, metavar="DAYS HOURS", help='Hours of every week: "mon-fri 08:00-18:00".')
@click.option(
    "--holidays", multiple=True, metavar="CODE", help="Closed on its public holidays: DE, DE-BY, or CN as arranged."
)
@click.option("--closed", multiple=True, metavar="DAY", help="Closed on this day: 2026-12-24.")
@click.option("--opened", multiple=True, metavar="DAY HOURS", help='Hours of a day: "2026-12-27 09:00-12:00".')
@click.option(
    "--worked-like", default="mon", show_default=True, metavar="DAY", help="Whose hours a worked weekend day has (CN)."
)
@options.if_version()
@click.pass_obj
def set_hours(session: Session, /, id: str, if_version: int | None, **given: Any) -> None:  # noqa: A002
    """
    Define a calendar of service hours, or define it anew, as a whole, and expand it into dated intervals.

    The years around this one are expanded with it, and kept: what is reckoned in service hours rests on them.
    """
    from cmdb.service import hours

    desk = session.twin(hours)
    lists = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    held = desk.define(session.context, id, **lists, expected_version=if_version)
    years = desk.years_of(session.context, id)
    document = _document(held, years)
    done(session, document, f"{id} is defined. {_years_sentence(years)}")


@command(example="foreshock service-hours expand office --year 2029 --year 2030", places=PLACES)
@click.argument("id")
@click.option("--year", "years", type=int, multiple=True, required=True, metavar="YEAR", help="A year; repeatable.")
@click.pass_obj
def expand(session: Session, /, id: str, years: tuple[int, ...]) -> None:  # noqa: A002
    """Expand a calendar for more years, or anew for years whose holidays were not known or have changed."""
    from cmdb.service import hours

    made = session.twin(hours).expand(session.context, id, list(years))
    rows = [_year(each) for each in made]
    emit(session, {"rows": rows}, lambda: [_years_sentence(made)], rows=rows)


@command(example="foreshock service-hours show office", places={"/as_of": "--as-of"})
@click.argument("id")
@options.as_of()
@click.pass_obj
def show(session: Session, /, id: str, as_of: str | None) -> None:  # noqa: A002
    """Show a calendar of service hours, and the years it was expanded for; -o json has every interval."""
    from cmdb.service import hours

    desk, at = session.twin(hours), session.at(as_of)
    held = desk.get(session.context, id, at=at)
    years = desk.years_of(session.context, id, at=at)
    document = _document(held, years)
    emit(session, document, lambda: _lines(document, years))


@command(example="foreshock service-hours list")
@click.pass_obj
def list_hours(session: Session, /) -> None:
    """List the calendars of service hours."""
    from cmdb.model.service_hours import SERVICE_HOURS
    from cmdb.records import to_json
    from cmdb.service import hours

    rows, after = [], None
    while True:
        page = session.twin(hours).listing(session.context, after=after, limit=1000)
        rows += [to_json(SERVICE_HOURS, held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    emit(session, {"rows": rows}, lambda: _table(rows), rows=rows)


def _document(held: Held[ServiceHours], years: Any) -> dict[str, Any]:
    from cmdb.model.service_hours import SERVICE_HOURS
    from cmdb.records import to_json

    document = {**to_json(SERVICE_HOURS, held.record), "version": held.version}
    return {**document, "years": [_year(each) for each in years]}


def _year(year: ServiceHoursYear) -> dict[str, Any]:
    from cmdb.model.service_hours import SERVICE_HOURS_YEARS
    from cmdb.records import to_json

    return dict(to_json(SERVICE_HOURS_YEARS, year))


def _years_sentence(years: Any) -> str:
    known = [str(each.year) for each in years if each.intervals is not None]
    missing = [f"{each.year} ({', '.join(each.uncovered)})" for each in years if each.intervals is None]
    said = f"Expanded: {', '.join(known)}." if known else "No year is expanded."
    if missing:
        said += f" Not known, as the holidays are not: {', '.join(missing)}; expand them when a new edition knows."
    return said


def _lines(document: dict[str, Any], years: Any) -> Iterator[str]:
    from web.cli.tables import fields, heading, plain, table
    from web.wording_hours import hours_lines, year_rows

    yield f"{click.style(plain(document['id']), bold=True)}  {plain(document['zone'])}, version {document['version']}"
    yield ""
    yield from fields(hours_lines(document))
    yield from heading("Years", "as they were expanded, and are kept")
    headers = ("YEAR", "HOURS", "HOLIDAYS FROM", "RECKONED ONLY")
    yield from table(headers, year_rows(years), right=("YEAR", "HOURS"))


def _table(rows: list[dict[str, Any]]) -> Any:
    from web.cli.tables import table
    from web.wording_hours import weekly_words

    if not rows:
        return ["No service hours are there. Define some: foreshock service-hours set --help"]
    shown = [[row["id"], row["zone"], row["holidays"], weekly_words(row["weekly"])] for row in rows]
    return table(("ID", "ZONE", "HOLIDAYS", "WEEKLY"), shown)
