"""
The desk of jobs: what a job is, and how a run of it is asked for, found, followed and cancelled.

A run is a record, and an entry of the coordination's queue that holds nothing but its id. They can not be written
together, so **the record is written first**: whatever happens between the two, the run is known, and whoever finds it
waiting adds the entry once more (:func:`recover`), which does nothing where it was ever added. The other way round, a
worker could begin what nobody has recorded. The id is made of job and slot, and the record is only written where there
is none, so asking twice for one slot is asking once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cmdb.beginning import Closed, Limit, always_open, plain
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError, IllegalMove, InvalidInput
from cmdb.model.run import RUNS, Run, RunState, Said, run_id
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Between, Equals, Filter, OneOf
from cmdb.records import Held, Listing
from cmdb.roles import Role

if TYPE_CHECKING:
    from cmdb.ports.coordination import Lease
    from cmdb.work import Work

QUEUE = "runs"
_ENDING = 30.0
"""Seconds for which a run without a worker is held while its end is written."""


class Schedule(NamedTuple):
    """
    When the clock asks for a run: a crontab of five fields in UTC, or every so many seconds since 1970.

    A run may begin up to ``jitter`` seconds later, always the same for the same slot, so that jobs spread.
    """

    cron: str = ""
    every: int = 0
    jitter: int = 0


class Result(NamedTuple):
    """What came of a run: OK, PARTIAL or FAILED, one line, a line for each target or finding, and what was counted."""

    state: RunState = RunState.OK
    said: Said | None = None
    details: Sequence[Said] = ()
    figures: Mapping[str, Any] | None = None


class Job(NamedTuple):
    """
    Something that is run: by the clock, or because somebody asks.

    ``call`` does it, with the rights of ``roles``, whoever asked. It is begun anew after an error of the family RETRY
    (``backoff`` seconds later, then twice as many, and so on) and when its worker fell silent, until ``attempts`` of it
    went wrong. It may take ``seconds``. At most ``at_once`` runs of it go on at one time, wherever, and no more than
    the ``limits`` allow that it shares with others. ``closed`` tells of a moment whether it may not be begun by itself
    then. ``asked_by`` says how a run of it is asked for, where that takes more than its name.
    """

    name: str
    purpose: str
    call: Callable[[Work], Result]
    roles: frozenset[Role]
    schedule: Schedule | None = None
    attempts: int = 3
    backoff: float = 60.0
    seconds: float = 3600.0
    at_once: int = 1
    asked_by: str = ""
    limits: tuple[Limit, ...] = ()
    closed: Callable[[datetime], Closed | None] = always_open


class RunStopped(ForeshockError):
    """The work of a run was told to stop: cancelled, out of time, handed back, or no longer this worker's."""

    code = "run.stopped"
    sentence = "the run {run} was stopped: {reason}"
    family = Family.REFUSED

    def __init__(self, *, run: str, reason: str) -> None:
        super().__init__(run=run, reason=reason)


class RunEnded(IllegalMove):
    """The run can not be cancelled any more: it has ended, in this state."""

    code = "run.ended"
    sentence = "{subject} has ended already and can not be cancelled: {how}"

    def __init__(self, *, run: str, state: str) -> None:
        how = _ENDED.get(state, state)
        ForeshockError.__init__(self, subject=run, move="cancel", because="run.ended", state=state, how=how)


_ENDED: dict[str, str] = {
    RunState.OK: "it ended ok",
    RunState.PARTIAL: "it ended ok in part (partial)",
    RunState.FAILED: "it failed",
    RunState.CANCELLED: "it was cancelled",
    RunState.LOST: "it is lost",
}


# asking --------------------------------------------------------------------------------------------------------------
def submit(
    context: Context,
    job: str,
    *,
    slot: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    because: Said | None = None,
    delay: float = 0.0,
) -> Held[Run]:
    """
    Ask for a run, to begin in ``delay`` seconds at the earliest, and return it; durable when this returns.

    Without a slot it gets the next number of the job's series. A run that is there for the slot is returned as it is.

    Raises:
        NotAllowed: the actor may not ask for runs.
    """
    context.allow("job:run")
    return queued(context, job, slot=slot, parameters=parameters, because=because, delay=delay)


def queued(
    context: Context,
    job: str,
    *,
    slot: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    because: Said | None = None,
    delay: float = 0.0,
) -> Held[Run]:
    """Do the same for a desk that lets more people ask than run jobs, and has asked for the right they need."""
    if slot is None:
        slot = str(context.coordination.next_number(f"run {job}"))
    run = Run(
        id=run_id(job, slot),
        job=job,
        slot=slot,
        state=RunState.QUEUED,
        requested_by=context.actor.id,
        queued_at=context.clock.now(),
        parameters=dict(parameters or {}),
        because=because,
    )
    try:
        held = context.records.put(RUNS, run, because="run:queued", expected_version=0)
    except VersionConflict:
        held = context.records.held(RUNS, run.id)
    if not held.record.ended:
        context.coordination.enqueue(QUEUE, run.id, {}, delay=delay)
    return held


def recover(context: Context, known: set[str]) -> tuple[str, ...]:
    """
    Add every run that waits or goes on to the queue, where it is missing there, and return the ids of those.

    They are runs whose asker died between record and queue, or of a store that was brought back from a backup. Those
    in ``known`` are not asked about again; it becomes all that wait or go on now.
    """
    context.allow("job:run")
    open_states = (RunState.QUEUED.value, RunState.RUNNING.value)
    there = {run.id for run in context.records.find(RUNS, [OneOf("state", open_states)])}
    added = tuple(run for run in sorted(there - known) if context.coordination.enqueue(QUEUE, run, {}))
    known.clear()
    known.update(there)
    return added


def cancel(context: Context, run: str) -> Held[Run]:
    """
    End a run that waits; tell one that goes on to stop, which it does soon, and return it as it is now.

    One that goes on for the record alone, as nobody holds it any more, is ended: its worker is gone, and what it might
    still write is refused. A worker that was killed holds its run for a while yet; whoever cancels again then, ends it.

    Raises:
        NotAllowed: the actor may not cancel runs, but for those they asked for themselves.
        NotFound: there is no such run.
        RunEnded: it has ended; it says how.
    """
    context.allow("job:read")
    while True:
        held = context.records.held(RUNS, run)
        if held.record.requested_by != context.actor.id:
            context.allow("job:cancel")
        if held.record.ended:
            raise RunEnded(run=run, state=held.record.state.value)
        lease = _taken_over(context, held.record)
        try:
            wanted = replace(held.record, cancelled_by=held.record.cancelled_by or context.actor.id)
            if held.record.state is RunState.QUEUED or lease is not None:
                wanted = cancelled(wanted, context)
            if wanted == held.record:
                return held
            return context.records.put(RUNS, wanted, because="run:cancelled", expected_version=held.version)
        except VersionConflict:
            continue
        finally:
            if lease is not None:
                context.coordination.release(lease)


def lease_of(run: str) -> str:
    """Return the name of the lease that whoever does a run holds."""
    return f"run {run}"


def _taken_over(context: Context, run: Run) -> Lease | None:
    """Return the lease of a run that goes on for the record alone, None where somebody holds it or it waits."""
    if run.state is not RunState.RUNNING:
        return None
    # Nobody has this name, so nobody is given a lease that another holds; the new token shuts out whoever slept.
    holder = f"{run.id} cancelled {context.coordination.next_number('cancelled runs')}"
    return context.coordination.lease(lease_of(run.id), holder=holder, seconds=_ENDING)


def cancelled(run: Run, context: Context) -> Run:
    """Return a run that somebody wants ended as it is when it has."""
    said = Said("run.cancelled", {"by": run.cancelled_by})
    return replace(run, state=RunState.CANCELLED, ended_at=context.clock.now(), said=said)


# following -----------------------------------------------------------------------------------------------------------
def get(context: Context, run: str) -> Held[Run]:
    """Return a run; raises NotAllowed and NotFound."""
    context.allow("job:read")
    return context.records.held(RUNS, run)


def listing(
    context: Context,
    *,
    jobs: Sequence[str] = (),
    states: Iterable[RunState] = (),
    after: str | None = None,
    limit: int = 100,
) -> Listing[Run]:
    """Return runs, those asked for last first, of some jobs and in some states if any are named; raises NotAllowed."""
    context.allow("job:read")
    where: list[Filter] = [OneOf("job", tuple(jobs))] if jobs else []
    wanted = tuple(state.value for state in states)
    where += [OneOf("state", wanted)] if wanted else []
    return context.records.listing(RUNS, where, order="queued_at", descending=True, after=after, limit=limit)


def newest_slot(context: Context, job: str, *, requested_by: str, not_after: str | None = None) -> str | None:
    """Return the last slot of a job that somebody asked for, by its text, up to ``not_after``; None if none is."""
    context.allow("job:read")
    where: list[Filter] = [Equals("job", job), Equals("requested_by", requested_by)]
    where += [] if not_after is None else [Between("slot", None, not_after)]
    page = context.records.listing(RUNS, where, order="slot", descending=True, limit=1)
    return page.rows[0].record.slot if page.rows else None


def progress(context: Context, runs: Iterable[Run]) -> dict[str, dict[str, Any]]:
    """
    Return how far the runs that go on have come, by id: ``step``, ``done`` and perhaps ``total``; raises NotAllowed.

    One that waits and may not begin says ``why``, as a code and its facts. It is what was seen last, not history; a run
    that has told nothing, or lost its worker, is left out.
    """
    context.allow("job:read")
    names = {progress_name(run): run.id for run in runs if not run.ended}
    return {names[name]: state for name, state in context.coordination.seen(list(names)).items()}


def progress_name(run: Run) -> str:
    """Return where the progress of this attempt is left; a worker that slept leaves its own where nobody looks."""
    return f"{run.id} {run.attempt}" if run.state is RunState.RUNNING else f"{run.id} waits"


# what a run says -----------------------------------------------------------------------------------------------------
def said_of(error: Exception) -> Said:
    """Return an error as code and facts; one nobody foresaw is told by its name and message."""
    if isinstance(error, ForeshockError):
        return Said(error.code, {name: plain(value) for name, value in error.facts.items()})
    return Said("run.unexpected", {"error": type(error).__name__, "message": str(error)})


def checked(result: Result) -> Result:
    """
    Return what a job's call gave, as it can be written.

    Raises:
        TypeError: it is no result.
    """
    if not isinstance(result, Result) or result.state not in (RunState.OK, RunState.PARTIAL, RunState.FAILED):
        raise TypeError(f"a job must return a Result that is ok, partial or failed, not {result!r}")
    said = None if result.said is None else Said(result.said.code, plain(result.said.facts))
    details = tuple(Said(detail.code, plain(detail.facts)) for detail in result.details)
    return Result(result.state, said, details, plain(result.figures or {}))


def details_of(error: Exception) -> tuple[Said, ...]:
    """Return a line for each fault of an input that was refused; nothing for other errors."""
    if not isinstance(error, InvalidInput):
        return ()
    return tuple(
        Said("run.fault", {"code": fault.code, "place": fault.place, "message": fault.message})
        for fault in error.problems
    )
