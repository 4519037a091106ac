"""The scorecard, and what came after a change, at the command line; its twins are the resource and the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, plain, table

if TYPE_CHECKING:
    from cmdb.model.afterwards import Afterwards

_TIME = "2026-12-02T22:00+01:00 or 2026-12-02T22:00[Europe/Berlin]"


@command(
    example="foreshock change scorecard --from 2026-01-01T00:00Z --to 2026-04-01T00:00Z --by team",
    places={"/from": "--from", "/to": "--to", "/by": "--by"},
)
@click.option(
    "--from", "since", metavar="TIME", help=f"Changes that ended then or later: {_TIME}; 90 days if left out."
)
@click.option("--to", "until", metavar="TIME", help="Changes that ended before then; now if left out.")
@click.option("--by", type=click.Choice(("model", "team", "service")), help="A row for each of these as well.")
@click.pass_obj
def scorecard(session: Session, /, since: str | None, until: str | None, by: str | None) -> None:
    """
    What was predicted against what happened, change failure rate, lead time, and the four DORA figures.

    What each figure means is said below it, and stands under "definitions" with -o json. Unauthorised changes, those
    that are retrospective, are counted apart.
    """
    from cmdb.change import scorecard as desk
    from cmdb.model.kind import Kind
    from cmdb.records import to_json

    found = session.twin(desk).scorecard(session.context, since=since, until=until, by=by)
    document = to_json(Kind(type(found), name="scorecard"), found)
    emit(session, document, lambda: _lines(document), rows=document["rows"] or [document["all"]])


def afterwards_lines(change: str, after: Afterwards) -> Iterator[str]:
    """Yield the incidents that a change caused or may have, and what verification saw of it."""
    from web.wording_incident import declined_words

    if not (after.incidents or after.declined or after.differences or after.declared):
        return
    yield from heading("Afterwards")
    for link in after.incidents:
        how = "caused by it" if link.confirmed else "proposed, by CI and time"
        yield f"  {link.incident} {plain(link.title)}, opened {moment(link.opened.isoformat())}: {how}"
        if not link.confirmed:
            yield f"    if so: foreshock incident edit {link.incident} --caused-by {change}"
            yield f"    if not: foreshock incident decline {link.incident} --change {change} --reason REASON"
    for gone in after.declined:
        yield f"  {gone.incident} {plain(gone.title)}: not its doing, {plain(declined_words(gone.because))}"
    for row in after.differences:
        said = "declared" if row.declared else "not declared, on a target"
        yield f"  Seen: {plain(row.key)} {plain(row.field)} ({said})"
    for each in after.declared:
        became = each.outcome.replace("_", " ")
        yield f"  Declared: {plain(each.ci)} {plain(each.field)} {each.expected}: {became}"


def _lines(card: dict[str, Any]) -> Iterator[str]:
    yield f"Changes done from {moment(card['start'])} to {moment(card['end'])}"
    rows = [card["all"], *card["rows"]]
    shown = [
        [
            "all" if row["key"] is None else row["key"] or "(none)",
            row["done"],
            _share(row["change_failure_rate"]),
            _hours(row["lead_time_hours_median"]),
            _hours(row["lead_time_hours_p90"]),
            f"{row['observed_failures']} of {row['expected_failures']:.1f}" if row["predicted"] else "-",
            row["unauthorised"],
        ]
        for row in rows
    ]
    headers = (
        "BY " + card["by"].upper() if card["by"] else "",
        "DONE",
        "FAILED",
        "LEAD TIME",
        "P90",
        "OF EXPECTED",
        "UNAUTHORISED",
    )
    yield from table(headers, shown)
    yield from heading("By verdict")
    yield from table(
        ("VERDICT", "DONE", "FAILED", "INCIDENTS CAUSED"),
        [
            [row["verdict"] or "not assessed", row["done"], row["bad"], row["caused_incidents"]]
            for row in card["verdicts"]
        ],
    )
    dora = card["dora"]
    yield from heading("DORA")
    yield from fields(
        [
            ("Deployment frequency", f"{dora['deployment_frequency']:.2f} a day"),
            ("Lead time for changes", _hours(dora["lead_time_for_changes_hours"])),
            ("Change failure rate", _share(dora["change_failure_rate"])),
            ("Time to restore", f"{_hours(dora['time_to_restore_hours'])} ({dora['restored']} incidents)"),
        ],
        indent="  ",
    )
    yield from heading("What they mean")
    yield from (f"  {name.replace('_', ' ')}: {text}" for name, text in card["definitions"].items())


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _hours(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} h"
