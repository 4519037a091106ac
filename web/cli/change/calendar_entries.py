"""Freezes, peak events, maintenance windows and team capacities at the command line; their twins are resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.change.calendar_given import PLACES, covered, covering, schedule_of, when
from web.cli.output import done, emit, note
from web.cli.root import Command, command
from web.cli.session import Session
from web.cli.tables import fields, moment, plain, table
from web.naming import listed_names

if TYPE_CHECKING:
    from cmdb.records import Held
    from web.naming import Names

_AT_ONCE = 1000
_SHOWN = 10
_WORDS = {"freeze": "freeze", "peak": "peak event", "maintenance": "maintenance window", "capacity": "capacity"}


def _add(session: Session, what: str, given: dict[str, Any]) -> None:
    from cmdb.change.calendar import calendar

    held = session.twin(calendar).add(session.context, what, given)
    document = _document(what, held)
    done(session, document, f"{document['id']} is in the calendar{_known(document)}.")


def _known(document: dict[str, Any]) -> str:
    schedule = document.get("schedule") or document.get("hours")
    if schedule is None or not schedule["rule"]:
        return ""
    count = len(schedule["intervals"])
    times = f"{count:,} time{'' if count == 1 else 's'}"
    return f": {times}" + ("" if schedule["known_until"] is None else f" until {moment(schedule['known_until'])}")


@command(
    example="""\
foreshock calendar freeze add --name "End of year" --from 2026-12-20T00:00[Europe/Berlin] \\
    --to 2027-01-04T00:00[Europe/Berlin] --all --emergency-passes
foreshock calendar freeze add --name Payday --service checkout --rule "FREQ=MONTHLY;BYMONTHDAY=28" \\
    --from 2026-12-28T06:00[Europe/Berlin] --to 2026-12-28T20:00[Europe/Berlin]""",
    places=PLACES,
)
@click.option("--name", required=True, metavar="TEXT", help="What it is called.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is.")
@when(required=True)
@covering("all", "service", "class", "environment")
@click.option("--emergency-passes", is_flag=True, help="Emergency changes may be made in it.")
@click.pass_obj
def add_freeze(session: Session, /, **given: Any) -> None:
    """
    Add a time in which nothing of what it covers is changed.

    A rule counts in the clocks of the zone that --from names, so it keeps its hour in summer and in winter.
    """
    _add(session, "freeze", {"schedule": schedule_of(given), "covers": covered(given), **given})


@command(
    example="""\
foreshock calendar peak add --name "Double 11" --demand 12 --service checkout --service payments \\
    --from 2026-11-10T20:00[Asia/Shanghai] --to 2026-11-12T00:00[Asia/Shanghai] --counts-as-freeze""",
    places=PLACES,
)
@click.option("--name", required=True, metavar="TEXT", help="What it is called.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is.")
@when(required=True)
@covering("all", "service", "class", "environment")
@click.option("--demand", required=True, type=float, metavar="FACTOR", help="How many times the usual demand.")
@click.option("--counts-as-freeze", is_flag=True, help="It is a freeze of what it covers.")
@click.option("--emergency-passes", is_flag=True, help="Emergency changes may be made in it nevertheless.")
@click.pass_obj
def add_peak(session: Session, /, **given: Any) -> None:
    """Add a time of which more demand is expected than usual."""
    _add(session, "peak", {"schedule": schedule_of(given), "covers": covered(given), **given})


@command(
    example="""\
foreshock calendar maintenance add --name "Shop, Sunday night" --service checkout --agreed --notified --minutes 30 \\
    --from 2026-12-06T02:00[Europe/Berlin] --to 2026-12-06T05:00[Europe/Berlin] --rule "FREQ=WEEKLY;BYDAY=SU\"""",
    places=PLACES,
)
@click.option("--name", required=True, metavar="TEXT", help="What it is called.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is.")
@when(required=True)
@covering("service", "ci")
@click.option("--agreed", is_flag=True, help="The customers agreed to it.")
@click.option("--notified", is_flag=True, help="The customers were told of it.")
@click.option("--minutes", type=int, metavar="N", help="Minutes of outage agreed each time; all of it if left out.")
@click.pass_obj
def add_maintenance(session: Session, /, **given: Any) -> None:
    """Add a time for work on services or CIs; only agreed ones count where a change is judged."""
    _add(session, "maintenance", {"schedule": schedule_of(given), "covers": covered(given), **given})


@command(
    example="""\
foreshock calendar capacity add network --at-once 2 --rule "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH" \\
    --from 2026-12-07T18:00[Europe/Berlin] --to 2026-12-08T02:00[Europe/Berlin]""",
    places=PLACES,
)
@click.argument("team")
@click.option("--at-once", required=True, type=int, metavar="N", help="So many changes at the same time, at most.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is so.")
@when(required=False)
@click.pass_obj
def add_capacity(session: Session, /, **given: Any) -> None:
    """Say how many changes a team may implement at once and, with --from and --to, when it works at all."""
    hours = None
    if given["start"] is None and given["end"] is None:
        if any(given[name] for name in ("rule", "excluded", "added", "until")):
            raise click.UsageError("hours need --from and --to")
        for name in ("start", "end", "rule", "excluded", "added", "until"):
            del given[name]
    elif given["start"] is None or given["end"] is None:
        raise click.UsageError("hours need --from and --to")
    else:
        hours = schedule_of(given)
    _add(session, "capacity", {**given, "hours": hours})


def _show(what: str, key: str) -> Command:
    @command(example=f"foreshock calendar {what} show {key}", places={"/as_of": "--as-of"})
    @click.argument("entry")
    @options.as_of()
    @click.pass_obj
    def show(session: Session, /, entry: str, as_of: str | None) -> None:
        from cmdb.change.calendar import calendar

        held = session.twin(calendar).get(session.context, what, entry, at=session.at(as_of))
        document = _document(what, held)
        emit(session, document, lambda: _lines(session, document))

    show.help = f"Show one {_WORDS[what]}, and when it is."
    return show


def _list(what: str) -> Command:
    @command(example=f"foreshock calendar {what} list", places={"/as_of": "--as-of"})
    @click.option("--withdrawn", is_flag=True, help="Those that were withdrawn too.")
    @options.limit()
    @options.as_of()
    @click.pass_obj
    def list_entries(session: Session, /, withdrawn: bool, limit: int | None, as_of: str | None) -> None:
        from cmdb.change.calendar import calendar
        from cmdb.records import to_json

        desk, at, after = session.twin(calendar), session.at(as_of), None
        rows: list[dict[str, Any]] = []
        while True:
            size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(rows))
            page = desk.listing(session.context, what, withdrawn=withdrawn, after=after, limit=size, at=at)
            rows += [to_json(calendar.KINDS[what], held.record) for held in page.rows]
            after = page.after
            if after is None or (limit is not None and len(rows) >= limit):
                break
        emit(session, {"rows": rows, "next": after}, lambda: _table(session, what, rows), rows=rows)
        if after is not None:
            note(f"{len(rows)} shown; there are more")

    list_entries.help = f"List every {_WORDS[what]} that counts."
    return list_entries


def _withdraw(what: str, key: str) -> Command:
    example = f'foreshock calendar {what} withdraw {key} --reason "It was moved"'

    @command(example=example, places={"/reason": "--reason"})
    @click.argument("entry")
    @click.option("--reason", required=True, metavar="TEXT", help="Why, for the record.")
    @options.if_version()
    @click.pass_obj
    def withdraw(session: Session, /, entry: str, reason: str, if_version: int | None) -> None:
        from cmdb.change.calendar import calendar

        desk = session.twin(calendar)
        held = desk.withdraw(session.context, what, entry, reason=reason, expected_version=if_version)
        done(session, _document(what, held), f"{entry} is withdrawn.")

    withdraw.help = f"Let a {_WORDS[what]} count no more; it stays in the records."
    return withdraw


show_freeze, show_peak = _show("freeze", "FRZ-1001"), _show("peak", "PEAK-1001")
show_maintenance, show_capacity = _show("maintenance", "MW-1001"), _show("capacity", "CAP-1001")
list_freezes, list_peaks, list_maintenance, list_capacities = map(_list, _WORDS)
withdraw_freeze, withdraw_peak = _withdraw("freeze", "FRZ-1001"), _withdraw("peak", "PEAK-1001")
withdraw_maintenance, withdraw_capacity = _withdraw("maintenance", "MW-1001"), _withdraw("capacity", "CAP-1001")


@command(example="foreshock calendar renew")
@click.pass_obj
def renew(session: Session, /) -> None:
    """Expand anew the rules that are known for less than a year ahead."""
    from cmdb.change.calendar import calendar

    renewed = list(session.twin(calendar).renew(session.context))
    words = f"{len(renewed)} renewed: {', '.join(renewed)}." if renewed else "All rules are known for a year ahead."
    done(session, {"renewed": renewed}, words)


def _document(what: str, held: Held[Any]) -> dict[str, Any]:
    from cmdb.change.calendar.calendar import KINDS
    from cmdb.records import to_json

    return {**to_json(KINDS[what], held.record), "version": held.version}


def _lines(session: Session, document: dict[str, Any]) -> Iterator[str]:
    names = session.names(_named([document]))
    named = plain(document.get("name") or document["team"])
    yield f"{click.style(document['id'], bold=True)}  {named}"
    yield click.style(
        f"{document['state']}, version {document['version']}, stated by {document['stated_by']}", dim=True
    )
    yield ""
    schedule = document.get("schedule") or document.get("hours")
    yield from fields(
        (
            ("reason", document["reason"]),
            ("covers", covers_words(document["covers"], names) if "covers" in document else None),
            ("demand", document.get("demand") and f"{document['demand']:g} times the usual"),
            ("counts as freeze", document.get("counts_as_freeze")),
            ("emergency passes", document.get("emergency_passes")),
            ("agreed", document.get("agreed")),
            ("notified", document.get("notified")),
            ("minutes agreed", document.get("minutes")),
            ("at once", document.get("at_once")),
            ("rule", schedule and schedule["rule"]),
            ("zone", schedule and schedule["zone"]),
            ("known until", schedule and moment(schedule["known_until"], "")),
            ("withdrawn", document["withdrawal"] and document["withdrawal"]["reason"]),
        )
    )
    if schedule is not None:
        yield from _times(schedule["intervals"])


def _times(intervals: list[str]) -> Iterator[str]:
    yield ""
    for interval in intervals[:_SHOWN]:
        start, end = interval.split("/")
        yield f"  {moment(start)} to {moment(end)}"
    if len(intervals) > _SHOWN:
        yield f"  and {len(intervals) - _SHOWN:,} more (-o json lists all)"


def _named(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the CIs that entries cover."""
    yield from (ci for row in rows for key in ("services", "cis") for ci in row.get("covers", {}).get(key, ()))


def covers_words(covers: dict[str, Any], names: Names) -> str:
    """Return what an entry covers, in words."""
    if covers["everything"]:
        return "everything"
    named = (("services", "service"), ("cis", "CI"), ("classes", "class"), ("environments", "environment"))
    return "; ".join(
        f"{word} {', '.join(map(plain, listed_names(names, covers[key])))}" for key, word in named if covers[key]
    )


def _table(session: Session, what: str, rows: list[dict[str, Any]]) -> Any:
    if not rows:
        return [f"There is no {_WORDS[what]}. Add one: foreshock calendar {what} add --help"]
    if what == "capacity":
        cells = [[r["id"], r["state"], r["team"], r["at_once"], r["hours"] and r["hours"]["rule"]] for r in rows]
        return table(("ID", "STATE", "TEAM", "AT ONCE", "HOURS"), cells, right=("AT ONCE",))
    names = session.names(_named(rows))
    headers = ("ID", "STATE", "FIRST", "RULE", "COVERS", "NAME")
    return table(
        headers,
        [
            [
                row["id"],
                row["state"],
                moment(row["schedule"]["start"]),
                row["schedule"]["rule"],
                covers_words(row["covers"], names),
                row["name"],
            ]
            for row in rows
        ],
    )
