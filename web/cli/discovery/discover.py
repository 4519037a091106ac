"""``foreshock discover``: look at a source now, or show what that would change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli.discovery.differences import MOST_SHOWN, difference_lines
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.run import Run

_STATUS = {"ok": 0, "partial": 6}


@command(example="foreshock discover run dc1")
@click.argument("source")
@click.option("--target", "targets", multiple=True, metavar="ID", help="Read only this target; repeatable.")
@click.option(
    "--may-lose",
    multiple=True,
    metavar="SCOPE",
    help="Believe that this scope has lost as much as it seems; repeatable. A run that loses a lot is held.",
)
@click.option("--try-refused", is_flag=True, help="Try credentials again that targets have refused, once.")
@click.pass_obj
def run(
    session: Session, /, source: str, targets: tuple[str, ...], may_lose: tuple[str, ...], *, try_refused: bool
) -> int:
    """
    Look at a source now, take in what is seen, and wait until that has ended; Ctrl-C asks it to stop.

    Status 0 when all was read, 6 when some targets failed or something is held for you, else 1.
    """
    from web.cli.runs import document, run_lines

    asked = {"targets": list(targets), "may_lose": list(may_lose), "try_refused": try_refused}
    ended = _done(session, {"source": source, **asked})
    emit(session, document(ended, None), lambda: run_lines(ended, None))
    return _STATUS.get(ended.state, 1)


@command(example="foreshock discover apply discover:dc1@7")
@click.argument("dry_run", metavar="RUN")
@click.pass_obj
def apply(session: Session, /, dry_run: str) -> int:
    """
    Write exactly what a dry run showed; where that would change something else now, nothing is written.

    Status as that of discover run.
    """
    from discovery import asking
    from web.cli.runs import document, run_lines

    ended = _watched(session, session.twin(asking).apply(session.context, dry_run).record.id)
    emit(session, document(ended, None), lambda: run_lines(ended, None))
    return _STATUS.get(ended.state, 1)


@command(example="foreshock discover dry-run dc1")
@click.argument("source")
@click.option("--target", "targets", multiple=True, metavar="ID", help="Read only this target; repeatable.")
@click.option("--show", type=click.IntRange(min=0), default=MOST_SHOWN, metavar="N", help="How many differences.")
@click.pass_obj
def dry_run(session: Session, /, source: str, targets: tuple[str, ...], show: int) -> int:
    """Look at a source now and show what would be created, changed, missing, retired or merged; nothing is written."""
    import shlex

    from discovery import asking
    from web.cli.runs import document, run_lines
    from web.cli.tables import plain

    ended = _done(session, {"source": source, "targets": list(targets), "dry_run": True})
    kept = "result" in ended.figures
    differences = session.twin(asking).differences(session.context, ended.id) if kept else []

    def lines() -> Iterator[str]:
        yield from run_lines(ended, None)
        yield from difference_lines(session, differences, show=show)
        if differences:
            yield ""
            yield plain(f"To write exactly this: foreshock discover apply {shlex.quote(ended.id)}")

    emit(session, {**document(ended, None), "differences": differences}, lines, rows=differences)
    return _STATUS.get(ended.state, 1)


def _done(session: Session, parameters: dict[str, Any]) -> Run:
    from discovery import asking

    return _watched(
        session, session.twin(asking).ask(session.context, parameters.pop("source"), **parameters).record.id
    )


def _watched(session: Session, asked: str) -> Run:
    from web.cli.jobs import watched

    if session.server is not None:
        note(f"{asked} is asked for; a worker does it")
    return watched(session, asked)
