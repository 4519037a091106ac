"""Comments on a change at the command line; its twins are the resource and the page of this name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import moment, plain


@command(example='foreshock change comment CHG-1001 "The spare is on site"', places={"/text": "TEXT"})
@click.argument("change")
@click.argument("text")
@click.pass_obj
def add(session: Session, /, change: str, text: str) -> None:
    """Say something about a change; it stays for ever."""
    from cmdb.change.record import comments
    from cmdb.model.comment import COMMENTS
    from cmdb.records import to_json

    held = session.twin(comments).add(session.context, change, text)
    done(session, to_json(COMMENTS, held.record), f"{held.record.id} is a comment on {change}.")


@command(example="foreshock change comments CHG-1001")
@click.argument("change")
@click.pass_obj
def list_comments(session: Session, /, change: str) -> None:
    """List the comments on a change, oldest first, with the reasons of its moves."""
    from cmdb.change import changes
    from cmdb.change.record import comments
    from cmdb.model.comment import COMMENTS
    from cmdb.records import to_json

    session.twin(changes).get(session.context, change)
    rows = [to_json(COMMENTS, each) for each in session.twin(comments).of_change(session.context, change)]
    emit(session, {"rows": rows}, lambda: _lines(rows), rows=rows)


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "Nobody has said anything yet."
    for row in rows:
        move = f", {row['move']}" if row["move"] else ""
        yield f"{plain(row['by'])}, {moment(row['at'])}{move}:"
        yield f"  {plain(row['text'])}"
