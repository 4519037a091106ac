"""iCalendar at the command line: the calendar out as a file, and calendars of others in; the twins are resources."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cmdb.plural import counted
from web.cli import options
from web.cli.change.calendar_given import PLACES, covered
from web.cli.files import named, read_all, unreadable
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session

_WHAT = ("change", "freeze", "peak", "maintenance")
_SHOWN = 20


@command(
    example="""\
foreshock calendar export --out calendar.ics
foreshock calendar export --what freeze --what maintenance > freezes.ics""",
    places={"/from": "--from", "/to": "--to"},
)
@click.option("--what", multiple=True, type=click.Choice(_WHAT), help="Only this; repeatable.")
@click.option("--from", "since", metavar="TIME", help="Changes that go on then or later; a month ago if left out.")
@click.option("--to", "until", metavar="TIME", help="Changes that begin before then; in a year if left out.")
@click.option("--out", metavar="FILE", help="Write this file; standard output if left out.")
@click.pass_obj
def export(session: Session, /, what: tuple[str, ...], since: str | None, until: str | None, out: str | None) -> None:
    """Write changes, freezes, peaks and maintenance windows as iCalendar; nobody is named in it."""
    from cmdb.change.calendar import calendar_feed
    from cmdb.change.text_input import Unreadable, read_moment
    from cmdb.errors import InvalidInput

    period: dict[str, Any] = {}
    problems = []
    for name, pointer, text in (("since", "/from", since), ("until", "/to", until)):
        try:
            period[name] = None if text is None else read_moment(text)[0]
        except Unreadable as wrong:
            problems.append(wrong.at(pointer))
    if problems:
        raise InvalidInput(problems, what="the period", setting=True)
    content = session.twin(calendar_feed).feed(session.context, what=what or _WHAT, **period)
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        Path(out).write_bytes(content)
    except OSError as error:
        raise unreadable(out, error) from error
    note(f"{counted(content.count(b'BEGIN:VEVENT'), 'event')} in {out}")


@command(
    example="""\
foreshock calendar import holidays.ics --as freeze --all --zone Europe/Berlin --dry-run
foreshock calendar import supplier.ics --as maintenance --service checkout --agreed --notified""",
    places={**PLACES, "/zone": "--zone"},
)
@click.argument("file")
@click.option("--as", "as_", type=click.Choice(_WHAT[1:]), help="What events become that do not say so themselves.")
@click.option("--all", "everything", is_flag=True, help="They cover everything.")
@click.option("--service", "services", multiple=True, metavar="ID", help="They cover a service; repeatable.")
@click.option("--ci", "cis", multiple=True, metavar="ID", help="They cover a CI itself; repeatable.")
@click.option("--class", "classes", multiple=True, metavar="CLASS", help="They cover CIs of a class; repeatable.")
@click.option("--environment", "environments", multiple=True, metavar="NAME", help="Of an environment; repeatable.")
@click.option("--emergency-passes", is_flag=True, help="Emergency changes may be made in these freezes.")
@click.option("--demand", type=float, metavar="FACTOR", help="How many times the usual demand peaks bring.")
@click.option("--counts-as-freeze", is_flag=True, help="These peaks are freezes.")
@click.option("--agreed", is_flag=True, help="The customers agreed to these maintenance windows.")
@click.option("--notified", is_flag=True, help="The customers were told of them.")
@click.option("--minutes", type=int, metavar="N", help="Minutes of outage agreed each time.")
@click.option("--zone", default="UTC", show_default=True, metavar="ZONE", help="Of days, and of times without one.")
@click.option("--source", metavar="TEXT", help="Where it comes from; the file's name if left out.")
@options.dry_run("the difference is shown")
@click.pass_obj
def import_ics(
    session: Session, /, file: str, as_: str | None, zone: str, source: str | None, dry_run: bool, **given: Any
) -> None:
    """
    Bring the events of an iCalendar file in, each known by its UID, with its recurrence.

    Bringing a file in twice changes nothing; a later one changes what it changed, and withdraws what it cancels.
    """
    from cmdb.change.calendar import calendar_import
    from cmdb.model.kind import Kind
    from cmdb.records import to_json

    covers = covered(given)
    fields = {name: value for name, value in given.items() if value not in (None, False)}
    if any((covers.everything, covers.services, covers.cis, covers.classes, covers.environments)):
        fields["covers"] = covers
    report = session.twin(calendar_import).import_calendar(
        session.context,
        read_all(file),
        source=source or named(file),
        as_=as_,
        given=fields,
        zone=zone,
        dry_run=dry_run,
    )
    document = to_json(Kind(type(report), name="report"), report)
    emit(session, document, lambda: _report(document), rows=document["events"])


def _report(document: dict[str, Any]) -> Iterator[str]:
    counts = ("new", "changed", "unchanged", "withdrawn")
    told = ", ".join(f"{document[name]:,} {name}" for name in counts)
    what = "would be" if document["dry_run"] else "are"
    yield f"{told}: so they {what} in the calendar." if document["revision"] or document["dry_run"] else f"{told}."
    if document["passed_over"]:
        yield f"{counted(document['passed_over'], 'event')} passed over: changes, and what is cancelled or withdrawn."
    for each in document["events"][:_SHOWN]:
        yield f"  {each['what']} {each['kind']} {each['id'] or ''} {each['name']}".replace("  ", " ")
    if len(document["events"]) > _SHOWN:
        yield f"  and {len(document['events']) - _SHOWN:,} more (-o json lists all)"
