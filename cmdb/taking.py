"""One run in one taker's hands: leased, begun, done, held meanwhile, and its end written down."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from cmdb import jobs
from cmdb.beginning import Closed, Limit, by_itself, moment_text, waiting
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError
from cmdb.jobs import Job, Result, RunStopped, checked, details_of, lease_of, progress_name, said_of
from cmdb.model.run import RUNS, Run, RunState, Said
from cmdb.ports.errors import Fenced, VersionConflict
from cmdb.ports.store import Fence, Put
from cmdb.records import Held, from_document, to_document
from cmdb.roles import Actor
from cmdb.work import CANCELLED, CLOSED, GONE, HANDED_BACK, TIME_LIMIT, FencedStore, Work

if TYPE_CHECKING:
    from cmdb.ports.coordination import Lease, QueuedRun
    from cmdb.ports.store import Store
    from cmdb.running import Runner

LONGEST_BACKOFF = 3600.0
"""Seconds."""
_LONGEST_PAUSE = 2.0


class Taking:
    """One run in one taker's hands."""

    def __init__(self, runner: Runner, taken: QueuedRun) -> None:
        self.runner = runner
        self.coordination = runner.coordination
        self.pace = runner.pace
        self.taken = taken
        self.leases: list[Lease] = []
        self.settled = False
        self.settling = threading.Lock()
        self.over = threading.Event()
        self.stopped_at = 0.0

    def deal(self) -> None:
        """Begin the run if it may begin, do it, and write down what came of it."""
        held = self._held()
        if held is None or held.record.ended:
            # Whoever did it died before it could say so to the queue.
            self.coordination.done(self.taken)
            return
        job = self.runner.table.get(held.record.job)
        if job is None:
            self.coordination.heartbeat(self.taken, seconds=self.pace.hold)
            return
        if self._put_off(job, held.record):
            return
        try:
            self._begin_and_do(job)
        finally:
            self._release()

    def _held(self) -> Held[Run] | None:
        stored = self.runner.store.get(RUNS, self.taken.id)
        return None if stored is None else Held(from_document(RUNS, stored.document), stored.version, stored.revision)

    def _put_off(self, job: Job, run: Run) -> bool:
        """Put the run off where it may not begin now, and leave why; else it is this taker's, and False."""
        closed = self._closed(job, run)
        if closed is not None:
            now = self.runner.clock.now()
            # Not for long: windows may be changed, and the clock put right.
            seconds = max(self.pace.wait, min(self.pace.hold, (closed.until - now).total_seconds()))
            why: Said | None = Said(CLOSED, {"until": moment_text(closed.until)})
        else:
            seconds, why = self.pace.wait, self._lease(job)
        if why is None:
            return False
        if run.state is not RunState.RUNNING:
            self.coordination.leave(progress_name(run), waiting(why), seconds=seconds + self.pace.hold)
        self.coordination.heartbeat(self.taken, seconds=seconds)
        return True

    def _closed(self, job: Job, run: Run) -> Closed | None:
        if not by_itself(run) or run.cancelled_by is not None:
            return None
        return job.closed(self.runner.clock.now())

    # leases ----------------------------------------------------------------------------------------------------------
    def _lease(self, job: Job) -> Said | None:
        """Take the run's lease, whose token fences, and one of each limit; return why not, None where it has them."""
        choices = [
            ([lease_of(self.taken.id)], Said("run.held", {})),
            *(
                ([f"{limit.name} {place}" for place in range(limit.most)], Said("run.limit", limit._asdict()))
                for limit in (Limit(f"job {job.name}", job.at_once), *job.limits)
            ),
        ]
        for choice, why in choices:
            # The token makes each holder another one: a name that holds a lease already would be given it again.
            found = (
                self.coordination.lease(name, holder=f"{self.taken.id} {self.taken.token}", seconds=self.pace.hold)
                for name in choice
            )
            lease = next(filter(None, found), None)
            if lease is None:
                self._release()
                return why
            self.leases.append(lease)
        return None

    def _release(self) -> None:
        while self.leases:
            # One that can not be given back now ends by itself.
            with contextlib.suppress(ForeshockError):
                self.coordination.release(self.leases[-1])
            self.leases.pop()

    # beginning -------------------------------------------------------------------------------------------------------
    def _begin_and_do(self, job: Job) -> None:
        self.fence = Fence(self.leases[0].name, self.leases[0].token)
        actor = Actor(f"job:{job.name}", job.roles)
        self.context = self._acting(FencedStore(self.runner.store, self.fence), actor)
        self.job = job
        self.held_until = time.monotonic() + self.pace.hold
        begun = self._record(self._begun)
        if begun is None:
            return
        if begun.ended:
            self.coordination.done(self.taken)
            return
        # Apart from the context that writes how the run ends: the work's is shut before the run is given up.
        self.workplace = FencedStore(self.runner.store, self.fence)
        self.work = Work(begun, self._acting(self.workplace, actor), leases=self.leases, seconds=self.pace.hold)
        listening = threading.Thread(target=self._listen, name=f"heartbeat of {begun.id}", daemon=True)
        listening.start()
        try:
            self._settle(self._do())
        finally:
            self.over.set()
            listening.join()

    def _acting(self, store: FencedStore, actor: Actor) -> Context:
        return Context(cast("Store", store), self.coordination, self.runner.clock, actor)

    def _begun(self, run: Run) -> Run | None:
        """Return the run as it begins here, or as it ends because it may not; None where it has ended already."""
        if run.ended:
            return None
        now = self.runner.clock.now()
        if run.cancelled_by is not None:
            return jobs.cancelled(run, self.context)
        silent = run.state is RunState.RUNNING
        said = Said("run.silent", {"worker": run.worker, "attempt": run.attempt}) if silent else None
        run = replace(run, faults=run.faults + silent, said=said)
        if silent and run.faults >= self.job.attempts:
            lost = Said("run.lost", {"worker": run.worker, "faults": run.faults})
            return replace(run, state=RunState.LOST, ended_at=now, said=lost)
        return replace(run, state=RunState.RUNNING, attempt=run.attempt + 1, worker=self.runner.holder, started_at=now)

    # doing -----------------------------------------------------------------------------------------------------------
    def _do(self) -> Callable[[Run], Run]:
        """Call the job, and return what its run becomes."""
        try:
            result = checked(self.job.call(self.work))
        except RunStopped as stopped:
            return self._stopped(stopped.facts["reason"])
        except ForeshockError as error:
            if isinstance(error, Fenced) and error.facts["name"] == self.fence.name:
                # It was shut while it was given up, or the fence no longer holds.
                return self._stopped(self.work.told_to_stop or GONE)
            return self._failed(error, again=error.family is Family.RETRY)
        except Exception as error:
            return self._failed(error, again=False)
        return lambda run: self._ended(run, result)

    def _ended(self, run: Run, result: Result) -> Run:
        return replace(
            run,
            state=result.state,
            ended_at=self.runner.clock.now(),
            said=result.said,
            details=tuple(result.details),
            figures=dict(result.figures or {}),
        )

    def _failed(self, error: Exception, *, again: bool) -> Callable[[Run], Run]:
        said, details = said_of(error), details_of(error)

        def become(run: Run) -> Run:
            run = replace(run, faults=run.faults + 1)
            if again and run.faults < self.job.attempts:
                return self._waiting(run, said)
            return self._ended(run, Result(RunState.FAILED, said, details))

        return become

    def _stopped(self, reason: str) -> Callable[[Run], Run]:
        if reason == TIME_LIMIT:
            said = Said(TIME_LIMIT, {"seconds": self.job.seconds})
            return lambda run: self._ended(run, Result(RunState.FAILED, said))
        if reason == GONE:
            # Not to be written: the fence refuses it, and before that the newer attempt is seen.
            self.settled = True
        if reason == CLOSED:
            closed = self.job.closed(self.runner.clock.now())
            until = {"until": moment_text(closed.until)} if closed is not None else {"until": "now"}
            return lambda run: self._waiting(run, Said(CLOSED, until))
        return lambda run: self._waiting(run, Said(HANDED_BACK, {"worker": run.worker}))

    def _waiting(self, run: Run, said: Said) -> Run:
        if run.cancelled_by is not None:
            return jobs.cancelled(run, self.context)
        return replace(run, state=RunState.QUEUED, said=said)

    # writing ---------------------------------------------------------------------------------------------------------
    def _settle(self, become: Callable[[Run], Run]) -> None:
        """Write what the run has become, once, and tell the queue."""
        with self.settling:
            if self.settled:
                return
            mine = self.work.run.attempt
            written = self._record(
                lambda run: become(run) if run.state is RunState.RUNNING and run.attempt == mine else None
            )
            self.settled = True
        # Before the queue gives the run away, or its next taker would find them taken.
        self._release()
        if written is None:
            return
        # If it can not be told now, it hears of it when it gives the run out again.
        with contextlib.suppress(ForeshockError):
            if written.ended:
                self.coordination.done(self.taken)
            else:
                self.coordination.heartbeat(self.taken, seconds=self._pause(written))

    def _pause(self, run: Run) -> float:
        if run.said is None or run.said.code in (HANDED_BACK, CLOSED):
            return 0.0
        return min(LONGEST_BACKOFF, self.job.backoff * 2.0 ** (run.faults - 1))

    def _record(self, become: Callable[[Run], Run | None]) -> Run | None:
        """
        Write the run as ``become`` makes it of what it is, however often somebody writes in between.

        Return it, or None where it is no longer this taker's to write. A store that is away is asked again for as long
        as the run is held.
        """
        while True:
            held = self._patiently(self._held)
            after = None if held is None else become(held.record)
            if held is None or after is None:
                return None
            reason = f"run:{after.state}"
            put, txn_id = Put(RUNS, to_document(RUNS, after), held.version), os.urandom(16).hex()
            try:
                self._patiently(
                    lambda put=put, txn_id=txn_id, reason=reason: self.context.store.apply(  # type: ignore[misc]
                        [put], txn_id=txn_id, actor=self.context.actor.id, reason=reason
                    )
                )
            except VersionConflict:
                continue
            except Fenced:
                return None
            self.runner.say(after)
            return after

    def _patiently(self, ask: Callable[[], Any]) -> Any:
        pause = 0.05
        while True:
            try:
                return ask()
            except ForeshockError as error:
                if error.family is not Family.RETRY or time.monotonic() + pause > self.held_until:
                    raise
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    # beside the work -------------------------------------------------------------------------------------------------
    def _listen(self) -> None:
        """Hold the run, leave its progress, and hear whether it is to stop, until the work is over."""
        deadline = time.monotonic() + self.job.seconds
        renew_at, left = time.monotonic() + self.pace.hold / 3, None
        while not self.over.wait(self.pace.tick):
            now = time.monotonic()
            try:
                if now >= renew_at:
                    left, renew_at = None, now + self.pace.hold / 3
                    self._hold()
                if self.work.seen is not None and self.work.seen is not left:
                    left = self.work.seen
                    self.coordination.leave(progress_name(self.work.run), left, seconds=2 * self.pace.hold)
                self._hear(deadline)
            except ForeshockError:
                # The store is away; the run is this worker's until its time is over.
                if now >= self.held_until:
                    self._stop(GONE)
            if self.work.told_to_stop is not None and now >= self.stopped_at + self.pace.grace:
                # The work does not listen. Whatever it writes from here on is refused.
                self.workplace.shut()
                with contextlib.suppress(ForeshockError):
                    self._settle(self._stopped(self.work.told_to_stop))
                    return

    def _hold(self) -> None:
        """Hold the run and its leases for longer; where one of them is lost, the work is another's."""
        began = time.monotonic()
        kept = all(
            # A turn may have been given back a moment ago.
            self.coordination.renew(lease, seconds=self.pace.hold) or lease not in self.leases
            for lease in list(self.leases)
        )
        if kept and self.coordination.heartbeat(self.taken, seconds=self.pace.hold):
            self.held_until = began + self.pace.hold
        elif not self.settled:
            self._stop(GONE)

    def _hear(self, deadline: float) -> None:
        if time.monotonic() >= deadline:
            self._stop(TIME_LIMIT)
        if self.runner.handing_back.is_set():
            self._stop(HANDED_BACK)
        held = self._held()
        if held is not None and held.record.cancelled_by is not None:
            self._stop(CANCELLED)
        closed = self._closed(self.job, self.work.run)
        if closed is not None and closed.stops:
            self._stop(CLOSED)

    def _stop(self, reason: str) -> None:
        """Tell the work to stop; the first reason stands, but for having lost the run."""
        if self.work.told_to_stop is None:
            self.stopped_at = time.monotonic()
            self.work.told_to_stop = reason
        elif reason == GONE:
            self.work.told_to_stop = GONE
