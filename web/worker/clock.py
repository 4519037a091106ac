"""
The clock: when a job's moment comes, it asks for a run; it does nothing else, and keeps nothing.

APScheduler only wakes it. Which moment it is for is computed anew from the schedule and the records, so a wake-up that
comes late, twice or not at all changes nothing: the newest moment that has come is asked for, once.
After a pause (the machine slept, no worker was there) that one run makes up for all that were missed, and says so.

Of all workers only the holder of one lease asks; what it writes is fenced by it. ``claim_run`` gives each moment to
one of them, and a moment that was claimed by one that died before it could write it down is asked for by the next.
"""

from __future__ import annotations

import contextlib
import logging
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from cmdb import beginning, jobs
from cmdb.context import Context
from cmdb.crontab import kept, problem_of
from cmdb.errors import ForeshockError, InvalidInput
from cmdb.jobs import Job, Schedule, said_of
from cmdb.model.run import Said, run_id
from cmdb.ports.errors import Fenced
from cmdb.ports.store import Fence
from cmdb.roles import Actor, Role
from cmdb.work import FencedStore

if TYPE_CHECKING:
    from cmdb.ports.coordination import Lease
    from cmdb.ports.outside import Clock
    from cmdb.ports.store import Store

CLOCK = Actor(beginning.CLOCK, frozenset({Role.ENGINEER}))
LEASE = "clock"
BEAT = 10.0
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
# How far to look back for the newest moment of a schedule: no more than a few hundred moments lie in the one that fits.
_SPANS = [timedelta(minutes=2), timedelta(hours=2), *map(timedelta, (2, 35, 370, 8 * 366 + 1))]


# schedules -----------------------------------------------------------------------------------------------------------
def read_crontab(text: str, *, what: str) -> str:
    """
    Return a crontab of five fields as it is kept: minute, hour, day, month, day of the week, in UTC.

    Raises:
        InvalidInput: it can not be read, never comes, or numbers the days of the week, which people count differently.
    """
    fault = problem_of(text, "")
    if fault is not None:
        raise InvalidInput([fault], what=what, setting=True)
    return kept(text)


def trigger(schedule: Schedule) -> Any:
    """Return APScheduler's trigger of a schedule, without jitter; raises ValueError."""
    if schedule.cron:
        return CronTrigger.from_crontab(schedule.cron, timezone=UTC)
    return IntervalTrigger(seconds=schedule.every, start_date=_1970, timezone=UTC)


def next_moment(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the first moment of a schedule later than ``after``."""
    moment: datetime | None = trigger(schedule).get_next_fire_time(None, after + timedelta(microseconds=1))
    return moment


def newest_moment(schedule: Schedule, now: datetime) -> datetime | None:
    """Return the last moment of a schedule that has come, None where none has in eight years."""
    if schedule.every:
        return _1970 + (now - _1970) // timedelta(seconds=schedule.every) * timedelta(seconds=schedule.every)
    for span in _SPANS:
        moment = next_moment(schedule, now - span)
        if moment is not None and moment <= now:
            while (later := next_moment(schedule, moment)) is not None and later <= now:
                moment = later
            return moment
    return None


def slot_of(moment: datetime) -> str:
    """
    Return the slot of a moment; slots are ordered as their moments are.

    >>> slot_of(datetime(2026, 3, 2, 2, 30, tzinfo=UTC))
    '2026-03-02T02:30:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# the clock -----------------------------------------------------------------------------------------------------------
class JobClock:
    """
    Asks for the runs of a table of jobs while it holds the lease.

    ``say`` hears what is worth telling: that it leads, what was missed, that the store is away.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        table: Mapping[str, Job],
        *,
        holder: str,
        beat: float = BEAT,
        say: Callable[[Said], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._table = table
        self._holder = holder
        self._beat = beat
        self._say = say
        self._lease: Lease | None = None
        self._since = clock.now()
        self._asked: dict[str, datetime] = {}
        self._queued: set[str] = set()
        # One thread, so that nothing here happens twice at once; late and merged wake-ups are as good as any.
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
            timezone=UTC,
        )

    def start(self) -> None:
        """Begin to wake up: every beat, and at the moments of each job."""
        # It warns of wake-ups that were merged, which is what is wanted here.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.add_job(
            self.beat, IntervalTrigger(seconds=self._beat, timezone=UTC), next_run_time=datetime.now(UTC)
        )
        # What comes to have a schedule later is asked for at the beat after its moment.
        for job in self._scheduled():
            self._scheduler.add_job(self.ask, trigger(cast("Schedule", job.schedule)), args=[job])
        self._scheduler.start()

    def stop(self) -> None:
        """Wake up no more, and let another have the lease."""
        self._scheduler.shutdown(wait=True)
        if self._lease is not None:
            # Where the store is away, it ends by itself.
            with contextlib.suppress(ForeshockError):
                self._store.coordination.release(self._lease)
            self._lease = None

    def beat(self) -> None:
        """Keep the lease, or take it where it is free; as its holder, ask for what is due and find what was lost."""
        try:
            self._since = min(self._since, self._clock.now())
            if not self._leading():
                return
            for job in self._scheduled():
                self.ask(job)
            if self._lease is not None:
                for run in jobs.recover(self._context(), self._queued):
                    self._say(Said("clock.recovered", {"run": run}))
        except ForeshockError as error:
            self._say(said_of(error))

    def ask(self, job: Job) -> None:
        """Ask for a run of the job for its newest moment, if this clock leads and nobody has asked for it."""
        moment = newest_moment(cast("Schedule", job.schedule), self._clock.now())
        if self._lease is None or moment is None or self._asked.get(job.name) == moment:
            return
        if job.closed(self._clock.now()) is not None:
            # When that is over, the newest moment is asked for, be it one of these.
            return
        try:
            self._ask(job, moment)
            self._asked[job.name] = moment
        except Fenced:
            self._lease = None
        except ForeshockError as error:
            # The next beat tries again.
            self._say(said_of(error))

    def _scheduled(self) -> list[Job]:
        return [job for job in self._table.values() if job.schedule is not None]

    def _leading(self) -> bool:
        coordination, seconds = self._store.coordination, 3 * self._beat
        if self._lease is not None and coordination.renew(self._lease, seconds=seconds):
            return True
        self._asked.clear()
        self._lease = coordination.lease(LEASE, holder=self._holder, seconds=seconds)
        if self._lease is not None:
            self._say(Said("clock.leads", {"worker": self._holder}))
        return self._lease is not None

    def _context(self) -> Context:
        lease = cast("Lease", self._lease)
        store = cast("Store", FencedStore(self._store, Fence(lease.name, lease.token)))
        return Context(store, self._store.coordination, self._clock, CLOCK)

    def _ask(self, job: Job, moment: datetime) -> None:
        schedule, context, slot = cast("Schedule", job.schedule), self._context(), slot_of(moment)
        # Where the clock was set back, moments of a time that is still to come say nothing about now.
        now = slot_of(self._clock.now())
        last = jobs.newest_slot(context, job.name, requested_by=CLOCK.id, not_after=now)
        # A job that never ran has missed nothing before somebody was there to see it.
        if moment < self._since if last is None else last >= slot:
            return
        because = None
        if last is not None:
            due = next_moment(schedule, datetime.fromisoformat(last))
            because = Said("clock.missed", {"since": last, "slot": slot}) if due is None or due < moment else None
        if because is None and job.closed(moment) is not None:
            because = Said("clock.closed", {"slot": slot})
        if not context.coordination.claim_run(job.name, slot):
            self._say(Said("clock.repaired", {"job": job.name, "slot": slot}))
        delay = zlib.crc32(run_id(job.name, slot).encode()) % (schedule.jitter + 1)
        jobs.submit(context, job.name, slot=slot, because=because, delay=delay)
        if because is not None:
            self._say(Said(because.code, {**because.facts, "job": job.name}))
