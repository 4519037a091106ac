"""Decisions at the command line: approve and reject, bound to the assessment that was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from web.cli import options
from web.cli.output import done
from web.cli.root import command
from web.cli.session import Session

_PLACES = {"/comment": "--comment"}


def _seen() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--assessment",
        metavar="HASH",
        help="Only on this assessment, the hash that `change show` prints; left out, on the newest.",
    )


@command(example='foreshock change approve CHG-1001 --comment "Spare checked on site"', places=_PLACES)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="What goes with the decision.")
@_seen()
@options.if_version()
@click.pass_obj
def approve(session: Session, /, change: str, comment: str, assessment: str | None, if_version: int | None) -> None:
    """
    Approve the change as it was assessed. Nobody decides about a change they requested, wrote or implement.

    Who may approve follows from the verdict: CAB is for CAB members, PEER for engineers and above, BLOCK for nobody.
    """
    document = _decide(session, "approve", change, comment, assessment, if_version)
    done(session, document, f"{change} is approved by {document['by']} ({document['id']}).")


@command(example='foreshock change reject CHG-1001 --comment "Not in the week of the audit"', places=_PLACES)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="Why; a rejection needs it.")
@_seen()
@options.if_version()
@click.pass_obj
def reject(session: Session, /, change: str, comment: str, assessment: str | None, if_version: int | None) -> None:
    """Reject the change as it was assessed, and say why. Editing it afterwards makes it a draft again."""
    document = _decide(session, "reject", change, comment, assessment, if_version)
    done(session, document, f"{change} is rejected by {document['by']} ({document['id']}).")


def _decide(
    session: Session, choice: str, change: str, comment: str, assessment: str | None, version: int | None
) -> dict[str, Any]:
    from cmdb.change import decisions
    from cmdb.model.decision import DECISIONS
    from cmdb.records import to_json

    desk = session.twin(decisions)
    act = desk.approve if choice == "approve" else desk.reject
    held = act(session.context, change, comment=comment, assessment=assessment, expected_version=version)
    return to_json(DECISIONS, held.record)
