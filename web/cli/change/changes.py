"""Changes at the command line: raise, edit and submit; its twins are the resource and the page of this name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.change.given import PLACES, content_options, given_of
from web.cli.output import done
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.change import Change
    from cmdb.records import Held


@command(
    example="""\
foreshock change new --title "Replace power supply in rack B4" --reason "Fan alarm since Monday" \\
    --target pdu-b4-1,offset=10,minutes=20 --from 2026-12-02T22:00+01:00 --to 2026-12-02T23:30+01:00 \\
    --backout "Put the old unit back" --backout-minutes 12""",
    places=PLACES,
)
@content_options
@click.option(
    "--retrospective",
    is_flag=True,
    help="It was done already, without one: its window may be past, it authorises nothing.",
)
@click.option("--submit", is_flag=True, help="Hand it in at once.")
@click.pass_obj
def new(session: Session, /, submit: bool, retrospective: bool, **given: Any) -> None:
    """
    Raise a change in your name, as a draft. A window is not an outage: each target has its own planned minutes.

    Everything that is wrong with it is said at once.
    """
    words = given_of(given)
    words |= {"retrospective": True} if retrospective else {}
    words |= {"submitted": True} if submit else {}
    document = new_change(session, words)
    done(session, document, f"{document['id']} is {_state(document)}. Next: foreshock change {_next(document)}")


@command(example="foreshock change edit CHG-1001 --to 2026-12-03T00:30+01:00", places=PLACES)
@click.argument("change")
@content_options
@options.if_version()
@click.pass_obj
def edit(session: Session, /, change: str, if_version: int | None, **given: Any) -> None:
    """
    Change what a change says. What is not named stays; targets and steps are replaced as a whole.

    After submission, an edit of targets, window, steps, back-out, type or implementer makes a new revision, and
    decisions on earlier ones are void. An empty --backout or --implementer takes it away.
    """
    before = _document(session, change)
    said = given_of(given, before)
    if not said:
        raise click.UsageError("nothing to change was named")
    document = _edit(session, change, said, before["version"] if if_version is None else if_version)
    if document["version"] == before["version"]:
        sentence = f"{change} says that already; nothing was written."
    elif document["revision"] > before["revision"]:
        sentence = f"{change} is {_state(document)}; decisions on earlier revisions are void."
    else:
        sentence = f"{change} is {_state(document)}."
    done(session, document, sentence)


@command(example="foreshock change submit CHG-1001", places=PLACES)
@click.argument("change")
@options.if_version()
@click.pass_obj
def submit(session: Session, /, change: str, if_version: int | None) -> None:
    """Hand a draft in: from here on what it says is under revision control."""
    document = submit_change(session, change, if_version)
    done(session, document, f"{change} is {_state(document)}. Next: foreshock change {_next(document)}")


def _state(document: dict[str, Any]) -> str:
    article = "a " if document["state"] == "draft" else ""
    return f"{article}{document['state']} (revision {document['revision']})"


def _next(document: dict[str, Any]) -> str:
    return f"{'submit' if document['state'] == 'draft' else 'assess'} {document['id']}"


# What the desk, or the server, is asked ------------------------------------------------------------------------------
def _document(session: Session, change: str) -> dict[str, Any]:
    from cmdb.change import changes

    return shown_change(session.twin(changes).get(session.context, change))


def new_change(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    from cmdb.change import changes

    words = {"title": "", "reason": "", **desk_words(given)}
    return shown_change(session.twin(changes).new(session.context, **words))


def _edit(session: Session, change: str, given: dict[str, Any], version: int) -> dict[str, Any]:
    from cmdb.change import changes

    return shown_change(
        session.twin(changes).edit(session.context, change, expected_version=version, **desk_words(given))
    )


def submit_change(session: Session, change: str, version: int | None) -> dict[str, Any]:
    from cmdb.change import changes

    return shown_change(session.twin(changes).submit(session.context, change, expected_version=version))


def desk_words(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was given in the words of the desk."""
    from datetime import date

    from cmdb.model.change import BackOut, ChangeType

    words = dict(given)
    if "type" in words:
        words["change_type"] = ChangeType(words.pop("type"))
    if "window" in words:
        words["window"] = (words["window"]["start"], words["window"]["end"])
    if words.get("back_out"):
        plan = words["back_out"]
        tested = plan.get("tested_on")
        words["back_out"] = BackOut(plan["plan"], plan.get("minutes"), date.fromisoformat(tested) if tested else None)
    return words


def shown_change(held: Held[Change]) -> dict[str, Any]:
    """Return the document of a change with its version."""
    from cmdb.model.change import CHANGES
    from cmdb.records import to_json

    return {**to_json(CHANGES, held.record), "version": held.version}
