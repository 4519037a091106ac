"""Series of meetings at the command line: planned by hand or by a rule, one moved; its twin is the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import moment, table

if TYPE_CHECKING:
    from cmdb.records import Held

_PLANNING = {
    "/starts": "--at",
    "/duration": "--minutes",
    "/rule": "--rule",
    "/excluded": "--except",
    "/until": "--until",
    "/zone": "--zone",
    "/board": "BOARD",
}
_EXAMPLE = """\
foreshock meeting plan cab --at 2026-12-03T14:00[Europe/Berlin] --rule "FREQ=WEEKLY;BYDAY=TH" --minutes 45
foreshock meeting plan cab --at 2026-12-01T14:00[Europe/Berlin] --at 2026-12-10T14:00[Europe/Berlin]"""


@command(example=_EXAMPLE, places=_PLANNING)
@click.argument("board")
@click.option("--at", "starts", multiple=True, metavar="TIME", help="When one begins, with its offset or zone.")
@click.option("--minutes", "duration", type=int, default=60, metavar="N", help="How long they take; 60.")
@click.option("--rule", metavar="RRULE", help="Again by this rule (RFC 5545) from --at on: FREQ=WEEKLY;BYDAY=TH.")
@click.option("--except", "excluded", multiple=True, metavar="TIME", help="A start left out; repeatable.")
@click.option("--until", metavar="TIME", help="No meeting begins from then on.")
@click.option("--zone", metavar="ZONE", help="The zone the rule counts in; that of --at, else the board's.")
@click.pass_obj
def plan(session: Session, /, board: str, starts: tuple[str, ...], **given: Any) -> None:
    """
    Plan the meetings of a board: one for each --at, or by a rule that comes again.

    By a rule the meetings of the next quarter are laid out, as the clocks of the zone show in summer and in winter; the
    job meetings-ahead, or foreshock meeting lay-out, goes on from there.
    """
    from cmdb.change.boards import meeting_series, meetings
    from cmdb.model.meeting import MEETINGS
    from cmdb.records import to_json

    held = session.twin(meeting_series).plan(session.context, board, starts, **given)
    page = session.twin(meetings).listing(session.context, series=held.record.id, limit=1000)
    rows = [to_json(MEETINGS, each.record) for each in page.rows]
    document = {**_document(held), "meetings": [row["id"] for row in rows]}
    done(session, document, f"{board} meets: {', '.join(document['meetings'])} ({held.record.id}).")


@command(example="foreshock meeting series --board cab")
@click.option("--board", metavar="BOARD", help="Only its series.")
@click.pass_obj
def series(session: Session, /, board: str | None) -> None:
    """List the series of meetings: by which rule each comes again, and how far it is laid out."""
    from cmdb.change.boards import meeting_series
    from cmdb.model.meeting import SERIES
    from cmdb.records import to_json

    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = session.twin(meeting_series).listing(session.context, board=board, after=after, limit=1000)
        rows += [to_json(SERIES, held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    none = ["No series is planned: foreshock meeting plan --help"]
    headers = ("SERIES", "BOARD", "RULE", "ZONE", "LAID OUT UNTIL", "ENDED")
    emit(session, {"rows": rows}, lambda: table(headers, map(_row, rows)) if rows else none, rows=rows)


@command(
    example="foreshock meeting move MTG-1002 2026-12-11T14:00[Europe/Berlin]",
    places={"/start": "START", "/duration": "--minutes"},
)
@click.argument("meeting")
@click.argument("start")
@click.option("--minutes", "duration", type=int, metavar="N", help="How long it takes then; left out, as before.")
@options.if_version()
@click.pass_obj
def move(session: Session, /, meeting: str, start: str, duration: int | None, if_version: int | None) -> None:
    """Let one meeting begin at another time; the others of its series stay."""
    from cmdb.change.boards import meeting_series
    from cmdb.model.meeting import MEETINGS
    from cmdb.records import to_json

    held = session.twin(meeting_series).move(
        session.context, meeting, start, duration=duration, expected_version=if_version
    )
    document = {**to_json(MEETINGS, held.record), "version": held.version}
    done(session, document, f"{meeting} begins {moment(document['start'])}.")


@command(
    example='foreshock meeting end-series SER-1001 --reason "The board meets monthly now"',
    places={"/reason": "--reason"},
)
@click.argument("series_id", metavar="SERIES")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@options.if_version()
@click.pass_obj
def end(session: Session, /, series_id: str, reason: str, if_version: int | None) -> None:
    """End a series: no more of it is laid out, and its meetings that are only planned are called off."""
    from cmdb.change.boards import meeting_series

    held = session.twin(meeting_series).end(session.context, series_id, reason=reason, expected_version=if_version)
    done(session, _document(held), f"{series_id} has ended.")


@command(example="foreshock meeting lay-out")
@click.pass_obj
def lay_out(session: Session, /) -> None:
    """Lay out the meetings of the next quarter of every series that comes again."""
    from cmdb.change.boards import meeting_series

    made = list(session.twin(meeting_series).lay_out(session.context))
    words = f"Laid out: {', '.join(made)}." if made else "Every series is laid out for a quarter ahead."
    done(session, {"meetings": made}, words)


def _row(row: dict[str, Any]) -> list[Any]:
    schedule, ended = row["schedule"] or {}, row["ended"]
    until = moment(row["laid_out_until"]) if schedule else ""
    return [
        row["id"],
        row["board"],
        schedule.get("rule") or f"{len(row['starts'])} by hand",
        schedule.get("zone"),
        until,
        moment(ended["at"]) if ended else "",
    ]


def _document(held: Held[Any]) -> dict[str, Any]:
    from cmdb.model.meeting import SERIES
    from cmdb.records import to_json

    return {**to_json(SERIES, held.record), "version": held.version}
