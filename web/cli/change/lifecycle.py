"""The life of a change after its request, at the command line; its twins are the resource and the page of this name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.change import Change
    from cmdb.records import Held

_OUTCOMES = ("success", "issues", "backed-out", "failed")
_TIME = "2026-12-02T22:00+01:00 or 2026-12-02T22:00[Europe/Berlin]"
_COMMENT = {"/comment": "--comment"}
_PLACES = {**_COMMENT, "/outcome": "--outcome", "/started": "--started", "/ended": "--ended"}
_PAPERS = {
    "/steps": "--step",
    "/back_out/plan": "--backout",
    "/back_out/minutes": "--backout-minutes",
    "/test_evidence": "--test-evidence",
}


@command(example="foreshock change resubmit CHG-1001")
@click.argument("change")
@options.if_version()
@click.pass_obj
def resubmit(session: Session, /, change: str, if_version: int | None) -> None:
    """Ask again for a change whose decision was put off."""
    from cmdb.change import changes

    held = session.twin(changes).resubmit(session.context, change, expected_version=if_version)
    _done(session, held, f"{change} is submitted again. Next: foreshock change assess {change}")


@command(example="foreshock change reopen CHG-1001")
@click.argument("change")
@options.if_version()
@click.pass_obj
def reopen(session: Session, /, change: str, if_version: int | None) -> None:
    """Make a rejected change a draft again, as a new revision."""
    from cmdb.change import lifecycle

    held = session.twin(lifecycle).reopen(session.context, change, expected_version=if_version)
    _done(session, held, f"{change} is a draft (revision {held.record.revision}).")


@command(example="foreshock change schedule CHG-1001")
@click.argument("change")
@options.if_version()
@click.pass_obj
def schedule(session: Session, /, change: str, if_version: int | None) -> None:
    """Put an approved change into the forward schedule: it is to be implemented in its window."""
    from cmdb.change import lifecycle

    held = session.twin(lifecycle).schedule(session.context, change, expected_version=if_version)
    _done(session, held, f"{change} is scheduled.")


@command(example='foreshock change cancel CHG-1001 --comment "The supplier repaired it on site"', places=_COMMENT)
@click.argument("change")
@click.option("--comment", metavar="TEXT", default="", help="Why; it is needed.")
@options.if_version()
@click.pass_obj
def cancel(session: Session, /, change: str, comment: str, if_version: int | None) -> None:
    """Give a change up that is not being implemented yet, and say why."""
    from cmdb.change import lifecycle

    held = session.twin(lifecycle).cancel(session.context, change, comment=comment, expected_version=if_version)
    _done(session, held, f"{change} is cancelled.")


@command(example="foreshock change expire CHG-1001")
@click.argument("change")
@options.if_version()
@click.pass_obj
def expire(session: Session, /, change: str, if_version: int | None) -> None:
    """Record that a granted change was not started while its window was open. A job does so by itself."""
    from cmdb.change import lifecycle

    held = session.twin(lifecycle).expire(session.context, change, expected_version=if_version)
    _done(session, held, f"{change} has expired.")


@command(example="foreshock change implement CHG-1001")
@click.argument("change")
@options.if_version()
@click.pass_obj
def implement(session: Session, /, change: str, if_version: int | None) -> None:
    """
    Begin to implement a scheduled change, inside its window.

    Every condition has to be done, every change it comes after has to have succeeded, and no target may be retired
    meanwhile. It needs a GO of the last 15 minutes since which nothing happened that concerns it: foreshock change go.
    An emergency may begin as soon as the emergency board has approved it.
    """
    from impact.questions import begin

    held = session.twin(begin).implement(session.context, change, expected_version=if_version)
    due = held.record.papers_due
    papers = f" Its papers are due on {due.isoformat()}: foreshock change document {change} --help" if due else ""
    _done(session, held, f"{change} is being implemented.{papers}")


@command(example="foreshock change tick CHG-1001 1", places={"/step": "STEP"})
@click.argument("change")
@click.argument("step", type=int)
@options.if_version()
@click.pass_obj
def tick(session: Session, /, change: str, step: int, if_version: int | None) -> None:
    """Record that a step, counted from 1, is done."""
    from cmdb.change import implementation

    held = session.twin(implementation).tick(session.context, change, step, expected_version=if_version)
    ticked = len(held.record.ticks)
    _done(session, held, f"Step {step} is done, {ticked} of {len(held.record.steps)}.")


@command(example="foreshock change finish CHG-1001 --outcome success", places=_PLACES)
@click.argument("change")
@click.option("--outcome", type=click.Choice(_OUTCOMES), required=True, help="How it went.")
@click.option("--in-part", is_flag=True, help="A part is not done; the outcome is issues.")
@click.option("--started", metavar="TIME", help=f"When it really began; left out, as it was recorded: {_TIME}.")
@click.option("--ended", metavar="TIME", help="When it really ended; left out, now.")
@click.option("--comment", metavar="TEXT", default="", help="What happened; needed unless it is a success.")
@options.if_version()
@click.pass_obj
def finish(session: Session, /, change: str, outcome: str, if_version: int | None, **more: Any) -> None:
    """Record how the implementation ended, and when. A retrospective change is finished once it is approved."""
    _finish(session, change, outcome, if_version, **more)


@command(example='foreshock change backout CHG-1001 --comment "The new unit smoked"', places=_PLACES)
@click.argument("change")
@click.option("--started", metavar="TIME", help=f"When it really began; left out, as it was recorded: {_TIME}.")
@click.option("--ended", metavar="TIME", help="When everything was back; left out, now.")
@click.option("--comment", metavar="TEXT", default="", help="What happened; it is needed.")
@options.if_version()
@click.pass_obj
def backout(session: Session, /, change: str, if_version: int | None, **more: Any) -> None:
    """Record that the change was backed out: the same as finish --outcome backed-out."""
    _finish(session, change, "backed-out", if_version, **more)


@command(
    example='foreshock change document CHG-1001 --step "Swap the unit" --backout "Put it back" --test-evidence "Tried"',
    places=_PAPERS,
)
@click.argument("change")
@click.option("--step", "steps", multiple=True, metavar="TEXT", help="A step that was done, once for each.")
@click.option("--backout", metavar="TEXT", help="How one would have gone back.")
@click.option("--backout-minutes", type=int, metavar="MIN", help="How long going back takes.")
@click.option("--test-evidence", metavar="TEXT", help="How it is known that this works.")
@options.if_version()
@click.pass_obj
def document(
    session: Session,
    /,
    change: str,
    steps: tuple[str, ...],
    backout: str | None,
    backout_minutes: int | None,
    test_evidence: str | None,
    if_version: int | None,
) -> None:
    """Complete the papers of an emergency change: steps, back-out and test evidence, within two working days."""
    from cmdb.change import implementation
    from cmdb.model.change import BackOut

    if backout is None and backout_minutes is not None:
        raise click.UsageError("--backout-minutes goes with --backout")
    held = session.twin(implementation).document(
        session.context,
        change,
        steps=steps or None,
        back_out=BackOut(backout, backout_minutes) if backout is not None else None,
        test_evidence=test_evidence,
        expected_version=if_version,
    )
    missing = implementation.papers_missing(held.record)
    named = ", ".join(name.replace("_", " ") for name in missing)
    _done(session, held, f"{change} still lacks: {named}." if missing else f"The papers of {change} are complete.")


@command(
    example='foreshock change review CHG-1001 --text "As planned" --action "Write the torque into the manual"',
    places={"/text": "--text", "/actions": "--action"},
)
@click.argument("change")
@click.option("--text", metavar="TEXT", default="", help="How it went; it is needed.")
@click.option("--outcome", type=click.Choice(_OUTCOMES), help="Corrects the outcome that was reported.")
@click.option("--action", "actions", multiple=True, metavar="TEXT", help="What follows from it, a task for each.")
@options.if_version()
@click.pass_obj
def review(
    session: Session,
    /,
    change: str,
    text: str,
    outcome: str | None,
    actions: tuple[str, ...],
    if_version: int | None,
) -> None:
    """Review a change that somebody else requested and implemented."""
    from cmdb.change import reviews
    from cmdb.model.change_outcome import ChangeOutcome
    from cmdb.model.review import REVIEWS
    from cmdb.records import to_json

    wanted = ChangeOutcome(outcome.replace("-", "_")) if outcome else None
    held = session.twin(reviews).review(
        session.context, change, text=text, outcome=wanted, actions=actions, expected_version=if_version
    )
    said = held.record.outcome.value.replace("_", " ")
    done(session, to_json(REVIEWS, held.record), f"{change} is reviewed: {said}.")


@command(example="foreshock change close CHG-1001")
@click.argument("change")
@options.if_version()
@click.pass_obj
def close(session: Session, /, change: str, if_version: int | None) -> None:
    """Close a reviewed change."""
    from cmdb.change import lifecycle

    held = session.twin(lifecycle).close(session.context, change, expected_version=if_version)
    _done(session, held, f"{change} is closed.")


def _finish(session: Session, change: str, outcome: str, version: int | None, **more: Any) -> None:
    from cmdb.change import implementation
    from cmdb.model.change_outcome import ChangeOutcome

    wanted = ChangeOutcome(outcome.replace("-", "_"))
    desk = session.twin(implementation)
    held = desk.finish(session.context, change, outcome=wanted, expected_version=version, **more)
    state = held.record.state.value.replace("_", " ")
    _done(session, held, f"{change} is {state}. Somebody else reviews it: foreshock change review {change} --help")


def _done(session: Session, held: Held[Change], sentence: str) -> None:
    from cmdb.model.change import CHANGES
    from cmdb.records import to_json

    done(session, {**to_json(CHANGES, held.record), "version": held.version}, sentence)
