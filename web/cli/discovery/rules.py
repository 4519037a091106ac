"""The rules of discovery at the command line: show, try, put into force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from web.cli.discovery.differences import MOST_SHOWN, difference_lines, rows_of
from web.cli.files import read_all
from web.cli.output import done, emit, note
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.configuration.observing import Taken


@command(example="foreshock discover rehearse rules.toml")
@click.argument("file", metavar="FILE|-")
@click.option(
    "--show", "most", type=click.IntRange(min=0), default=MOST_SHOWN, metavar="N", help="How many differences."
)
@click.pass_obj
def rehearse(session: Session, /, file: str, most: int) -> None:
    """Show what would change if these rules (TOML) were in force, from all that was observed; nothing is written."""
    from cmdb.configuration import observing

    _show(session, session.twin(observing).rehearse(session.context, read_all(file), what=file), most)


@command(example="foreshock discover settle --dry-run")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would change.")
@click.option(
    "--show", "most", type=click.IntRange(min=0), default=MOST_SHOWN, metavar="N", help="How many differences."
)
@click.pass_obj
def settle(session: Session, /, dry_run: bool, most: int) -> None:
    """Reconcile what is known anew: evidence fades and CIs age also where nothing is looked at."""
    from cmdb.configuration import observing

    _show(session, session.twin(observing).settle(session.context, dry_run=dry_run), most)


def _show(session: Session, taken: Taken, most: int) -> None:
    rows = rows_of(taken)
    document = {"revision": taken.revision, **taken.counts(), "differences": rows}
    emit(session, document, lambda: difference_lines(session, rows, show=most), rows=rows)
    unseen = getattr(taken, "more", 0)
    if unseen:
        note(f"the server tells no more than {len(rows)} differences at one time; {unseen} more are there")


@command(example="foreshock discover set-rules rules.toml")
@click.argument("file", metavar="FILE|-")
@click.pass_obj
def set_rules(session: Session, /, file: str) -> None:
    """Put rules (TOML) into force; they count from the next run on. Try them first: foreshock discover rehearse."""
    from cmdb.configuration import discovery_rules
    from cmdb.model.discovery_rules import RULES_VERSIONS
    from cmdb.records import to_json

    held = session.twin(discovery_rules).set_rules(session.context, read_all(file))
    sentence = f"Version {held.record.version} of the rules is in force; foreshock discover settle applies it now."
    done(session, to_json(RULES_VERSIONS, held.record), sentence)


@command(example="foreshock discover rules --text > rules.toml")
@click.option("--text", is_flag=True, help="Print the text that is in force, to be edited and set again.")
@click.pass_obj
def show(session: Session, /, text: bool) -> None:
    """List the rules that were set; without any, those that come with Foreshock hold."""
    from cmdb.configuration import discovery_rules
    from cmdb.model.discovery_rules import RULES_VERSIONS
    from web.cli.rules import show_rules

    show_rules(
        session,
        discovery_rules,
        RULES_VERSIONS,
        text=text,
        none="No rules were set; those that come with Foreshock hold.",
    )
