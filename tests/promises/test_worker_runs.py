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
from tests.promises.places import Place, is_embedded, open_at
from tests.promises.run_workers import AT_ONCE, STEPS, context_of, pace_of, runner_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Those that were started; none of them outlives the test."""
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("this system can not stop a process")
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


def until(true: Any, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.02)


# killed and stopped --------------------------------------------------------------------------------------------------
def disturb(address: str, processes: list[subprocess.Popen[str]], runs: int, seed: int) -> Counter[str]:
    """Let runs be asked for and done while askers and workers are killed and stopped; return what was done to them."""
    chance, done, hold = random.Random(seed), Counter(), pace_of(address).hold
    # An asker needs time to come up before it is killed.
    haste = 0.4 if is_embedded(address) else 0.15
    with closing(open_at(address)) as store:
        context, acknowledged = context_of(store), -1
        workers = [start(processes, "work", address, f"w{n}") for n in range(AT_ONCE)]
        asker = start(processes, "ask", address, 0, runs)
        while True:
            time.sleep(chance.uniform(0.1, 1) * hold)
            victim = chance.randrange(AT_ONCE)
            if chance.random() < 0.3:
                os.kill(workers[victim].pid, signal.SIGSTOP)
                time.sleep(hold * chance.uniform(1.1, 2))
                os.kill(workers[victim].pid, signal.SIGCONT)
                done["stopped"] += 1
            else:
                workers[victim].kill()
                workers[victim] = start(processes, "work", address, f"w{len(processes)}")
                done["killed"] += 1
            if asker.poll() is not None or chance.random() < haste:
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

        until(all_ended, seconds=120 + runs)
    return done


def judge(address: str, runs: int) -> Counter[str]:
    """Return how the runs ended, after looking at every version of each and at everything they wrote."""
    ends: Counter[str] = Counter()
    with closing(open_at(address)) as store:
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


def under_fire(place: Place, promise: Any, processes: list[subprocess.Popen[str]], runs: int) -> None:
    kept = promise("a run that was asked for ends once", f"{runs:,} runs, 0 lost, 0 doubled, under kills", place.name)
    done = disturb(place.address, processes, runs, seed=1)
    ends = judge(place.address, runs)
    attempts = ends.pop("attempts")
    told = ", ".join(f"{count:,} {state}" for state, count in sorted(ends.items()))
    kept.seen(
        f"0 lost, 0 doubled, 0 stale writes ({told} in {attempts:,} attempts); {done['killed']} kills and"
        f" {done['stopped']} freezes of workers, {done['askers']} kills of askers"
    )
    assert sum(ends.values()) == runs


def test_some_runs_under_fire(place, promise, processes):
    """The short form."""
    under_fire(place, promise, processes, 30 if is_embedded(place.address) else 6)


@pytest.mark.promises
def test_many_runs_under_fire(place, promise, processes):
    """As promised."""
    under_fire(place, promise, processes, 1000 if is_embedded(place.address) else 100)


# stopped in the middle -----------------------------------------------------------------------------------------------
def wake_late(place: Place, promise: Any, processes: list[subprocess.Popen[str]], turns: int) -> None:
    """Stop a worker in the middle of a run, let another do the run, and wake the first."""
    kept = promise("a worker that slept through its run writes nothing", f"0 writes in {turns} turns", place.name)
    with closing(place.open()) as store:
        context = context_of(store)
        awake = runner_of(store, place.address, lambda _: Result(figures={"late": 0}), "awake")
        for turn in range(turns):
            late = ("job", "run")[turn % 2]
            run = jobs.submit(context, "note").record.id
            asleep = start(processes, "sleep", place.address, f"asleep-{turn}", late)
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
    kept.seen(f"0 writes in {turns} turns")


def test_a_worker_that_slept_through_its_run_writes_nothing(place, promise, processes):
    """Neither what its job would write nor the end of the run, which is another's."""
    wake_late(place, promise, processes, 4 if is_embedded(place.address) else 2)


@pytest.mark.promises
def test_many_workers_that_slept_write_nothing(place, promise, processes):
    """The same, for longer."""
    wake_late(place, promise, processes, 100 if is_embedded(place.address) else 20)
