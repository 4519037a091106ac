"""What if a change were moved: its joint conflicts and what the calendar says there, against where it is now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cmdb.change.changes import Keep, get, imagined
from cmdb.change.text_input import Moment, moment_at
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.calendar_facts import CalendarFacts
from cmdb.model.change import Window
from cmdb.model.joint_conflict import JointConflict
from impact.questions.calendar_facts import met_by
from impact.questions.conflicts import COUNTED, conflicts_with
from impact.questions.graphs import graph_of, names_nearest


@dataclass(frozen=True, slots=True)
class Placed:
    """
    A change in one window: its joint conflicts with all changes that may still be done and incidents, and the calendar.

    ``unlisted`` counts the places at which a limit kept more conflicts from being told.
    """

    window: Window
    conflicts: tuple[JointConflict, ...]
    unlisted: int
    calendar: CalendarFacts


@dataclass(frozen=True, slots=True)
class MoveAnswer:
    """
    A change as it stands and as it would be, ``minutes`` later (earlier: negative); nothing is written.

    ``ended`` are those whom it is in conflict with now and would not be, ``begun`` those it would be and is not, each
    as the sorted ids of all parties beside it.
    """

    revision: int
    change: str
    minutes: float
    now: Placed
    then: Placed
    ended: tuple[tuple[str, ...], ...]
    begun: tuple[tuple[str, ...], ...]


@names_nearest
def moved(context: Context, change_id: str, *, to: Moment, at: int | None = None) -> MoveAnswer:
    """
    Return what would be of a change if its window began at ``to`` and were as long as it is.

    Only changes and incidents near the two windows are looked at, whatever else the calendar holds.

    Raises:
        NotAllowed: the actor may not read the calendar, impact, changes or incidents.
        NotFound: there is no such change.
        InvalidInput: ``to`` can not be read, or is past, or the change has no window or no targets.
    """
    change = imagined(context, get(context, change_id, at=at).record, targets=Keep.KEEP, window=Keep.KEEP)
    window = change.window
    assert window is not None
    start = _start(to, context.clock.now())
    graph = graph_of(context, at=at)

    def placed(window: Window) -> Placed:
        found, unlisted = conflicts_with(context, graph, change_id, window, change.targets, now=None, states=COUNTED)
        facts = met_by(context, replace(change, window=window), graph.revision)
        return Placed(window, found, unlisted, facts)

    now, then = placed(window), placed(replace(window, start=start, end=start + (window.end - window.start)))
    before, after = ({_beside(each, change_id) for each in where.conflicts} for where in (now, then))
    return MoveAnswer(
        revision=graph.revision,
        change=change_id,
        minutes=(start - window.start) / timedelta(minutes=1),
        now=now,
        then=then,
        ended=tuple(sorted(before - after)),
        begun=tuple(sorted(after - before)),
    )


def _beside(conflict: JointConflict, change: str) -> tuple[str, ...]:
    parties = (*conflict.changes, *conflict.incidents, *conflict.standing)
    return tuple(sorted(party for party in parties if party != change))


def _start(to: Moment, now: datetime) -> datetime:
    start, problems = moment_at(to, "/to")
    if start is None:
        raise InvalidInput(problems, what="the question", setting=True)
    if start < now:
        facts = {"to": start.isoformat(), "now": now.isoformat(timespec="seconds")}
        sentence = "{to} is past at {now}; a change is moved to what is ahead"
        raise InvalidInput([Problem("calendar.move_past", sentence, facts, "/to")], what="the question", setting=True)
    return start
