"""Every run that was asked for ends in one record, whoever is killed or stopped; a stale worker writes nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cmdb import jobs
from cmdb.jobs import Result
from cmdb.model.run import ENDED, RUNS, RunState
from cmdb.records import from_document
from tests.contracts.things import NOTES
from tests.promises import run_workers
from tests.promises.run_workers import AT_ONCE, PACE, STEPS, context_of, opened, runner_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Where the store of the test is."""
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("this system can not stop a process")
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Those that were started; none of them outlives the test."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(processes: list[subprocess.Popen[str]], *words: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", run_workers.__name__, *map(str, words)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    processes.append(process)
    return process


def until(true: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.02)


# killed and stopped --------------------------------------------------------------------------------------------------
def disturb(address: str, processes: list[subprocess.Popen[str]], runs: int, seed: int) -> Counter[str]:
    """Let runs be asked for and done while askers and workers are killed and stopped; return what was done to them."""
    chance, done = random.Random(seed), Counter()
    with closing(opened(address)) as store:
        context, acknowledged = context_of(store), -1
        workers = [start(processes, "work", address, f"w{n}") for n in range(AT_ONCE)]
        asker = start(processes, "ask", address, 0, runs)
        while True:
            time.sleep(chance.uniform(0.05, 0.4))
            victim = chance.randrange(AT_ONCE)
            if chance.random() < 0.3:
                os.kill(workers[victim].pid, signal.SIGSTOP)
                time.sleep(PACE.hold + chance.uniform(0.05, 0.4))
                os.kill(workers[victim].pid, signal.SIGCONT)
                done["stopped"] += 1
            else:
                workers[victim].kill()
                workers[victim] = start(processes, "work", address, f"w{len(processes)}")
                done["killed"] += 1
            if asker.poll() is not None or chance.random() < 0.4:
                asker.kill()
                # What was acknowledged stands; everything after it is asked for again, known or not.
                acknowledged = max([acknowledged, *map(int, asker.communicate()[0].split())])
                if acknowledged + 1 == runs:
                    break
                asker = start(processes, "ask", address, acknowledged + 1, runs)
                done["askers"] += 1
        known: set[str] = set()

        def all_ended() -> bool:
            jobs.recover(context, known)
            return not jobs.listing(context, states=[RunState.QUEUED, RunState.RUNNING], limit=1).rows

        until(all_ended, seconds=60 + runs)
    return done


def judge(address: str, runs: int) -> Counter[str]:
    """Return how the runs ended, after looking at every version of each and at everything they wrote."""
    ends: Counter[str] = Counter()
    with closing(opened(address)) as store:
        assert store.check() == ()
        assert store.count(RUNS) == runs
        assert store.coordination.take(jobs.QUEUE, holder="test", seconds=60) is None
        for slot in range(runs):
            past = store.history(RUNS, f"note@{slot:05}", limit=1000)[::-1]
            versions = [(entry.revision, from_document(RUNS, entry.after)) for entry in past]
            finals = [run for _, run in versions if run.state in ENDED]
            assert finals == [versions[-1][1]], "a run must have one final record, its last"
            begun = [run.attempt for _, run in versions if run.state is RunState.RUNNING]
            assert begun == list(range(1, len(begun) + 1)), "an attempt was begun twice, or left out"
            _nothing_stale(store, versions)
            ends[finals[0].state] += 1
            ends["attempts"] += len(begun)
    return ends


def _nothing_stale(store: Any, versions: list[Any]) -> None:
    """Each attempt wrote only between its own beginning and whatever was recorded of the run next."""
    for (begun, run), (after, following) in pairwise(versions):
        if run.state is not RunState.RUNNING:
            continue
        keys = [f"{run.id} {run.attempt} {step}" for step in range(STEPS)]
        found = store.get_many(NOTES, keys)
        assert all(begun < note.revision < after for note in found.values()), "a stale worker has written"
        if following.state is RunState.OK:
            assert len(found) == STEPS


def test_thirty_runs_under_fire(address, processes):
    """The short form."""
    done = disturb(address, processes, 30, seed=1)
    print(f"\nruns: 30, {dict(done)}, {dict(judge(address, 30))}")


@pytest.mark.promises
def test_a_thousand_runs_under_fire(address, processes):
    """As promised."""
    done = disturb(address, processes, 1000, seed=2)
    print(f"\nruns: 1000, {dict(done)}, {dict(judge(address, 1000))}")


# stopped in the middle -----------------------------------------------------------------------------------------------
def wake_late(address: str, processes: list[subprocess.Popen[str]], turns: int) -> None:
    """Stop a worker in the middle of a run, let another do the run, and wake the first."""
    with closing(opened(address)) as store:
        context = context_of(store)
        awake = runner_of(store, lambda _: Result(figures={"late": 0}), "awake")
        for turn in range(turns):
            late = ("job", "run")[turn % 2]
            run = jobs.submit(context, "note").record.id
            asleep = start(processes, "sleep", address, f"asleep-{turn}", late)
            _, status = os.waitpid(asleep.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            until(lambda run=run: awake.step(only=run) and jobs.get(context, run).record.ended)
            ended, revision = jobs.get(context, run), store.revision()
            os.kill(asleep.pid, signal.SIGCONT)
            out, err = asleep.communicate(timeout=60)
            assert out.split() == (["fenced", "over"] if late == "job" else ["over"]), err
            assert (jobs.get(context, run), store.revision()) == (ended, revision)
            assert (ended.record.worker, ended.record.attempt) == ("awake", 2)
            assert (ended.record.state, ended.record.figures) == (RunState.OK, {"late": 0})


def test_a_worker_that_slept_through_its_run_writes_nothing(address, processes):
    """Neither what its job would write nor the end of the run, which is another's."""
    wake_late(address, processes, 4)


@pytest.mark.promises
def test_many_workers_that_slept_write_nothing(address, processes):
    """The same, for longer."""
    wake_late(address, processes, 100)
