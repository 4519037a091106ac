"""Runs that go well, fail, are cancelled, take too long, lose their worker: each ends in one record that says why."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import Any

import pytest

from cmdb import jobs
from cmdb.errors import InvalidInput, Problem
from cmdb.jobs import Job, Result
from cmdb.model.ci import CIS
from cmdb.model.run import RUNS, RunState, Said
from cmdb.ports.errors import Fenced, OutcomeUnknown, StoreBusy, StoreUnavailable
from cmdb.ports.store import Put
from cmdb.roles import Role
from cmdb.running import Pace, Runner
from tests.builders import the_context

PACE = Pace(hold=30, tick=0.005, wait=0.0, grace=0.05)


@pytest.fixture
def context():
    return the_context(role="engineer")


def a_job(call: Any = lambda _: Result(), **more: Any) -> Job:
    return Job("scan", "Look at things.", call, frozenset({Role.ENGINEER}), **more)


def a_runner(context, job: Job, holder: str = "w1", pace: Pace = PACE, **more: Any) -> Runner:
    return Runner(context.store, context.clock, {job.name: job}, holder=holder, pace=pace, **more)


def the_run(context, run: str = "scan@1"):
    return jobs.get(context, run).record


def states(context, run: str = "scan@1") -> list[str]:
    """Return the states a run was recorded in, first to last."""
    return [past.after["state"] for past in reversed(context.store.history(RUNS, run))]


def server(name: str) -> Put:
    return Put(CIS, {"id": name, "class": "server", "name": name})


@contextmanager
def going_on(runner: Runner):
    """Let the runner do its next run in a thread of its own; afterwards it has."""
    faults = []

    def step() -> None:
        try:
            runner.step()
        except BaseException as fault:
            faults.append(fault)
        finally:
            runner.store.close()

    thread = threading.Thread(target=step)
    thread.start()
    try:
        yield
    finally:
        thread.join(20)
    assert not thread.is_alive()
    if faults:
        raise faults[0]


def until(true: Any) -> None:
    for _ in range(2000):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("it does not come true")


# how runs end --------------------------------------------------------------------------------------------------------
def test_a_run_is_queued_running_and_then_what_its_job_says(context):
    """With the one line, the details and the figures of its result; the job acts under its own name."""
    seen = []

    def call(work):
        seen.append((work.context.actor.id, work.run.parameters, the_run(context).state))
        work.context.records.apply([server("s1")], because="scan:found")
        return Result(RunState.PARTIAL, Said("scan.partly", {"of": 2}), (Said("scan.away", {"host": "h"}),), {"n": 1})

    jobs.submit(context, "scan", parameters={"site": "north"})
    heard: list[Any] = []
    runner = a_runner(context, a_job(call), say=heard.append)
    assert runner.step() is True
    assert runner.step() is False
    run = the_run(context)
    assert seen == [("job:scan", {"site": "north"}, RunState.RUNNING)]
    assert (run.state, run.attempt, run.faults, run.worker) == (RunState.PARTIAL, 1, 0, "w1")
    assert (run.said, run.details) == (Said("scan.partly", {"of": 2}), (Said("scan.away", {"host": "h"}),))
    assert (run.figures, run.ended_at) == ({"n": 1}, context.clock.now())
    assert states(context) == ["queued", "running", "partial"]
    assert [(one.state, one.id) for one in heard] == [(RunState.RUNNING, run.id), (RunState.PARTIAL, run.id)]
    assert context.store.get(CIS, "s1") is not None


def test_runs_are_done_in_the_order_they_became_due(context):
    """One that was asked for by its id goes first; a delayed one waits."""
    jobs.submit(context, "scan", delay=600)
    for _ in range(3):
        jobs.submit(context, "scan")
    done: list[str] = []
    runner = a_runner(context, a_job(lambda work: done.append(work.run.id) or Result()))
    assert runner.step(only="scan@3") is True
    assert runner.step(only="scan@3") is False
    while runner.step():
        pass
    context.clock.forward(minutes=11)
    assert runner.step() is True
    assert done == ["scan@3", "scan@2", "scan@4", "scan@1"]


def test_bad_input_is_not_tried_again(context):
    """The error's code and facts are the line, every fault of the input a detail."""

    def call(_):
        raise InvalidInput([Problem("a.b", "{n} is wrong", {"n": 7}, pointer="/x")], what="the config")

    jobs.submit(context, "scan")
    runner = a_runner(context, a_job(call))
    assert runner.step() is True
    assert runner.step() is False
    run = the_run(context)
    assert (run.state, run.attempt, run.said.code) == (RunState.FAILED, 1, "input.invalid")
    assert run.details == (Said("run.fault", {"code": "a.b", "place": "/x", "message": "7 is wrong"}),)


def test_what_nobody_foresaw_fails_the_run_and_not_the_runner(context):
    """A job that raises, one that returns something else, one that returns what is no result of a job."""
    calls = iter([lambda: 1 / 0, lambda: None, lambda: Result(RunState.LOST), lambda: Result(figures={"n": 1e999})])
    runner = a_runner(context, a_job(lambda _: next(calls)()))
    for _ in range(4):
        jobs.submit(context, "scan")
        assert runner.step() is True
    assert the_run(context).said == Said(
        "run.unexpected", {"error": "ZeroDivisionError", "message": "division by zero"}
    )
    for run in ("scan@1", "scan@2", "scan@3"):
        assert the_run(context, run).state is RunState.FAILED
    assert (the_run(context, "scan@4").state, the_run(context, "scan@4").figures) == (RunState.OK, {"n": "inf"})


def test_an_error_that_passes_is_tried_again_later_and_later(context):
    """After its backoff, then twice as much, until the attempts are used up."""

    def call(_):
        raise StoreUnavailable(store="cmdb", cause="it is away")

    jobs.submit(context, "scan")
    runner = a_runner(context, a_job(call, attempts=3, backoff=10))
    for pause in (10, 20):
        assert runner.step() is True
        assert the_run(context).state is RunState.QUEUED
        assert the_run(context).said.code == "store.unavailable"
        context.clock.forward(seconds=pause - 1)
        assert runner.step() is False
        context.clock.forward(seconds=1)
    assert runner.step() is True
    run = the_run(context)
    assert (run.state, run.attempt, run.faults) == (RunState.FAILED, 3, 3)
    assert states(context) == ["queued", "running", "queued", "running", "queued", "running", "failed"]


def test_a_run_of_a_job_this_worker_does_not_know_is_left_to_others(context):
    """It stays as it is, and whoever knows the job does it later."""
    jobs.submit(context, "other")
    runner = a_runner(context, a_job())
    assert runner.step() is True
    assert runner.step() is False
    assert states(context, "other@1") == ["queued"]
    context.clock.forward(seconds=31)
    assert a_runner(context, a_job()._replace(name="other")).step() is True
    assert the_run(context, "other@1").state is RunState.OK


@pytest.mark.parametrize("at_once", [1, 2])
def test_no_more_runs_of_a_job_go_on_at_one_time_than_it_says(context, at_once):
    """Others wait, and go on when one has ended."""
    now, most, lock = [], [], threading.Lock()

    def call(work):
        with lock:
            now.append(work.run.id)
            most.append(len(now))
        until(lambda: max(most) >= at_once)
        time.sleep(0.02)
        with lock:
            now.remove(work.run.id)
        return Result()

    job = a_job(call, at_once=at_once)
    for _ in range(4):
        jobs.submit(context, "scan")

    def work(name: str) -> None:
        runner = a_runner(context, job, name)
        while any(the_run(context, f"scan@{n}").state is not RunState.OK for n in range(1, 5)):
            runner.step()
        context.store.close()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == at_once
    assert all(states(context, f"scan@{n}") == ["queued", "running", "ok"] for n in range(1, 5))


# being told to stop --------------------------------------------------------------------------------------------------
def listening(work):
    """A job that goes on until it is told to stop."""
    for n in range(100_000):
        work.progress("waiting", n, 100_000)
        time.sleep(0.002)
    return Result()


def deaf(released: threading.Event, outcome: list[str]):
    """A job that hears nothing until it is released, and then writes as if nothing had happened."""

    def call(work):
        released.wait(20)
        try:
            work.context.records.apply([server("late")], because="scan:found")
            outcome.append("written")
        except Fenced:
            outcome.append("fenced")
        return Result()

    return call


def test_a_run_that_is_cancelled_stops_soon(context):
    """Its work hears it at its next question; who cancelled is on record."""
    jobs.submit(context, "scan")
    with going_on(a_runner(context, a_job(listening))):
        until(lambda: the_run(context).state is RunState.RUNNING)
        jobs.cancel(context, "scan@1")
    run = the_run(context)
    assert (run.state, run.said) == (RunState.CANCELLED, Said("run.cancelled", {"by": "engineer"}))
    assert a_runner(context, a_job()).step() is False


def test_a_run_cancelled_before_its_worker_begins_is_never_begun(context):
    """Also where it was taken from a worker that fell silent after somebody cancelled."""
    jobs.submit(context, "scan")
    jobs.cancel(context, "scan@1")
    never = a_job(lambda _: pytest.fail("begun"))
    assert a_runner(context, never).step() is True
    assert states(context) == ["queued", "cancelled"]


def test_a_run_that_takes_too_long_fails(context):
    """And says how long it was given."""
    jobs.submit(context, "scan")
    assert a_runner(context, a_job(listening, seconds=0.03)).step() is True
    run = the_run(context)
    assert (run.state, run.said) == (RunState.FAILED, Said("run.time_limit", {"seconds": 0.03}))


@pytest.mark.parametrize("why", ["time", "cancel", "hand back"])
def test_work_that_does_not_listen_is_given_up_and_can_write_nothing_any_more(context, why):
    """The end is on record while it goes on; what it still writes is fenced, and its result is not taken."""
    released, outcome = threading.Event(), []
    jobs.submit(context, "scan")
    runner = a_runner(context, a_job(deaf(released, outcome), seconds=0.02 if why == "time" else 60))
    with going_on(runner):
        until(lambda: the_run(context).state is RunState.RUNNING)
        if why == "cancel":
            jobs.cancel(context, "scan@1")
        if why == "hand back":
            runner.hand_back()
        until(lambda: the_run(context).state is not RunState.RUNNING)
        released.set()
    expected = {"time": RunState.FAILED, "cancel": RunState.CANCELLED, "hand back": RunState.QUEUED}[why]
    assert the_run(context).state is expected
    assert outcome == ["fenced"]
    assert context.store.get(CIS, "late") is None


def test_work_that_is_given_up_can_write_nothing_while_its_lease_is_still_being_given_back(context, monkeypatch):
    """Its end is on record by then."""
    released, outcome, coordination = threading.Event(), [], context.store.coordination
    jobs.submit(context, "scan")
    runner = a_runner(context, a_job(deaf(released, outcome), seconds=60))
    release = coordination.release

    def slowly(lease):
        released.set()
        until(lambda: outcome)
        release(lease)

    monkeypatch.setattr(coordination, "release", slowly)
    with going_on(runner):
        until(lambda: the_run(context).state is RunState.RUNNING)
        runner.hand_back()
    assert outcome == ["fenced"]
    assert the_run(context).state is RunState.QUEUED


def test_a_run_that_is_handed_back_is_begun_anew_by_another_at_once(context):
    """It is no fault of the run, however often it happens."""
    jobs.submit(context, "scan")
    for n in range(1, 4):
        runner = a_runner(context, a_job(listening, attempts=1), f"w{n}")
        with going_on(runner):
            until(lambda n=n: the_run(context).worker == f"w{n}")
            runner.hand_back()
        assert (the_run(context).state, the_run(context).faults) == (RunState.QUEUED, 0)
        assert the_run(context).said == Said("run.handed_back", {"worker": f"w{n}"})
    assert a_runner(context, a_job(attempts=1), "w4").step() is True
    assert (the_run(context).state, the_run(context).attempt) == (RunState.OK, 4)


def test_progress_is_seen_while_a_run_goes_on_and_is_no_history(context):
    """The newest state, and no revision more than begin and end."""
    jobs.submit(context, "scan")
    with going_on(a_runner(context, a_job(listening))):
        until(lambda: jobs.progress(context, [the_run(context)]))
        (state,) = jobs.progress(context, [the_run(context)]).values()
        assert (state["step"], state["total"]) == ("waiting", 100_000)
        until(lambda: jobs.progress(context, [the_run(context)])["scan@1"]["done"] > state["done"])
        jobs.cancel(context, "scan@1")
    assert jobs.progress(context, [the_run(context)]) == {}
    assert states(context) == ["queued", "running", "running", "cancelled"]


# workers that fall silent --------------------------------------------------------------------------------------------
class Died(BaseException):
    """What a test's worker dies of: nothing catches it, and nothing is written."""


def die(_):
    raise Died


def dies(context, **more: Any) -> None:
    """Let a worker take a run and die in the middle of it, and its hold run out."""
    with pytest.raises(Died):
        a_runner(context, a_job(die, **more), "dead").step()
    context.clock.forward(seconds=31)


def test_a_run_whose_worker_died_is_begun_anew(context):
    """When its hold has run out, not before; the new attempt says what became of the old one."""
    jobs.submit(context, "scan")
    with pytest.raises(Died):
        a_runner(context, a_job(die), "dead").step()
    second = a_runner(context, a_job(), "w2")
    context.clock.forward(seconds=29)
    assert second.step() is False
    context.clock.forward(seconds=2)
    assert second.step() is True
    run = the_run(context)
    assert (run.state, run.attempt, run.faults, run.worker) == (RunState.OK, 2, 1, "w2")
    begun = context.store.history(RUNS, "scan@1")[1].after
    assert begun["said"] == {"code": "run.silent", "facts": {"worker": "dead", "attempt": 1}}


def test_a_run_that_kills_its_workers_is_lost_in_the_end(context):
    """After as many attempts as its job allows, it is recorded as lost and never begun again."""
    jobs.submit(context, "scan")
    for _ in range(3):
        dies(context, attempts=3)
    never = a_job(lambda _: pytest.fail("begun"), attempts=3)
    assert a_runner(context, never).step() is True
    run = the_run(context)
    assert (run.state, run.attempt, run.said) == (
        RunState.LOST,
        3,
        Said("run.lost", {"worker": "dead", "faults": 3}),
    )
    context.clock.forward(hours=1)
    assert a_runner(context, never).step() is False


def test_a_run_whose_worker_died_after_its_end_is_not_begun_anew(context, monkeypatch):
    """The record has ended; only the queue had not heard of it."""
    jobs.submit(context, "scan")
    with monkeypatch.context() as dying:

        def silent(*_):
            raise Died

        dying.setattr(type(context.coordination), "done", silent)
        with pytest.raises(Died):
            a_runner(context, a_job()).step()
    context.clock.forward(seconds=31)
    never = a_runner(context, a_job(lambda _: pytest.fail("begun")))
    assert never.step() is True
    context.clock.forward(seconds=31)
    assert never.step() is False
    assert states(context) == ["queued", "running", "ok"]


def test_a_worker_that_slept_can_write_neither_its_job_nor_its_run(context):
    """Another has done the run meanwhile; what the sleeper believes changes nothing."""
    released, outcome = threading.Event(), []
    jobs.submit(context, "scan")
    # A tick this long is a heartbeat that does not beat.
    asleep = a_runner(context, a_job(deaf(released, outcome)), "asleep", PACE._replace(tick=0.5))
    with going_on(asleep):
        until(lambda: the_run(context).state is RunState.RUNNING)
        context.clock.forward(seconds=31)
        assert a_runner(context, a_job(), "awake").step() is True
        released.set()
    run = the_run(context)
    assert (run.state, run.worker, run.attempt) == (RunState.OK, "awake", 2)
    assert outcome == ["fenced"]
    assert states(context) == ["queued", "running", "running", "ok"]


def test_a_run_whose_worker_sleeps_is_ended_by_who_cancels_it(context):
    """Once its lease has run out, not before; what the sleeper does when it wakes changes nothing."""
    released, outcome = threading.Event(), []
    jobs.submit(context, "scan")
    asleep = a_runner(context, a_job(deaf(released, outcome)), "asleep", PACE._replace(tick=5.0))
    with going_on(asleep):
        until(lambda: the_run(context).state is RunState.RUNNING)
        assert jobs.cancel(context, "scan@1").record.state is RunState.RUNNING
        context.clock.forward(seconds=31)
        assert jobs.cancel(context, "scan@1").record.state is RunState.CANCELLED
        released.set()
    assert outcome == ["fenced"]
    assert states(context) == ["queued", "running", "running", "cancelled"]
    # The queue hears of it from the next who takes it.
    assert a_runner(context, a_job(lambda _: pytest.fail("begun"))).step() is True
    assert a_runner(context, a_job()).step() is False


def test_a_worker_that_slept_is_told_so_when_it_wakes(context):
    """Its heartbeat finds the lease gone, so its work stops at its next question."""
    reasons = []

    def call(work):
        try:
            return listening(work)
        except jobs.RunStopped as stopped:
            reasons.append(stopped.facts["reason"])
            raise

    jobs.submit(context, "scan")
    with going_on(a_runner(context, a_job(call), "asleep", PACE._replace(hold=0.3))):
        until(lambda: the_run(context).state is RunState.RUNNING)
        context.clock.forward(seconds=31)
    assert reasons == ["run.gone"]
    assert states(context) == ["queued", "running"]


# a store that comes and goes -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("error", [StoreBusy(seconds=1), OutcomeUnknown(txn_id="t")])
def test_an_end_that_could_not_be_written_is_written_when_the_store_is_back(context, monkeypatch, error):
    """Once, also where the answer was lost and it had been written."""
    apply, calls = type(context.store).apply, []

    def away(self, ops, **more):
        calls.append(more["reason"])
        if calls.count("run:ok") <= 2 and more["reason"] == "run:ok":
            if isinstance(error, OutcomeUnknown) and calls.count("run:ok") == 1:
                apply(self, ops, **more)
            raise error
        return apply(self, ops, **more)

    jobs.submit(context, "scan")
    monkeypatch.setattr(type(context.store), "apply", away)
    assert a_runner(context, a_job()).step() is True
    assert calls.count("run:ok") == 3
    assert states(context) == ["queued", "running", "ok"]


def test_a_heartbeat_that_misses_a_beat_goes_on(context, monkeypatch):
    """The run is this worker's until its hold has run out."""
    beat, missed = type(context.coordination).renew, []

    def away(self, *given, **more):
        missed.append(1)
        if len(missed) == 1:
            raise StoreUnavailable(store="it", cause="away")
        return beat(self, *given, **more)

    monkeypatch.setattr(type(context.coordination), "renew", away)
    jobs.submit(context, "scan")
    job = a_job(lambda _: until(lambda: len(missed) > 2) or Result())
    assert a_runner(context, job, pace=PACE._replace(hold=3)).step() is True
    assert the_run(context).state is RunState.OK
