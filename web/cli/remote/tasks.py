"""Tasks of changes, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cmdb.model.task import TASKS, Task
from cmdb.records import Held, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held


def add(
    context: RemoteContext,
    change_id: str,
    *,
    title: str,
    condition: bool = False,
    owner: str | None = None,
    due: date | None = None,
    needs: Sequence[str] = (),
) -> Held[Task]:
    body = {"title": title, "condition": condition, "owner": owner, "needs": list(needs)}
    body["due"] = None if due is None else due.isoformat()
    return held(TASKS, context.server.send("POST", "changes", change_id, "tasks", body=body))


def edit(
    context: RemoteContext, task_id: str, *, needs: Sequence[str], expected_version: int | None = None
) -> Held[Task]:
    version = _version(context, task_id, expected_version)
    body = {"needs": list(needs)}
    return held(TASKS, context.server.send("PATCH", "change-tasks", task_id, body=body, version=version))


def finish(context: RemoteContext, task_id: str, *, expected_version: int | None = None) -> Held[Task]:
    version = _version(context, task_id, expected_version)
    return held(TASKS, context.server.send("POST", "change-tasks", task_id, "done", version=version))


def of_change(context: RemoteContext, change_id: str) -> tuple[Task, ...]:
    rows = context.server.get("changes", change_id, "tasks").document["rows"]
    return tuple(from_document(TASKS, row) for row in rows)


def _version(context: RemoteContext, task_id: str, expected: int | None) -> int:
    return context.server.version_of("change-tasks", task_id) if expected is None else expected
