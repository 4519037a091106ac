"""
The desk of implementation: begin, tick steps off, finish with an outcome, and complete the papers of an emergency.

Times are those of the acts; whoever reports later says when it really was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from cmdb.change import checks
from cmdb.change.assessments import granting
from cmdb.change.changes import held_change
from cmdb.change.go_checks import BEARING, Looking
from cmdb.change.guarding import ask
from cmdb.change.lifecycle import written
from cmdb.change.moves import finish_of, move_of
from cmdb.change.text_input import Moment, moment_at, zone_of
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import CHANGES, FINISHED, BackOut, Change, ChangeState, ChangeType, Tick
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.decision import Choice
from cmdb.ports.errors import WrittenMeanwhile
from cmdb.ports.store import OneOf, Unwritten
from cmdb.records import Held

PAPERS_WORKING_DAYS = 2
"""So many working days (Monday to Friday) an emergency change may take to be documented."""
_TRIES = 3


def implement(
    context: Context, change_id: str, *, looking: Looking, expected_version: int | None = None
) -> Held[Change]:
    """
    Begin to implement a change; from an emergency on its papers are due.

    ``looking`` tells what the log brought since the GO it rests on; who begins a change asks
    :func:`impact.questions.begin.implement`, which knows.

    Raises:
        NotAllowed: the actor may not implement changes.
        NotFound: there is no such change.
        VersionConflict: somebody else changed it meanwhile.
        WrongState: it is not scheduled (nor a submitted emergency).
        IllegalMove: a guard does not hold; ``because`` is its code in :data:`cmdb.change.moves.GUARDS`.
        NotReady: the same, with what stands in the way: conditions, earlier changes, targets that are gone.
        NotChecked, NoGo, GoTooOld, GoOvertaken: there is no GO that counts.
        WrittenMeanwhile: something it rests on kept being written at this moment; try again.
    """
    context.allow("change:implement")
    for _ in range(_TRIES):
        # Nothing may happen between the last look and the begin.
        revision = context.store.revision()
        try:
            return _begin(context, change_id, looking, expected_version, Unwritten(BEARING, revision))
        except WrittenMeanwhile:
            continue
    return _begin(context, change_id, looking, expected_version, Unwritten(BEARING, context.store.revision()))


def _begin(
    context: Context, change_id: str, looking: Looking, expected_version: int | None, unwritten: Unwritten
) -> Held[Change]:
    held = held_change(context, change_id, expected_version)
    change = held.record
    move = move_of(change, "implement")
    ask(context, change, move, looking=looking)
    now = context.clock.now()
    assert change.window is not None
    here = now.astimezone(zone_of(change.window.zone))
    due = papers_due(here) if change.type is ChangeType.EMERGENCY else None
    begun = replace(change, state=move.to, started_at=now, started_by=context.actor.id, papers_due=due)
    rests_on = unwritten if "go_recent" in move.guards else None
    return written(context, _documented(begun, now), held.version, because="change:implementing", unwritten=rests_on)


def tick(context: Context, change_id: str, step: int, *, expected_version: int | None = None) -> Held[Change]:
    """
    Record that a step, counted from 1, is done.

    Raises:
        NotAllowed, NotFound, VersionConflict: as for :func:`implement`.
        WrongState: the change is not being implemented.
        InvalidInput: it has no such step, or the step is done already.
    """
    context.allow("change:implement")
    held = held_change(context, change_id, expected_version)
    change = held.record
    move = move_of(change, "tick")
    ask(context, change, move)
    problems = list(_step_problems(change, step))
    if problems:
        raise InvalidInput(problems, what=f"the step of {change_id}")
    ticks = (*change.ticks, Tick(step, context.clock.now(), context.actor.id))
    return written(context, replace(change, state=move.to, ticks=ticks), held.version, because="change:step_done")


def finish(
    context: Context,
    change_id: str,
    *,
    outcome: ChangeOutcome,
    in_part: bool = False,
    started: Moment | None = None,
    ended: Moment | None = None,
    comment: str = "",
    expected_version: int | None = None,
) -> Held[Change]:
    """
    Record how the implementation ended, and when; an approved retrospective change is finished at once.

    ``in_part``: a part is not done, so its outcome is ``issues``. ``started`` and ``ended`` are when it really was;
    left out, when implementing began and now (of a retrospective change its window).

    Raises:
        NotAllowed, NotFound, VersionConflict: as for :func:`implement`.
        WrongState: the change is not being implemented.
        IllegalMove: it is approved, and not retrospective.
        InvalidInput: an outcome that needs one has no comment, or the times are wrong; every problem is named.
    """
    context.allow("change:finish")
    held = held_change(context, change_id, expected_version)
    change = held.record
    name = finish_of(outcome, in_part=in_part)
    move = move_of(change, name)
    ask(context, change, move)
    now = context.clock.now()
    began, ceased, problems = _times(change, now, started, ended)
    if started is not None and began is not None and not problems:
        problems += _unapproved(context, change, began)
    if in_part and outcome is not ChangeOutcome.ISSUES:
        sentence = "what is done in part has the outcome issues, not {outcome}"
        problems.append(Problem("change.outcome_in_part", sentence, {"outcome": outcome.value}, "/outcome"))
    if outcome is not ChangeOutcome.SUCCESS or comment:
        problems += checks.text_problems("/comment", "comment", comment)
    if problems:
        raise InvalidInput(problems, what=f"the outcome of {change_id}")
    finished = replace(
        change,
        state=move.to,
        started_at=began,
        started_by=change.started_by or context.actor.id,
        ended_at=ceased,
        ended_by=context.actor.id,
        outcome=outcome,
        outcome_at=now,
        in_part=in_part,
    )
    said = (name, comment)
    return written(context, finished, held.version, because=f"change:{move.to.value}", said=said)


def document(
    context: Context,
    change_id: str,
    *,
    steps: Sequence[str] | None = None,
    back_out: BackOut | None = None,
    test_evidence: str | None = None,
    expected_version: int | None = None,
) -> Held[Change]:
    """
    Complete the papers of an emergency change that is or was implemented; what is left out stays.

    Raises:
        NotAllowed: the actor may not edit changes.
        NotFound, VersionConflict: as for :func:`implement`.
        WrongState: it is not being implemented, or was reviewed already.
        IllegalMove: it is no emergency change.
        InvalidInput: something given is wrong; every problem is named.
    """
    context.allow("change:edit")
    held = held_change(context, change_id, expected_version)
    change = held.record
    move = move_of(change, "document")
    ask(context, change, move)
    filled = replace(
        change,
        steps=change.steps if steps is None else tuple(steps),
        back_out=back_out or change.back_out,
        test_evidence=change.test_evidence if test_evidence is None else test_evidence,
        authors=tuple(sorted({*change.authors, context.actor.id} - {change.requester})),
    )
    problems = list(checks.content_problems(filled))
    if problems:
        raise InvalidInput(problems, what=f"the papers of {change_id}")
    return written(context, _documented(filled, context.clock.now()), held.version, because="change:documented")


def papers_due(started: datetime) -> date:
    """
    Return the day until which an emergency that was started then has to be documented: two working days later.

    The day is that of the time as it is given, so in the zone it is meant in.

    >>> papers_due(datetime.fromisoformat("2026-03-06T22:00+00:00")).isoformat()
    '2026-03-10'
    """
    day, left = started.date(), PAPERS_WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def papers_missing(change: Change) -> tuple[str, ...]:
    """Return which papers an emergency change lacks: steps, back_out, test_evidence."""
    return tuple(name for name in ("steps", "back_out", "test_evidence") if not getattr(change, name))


def papers_overdue(context: Context) -> tuple[Change, ...]:
    """Return the emergency changes whose papers should have been complete by now, by id; raises NotAllowed."""
    context.allow("change:read")
    today = context.clock.now().date()
    states = sorted(state.value for state in (ChangeState.IMPLEMENTING, *FINISHED))
    found = context.records.find(CHANGES, [OneOf("state", tuple(states))])
    return tuple(
        sorted(
            (each for each in found if each.papers_due and not each.papers_at and each.papers_due < today),
            key=lambda change: change.id,
        )
    )


def _documented(change: Change, now: datetime) -> Change:
    """Return an emergency change with the moment its papers became complete, any other as it is."""
    if change.type is not ChangeType.EMERGENCY or change.papers_at is not None or papers_missing(change):
        return change
    return replace(change, papers_at=now)


def _step_problems(change: Change, step: int) -> Iterator[Problem]:
    if not 1 <= step <= len(change.steps):
        facts = {"step": step, "steps": len(change.steps)}
        yield Problem("change.no_such_step", "there is no step {step}; the change has {steps}", facts, "/step")
    elif step in {done.step for done in change.ticks}:
        yield Problem("change.step_done", "step {step} is done already", {"step": step}, "/step")


def _times(
    change: Change, now: datetime, started: Moment | None, ended: Moment | None
) -> tuple[datetime | None, datetime | None, list[Problem]]:
    """Return when it began and ceased, and what is wrong with what was said of it."""
    window = change.window if change.retrospective else None
    began, problems = moment_at(started, "/started")
    ceased, wrong = moment_at(ended, "/ended")
    problems += wrong
    if started is None:
        began = change.started_at or (window.start if window else None)
    if ended is None:
        ceased = window.end if window else now
    if ceased is not None and ceased > now:
        facts = {"ended": ceased.isoformat(), "now": now.isoformat(timespec="seconds")}
        problems.append(Problem("change.ended_ahead", "it ended at {ended}, which is ahead at {now}", facts, "/ended"))
    elif began is not None and ceased is not None and ceased < began:
        facts = {"started": began.isoformat(), "ended": ceased.isoformat()}
        sentence = "it ended at {ended}, which is before it began at {started}"
        problems.append(Problem("change.ended_first", sentence, facts, "/ended"))
    if started is not None and began is not None and not change.retrospective and began < change.raised_at:
        facts = {"started": began.isoformat(), "raised": change.raised_at.isoformat(timespec="seconds")}
        sentence = (
            "it began at {started}, before it was raised at {raised}; what was done without a change is told by a "
            "retrospective one"
        )
        problems.append(Problem("change.started_first", sentence, facts, "/started"))
    return began, ceased, problems


def _unapproved(context: Context, change: Change, began: datetime) -> Iterator[Problem]:
    """Yield that a change began before anybody had approved it; an emergency may be approved while it goes on."""
    if change.retrospective or change.type is ChangeType.EMERGENCY:
        return
    approvals = [each.at for each in granting(context, change) if each.choice is Choice.APPROVE]
    if approvals and began < approvals[0]:
        facts = {
            "started": began.isoformat(),
            "approved": approvals[0].isoformat(timespec="seconds"),
        }
        sentence = (
            "it began at {started}, before it was approved at {approved}; what was done without an approval is told by "
            "a retrospective change"
        )
        yield Problem("change.started_unapproved", sentence, facts, "/started")
