"""A pipeline before the gate of change management: raise, assess, wait or go; and report the outcome back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cmdb.model.assessment import Verdict
from web.cli import options
from web.cli.change.changes import new_change
from web.cli.change.given import PLACES, content_options_but_targets
from web.cli.change.planned import assessed_now, said_of, touching_of, with_the_rest
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import plain

if TYPE_CHECKING:
    from cmdb.model.change import Change

SHUT = 3
UNFOUND = 6
_OUTCOMES = ("success", "issues", "backed-out", "failed")
_STRICTEST_FIRST = tuple(verdict.value for verdict in Verdict)
_MINUTES = click.IntRange(0, 10_000_000)
_LOOK = 5.0
_OVER = ("rejected", "deferred", "cancelled", "expired")


@command(
    example="""\
terraform show -json next.plan > plan.json
foreshock change gate --terraform-plan plan.json --fail-on CAB --title "Larger web servers" --reason "Load" \\
    --from 2026-12-02T22:00+01:00 --to 2026-12-02T23:30+01:00""",
    places={**PLACES, "/lineage": "--lineage"},
)
@click.option("--terraform-plan", "file", required=True, metavar="PLAN.json|-", help="The plan, as JSON.")
@click.option("--state", metavar="FILE", help="The state file the plan was made from; only its lineage is read.")
@click.option("--lineage", metavar="TEXT", help="That lineage itself, where the state file is not at hand.")
@click.option("--down-minutes", metavar="MIN", type=_MINUTES, help="How long what is replaced is out.")
@click.option("--restart-minutes", metavar="MIN", type=_MINUTES, help="How long what restarts is out.")
@content_options_but_targets
@click.option(
    "--fail-on",
    type=click.Choice(_STRICTEST_FIRST),
    default="CAB",
    show_default=True,
    help="End with status 3 at this verdict or a stricter one; with --wait, only if nobody approves in time.",
)
@click.option(
    "--wait", "minutes", type=_MINUTES, metavar="MIN", help="Wait so long for the approval, then check go or no-go."
)
@click.pass_obj
def gate(
    session: Session,
    /,
    file: str,
    state: str | None,
    lineage: str | None,
    down_minutes: int | None,
    restart_minutes: int | None,
    fail_on: str,
    minutes: int | None,
    **given: Any,
) -> int:
    """
    Raise a change for a Terraform plan, assess it, and let the pipeline go on or not.

    Status 0: the verdict is milder than --fail-on, or with --wait it was approved and is GO. Status 3: it is not.
    Status 6: something that goes down or restarts is no CI, so no verdict counts it. The id of the change stands in the
    answer; report how it went by `change report`.
    """
    from cmdb.change.record.planned import targets_of

    said = said_of(given, draft=False, dry_run=False)
    touching = touching_of(session, file, state, lineage)
    said["targets"] = list(targets_of(touching, down_minutes=down_minutes, restart_minutes=restart_minutes))
    change = new_change(session, {**with_the_rest(said, touching), "submitted": True})
    assessed = assessed_now(session, change["id"])
    passes = _STRICTEST_FIRST.index(assessed["verdict"]) > _STRICTEST_FIRST.index(fail_on)
    waited = None if minutes is None else _waited(session, change["id"], minutes)
    go = _go(session, change["id"]) if waited is not None and waited.state.value in ("approved", "scheduled") else None
    document = {
        "change": change["id"],
        "verdict": assessed["verdict"],
        "reasons": assessed["reasons"],
        "fail_on": fail_on,
        "unfound": touching.missed,
        "state": None if waited is None else waited.state.value,
        "go": go,
        "open": (passes if minutes is None else go is not None and go["answer"] == "GO") and not touching.missed,
    }
    emit(session, document, lambda: _lines(document))
    if touching.missed:
        return UNFOUND
    return 0 if document["open"] else SHUT


@command(example="foreshock change report CHG-1001 --outcome success", places={"/comment": "--comment"})
@click.argument("change")
@click.option("--outcome", type=click.Choice(_OUTCOMES), required=True, help="How it went.")
@click.option("--comment", metavar="TEXT", default="", help="What happened; needed unless it is a success.")
@options.if_version()
@click.pass_obj
def report(session: Session, /, change: str, outcome: str, comment: str, if_version: int | None) -> None:
    """Report how a change went that a pipeline has begun with `change implement`: the same as `change finish`."""
    from cmdb.change import implementation
    from cmdb.model.change import CHANGES
    from cmdb.model.change_outcome import ChangeOutcome
    from cmdb.records import to_json

    wanted = ChangeOutcome(outcome.replace("-", "_"))
    desk = session.twin(implementation)
    held = desk.finish(session.context, change, outcome=wanted, comment=comment, expected_version=if_version)
    document = {**to_json(CHANGES, held.record), "version": held.version}
    emit(session, document, lambda: [f"{change} is {held.record.state.value.replace('_', ' ')}."])


def _waited(session: Session, change: str, minutes: int) -> Change:
    """Return the change once it is decided about, or as it is when the time is over."""
    from cmdb.change import changes

    desk, until = session.twin(changes), time.monotonic() + 60 * minutes
    told = False
    while True:
        found: Change = desk.get(session.context, change).record
        if found.state.value in ("approved", "scheduled", *_OVER) or time.monotonic() >= until:
            return found
        if not told:
            note(f"{change} waits for its approval")
            told = True
        time.sleep(min(_LOOK, max(0.0, until - time.monotonic())))


def _go(session: Session, change: str) -> dict[str, Any]:
    from cmdb.model.go_check import GO_CHECKS
    from cmdb.records import to_json
    from impact.questions import go as question

    with session.watch.computing():
        return to_json(GO_CHECKS, session.twin(question).go(session.context, change).record)


def _lines(document: dict[str, Any]) -> Iterator[str]:
    reasons = f" ({', '.join(document['reasons'])})" if document["reasons"] else ""
    yield f"{document['change']}: {document['verdict']}{reasons}"
    if document["unfound"]:
        yield f"{document['unfound']} thing(s) that go down or restart are no CIs, and are not counted."
    if document["state"] is not None:
        yield f"It is {document['state'].replace('_', ' ')}."
    if document["go"] is not None:
        yield document["go"]["answer"]
        for fact in document["go"]["facts"]:
            yield f"  {plain(fact['name'] or fact['record'])}: {fact['code'].replace('_', ' ')} ({fact['record']})"
    yield "The gate is open." if document["open"] else f"The gate is shut: foreshock change show {document['change']}"
