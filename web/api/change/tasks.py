"""Tasks and conditions of changes over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change import changes
from cmdb.change.record import tasks
from cmdb.model.task import TASKS, Task
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictBoolean
from web.api.schemas import Strict, schema_of
from web.request import context

blueprint = Blueprint("change_tasks", __name__, url_prefix="", description="What is to be done for a change, by whom")

TaskOut = schema_of(TASKS)


class NewTask(Strict):
    """A task of a change."""

    title = fields.String(required=True)
    condition = StrictBoolean(load_default=False, metadata={"description": "it blocks the implementation until done"})
    owner = fields.String(load_default=None, allow_none=True, metadata={"description": "a person or a team"})
    due = fields.Date(load_default=None, allow_none=True)
    needs = fields.List(
        fields.String(), load_default=(), metadata={"description": "ids of tasks of the change to be done first"}
    )


class EditedTask(Strict):
    """What may be changed of a task."""

    needs = fields.List(
        fields.String(), required=True, metadata={"description": "ids of tasks of the change to be done first"}
    )


class Tasks(Schema):
    """The tasks of a change, in the order they were added."""

    rows = fields.List(fields.Nested(TaskOut), required=True)


@blueprint.route("/changes/<change_id>/tasks")
class ChangeTasks(MethodView):
    @blueprint.etag
    @blueprint.response(200, Tasks)
    def get(self, change_id: str) -> dict[str, Any]:
        """List the tasks of a change."""
        changes.get(context(), change_id)
        return {"rows": tasks.of_change(context(), change_id)}

    @blueprint.etag
    @blueprint.response(201, TaskOut)
    @blueprint.arguments(NewTask)
    @blueprint.writes(TASKS)
    def post(self, new: dict[str, Any], change_id: str) -> Held[Task]:
        """Add a task to a change, or a condition."""
        return tasks.add(context(), change_id, **new)


@blueprint.route("/change-tasks/<task>")
class OneTask(MethodView):
    @blueprint.etag
    @blueprint.response(200, TaskOut)
    def get(self, task: str) -> Task:
        """Show a task."""
        return blueprint.tagged(tasks.get(context(), task))

    @blueprint.etag
    @blueprint.response(200, TaskOut)
    @blueprint.arguments(EditedTask)
    @blueprint.writes(TASKS)
    @needs_version
    def patch(self, given: dict[str, Any], task: str, *, expected_version: int) -> Held[Task]:
        """Say which tasks have to be done before this one."""
        return tasks.edit(context(), task, expected_version=expected_version, **given)


@blueprint.route("/change-tasks/<task>/done")
class TaskDone(MethodView):
    @blueprint.etag
    @blueprint.response(200, TaskOut)
    @blueprint.writes(TASKS)
    @needs_version
    def post(self, task: str, *, expected_version: int) -> Held[Task]:
        """Record that a task is done."""
        return tasks.finish(context(), task, expected_version=expected_version)
