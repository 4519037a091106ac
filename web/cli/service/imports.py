"""``foreshock incident import``: read incidents from CSV, show the difference, write them as one revision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from web.cli import options
from web.cli.files import named, opened, unreadable
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

MOST_SHOWN = 20
MOST_IN_JSON = 100
STANDARD_INPUT = "standard-input"


@command(
    example="""\
foreshock incident import incidents.csv --dry-run
cat export.csv | foreshock incident import - --source itsm""",
    places={"/source": "--source"},
)
@click.argument("file", metavar="FILE|-")
@options.dry_run("show what would be new and changed")
@click.option("--source", metavar="NAME", help="Where the file comes from; left out, the file's name.")
@click.option(
    "--show",
    type=click.IntRange(0, 10_000),
    metavar="N",
    help=f"How many single differences are shown; {MOST_SHOWN} in a dry run, {MOST_IN_JSON} in formats for scripts.",
)
@click.pass_obj
def import_incidents(session: Session, /, file: str, dry_run: bool, source: str | None, show: int | None) -> None:
    """
    Read incidents from CSV: columns id, title, cis (ids with | between), opened, resolved, priority, caused_by.

    New and changed incidents are written as one revision; importing the same twice changes nothing. Everything that is
    wrong with the file is said at once, line by line, and then nothing is written.
    """
    from cmdb.service import incident_intake

    if show is None:
        # Who has applied it has seen the differences, or did not want to; the figures are enough.
        people = MOST_SHOWN if dry_run else 0
        show = people if session.output == "table" else MOST_IN_JSON
    if source is None:
        source = STANDARD_INPUT if file == "-" else Path(file).name
    desk, context = session.twin(incident_intake), session.context
    with opened(file) as stream, session.watch.computing():
        try:
            report = desk.import_incidents(context, stream, source=source, dry_run=dry_run, show=show)
        except OSError as error:
            # Only reading the file is left to the operating system; the store has errors of its own.
            raise unreadable(file, error) from error
    document = report.as_json()
    emit(session, document, lambda: _lines(named(file), document), rows=document["differences"])


def _lines(file: str, document: dict[str, Any]) -> Iterator[str]:
    from web.cli.tables import heading, plain, table

    done = document["new"] + document["changed"]
    if document["dry_run"]:
        yield f"A dry run of {plain(file)}, source {plain(document['source'])}: nothing was written."
    elif document["revision"] is None:
        yield f"{plain(file)} changes nothing."
    else:
        yield f"{plain(file)} is revision {document['revision']}, source {plain(document['source'])}."
    yield ""
    headers = ("NEW", "CHANGED", "UNCHANGED")
    yield from table(headers, [[document[name.lower()] for name in headers]], right=headers)
    for what in ("new", "changed"):
        several = [one for one in document["differences"] if one["what"] == what]
        if several:
            yield from heading(what.capitalize())
        for one in several:
            yield f"  {plain(one['id'])} (line {one['line']})"
            yield from (f"    {_field(change)}" for change in one["fields"])
    more = done - len(document["differences"])
    if more > 0 and document["differences"]:
        yield ""
        yield f"and {more} more (--show {done} shows all)"
    if document["dry_run"] and done:
        yield ""
        yield "Run it without --dry-run to apply this."


def _field(change: dict[str, Any]) -> str:
    from web.cli.tables import plain

    before, after = change["before"], change["after"]
    if before is None:
        return f"{plain(change['field'])}: {plain(after)} (new)"
    if after is None:
        return f"{plain(change['field'])}: {plain(before)} is taken away"
    return f"{plain(change['field'])}: {plain(before)} > {plain(after)}"
