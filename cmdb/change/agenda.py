"""What stands on the agenda of a meeting by rule: open actions, what went wrong, what to decide, what is ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cmdb.change import change_models, tasks
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS, Assessment, Verdict
from cmdb.model.change import CHANGES, Change, ChangeState, ChangeType
from cmdb.model.change_model import CHANGE_MODELS, ModelState
from cmdb.model.change_outcome import BAD
from cmdb.model.meeting import MEETINGS, AgendaItem, ItemKind, Meeting, MeetingState
from cmdb.model.task import TASKS, Task
from cmdb.ports.store import Between, Equals, Filter, OneOf
from cmdb.records import from_document

MINUTES: dict[ItemKind, int] = {
    ItemKind.ACTION: 1,
    ItemKind.LOOK_BACK: 2,
    ItemKind.DECISION: 3,
    ItemKind.MODEL: 2,
    ItemKind.TOPIC: 5,
    ItemKind.PRE_AUTHORISED: 0,
    ItemKind.FORWARD: 0,
}
"""The timer of an item that nobody gave another."""

LOOK_AHEAD = timedelta(days=28)
FIRST_LOOK_BACK = timedelta(days=28)
"""How far a board looks back that has never met."""
_NO_TIER = 1_000


@dataclass(frozen=True, slots=True)
class Before:
    """The meeting before: what it had on its agenda, and since when things count as new."""

    agenda: tuple[AgendaItem, ...]
    since: datetime


def agenda_of(context: Context, meeting: Meeting) -> tuple[AgendaItem, ...]:
    """Return what stands on the agenda: as it was frozen, or as the rules and the hands of persons make it now."""
    if meeting.state is not MeetingState.PLANNED:
        return meeting.agenda
    return made(context, meeting)


def made(context: Context, meeting: Meeting) -> tuple[AgendaItem, ...]:
    """Return the agenda as it is made from what is recorded now, each thing once, in the order of the kinds."""
    before = before_of(context, meeting)
    by_hand = [_by_hand(context, item) for item in meeting.added]
    own = {item.ref for item in by_hand if item.ref is not None}
    found = [item for item in _by_rule(context, before) if item.ref not in own]
    items = [*found, *by_hand]
    kept = [item for item in items if item.ref not in meeting.dropped]
    order = list(ItemKind)
    return tuple(sorted(kept, key=lambda item: order.index(item.kind)))


def before_of(context: Context, meeting: Meeting) -> Before:
    """Return the board's last meeting that was held before this one."""
    where = [Equals("board", meeting.board), Equals("state", MeetingState.CLOSED.value)]
    held = [each for each in context.records.find(MEETINGS, where) if each.id != meeting.id and each.closed_at]
    if not held:
        return Before((), context.clock.now() - FIRST_LOOK_BACK)
    last = max(held, key=lambda each: (each.closed_at, each.id))
    assert last.closed_at is not None
    return Before(last.agenda, last.closed_at)


def _by_rule(context: Context, before: Before) -> Iterator[AgendaItem]:
    yield from _actions(context, before)
    yield from _look_back(context, before.since)
    yield from _decisions(context)
    yield from _models(context)
    yield from _ahead(context)


def _actions(context: Context, before: Before) -> Iterator[AgendaItem]:
    """Yield the tasks that are still open of what the meeting before was about."""
    found: dict[str, Task] = {}
    for item in before.agenda:
        if item.kind is ItemKind.ACTION and item.ref is not None:
            task = context.records.get(TASKS, item.ref)
            found[task.id] = task
        elif item.kind in (ItemKind.DECISION, ItemKind.LOOK_BACK) and item.ref is not None:
            found |= {task.id: task for task in tasks.of_change(context, item.ref)}
    for task in sorted(found.values(), key=lambda each: (each.made_at, len(each.id), each.id)):
        if not task.is_done:
            yield _item(ItemKind.ACTION, f"{task.change}: {task.title}", "open", task.id)


def _look_back(context: Context, since: datetime) -> Iterator[AgendaItem]:
    """Yield what failed, was backed out, was urgent or was done without a change since."""
    # Texts compare by code point, so the filters only preselect.
    low = since.strftime("%Y-%m-%dT%H:%M:%S")
    found: dict[str, tuple[Change, str]] = {}
    for change in _all(context, Between("outcome_at", low=low)):
        if change.outcome in BAD and change.outcome_at is not None and change.outcome_at >= since:
            found[change.id] = (change, change.outcome.value)
    for change in _all(context, Between("raised_at", low=low)):
        because = "unauthorised" if change.retrospective else "emergency"
        urgent = change.type is ChangeType.EMERGENCY and change.started_at is not None
        if change.raised_at >= since and (change.retrospective or urgent):
            found.setdefault(change.id, (change, because))
    for change, because in sorted(
        found.values(), key=lambda each: (each[0].outcome_at or each[0].raised_at, each[0].id)
    ):
        yield _item(ItemKind.LOOK_BACK, change.title, because, change.id)


def _decisions(context: Context) -> Iterator[AgendaItem]:
    """Yield the changes that wait for the board, the service of the highest tier first, then by window."""
    waiting = []
    changes = list(_all(context, Equals("state", ChangeState.ASSESSED.value)))
    judged = _assessments(context, changes)
    for change in changes:
        assessment = judged.get(change.id)
        if assessment is not None and assessment.verdict in (Verdict.CAB, Verdict.BLOCK):
            waiting.append((change, assessment))
    for change, assessment in sorted(waiting, key=lambda pair: rank(*pair)):
        yield _item(ItemKind.DECISION, change.title, f"verdict_{assessment.verdict.value.lower()}", change.id)


def rank(change: Change, assessment: Assessment) -> tuple[int, str, int, str]:
    """Return the place of a change among those to be decided: its highest tier of a service, its window, its id."""
    tiers = [service.tier for service in assessment.services if service.tier is not None]
    start = change.window.start.isoformat() if change.window else "~"
    return min(tiers, default=_NO_TIER), start, len(change.id), change.id


def _models(context: Context) -> Iterator[AgendaItem]:
    """Yield the change models that were drawn up, and those in use that failed too often."""
    states = (ModelState.PROPOSED.value, ModelState.APPROVED.value)
    for model in context.records.find(CHANGE_MODELS, [OneOf("state", states)]):
        if model.state is ModelState.PROPOSED:
            yield _item(ItemKind.MODEL, model.title, "to_approve", model.id)
        elif change_models.standing(context, model).is_over:
            yield _item(ItemKind.MODEL, model.title, "to_withdraw", model.id)


def _ahead(context: Context) -> Iterator[AgendaItem]:
    """Yield the forward schedule, one line a change, those the policy approved apart."""
    until = context.clock.now() + LOOK_AHEAD
    states = (ChangeState.APPROVED.value, ChangeState.SCHEDULED.value, ChangeState.IMPLEMENTING.value)
    changes = [each for each in _all(context, OneOf("state", states)) if each.window and each.window.start < until]
    judged = _assessments(context, changes)
    for change in sorted(changes, key=lambda each: (each.window.start if each.window else until, each.id)):
        by_policy = change.id in judged and judged[change.id].verdict is Verdict.AUTO
        kind = ItemKind.PRE_AUTHORISED if by_policy else ItemKind.FORWARD
        yield _item(kind, change.title, "policy" if by_policy else "granted", change.id)


def _by_hand(context: Context, item: AgendaItem) -> AgendaItem:
    """Return what a person put on the agenda; a change is to be decided about where it waits for that."""
    if item.ref is None:
        return item
    change = context.records.get(CHANGES, item.ref)
    waits = change.state is ChangeState.ASSESSED and change.id in _assessments(context, [change])
    kind = ItemKind.DECISION if waits else ItemKind.TOPIC
    return AgendaItem(kind, change.title, item.minutes, item.because, item.ref)


def _assessments(context: Context, changes: Iterable[Change]) -> dict[str, Assessment]:
    """Return by change the newest assessment of those whose present revision was assessed."""
    wanted = {change.assessment: change for change in changes if change.assessment is not None}
    found = context.store.get_many(ASSESSMENTS, tuple(wanted))
    read = {wanted[key].id: from_document(ASSESSMENTS, stored.document) for key, stored in found.items()}
    now = {change.id: change.revision for change in wanted.values()}
    return {key: assessment for key, assessment in read.items() if assessment.change_revision == now[key]}


def _all(context: Context, where: Filter) -> Iterator[Change]:
    return context.records.find(CHANGES, [where])


def _item(kind: ItemKind, title: str, because: str, ref: str) -> AgendaItem:
    return AgendaItem(kind, title, MINUTES[kind], because, ref)
