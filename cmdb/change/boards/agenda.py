"""What stands on the agenda of a meeting by rule: open actions, what went wrong, what to decide, what is ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from cmdb.change import change_models, overriding
from cmdb.change.record import tasks
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS, Assessment, Verdict
from cmdb.model.change import CHANGES, Change, ChangeState, ChangeType
from cmdb.model.change_model import CHANGE_MODELS, ModelState
from cmdb.model.change_outcome import BAD
from cmdb.model.decision import POLICY
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
Rank = tuple[float, int, float, int, str]
_VERDICTS = (Verdict.BLOCK, Verdict.CAB, Verdict.PEER, Verdict.AUTO)
"""In the order in which a board hears of them."""


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
    """
    Return the agenda as it is made from what is recorded now, each thing once, in the order of the kinds.

    What is to be decided is in the order of :func:`rank`, whether a rule or a person put it there.
    """
    before = before_of(context, meeting)
    by_hand = [_by_hand(context, item) for item in meeting.added]
    own = {item.ref for item in by_hand if item.ref is not None}
    found = [item for item in _by_rule(context, before) if item.ref not in own]
    items = [*found, *by_hand]
    kept = [item for item in items if item.ref not in meeting.dropped]
    order, ranks = list(ItemKind), _ranks(context, kept)
    return tuple(sorted(kept, key=lambda item: (order.index(item.kind), ranks.get(item, ()))))


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
    yield from _models(context, before.since)
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
    going_on = Equals("state", ChangeState.IMPLEMENTING.value)
    found: dict[str, Change] = {}
    for where in (Between("outcome_at", low=low), Between("raised_at", low=low), going_on):
        found |= {change.id: change for change in _all(context, where)}
    for change in sorted(found.values(), key=lambda each: (each.outcome_at or each.raised_at, len(each.id), each.id)):
        because = _went_wrong(change, since)
        if because is not None:
            yield _item(ItemKind.LOOK_BACK, change.title, because, change.id)


def _went_wrong(change: Change, since: datetime) -> str | None:
    """Return why a board looks back at a change, None if it does not."""
    ended = change.outcome_at is not None and change.outcome_at >= since
    begun = change.started_at is not None and change.started_at >= since
    if ended and change.outcome in BAD:
        assert change.outcome is not None
        return change.outcome.value
    if change.retrospective and change.raised_at >= since:
        return "unauthorised"
    return "emergency" if change.type is ChangeType.EMERGENCY and (begun or ended) else None


def _decisions(context: Context) -> Iterator[AgendaItem]:
    """Yield the changes that wait for the board."""
    changes = list(_all(context, Equals("state", ChangeState.ASSESSED.value)))
    judged = _assessments(context, changes)
    for change in changes:
        assessment = judged.get(change.id)
        if assessment is not None and assessment.verdict in (Verdict.CAB, Verdict.BLOCK):
            is_overridden = overriding.is_overridden(context, change, assessment)
            because = "overridden" if is_overridden else f"verdict_{assessment.verdict.value.lower()}"
            yield _item(ItemKind.DECISION, change.title, because, change.id)


def _ranks(context: Context, items: Iterable[AgendaItem]) -> dict[AgendaItem, Rank]:
    """Return the place of each item that is to be decided."""
    decided = {item.ref: item for item in items if item.kind is ItemKind.DECISION and item.ref is not None}
    found = {key: held.record for key, held in context.records.get_many(CHANGES, tuple(decided)).items()}
    judged = _assessments(context, found.values())
    return {item: rank(found[ref], judged[ref]) for ref, item in decided.items()}


def rank(change: Change, assessment: Assessment) -> Rank:
    """
    Return the place of a change among those to be decided: by its expected loss, its verdict, its window and its id.

    The largest loss comes first, and before it what nobody knows the loss of: unknown is never taken as small. Of equal
    losses BLOCK comes before CAB, and then what begins earlier.
    """
    loss = None if assessment.facts is None or assessment.facts.loss is None else assessment.facts.loss.expected
    start = change.window.start.timestamp() if change.window else inf
    return -inf if loss is None else -loss, _VERDICTS.index(assessment.verdict), start, len(change.id), change.id


def _models(context: Context, since: datetime) -> Iterator[AgendaItem]:
    """Yield the change models that were drawn up, those in use that failed too often, and those their limit ended."""
    for model in context.records.find(CHANGE_MODELS):
        if model.state is ModelState.PROPOSED:
            yield _item(ItemKind.MODEL, model.title, "to_approve", model.id)
        elif model.state is ModelState.WITHDRAWN:
            if model.withdrawn_by == POLICY and model.withdrawn_at is not None and model.withdrawn_at >= since:
                yield _item(ItemKind.MODEL, model.title, "withdrawn", model.id)
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
