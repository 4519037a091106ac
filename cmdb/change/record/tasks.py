"""
The desk of a change's tasks and conditions.

A condition is a task that blocks the implementation. Tasks may need one another, never in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from cmdb.change import checks
from cmdb.change.errors import TaskOpen
from cmdb.change.record.circles import circle_in
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem, WrongState
from cmdb.model.change import CHANGES, Change, ChangeState
from cmdb.model.task import TASKS, Task
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Equals, Put, Unwritten
from cmdb.records import Held, to_document

MOST = 200
_OVER = frozenset({ChangeState.CLOSED, ChangeState.CANCELLED, ChangeState.EXPIRED})
_BEFORE = tuple(
    state
    for state in ChangeState
    if state
    in {
        ChangeState.DRAFT,
        ChangeState.SUBMITTED,
        ChangeState.ASSESSED,
        ChangeState.APPROVED,
        ChangeState.DEFERRED,
        ChangeState.SCHEDULED,
    }
)


def add(
    context: Context,
    change_id: str,
    *,
    title: str,
    condition: bool = False,
    owner: str | None = None,
    due: date | None = None,
    needs: Sequence[str] = (),
) -> Held[Task]:
    """
    Add a task to a change, or a condition, which has to be done before it is implemented.

    Raises:
        NotAllowed: the actor may not write tasks.
        NotFound: there is no such change.
        WrongState: it is over; or a condition comes too late, because it is being implemented.
        InvalidInput: something given is wrong; every problem is named.
        WrittenMeanwhile: somebody wrote tasks at the same time.
    """
    context.allow("change:task")
    change = context.records.get(CHANGES, change_id)
    _refuse_late(change, "add a condition" if condition else "add a task", condition=condition)
    task = Task(
        "",
        change_id,
        title,
        context.clock.now(),
        context.actor.id,
        condition=condition,
        owner=owner,
        due=due,
        needs=tuple(needs),
    )
    return _put(context, task, "change:task_added", expected_version=0)


def edit(context: Context, task_id: str, *, needs: Sequence[str], expected_version: int | None = None) -> Held[Task]:
    """
    Say which tasks have to be done before this one.

    Raises:
        NotAllowed, NotFound, WrongState: as for :func:`add`.
        VersionConflict: somebody else changed it meanwhile.
        InvalidInput: there is no such task in the change, or they would need one another in a circle, which is named.
    """
    context.allow("change:task")
    held = _held(context, task_id, expected_version)
    _refuse_late(context.records.get(CHANGES, held.record.change), "edit a task", condition=False)
    return _put(context, replace(held.record, needs=tuple(needs)), "change:task_edited", expected_version=held.version)


def finish(context: Context, task_id: str, *, expected_version: int | None = None) -> Held[Task]:
    """
    Record that a task is done; done twice changes nothing.

    Raises:
        NotAllowed, NotFound: as for :func:`add`.
        VersionConflict: somebody else changed it meanwhile.
        TaskOpen: a task it needs is not done; all of them are named.
    """
    context.allow("change:task")
    held = _held(context, task_id, expected_version)
    if held.record.is_done:
        return held
    there = {task.id: task for task in of_change(context, held.record.change)}
    waiting = [need for need in held.record.needs if need in there and not there[need].is_done]
    if waiting:
        raise TaskOpen(task=task_id, waiting=waiting)
    done = replace(held.record, done_at=context.clock.now(), done_by=context.actor.id)
    return context.records.put(TASKS, done, because="change:task_done", expected_version=held.version)


def get(context: Context, task_id: str) -> Held[Task]:
    """Return a task; raises NotAllowed and NotFound."""
    context.allow("change:read")
    return context.records.held(TASKS, task_id)


def of_change(context: Context, change_id: str) -> tuple[Task, ...]:
    """Return the tasks of a change, in the order they were added; raises NotAllowed."""
    context.allow("change:read")
    found = context.records.find(TASKS, [Equals("change", change_id)])
    return tuple(sorted(found, key=lambda task: (task.made_at, len(task.id), task.id)))


def open_conditions(context: Context, change_id: str) -> tuple[Task, ...]:
    """Return the conditions of a change that are not done; raises NotAllowed."""
    return tuple(task for task in of_change(context, change_id) if task.condition and not task.is_done)


def puts_of(
    context: Context, change_id: str, titles: Iterable[str], *, decision: str | None = None, review: bool = False
) -> tuple[list[Put], tuple[Task, ...]]:
    """
    Return what writes a task of each title: conditions of an approval, or actions of a review.

    Raises:
        InvalidInput: a title is missing or too long; every problem is named.
    """
    titles = tuple(titles)
    pointer = "/actions" if review else "/conditions"
    problems = [p for n, title in enumerate(titles) for p in checks.text_problems(f"{pointer}/{n}", "task", title)]
    if len(titles) > MOST:
        problems = [checks.too_many(pointer, len(titles), MOST)]
    if problems:
        raise InvalidInput(problems, what=f"what is decided about {change_id}")
    now = context.clock.now()
    made = tuple(
        Task(
            context.new_id(TASKS),
            change_id,
            title,
            now,
            context.actor.id,
            condition=not review,
            decision=decision,
            review=review,
        )
        for title in titles
    )
    return [Put(TASKS, to_document(TASKS, task), 0) for task in made], made


def _put(context: Context, task: Task, because: str, *, expected_version: int) -> Held[Task]:
    since = context.store.revision()
    others = {each.id: each for each in of_change(context, task.change) if each.id != task.id}
    problems = list(_problems(task, others))
    if problems:
        raise InvalidInput(problems, what=f"the task of {task.change}")
    task = replace(task, id=task.id or context.new_id(TASKS))
    # Two tasks written at once could need one another, which neither writer would see.
    unwritten = Unwritten((TASKS.name,), since) if task.needs else None
    return context.records.put(TASKS, task, because=because, expected_version=expected_version, unwritten=unwritten)


def _problems(task: Task, others: Mapping[str, Task]) -> Iterator[Problem]:
    yield from checks.text_problems("/title", "task", task.title)
    if task.owner is not None:
        yield from checks.text_problems("/owner", "owner", task.owner)
    if len(others) >= MOST:
        yield checks.too_many("", len(others) + 1, MOST)
    for place, need in enumerate(task.needs):
        if need not in others and need != task.id:
            facts = {"id": need, "change": task.change}
            yield Problem("change.unknown_task", "{change} has no task {id}", facts, f"/needs/{place}")
    # A task without an id is new: no other can need it yet.
    before = {**{key: other.needs for key, other in others.items()}, task.id: task.needs}
    circle = circle_in(before, task.id) if task.id else ()
    if circle:
        sentence = "the tasks need one another in a circle: {circle}"
        yield Problem("change.task_circle", sentence, {"circle": " > ".join(circle)}, "/needs")


def _refuse_late(change: Change, move: str, *, condition: bool) -> None:
    possible = _BEFORE if condition else tuple(state for state in ChangeState if state not in _OVER)
    if change.state not in possible:
        raise WrongState(subject=change.id, move=move, state=change.state.value, possible=[s.value for s in possible])


def _held(context: Context, task_id: str, expected_version: int | None) -> Held[Task]:
    held = context.records.held(TASKS, task_id)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=TASKS.name, key=task_id, expected=expected_version, actual=held.version)
    return held
