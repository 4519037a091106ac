"""Drift at the command line: what differs from a baseline, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from cmdb.plural import counted
from web.cli.change.verifications import drift_lines
from web.cli.files import read_all
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.change.verification.dispositions import Settlement

_PLACES = {"/reason": "--reason", "/differences": "DIFFERENCE"}


@command(example="foreshock drift list production")
@click.argument("baseline")
@click.option("--unauthorised", is_flag=True, help="Only what no approved change explains.")
@click.pass_obj
def list_drift(session: Session, /, baseline: str, unauthorised: bool) -> None:
    """List what differs from a baseline by its newest verification, with what was decided since."""
    from cmdb.change.verification import dispositions
    from cmdb.model.kind import Kind
    from cmdb.model.verification import DriftRow
    from cmdb.records import to_json

    kind = Kind(DriftRow, name="row")
    rows = [to_json(kind, row) for row in session.twin(dispositions).drift(session.context, baseline)]
    rows = [row for row in rows if not unauthorised or row["judgement"] == "unauthorised"]
    none = ["Nothing differs, or nothing was verified yet: foreshock verification run --help"]
    emit(session, {"rows": rows}, lambda: drift_lines(session, rows) if rows else none, rows=rows)


def _settling(function: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        click.option("--reason", required=True, metavar="TEXT", help="Why, for the record."),
        click.option("--ci", "cis", multiple=True, metavar="ID", help="All differences of this CI; repeatable."),
        click.argument("differences", nargs=-1, metavar="[DIFFERENCE]..."),
        click.argument("baseline"),
    ):
        function = decorate(function)
    return function


@command(
    example='foreshock drift accept production 3f0c2a91d5b7e468 --reason "done in the night of the outage"',
    places=_PLACES,
)
@_settling
@click.pass_obj
def accept(session: Session, /, baseline: str, differences: tuple[str, ...], cis: tuple[str, ...], reason: str) -> None:
    """Accept differences: a retrospective change is drafted for somebody else to decide, and the baseline moves on."""
    from cmdb.change.verification import dispositions

    made = session.twin(dispositions).accept(session.context, baseline, differences, reason=reason, cis=cis)
    count = len(made.dispositions)
    _settled(
        session,
        made,
        f"{counted(count, 'difference')} accepted by {made.change}: foreshock change submit {made.change}",
    )


@command(example='foreshock drift revert production --ci web1 --reason "nobody asked for it"', places=_PLACES)
@_settling
@click.pass_obj
def revert(session: Session, /, baseline: str, differences: tuple[str, ...], cis: tuple[str, ...], reason: str) -> None:
    """Decide that differences are to be put back; they stay open until a verification no longer finds them."""
    from cmdb.change.verification import dispositions

    made = session.twin(dispositions).revert(session.context, baseline, differences, reason=reason, cis=cis)
    count = len(made.dispositions)
    _settled(session, made, f"{counted(count, 'difference')} {'is' if count == 1 else 'are'} to be put back.")


def _settled(session: Session, made: Settlement, sentence: str) -> None:
    from cmdb.model.drift import DISPOSITIONS
    from cmdb.records import to_json

    rows = [to_json(DISPOSITIONS, each) for each in made.dispositions]
    done(session, {"change": made.change, "dispositions": rows}, sentence)


@command(
    example="foreshock drift tolerate production 3f0c2a91d5b7e468 --name agent --because 'the agent updates itself'"
)
@click.argument("baseline")
@click.argument("difference")
@click.option("--name", required=True, metavar="TEXT", help="What such differences are counted under.")
@click.option("--because", required=True, metavar="TEXT", help="Why they are let be.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The last day the rule holds.")
@click.pass_obj
def tolerate(
    session: Session, /, baseline: str, difference: str, name: str, because: str, until: datetime | None
) -> None:
    """Add a rule that lets differences of this way, field and class be, from the next verification on."""
    from cmdb.change.verification import dispositions
    from cmdb.model.drift import DRIFT_RULES_VERSIONS
    from cmdb.records import to_json

    day = None if until is None else until.date()
    desk = session.twin(dispositions)
    held = desk.tolerate(session.context, baseline, difference, name=name, because=because, until=day)
    sentence = f"Version {held.record.version} of the rules of drift is in force: foreshock verification run {baseline}"
    done(session, to_json(DRIFT_RULES_VERSIONS, held.record), sentence)


@command(example="foreshock drift rules --text > drift.toml")
@click.option("--text", is_flag=True, help="Print the text that is in force, to be edited and set again.")
@click.pass_obj
def rules(session: Session, /, text: bool) -> None:
    """List the rules of drift that were set; without any, everything is compared and nothing is let be."""
    from cmdb.configuration import drift_rules
    from cmdb.model.drift import DRIFT_RULES_VERSIONS
    from web.cli.rules import show_rules

    show_rules(
        session,
        drift_rules,
        DRIFT_RULES_VERSIONS,
        text=text,
        none="No rules of drift were set: everything is compared, and nothing that differs is let be.",
    )


@command(example="foreshock drift set-rules drift.toml")
@click.argument("file", metavar="FILE|-")
@click.pass_obj
def set_rules(session: Session, /, file: str) -> None:
    """Put rules of drift (TOML) into force: what is not compared, what is let be. They count from the next run on."""
    from cmdb.configuration import drift_rules
    from cmdb.model.drift import DRIFT_RULES_VERSIONS
    from cmdb.records import to_json

    held = session.twin(drift_rules).set_rules(session.context, read_all(file))
    done(
        session, to_json(DRIFT_RULES_VERSIONS, held.record), f"Version {held.record.version} of the rules is in force."
    )
