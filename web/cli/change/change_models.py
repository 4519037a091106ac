"""Change models at the command line: draw up, change, approve, withdraw; its twins are the resource and the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, plain, table

if TYPE_CHECKING:
    from cmdb.model.change_model import ChangeModel
    from cmdb.records import Held

_PLACES = {
    "/id": "MODEL",
    "/title": "--title",
    "/type": "--type",
    "/description": "--description",
    "/minutes": "--minutes",
    "/offset": "--offset",
    "/steps": "--step",
    "/back_out/plan": "--backout",
    "/back_out/minutes": "--backout-minutes",
    "/team": "--team",
    "/window_minutes": "--window-minutes",
    "/test_evidence": "--test-evidence",
    "/limit": "--limit",
    "/because": "--because",
}


def _plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--title", metavar="TEXT", help="What its changes do, in one line."),
            click.option("--type", "change_type", type=click.Choice(["standard", "normal"]), help="Of its changes."),
            click.option("--description", metavar="TEXT", help="When it is right to use it."),
            click.option(
                "--effect", type=click.Choice(["down", "restart", "config", "retire"]), help="Done to each target."
            ),
            click.option("--offset", type=int, metavar="MIN", help="The minute of the window a target goes out at."),
            click.option("--minutes", type=int, metavar="MIN", help="For how long it is out."),
            click.option("--step", "steps", multiple=True, metavar="TEXT", help="A step, once for each."),
            click.option("--backout", metavar="TEXT", help="How to go back."),
            click.option("--backout-minutes", type=int, metavar="MIN", help="How long going back takes."),
            click.option("--team", metavar="NAME", help="Who does it."),
            click.option("--window-minutes", type=int, metavar="MIN", help="How long a window is unless it is given."),
            click.option("--test-evidence", metavar="TEXT", help="How it is known that this works."),
            click.option(
                "--limit",
                metavar="FAILURES/OF",
                help="It withdraws itself when so many of its last changes failed; 2/20 unless said otherwise.",
            ),
        )
    ):
        command = option(command)
    return command


@command(
    example='foreshock change-model new reboot --title "Reboot a web server" --effect restart --minutes 10',
    places=_PLACES,
)
@click.argument("model")
@_plan_options
@click.pass_obj
def new(session: Session, /, model: str, **given: Any) -> None:
    """Draw up a change model: a template for changes of one sort. Somebody else approves it."""
    from cmdb.change import change_models

    words = {"title": "", **_words(given, {})}
    held = session.twin(change_models).define(session.context, model, expected_version=0, **words)
    done(session, _document(held), f"The change model {model} is proposed; somebody else approves it.")


@command(example="foreshock change-model set reboot --minutes 15", places=_PLACES)
@click.argument("model")
@_plan_options
@options.if_version()
@click.pass_obj
def set_model(session: Session, /, model: str, if_version: int | None, **given: Any) -> None:
    """Change a model: what is not named stays. It has to be approved anew."""
    from cmdb.change import change_models

    desk = session.twin(change_models)
    before = _document(desk.get(session.context, model))
    words = _words(given, before)
    if not words:
        raise click.UsageError("nothing to change was named")
    version = before["version"] if if_version is None else if_version
    held = desk.define(session.context, model, expected_version=version, **words)
    same = held.version == before["version"]
    said = "says that already; nothing was written" if same else "is proposed anew; somebody else approves it"
    done(session, _document(held), f"The change model {model} {said}.")


@command(example="foreshock change-model approve reboot")
@click.argument("model")
@options.if_version()
@click.pass_obj
def approve(session: Session, /, model: str, if_version: int | None) -> None:
    """Approve a model that somebody else drew up: its changes may be made from now on."""
    from cmdb.change import change_models

    held = session.twin(change_models).approve(session.context, model, expected_version=if_version)
    done(session, _document(held), f"The change model {model} is approved: foreshock change new --model {model} --help")


@command(example='foreshock change-model withdraw reboot --because "The new kernel needs another way"', places=_PLACES)
@click.argument("model")
@click.option("--because", metavar="TEXT", default="", help="Why; it is needed.")
@options.if_version()
@click.pass_obj
def withdraw(session: Session, /, model: str, because: str, if_version: int | None) -> None:
    """Withdraw a model: no change is made from it any more."""
    from cmdb.change import change_models

    desk = session.twin(change_models)
    held = desk.withdraw(session.context, model, because=because, expected_version=if_version)
    done(session, _document(held), f"The change model {model} is withdrawn.")


@command(example="foreshock change-model list")
@click.pass_obj
def list_models(session: Session, /) -> None:
    """List the change models."""
    from cmdb.change import change_models

    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = session.twin(change_models).listing(session.context, after=after, limit=1000)
        rows += [_shown(held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    shown = [[row["id"], row["state"], row["type"], row["team"], row["title"]] for row in rows]
    none = ["There is no change model: foreshock change-model new --help"]
    headers = ("MODEL", "STATE", "TYPE", "TEAM", "TITLE")
    emit(session, {"rows": rows}, lambda: table(headers, shown) if rows else none, rows=rows)


@command(example="foreshock change-model show reboot")
@click.argument("model")
@click.pass_obj
def show(session: Session, /, model: str) -> None:
    """Show a change model, and how its last changes went."""
    from cmdb.change import change_models

    desk = session.twin(change_models)
    held = desk.get(session.context, model)
    standing = desk.standing(session.context, held.record)
    document = {**_document(held), "standing": {"bad": standing.bad, "of": standing.of}}
    emit(session, document, lambda: _lines(document))


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield plain(f"{row['id']}  {row['state']}  {row['title']}")
    back_out, standing, limit = row["back_out"], row["standing"], row["limit"]
    lasting = "" if row["minutes"] is None else f" for {row['minutes']} minutes"
    yield from fields(
        [
            ("type", row["type"]),
            ("use it", row["description"]),
            ("to each target", f"{row['effect']}{lasting}"),
            ("team", row["team"]),
            ("window", row["window_minutes"] and f"{row['window_minutes']} minutes"),
            ("back-out", back_out and back_out["plan"]),
            ("test evidence", row["test_evidence"]),
            ("by", ", ".join(row["authors"])),
            ("approved", row["approved_by"] and f"by {row['approved_by']}"),
            ("withdrawn", row["withdrawn_by"] and f"by {row['withdrawn_by']}: {row['because']}"),
            ("its last changes", f"{standing['bad']} of {standing['of']} were backed out or failed"),
            ("limit", f"withdrawn at {limit['failures']} of the last {limit['of']}"),
        ],
        indent="  ",
    )
    yield from (f"  {number}. {plain(step)}" for number, step in enumerate(row["steps"], start=1))


def _words(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return what the options say, in the words of the desk."""
    from cmdb.model.change import BackOut, ChangeType, Effect
    from cmdb.model.change_model import FailureLimit

    words = {name: value for name, value in given.items() if value is not None and value != ()}
    plan = {name: words.pop(name) for name in ("backout", "backout_minutes") if name in words}
    if plan:
        old = before.get("back_out") or {}
        words["back_out"] = BackOut(
            plan.get("backout", old.get("plan", "")), plan.get("backout_minutes", old.get("minutes"))
        )
    if "change_type" in words:
        words["change_type"] = ChangeType(words["change_type"])
    if "effect" in words:
        words["effect"] = Effect(words["effect"])
    if "limit" in words:
        failures, slash, of = words["limit"].partition("/")
        if not slash or not (failures.isascii() and failures.isdigit()) or not (of.isascii() and of.isdigit()):
            raise click.UsageError(f"--limit {words['limit']}: write FAILURES/OF, such as 2/20")
        words["limit"] = FailureLimit(int(failures), int(of))
    return words


def _document(held: Held[ChangeModel]) -> dict[str, Any]:
    return {**_shown(held.record), "version": held.version}


def _shown(model: ChangeModel) -> dict[str, Any]:
    from cmdb.model.change_model import CHANGE_MODELS
    from cmdb.records import to_json

    return to_json(CHANGE_MODELS, model)
