"""The calendar of a period: freezes, peaks, maintenance windows and changes by time, and the conflicts among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cmdb.change.calendar.calendar import Entries, entries_at
from cmdb.change.text_input import Moment
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import Change
from cmdb.model.joint_conflict import JointConflict
from impact.questions.conflicts import COUNTED, changes_within, conflicts_in, period_of

DAYS = 14
MOST_DAYS = 366
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """
    One thing in the calendar, from ``from`` until before ``to``: a freeze, peak, maintenance or change by its ``kind``.

    ``state`` is that of a change; of a maintenance window "agreed" or "planned", of a peak that counts as a freeze
    "freeze", else None.
    """

    kind: str
    id: str
    name: str
    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    state: str | None


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """
    What is in the calendar from ``from`` until before ``to``, by start, then by kind and id.

    ``left_out`` is how many rows there are beyond :data:`MOST_ROWS`. ``not_known_yet`` are entries of which nobody
    knows yet when they are so far ahead. ``conflicts`` are the joint conflicts of the period, None where they
    were not asked for; ``conflicts_missing`` counts the places at which a limit kept more from being told.
    """

    revision: int
    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    rows: tuple[CalendarRow, ...]
    left_out: int
    not_known_yet: tuple[str, ...]
    conflicts: tuple[JointConflict, ...] | None
    conflicts_missing: int


def overview(
    context: Context,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    conflicts: bool = True,
    at: int | None = None,
    now: datetime | None = None,
) -> CalendarAnswer:
    """
    Return the calendar from ``since`` (left out: now) until before ``until`` (left out: two weeks later).

    Changes are those that may still be done, drafts too. Without ``conflicts`` the graph is not asked.

    Raises:
        NotAllowed: the actor may not read the calendar or changes; with conflicts also impact and incidents.
        InvalidInput: a moment can not be read, or the period ends before it begins or is longer than a year.
    """
    context.allow("change:read")
    moment = (now or context.clock.now()).astimezone(UTC)
    start, given = period_of(moment, since, until)
    end = start + timedelta(days=DAYS) if given is None else given
    if end - start > timedelta(days=MOST_DAYS):
        facts = {"days": (end - start).days, "most": MOST_DAYS}
        sentence = "a period of {days} days; at most {most}"
        raise InvalidInput([Problem("period.too_long", sentence, facts, "/to")], what="the question", setting=True)
    revision = context.store.revision() if at is None else at
    entries = entries_at(context, at=revision)
    changes = changes_within(context, COUNTED, start, end, at=revision)
    rows = sorted(_rows(entries, changes, start, end), key=lambda row: (row.from_, row.kind, row.id))
    found, missing = None, 0
    if conflicts:
        answer = conflicts_in(context, since=start, until=end, moves=False, at=revision, now=moment)
        found, missing = answer.conflicts, len(answer.unlisted) + len(answer.unexamined)
    return CalendarAnswer(
        revision=revision,
        from_=start,
        to=end,
        rows=tuple(rows[:MOST_ROWS]),
        left_out=max(0, len(rows) - MOST_ROWS),
        not_known_yet=_not_known_yet(entries, end),
        conflicts=found,
        conflicts_missing=missing,
    )


def _rows(entries: Entries, changes: list[Change], start: datetime, end: datetime) -> Iterator[CalendarRow]:
    for freeze in entries.freezes:
        for each in freeze.schedule.within(start, end):
            yield CalendarRow("freeze", freeze.id, freeze.name, each.start, each.end, None)
    for peak in entries.peaks:
        for each in peak.schedule.within(start, end):
            state = "freeze" if peak.counts_as_freeze else None
            yield CalendarRow("peak", peak.id, peak.name, each.start, each.end, state)
    for window in entries.maintenance:
        for each in window.schedule.within(start, end):
            state = "agreed" if window.agreed else "planned"
            yield CalendarRow("maintenance", window.id, window.name, each.start, each.end, state)
    for change in changes:
        assert change.window is not None
        planned = change.window.start, change.window.end
        yield CalendarRow("change", change.id, change.title, *planned, change.state.value)


def _not_known_yet(entries: Entries, end: datetime) -> tuple[str, ...]:
    schedules = {each.id: each.schedule for each in entries.freezes}
    schedules |= {each.id: each.schedule for each in entries.peaks}
    schedules |= {each.id: each.schedule for each in entries.maintenance}
    return tuple(sorted(key for key, schedule in schedules.items() if not schedule.knows(end)))
