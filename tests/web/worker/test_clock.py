"""The clock asks for each moment once, whatever happens to those who keep it; what was missed is made up for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb import jobs
from cmdb.jobs import Job, Result, Schedule
from cmdb.model.run import RUNS, Said
from cmdb.roles import Role
from tests.builders import the_context
from web.told import Told
from web.worker.clock import JobClock, newest_moment, next_moment, read_crontab, slot_of

NIGHTLY = Schedule(cron="30 2 * * *")


@pytest.fixture
def context():
    return the_context(role="engineer", at="2026-03-02T12:00Z")


def a_job(name: str = "scan", schedule: Schedule = NIGHTLY) -> Job:
    return Job(name, "Look at things.", lambda _: Result(), frozenset({Role.ENGINEER}), schedule=schedule)


def a_clock(context, *rows: Job, holder: str = "w1", **more) -> JobClock:
    table = {job.name: job for job in rows or (a_job(),)}
    return JobClock(context.store, context.clock, table, holder=holder, **more)


def asked(context) -> list[str]:
    return sorted(held.record.id for held in jobs.listing(context, limit=1000).rows)


# schedules -----------------------------------------------------------------------------------------------------------
CRONTABS = st.sampled_from(
    ["* * * * *", "*/7 * * * *", "30 2 * * *", "0 4 * * sun", "15 3 1 * *", "0 0 29 2 *", "5 4-6 * * mon-fri"]
)
MOMENTS = st.integers(1_577_836_800, 2_177_452_800).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(CRONTABS, MOMENTS)
def test_the_newest_moment_is_the_last_that_has_come(cron, now):
    """None lies between it and now, and it is one of the schedule's own."""
    schedule = Schedule(cron=cron)
    newest = newest_moment(schedule, now)
    assert newest <= now < next_moment(schedule, newest)
    assert next_moment(schedule, newest - timedelta(seconds=1)) == newest


@given(st.integers(1, 100_000), MOMENTS)
def test_every_so_many_seconds_is_counted_from_1970(every, now):
    """So that all clocks name the same moments, whenever they were started."""
    schedule = Schedule(every=every)
    newest = newest_moment(schedule, now)
    assert newest <= now < newest + timedelta(seconds=every) == next_moment(schedule, newest)
    assert newest.timestamp() % every == 0


@given(MOMENTS, MOMENTS)
def test_slots_are_ordered_as_their_moments(one, other):
    """To the second, which is as fine as a schedule is."""
    assert (slot_of(one) < slot_of(other)) is (one < other)


def test_a_crontab_is_kept_with_single_spaces():
    """Names of days may be used; numbers may not, for people count them differently."""
    assert read_crontab("  0  4 *  *  mon-fri ", what="it") == "0 4 * * mon-fri"


# asking --------------------------------------------------------------------------------------------------------------
def test_a_moment_is_asked_for_once_however_often_the_clock_wakes(context):
    """And a job that is new waits for its first moment."""
    clock, job = a_clock(context), a_job()
    for _ in range(3):
        clock.beat()
    assert asked(context) == []
    context.clock.forward(hours=14, minutes=30)
    for _ in range(3):
        clock.ask(job)
        clock.beat()
    assert asked(context) == ["scan@2026-03-03T02:30:00Z"]
    run = jobs.get(context, "scan@2026-03-03T02:30:00Z").record
    assert (run.requested_by, run.because) == ("clock", None)
    assert context.coordination.take(jobs.QUEUE, holder="w", seconds=1).id == run.id


def test_what_was_missed_is_made_up_for_by_one_run_that_says_so(context):
    """A machine that slept for a week, or a week without any worker."""
    clock = a_clock(context)
    clock.beat()
    context.clock.forward(days=1)
    clock.beat()
    context.clock.forward(days=7)
    heard: list[Said] = []
    a_clock(context, holder="w2", say=heard.append).beat()
    assert asked(context) == ["scan@2026-03-03T02:30:00Z", "scan@2026-03-10T02:30:00Z"]
    because = jobs.get(context, "scan@2026-03-10T02:30:00Z").record.because
    facts = {"since": "2026-03-03T02:30:00Z", "slot": "2026-03-10T02:30:00Z"}
    assert because == Said("clock.missed", facts)
    assert Said("clock.missed", {**facts, "job": "scan"}) in heard


def test_a_moment_after_the_other_misses_nothing(context):
    """Night after night, also where the clock is another's each time."""
    for day in range(4):
        a_clock(context, holder=f"w{day}").beat()
        context.clock.forward(days=1)
    runs = [held.record for held in jobs.listing(context).rows]
    assert [run.because for run in runs] == [None] * len(runs)


def test_only_the_holder_of_the_lease_asks(context):
    """Another takes over when it falls silent, and it knows that it has lost the lease."""
    first, second = a_clock(context, holder="w1"), a_clock(context, holder="w2")
    first.beat()
    second.beat()
    context.clock.forward(seconds=20)
    first.beat()
    context.clock.forward(seconds=20)
    second.ask(a_job())
    assert asked(context) == []
    context.clock.forward(days=1)
    second.beat()
    first.ask(a_job())
    assert asked(context) == ["scan@2026-03-03T02:30:00Z"]
    assert context.store.history(RUNS, "scan@2026-03-03T02:30:00Z")[0].version == 1


def test_a_clock_that_slept_asks_for_nothing_under_its_old_lease(context):
    """It believes it leads; what it writes is fenced, and the next beat tells it."""
    first, second = a_clock(context, holder="w1"), a_clock(context, holder="w2")
    first.beat()
    context.clock.forward(days=1)
    second._leading()
    first.ask(a_job())
    assert asked(context) == []
    second.ask(a_job())
    assert asked(context) == ["scan@2026-03-03T02:30:00Z"]


def test_a_moment_whose_claimer_died_is_asked_for_by_the_next(context):
    """Claimed and never written down: claim_run says no, and the record is not there."""
    heard: list[Said] = []
    survivor = a_clock(context, holder="w2", say=heard.append)
    context.clock.forward(days=1)
    context.coordination.claim_run("scan", "2026-03-03T02:30:00Z")
    survivor.beat()
    assert asked(context) == ["scan@2026-03-03T02:30:00Z"]
    assert Said("clock.repaired", {"job": "scan", "slot": "2026-03-03T02:30:00Z"}) in heard


def test_what_is_missing_in_the_queue_is_found_by_the_clock(context, monkeypatch):
    """The asker died between record and queue."""
    with monkeypatch.context() as dying:
        dying.setattr(type(context.coordination), "enqueue", lambda *_, **__: False)
        jobs.submit(context, "other")
    heard: list[Said] = []
    a_clock(context, say=heard.append).beat()
    assert Said("clock.recovered", {"run": "other@1"}) in heard
    assert context.coordination.take(jobs.QUEUE, holder="w", seconds=1).id == "other@1"


def test_jitter_spreads_the_runs_of_one_moment_always_alike(context):
    """They are delayed in the queue, each by its own part of the jitter."""
    rows = [a_job(f"scan-{n}", Schedule(cron="30 2 * * *", jitter=600)) for n in range(8)]
    clock = a_clock(context, *rows)
    clock.beat()
    context.clock.forward(hours=14, minutes=30)
    clock.beat()
    assert len(asked(context)) == 8
    order = []
    for _ in range(601):
        while (run := context.coordination.take(jobs.QUEUE, holder="w", seconds=3600)) is not None:
            order.append(run.id)
        context.clock.forward(seconds=1)
    assert sorted(order) == asked(context) != order


def test_thirty_jobs_due_at_once_all_run(context):
    """The real clock, awake: none of them is dropped because the others are due as well."""
    from web.bootstrap import SystemClock
    from web.worker.working import Worker

    ran, lock, stop = [], threading.Lock(), Told()

    def call(work):
        with lock:
            ran.append(work.run.job)
            if len(set(ran)) == 30:
                stop.set()
        return Result()

    context.clock.now = SystemClock().now
    context.store._database.clock = SystemClock().now
    rows = [a_job(f"scan-{n:02}", Schedule(every=1))._replace(call=call) for n in range(30)]
    worker = Worker(
        context.store, context.clock, {job.name: job for job in rows}, holder="w1", at_once=4, poll=0.05, beat=0.5
    )
    threading.Timer(30, stop.set).start()
    assert worker.run(stop, patience=10) is True
    assert set(ran) == {job.name for job in rows}
    ids = [held.record.id for held in jobs.listing(context, limit=10_000).rows]
    assert len(ids) == len(set(ids))


# the clock set back --------------------------------------------------------------------------------------------------
def test_a_clock_that_was_set_back_asks_for_no_moment_twice(context):
    """And for those that come for the first time as ever."""
    hourly = a_job(schedule=Schedule(cron="0 * * * *"))
    clock = a_clock(context, hourly)
    clock.beat()
    for _ in range(3):
        context.clock.forward(hours=1)
        clock.beat()
    before = asked(context)
    context.clock.forward(hours=-2, minutes=-30)
    for _ in range(5):
        clock.beat()
        context.clock.forward(minutes=30)
    assert asked(context) == before
    context.clock.forward(hours=1)
    clock.beat()
    assert asked(context) == [*before, "scan@2026-03-02T16:00:00Z"]
    assert jobs.get(context, "scan@2026-03-02T16:00:00Z").record.because is None


@pytest.mark.parametrize("same_process", [True, False])
def test_a_clock_that_was_a_year_ahead_keeps_no_job_waiting(context, same_process):
    """What ran in that year does not count as run now."""
    context.clock.forward(days=365)
    clock = a_clock(context)
    clock.beat()
    context.clock.forward(days=1)
    clock.beat()
    assert len(asked(context)) == 1
    context.clock.forward(days=-366)
    later = clock if same_process else a_clock(context, holder="w2")
    later.beat()
    context.clock.forward(days=1)
    later.beat()
    assert asked(context) == ["scan@2026-03-03T02:30:00Z", "scan@2027-03-03T02:30:00Z"]
