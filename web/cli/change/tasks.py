"""Tasks and conditions of a change at the command line; its twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import table

_PLACES = {"/title": "TITLE", "/owner": "--owner", "/needs": "--needs"}


@command(example='foreshock change add-task CHG-1001 "Tell the shop floor" --condition --owner shift', places=_PLACES)
@click.argument("change")
@click.argument("title")
@click.option("--condition", is_flag=True, help="It has to be done before the change is implemented.")
@click.option("--owner", metavar="ID", help="Who does it, a person or a team.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Until which day.")
@click.option("--needs", multiple=True, metavar="TASK", help="A task of the change to be done first, once for each.")
@click.pass_obj
def add(
    session: Session,
    /,
    change: str,
    title: str,
    condition: bool,
    owner: str | None,
    due: datetime | None,
    needs: tuple[str, ...],
) -> None:
    """Add a task to a change, or a condition, which blocks its implementation until it is done."""
    from cmdb.change.record import tasks

    held = session.twin(tasks).add(
        session.context,
        change,
        title=title,
        condition=condition,
        owner=owner,
        due=due.date() if due else None,
        needs=needs,
    )
    what = "condition" if condition else "task"
    done(session, _document(held), f"{held.record.id} is a {what} of {change}.")


@command(example="foreshock change edit-task TSK-1002 --needs TSK-1001", places=_PLACES)
@click.argument("task")
@click.option("--needs", multiple=True, metavar="TASK", help="A task of the change to be done first; none: needs none.")
@options.if_version()
@click.pass_obj
def edit(session: Session, /, task: str, needs: tuple[str, ...], if_version: int | None) -> None:
    """Say which tasks have to be done before this one."""
    from cmdb.change.record import tasks

    held = session.twin(tasks).edit(session.context, task, needs=needs, expected_version=if_version)
    done(session, _document(held), f"{task} needs {', '.join(held.record.needs) or 'no other'}.")


@command(example="foreshock change task-done TSK-1001")
@click.argument("task")
@options.if_version()
@click.pass_obj
def finish(session: Session, /, task: str, if_version: int | None) -> None:
    """Record that a task or a condition is done."""
    from cmdb.change.record import tasks

    held = session.twin(tasks).finish(session.context, task, expected_version=if_version)
    done(session, _document(held), f"{task} is done.")


@command(example="foreshock change tasks CHG-1001")
@click.argument("change")
@click.pass_obj
def list_tasks(session: Session, /, change: str) -> None:
    """List the tasks and conditions of a change."""
    from cmdb.change import changes
    from cmdb.change.record import tasks
    from cmdb.model.task import TASKS
    from cmdb.records import to_json

    session.twin(changes).get(session.context, change)
    rows = [to_json(TASKS, task) for task in session.twin(tasks).of_change(session.context, change)]
    emit(session, {"rows": rows}, lambda: _lines(rows), rows=rows)


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "It has no tasks."
        return
    shown = [
        [
            row["id"],
            "condition" if row["condition"] else "action" if row["review"] else "task",
            f"done by {row['done_by']}" if row["done_at"] else "open",
            row["owner"],
            row["due"],
            ", ".join(row["needs"]),
            row["title"],
        ]
        for row in rows
    ]
    yield from table(("ID", "KIND", "STATE", "OWNER", "DUE", "NEEDS", "TITLE"), shown)


def _document(held: Any) -> dict[str, Any]:
    from cmdb.model.task import TASKS
    from cmdb.records import to_json

    return {**to_json(TASKS, held.record), "version": held.version}
