"""What the calendar can be asked at the command line: what is in it, when a change could be, and what it would meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from cmdb.plural import counted
from web.cli.asking import asking
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, plain, table
from web.naming import called_in, listed_names
from web.wording_calendar import AGAINST, facts_words, in_facts

if TYPE_CHECKING:
    from types import ModuleType

    from web.naming import Names

_TIME = "2026-12-02T22:00+01:00 or 2026-12-02T22:00[Europe/Berlin]"
_PERIOD = {"/from": "--from", "/to": "--to"}
_SHOWN = 10


def _asked(session: Session, module: ModuleType, function: str, *words: Any, **wanted: Any) -> dict[str, Any]:
    """Ask a question and return its answer as JSON."""
    from cmdb.model.kind import Kind
    from cmdb.records import to_json

    with asking(session):
        answer = getattr(session.twin(module), function)(session.context, *words, **wanted)
    return dict(to_json(Kind(type(answer), name="answer"), answer))


@command(example="foreshock calendar show --from 2026-12-01T00:00Z --to 2027-01-01T00:00Z", places=_PERIOD)
@click.option("--from", "since", metavar="TIME", help=f"What goes on then or later: {_TIME}; now if left out.")
@click.option("--to", "until", metavar="TIME", help="What begins before then; two weeks later if left out.")
@click.option("--no-conflicts", is_flag=True, help="Do not look for joint conflicts.")
@click.pass_obj
def show(session: Session, /, no_conflicts: bool, **wanted: Any) -> None:
    """Show freezes, peaks, maintenance windows and changes by time, and which changes are in each other's way."""
    from impact.questions import calendar_overview

    document = _asked(session, calendar_overview, "overview", **wanted, conflicts=not no_conflicts)
    emit(session, document, lambda: _overview(session, document), rows=document["rows"])


def _overview(session: Session, document: dict[str, Any]) -> Iterator[str]:
    rows = document["rows"]
    if rows:
        headers = ("FROM", "TO", "KIND", "ID", "STATE", "NAME")
        cells = [[moment(r["from"]), moment(r["to"]), r["kind"], r["id"], r["state"], r["name"]] for r in rows]
        yield from table(headers, cells)
    else:
        yield f"Nothing is in the calendar from {moment(document['from'])} to {moment(document['to'])}."
    if document["left_out"]:
        yield f"{document['left_out']:,} more are not listed; ask for a shorter period."
    if document["not_known_yet"]:
        yield f"Not known yet so far ahead: {', '.join(document['not_known_yet'])} (foreshock calendar renew)"
    if document["conflicts"]:
        yield from heading("Joint conflicts", "foreshock calendar conflicts tells what moves help")
        names = session.names(_stopped(document["conflicts"]), at=document["revision"])
        yield from (_conflict(each, names) for each in document["conflicts"])
    if document["conflicts_missing"]:
        yield f"More may be missing: {counted(document['conflicts_missing'], 'place')} reached a limit."


@command(
    example="foreshock calendar next-window CHG-1001 --days 30",
    places={**_PERIOD, "/days": "--days", "/grid": "--grid"},
)
@click.argument("change")
@click.option("--from", "since", metavar="TIME", help=f"Not before then: {_TIME}; now if left out.")
@click.option("--days", type=int, default=90, show_default=True, metavar="N", help="Look so many days ahead.")
@click.option(
    "--grid", type=int, default=15, show_default=True, metavar="MINUTES", help="How far apart two starts are."
)
@click.pass_obj
def next_window(session: Session, /, change: str, **wanted: Any) -> None:
    """
    When could a change be made: the first window of its length with nothing in the calendar against it.

    That is: no freeze, inside the agreed maintenance windows of what it touches, no joint conflict, its team free.
    """
    from impact.questions import safe_window

    document = _asked(session, safe_window, "next_window", change, **wanted)
    emit(session, document, lambda: _next(session, document))


def _next(session: Session, document: dict[str, Any]) -> Iterator[str]:
    inside = (each for each in document["rejected"] if each["reason"] == "maintenance")
    named = (ci for each in inside for by in each["by"] for ci in by["ids"])
    names = session.names(named, at=document["revision"])
    window = document["window"]
    change, length = plain(document["change"]), f"{document['minutes']:g} min"
    if window is None:
        yield f"No window of {length} for {change} until {moment(document['to'])}."
    else:
        yield f"{change} could be made from {moment(window['from'])} to {moment(window['to'])} ({length})."
    starts = counted(document["looked_at"], "start")
    yield f"  {starts} before it, {document['grid_minutes']} min apart, were ruled out."
    for each in document["rejected"]:
        words = AGAINST[each["reason"]]
        yield f"  {each['count']:,}: {words}"
        for by in each["by"]:
            if by["ids"]:
                whom = (plain(called_in(names, each)) for each in by["ids"])
                yield f"    {by['count']:,} by {' + '.join(whom)}"
        if each["more"]:
            yield f"    and {each['more']:,} more"


@command(example="foreshock calendar move CHG-1001 --to 2026-12-03T22:00+01:00", places={"/to": "--to"})
@click.argument("change")
@click.option("--to", required=True, metavar="TIME", help=f"When its window would begin: {_TIME}.")
@click.pass_obj
def move(session: Session, /, change: str, to: str) -> None:
    """What would be of a change if it were moved? Nothing is written; foreshock change edit moves it."""
    from impact.questions import calendar_moves

    document = _asked(session, calendar_moves, "moved", change, to=to)
    emit(session, document, lambda: _move(session, document))


def _move(session: Session, document: dict[str, Any]) -> Iterator[str]:
    then, at = document["then"], document["revision"]
    yield f"{plain(document['change'])} from {moment(then['window']['start'])} to {moment(then['window']['end'])}:"
    for each in document["ended"]:
        yield f"  no longer in conflict with {', '.join(map(plain, each))}"
    for each in document["begun"]:
        yield f"  newly in conflict with {', '.join(map(plain, each))}"
    if not then["conflicts"]:
        yield "  in no joint conflict there"
    names = session.names(_stopped(then["conflicts"]), at=at)
    yield from (_conflict(each, names) for each in then["conflicts"])
    if then["unlisted"]:
        yield f"  More may be missing: {counted(then['unlisted'], 'place')} reached a limit."
    yield from _facts(session, then["calendar"], at)


def _stopped(conflicts: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield from (service for each in conflicts for service in each["services"])


def _conflict(conflict: dict[str, Any], names: Names) -> str:
    parties = (*conflict["changes"], *conflict["incidents"])
    services = map(plain, listed_names(names, conflict["services"]))
    return f"  {' + '.join(map(plain, parties))} stop {', '.join(services)}"


@command(example="foreshock calendar check CHG-1001", places={"/window/start": "--from", "/window/end": "--to"})
@click.argument("change")
@click.option("--from", "start", metavar="TIME", help=f"In another window, from then: {_TIME}.")
@click.option("--to", "end", metavar="TIME", help="Until then.")
@click.pass_obj
def check(session: Session, /, change: str, start: str | None, end: str | None) -> None:
    """Which freezes and peaks does a change meet, is it in agreed maintenance, and is its team free?"""
    from cmdb.change.changes import Keep
    from impact.questions import calendar_facts

    if (start is None) is not (end is None):
        raise click.UsageError("another window needs --from and --to")
    window: Any = Keep.KEEP if start is None else (start, end)
    document = _asked(session, calendar_facts, "calendar_facts", change, window=window)
    emit(session, document, lambda: _facts(session, document, None))


def _facts(session: Session, facts: dict[str, Any], at: int | None) -> Iterator[str]:
    names = session.names(in_facts(facts), at=at)
    yield from (f"  {plain(line)}" for line in facts_words(facts, names))


@command(example="foreshock calendar outage --to 2027-01-01T00:00Z", places=_PERIOD)
@click.option("--from", "since", metavar="TIME", help=f"From then on: {_TIME}; now if left out.")
@click.option("--to", "until", metavar="TIME", help="Until then; four weeks later if left out.")
@click.pass_obj
def outage(session: Session, /, **wanted: Any) -> None:
    """The projected service outage: what do all changes of a period together take out of each service?"""
    from impact.questions import projected_outage

    document = _asked(session, projected_outage, "projected_outage", **wanted)
    emit(session, document, lambda: _outage(session, document), rows=document["services"])


def _minutes(figure: float | None) -> str:
    return "?" if figure is None else f"{round(figure, 1):g}"


def _outage(session: Session, document: dict[str, Any]) -> Iterator[str]:
    period = f"from {moment(document['from'])} to {moment(document['to'])}"
    yield f"{counted(document['considered'], 'change')} {period}, revision {document['revision']}."
    rows = document["services"]
    if not rows:
        yield "No service is taken down by plan."
    else:
        names = session.names((row["service"] for row in rows), at=document["revision"])
        headers = ("SERVICE", "TIER", "PLANNED MIN", "TOGETHER", "AGREED", "EXPECTED", "BUDGET LEFT", "CHANGES")
        figures = ("planned_minutes", "joint_minutes", "agreed_minutes", "expected_minutes", "budget_left_minutes")
        cells = [
            [
                called_in(names, row["service"]),
                row["tier"],
                *(_minutes(row[key]) for key in figures),
                _whose(row, document["drafts"]),
            ]
            for row in rows
        ]
        yield from table(headers, cells, right=headers[1:7])
    if document["unknown"]:
        yield from fields([("not in the estate", _some(document["unknown"]))])
    if document["unassessed"]:
        yield f"Not in what is expected, as they were not assessed as they stand: {_some(document['unassessed'])}."
    if document["unlisted"]:
        yield f"Minutes may be missing: {counted(document['unlisted'], 'place')} reached a limit."


def _whose(row: dict[str, Any], drafts: list[str]) -> str:
    named = sorted({change for stretch in row["stretches"] for change in stretch["changes"]})
    changes = [f"{change} (draft)" if change in drafts else change for change in named]
    incidents = sorted({each for stretch in row["stretches"] for each in stretch["incidents"]})
    return _some([*changes, *(f"{each} (incident)" for each in incidents)])


def _some(ids: list[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join(map(plain, ids[:_SHOWN])) + (f" and {more} more" if more > 0 else "")
