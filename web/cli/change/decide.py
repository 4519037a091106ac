"""Decisions at the command line: approve and reject, bound to the assessment that was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from web.cli import options
from web.cli.output import done
from web.cli.root import command
from web.cli.session import Session

_PLACES = {"/comment": "--comment", "/conditions": "--condition"}


def _seen() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--assessment",
        metavar="HASH",
        help="Only on this assessment, the hash that `change show` prints; left out, on the newest.",
    )


@command(example='foreshock change approve CHG-1001 --comment "Spare checked on site"', places=_PLACES)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="What goes with the decision.")
@click.option(
    "--condition", "conditions", multiple=True, metavar="TEXT", help="To be done before it is implemented; repeatable."
)
@_seen()
@options.if_version()
@click.pass_obj
def approve(session: Session, /, change: str, if_version: int | None, **more: Any) -> None:
    """
    Approve the change as it was assessed. Nobody decides about a change they requested, wrote or implement.

    Who may approve follows from the verdict: CAB is for CAB members, PEER for engineers and above, BLOCK for nobody.
    The emergency board approves an emergency change as soon as it is submitted.
    """
    document = _decide(session, "approve", change, if_version, **more)
    done(session, document, f"{change} is approved by {document['by']} ({document['id']}).")


@command(example='foreshock change reject CHG-1001 --comment "Not in the week of the audit"', places=_PLACES)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="Why; a rejection needs it.")
@_seen()
@options.if_version()
@click.pass_obj
def reject(session: Session, /, change: str, comment: str, assessment: str | None, if_version: int | None) -> None:
    """Reject the change as it was assessed, and say why. Editing it afterwards makes it a draft again."""
    document = _decide(session, "reject", change, if_version, comment=comment, assessment=assessment)
    done(session, document, f"{change} is rejected by {document['by']} ({document['id']}).")


@command(example='foreshock change defer CHG-1001 --comment "Until the spare is here"', places=_PLACES)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="Until what; it is needed.")
@_seen()
@options.if_version()
@click.pass_obj
def defer(session: Session, /, change: str, comment: str, assessment: str | None, if_version: int | None) -> None:
    """Put the decision about a change off, and say until what. It is asked for again by resubmitting it."""
    document = _decide(session, "defer", change, if_version, comment=comment, assessment=assessment)
    done(session, document, f"{change} is deferred by {document['by']} ({document['id']}).")


@command(example='foreshock change recall CHG-1001 --comment "The supplier changed the date"', places=_PLACES)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="Why; it is needed.")
@options.if_version()
@click.pass_obj
def recall(session: Session, /, change: str, comment: str, if_version: int | None) -> None:
    """Take an approval back: the change is to be assessed and decided about anew."""
    document = _decide(session, "recall", change, if_version, comment=comment)
    done(session, document, f"{change} is recalled by {document['by']} ({document['id']}).")


@command(example='foreshock change suspend CHG-1001 --comment "web2, the twin of the target, failed"', places=_PLACES)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="What has changed; it is needed.")
@options.if_version()
@click.pass_obj
def suspend(session: Session, /, change: str, comment: str, if_version: int | None) -> None:
    """Let an approval rest until somebody confirms it or recalls it."""
    document = _decide(session, "suspend", change, if_version, comment=comment)
    done(session, document, f"{change} is suspended by {document['by']} ({document['id']}).")


@command(example="foreshock change confirm CHG-1001", places=_PLACES)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="What goes with it.")
@_seen()
@options.if_version()
@click.pass_obj
def confirm(session: Session, /, change: str, comment: str, assessment: str | None, if_version: int | None) -> None:
    """Confirm an approval that was suspended; for those who may approve the newest verdict."""
    document = _decide(session, "confirm", change, if_version, comment=comment, assessment=assessment)
    done(session, document, f"{change} is confirmed by {document['by']} ({document['id']}).")


def _decide(session: Session, choice: str, change: str, version: int | None, **more: Any) -> dict[str, Any]:
    from cmdb.change import decisions
    from cmdb.model.decision import DECISIONS
    from cmdb.records import to_json

    act = getattr(session.twin(decisions), choice)
    held = act(session.context, change, expected_version=version, **more)
    return to_json(DECISIONS, held.record)
