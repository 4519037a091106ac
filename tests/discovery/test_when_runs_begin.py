"""When runs of sources begin: not in maintenance, not more than may, never two at one target; who waits says why."""

from __future__ import annotations

import threading

import pytest

from cmdb import jobs
from cmdb.beginning import CLOCK
from cmdb.errors import InvalidInput
from cmdb.model.run import RunState
from cmdb.running import Pace, Runner
from discovery import sources
from discovery.run import Most, job_of
from tests.builders import as_actor
from tests.discovery.conftest import Told
from tests.discovery.paper import CONNECTOR
from web.settings import Settings
from web.wording_run import progress_words
from web.worker.clock import JobClock
from web.worker.table import table

HOST = {"name": "web1", "serial": "Acme|S1"}
PACE = Pace(hold=7200, tick=0.02, wait=0.0)
# The tests' clock stands on a Monday, at 12:00 UTC.
NOON = "mon 11:00-13:00 UTC"


def state(paper, **more):
    sources.put(paper.context, paper.name, "paper", {"folder": str(paper.folder)}, **more)


def jobs_of(context, most=Most()):  # noqa: B008
    found = [held.record for held in sources.listing(context).rows]
    return {job.name: job for job in (job_of(each, Told(), most) for each in found)}


def runner_of(context, most=Most(), holder="w1"):  # noqa: B008
    return Runner(context.store, context.clock, jobs_of(context, most), holder=holder, pace=PACE)


def asked(paper, by=CLOCK):
    return jobs.queued(as_actor(paper.context, "engineer", by), f"discover:{paper.name}").record.id


def the(paper, run):
    return jobs.get(paper.context, run).record


def why(paper, run):
    seen = jobs.progress(paper.context, [the(paper, run)])
    return progress_words(seen[run]) if run in seen else ""


def until(true):
    for _ in range(500):
        if true():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it does not come true")


class Going:
    """A runner that does its next run in a thread of its own."""

    def __init__(self, runner):
        def step():
            runner.step()
            runner.store.close()

        self.thread = threading.Thread(target=step)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.thread.join(20)
        assert not self.thread.is_alive()


# maintenance ---------------------------------------------------------------------------------------------------------
def test_no_run_begins_by_itself_in_a_maintenance_window(paper):
    """It waits, says until when, and begins when that is over; what a person asks for begins at once."""
    dc1 = paper()
    dc1.write("row1", HOST)
    state(dc1, maintenance=[NOON])
    clocks, hooks = asked(dc1), asked(dc1, "hook:dc1")
    runner = runner_of(dc1.context)
    for _ in range(4):
        runner.step()
    assert {the(dc1, run).state for run in (clocks, hooks)} == {RunState.QUEUED}
    assert "before 2026-03-02T13:00:00Z" in why(dc1, clocks)
    assert dc1.run().state is RunState.OK
    dc1.context.clock.forward(hours=1)
    while runner.step():
        pass
    assert {the(dc1, run).state for run in (clocks, hooks)} == {RunState.OK}


def test_the_clock_makes_up_for_what_lay_in_a_window_with_one_run(paper):
    """Also where every moment of the schedule lies in one."""
    dc1 = paper()
    state(dc1, schedule="*/15 * * * *", maintenance=[NOON])
    clock = JobClock(dc1.context.store, dc1.context.clock, table(Settings(), dc1.context.store), holder="w1")
    clock.beat()
    for _ in range(3):
        dc1.context.clock.forward(minutes=16)
        clock.beat()

    def of_dc1():
        return [held.record for held in jobs.listing(dc1.context, jobs=["discover:dc1"]).rows]

    assert of_dc1() == []
    dc1.context.clock.forward(minutes=13)
    clock.beat()
    (run,) = of_dc1()
    assert (run.slot, run.because) == ("2026-03-02T13:00:00Z", None)
    state(dc1, schedule="30 11 * * *", maintenance=["* 11:00-13:00 UTC"])
    dc1.context.clock.forward(hours=23)
    clock.beat()
    assert len(of_dc1()) == 1
    dc1.context.clock.forward(hours=2)
    clock.beat()
    newest = of_dc1()[0]
    assert (newest.slot, newest.because.code) == ("2026-03-03T11:30:00Z", "clock.closed")


def test_a_run_that_goes_on_is_not_cut_unless_asked(paper):
    """Where it is, it waits for the end of the window and then goes on."""
    dc1 = paper()
    dc1.write("row1", HOST, sleep=0.3)
    for stops in (False, True):
        state(dc1, maintenance=["mon 12:30-14:00 UTC"], maintenance_stops=stops)
        run, runner = asked(dc1), runner_of(dc1.context)
        with Going(runner):
            until(lambda run=run: the(dc1, run).state is RunState.RUNNING)
            dc1.context.clock.forward(minutes=40)
        found = the(dc1, run)
        if not stops:
            assert found.state is RunState.OK
            dc1.context.clock.forward(minutes=-40)
    assert (found.state, found.said.code, found.faults) == (RunState.QUEUED, "run.closed", 0)
    dc1.context.clock.forward(hours=2)
    while runner.step():
        pass
    assert the(dc1, run).state is RunState.OK


def test_windows_are_judged_with_the_source(paper):
    """All that is wrong at once."""
    with pytest.raises(InvalidInput) as refused:
        state(paper(), maintenance=["sat"], hook="hunter2")
    assert [problem.place for problem in refused.value.problems] == ["/maintenance/0", "/hook"]
    assert "hunter2" not in str([problem.message for problem in refused.value.problems])


# limits --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("most", "says"),
    [(Most(1), "of discovery "), (Most(0, {"paper": 1}), "of connector paper "), (Most(5, {"paper": 1}), "connector")],
)
def test_no_more_runs_go_on_than_may(paper, most, says):
    """In all or of one connector, of all workers together; who waits says what for, and its turn comes."""
    dc1, dc2 = paper("dc1"), paper("dc2")
    dc1.write("row1", HOST, sleep=0.5)
    dc2.write("row2", HOST)
    first, second = asked(dc1, "asker"), asked(dc2, "asker")
    with Going(runner_of(dc1.context, most)):
        until(lambda: the(dc1, first).state is RunState.RUNNING)
        other = runner_of(dc1.context, most, "w2")
        assert other.step(only=second)
        assert the(dc1, second).state is RunState.QUEUED
        assert says in why(dc1, second)
    assert other.step(only=second)
    assert the(dc1, second).state is RunState.OK
    assert why(dc1, second) == ""


def test_limits_are_read_from_a_setting(paper):
    """In all, and by connector; anything else is refused with what would be right."""
    context = paper().context
    found = table(Settings(discovery_at_once="10, paper=2"), context.store)["discover:dc1"]
    assert [tuple(limit) for limit in found.limits] == [("connector paper", 2), ("discovery", 10)]
    assert table(Settings(), context.store)["discover:dc1"].limits == ()
    for wrong in ("0", "many", "paper=", "=3", "paper=0", "-1"):
        with pytest.raises(InvalidInput):
            table(Settings(discovery_at_once=wrong), context.store)


def test_two_sources_never_read_one_target_at_once(paper, monkeypatch):
    """The second waits until the first is done with it, and reads other targets meanwhile."""
    from dataclasses import replace

    from discovery import run as running

    dc1, dc2 = paper("dc1"), paper("dc2")
    at_work, most, order = [], [], []
    lock = threading.Lock()

    def fetch(target, settings, line):
        with lock:
            at_work.append(target.facts["address"])
            most.append(at_work.count(target.facts["address"]))
            order.append((settings["folder"][-3:], target.id))
        line.wait(0.3 if target.id == "a" else 0.0)
        with lock:
            at_work.remove(target.facts["address"])
        return iter(())

    def targets(settings, line):
        from discovery.ports import Target

        return [Target("a", {"address": "10.0.0.1"}), Target("b", {"address": f"10.0.1.{settings['folder'][-1]}"})]

    spied = replace(CONNECTOR, targets=targets, fetch=fetch)
    monkeypatch.setattr(running, "connector_of", lambda _: spied)
    first, second = asked(dc1, "asker"), asked(dc2, "asker")
    with Going(runner_of(dc1.context)):
        until(lambda: order)
        with Going(runner_of(dc1.context, holder="w2")):
            pass
    assert {the(dc1, run).state for run in (first, second)} == {RunState.OK}
    assert max(most) == 1
    assert order.index(("dc2", "b")) < order.index(("dc2", "a"))
