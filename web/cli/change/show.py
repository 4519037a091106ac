"""Reading changes at the command line: the one-page summary, and the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.change.states import CHANGE_STATES
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import table

if TYPE_CHECKING:
    from cmdb.change.record.dossier import ChangeRevision
    from cmdb.model.change import Change
    from impact.questions.consequence import ConsequenceAnswer


@command(example="foreshock change show CHG-1001")
@click.argument("change")
@click.pass_obj
def show(session: Session, /, change: str) -> None:
    """
    Show a change on one page: the verdict in words, services, new single points, plan, decisions and hashes.

    With -o json the change, with its newest assessment under "assessed" and every decision under "decisions".
    """
    print_change(session, change)


def print_change(session: Session, change: str) -> None:
    """Print the one-page summary of a change, or its document."""
    from cmdb.change.record import dossier
    from cmdb.model.assessment import ASSESSMENTS
    from cmdb.model.attachment import ATTACHMENTS
    from cmdb.model.change import CHANGES
    from cmdb.model.comment import COMMENTS
    from cmdb.model.decision import DECISIONS
    from cmdb.model.go_check import GO_CHECKS
    from cmdb.model.kind import Kind
    from cmdb.model.review import REVIEWS
    from cmdb.model.task import TASKS
    from cmdb.records import to_json

    found = session.twin(dossier).show(session.context, change)
    newest = found.assessments[-1] if found.assessments else None
    document = {
        **to_json(CHANGES, found.held.record),
        "version": found.held.version,
        "assessed": to_json(ASSESSMENTS, newest) if newest else None,
        "assessments": [one.id for one in found.assessments],
        "decisions": [
            {**to_json(DECISIONS, one.decision), "void": one.void, "because": one.because} for one in found.decisions
        ],
        "revisions": [_revision(one) for one in found.revisions],
        "moves": list(found.moves),
        "tasks": [to_json(TASKS, one) for one in found.tasks],
        "comments": [to_json(COMMENTS, one) for one in found.comments],
        "attachments": [to_json(ATTACHMENTS, one) for one in found.attachments],
        "review": to_json(REVIEWS, found.review) if found.review else None,
        "afterwards": to_json(Kind(type(found.afterwards), name="afterwards"), found.afterwards),
        "go_checks": [to_json(GO_CHECKS, one) for one in found.go_checks],
    }
    expected = _consequence(session, found.held.record)
    if expected is not None:
        document["consequence"] = to_json(Kind(type(expected), name="answer"), expected)

    def lines() -> Iterator[str]:
        from web.cli.change.summary import page_of

        return page_of(session, found, expected.consequence if expected else None)

    emit(session, document, lines)


def _consequence(session: Session, change: Change) -> ConsequenceAnswer | None:
    """Return what a change that may still be done is expected to cost, None where it lacks window or targets."""
    from cmdb.errors import Family, ForeshockError
    from impact.questions import consequence as question
    from impact.questions.conflicts import COUNTED

    if change.state not in COUNTED or change.window is None or not change.targets:
        return None
    try:
        found: ConsequenceAnswer = session.twin(question).consequence_of(session.context, change.id)
    except ForeshockError as wrong:
        # A target is no longer what it was when the change was written; the summary tells that by itself.
        if wrong.family is Family.BAD_INPUT:
            return None
        raise
    return found


@command(example="foreshock change list --state submitted --state assessed")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(CHANGE_STATES), help="Only those in this state; repeatable."
)
@options.limit()
@options.as_of()
@click.pass_obj
def list_changes(session: Session, /, states: tuple[str, ...], limit: int | None, as_of: str | None) -> None:
    """List changes, newest first."""
    from cmdb.change import changes
    from cmdb.model.change import CHANGES, ChangeState
    from cmdb.records import to_json

    context, after = session.context, None
    rows: list[dict[str, Any]] = []
    at = session.at(as_of)
    while True:
        size = 1000 if limit is None else min(1000, limit - len(rows))
        wanted = [ChangeState(state) for state in states]
        page = session.twin(changes).listing(context, states=wanted, after=after, limit=size, at=at)
        rows += [to_json(CHANGES, held.record) for held in page.rows]
        after = page.after
        if after is None or (limit is not None and len(rows) >= limit):
            break

    emit(session, {"rows": rows, "next": after}, lambda: _lines(rows), rows=rows)
    if after is not None:
        note(f"{len(rows)} shown; there are more")


def _revision(revision: ChangeRevision) -> dict[str, Any]:
    changed = [{"pointer": d.pointer, "before": d.before, "after": d.after} for d in revision.changed]
    return {"number": revision.number, "at": revision.at.isoformat(), "by": revision.by, "changed": changed}


def _lines(rows: list[dict[str, Any]]) -> Any:
    from web.wording_change import moment_words

    if not rows:
        return ["No change is there. Raise one: foreshock change new --help"]
    shown = []
    for row in rows:
        window = row["window"]
        begins = "" if window is None else moment_words(_moment(window["start"]), window["zone"])
        shown.append([row["id"], row["state"].replace("_", " "), row["type"], begins, row["requester"], row["title"]])
    return table(("ID", "STATE", "TYPE", "WINDOW BEGINS", "REQUESTER", "TITLE"), shown)


def _moment(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)
