"""A run of a source whose worker is killed or stopped at any step: it ends well, reads on, and is taken in once."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import closing

import pytest

from cmdb import jobs
from cmdb.model.ci import CIS
from cmdb.model.coverage import COVERAGES
from cmdb.model.run import RunState
from discovery import asking, registry, sources
from discovery.keeping import FIRST, SHARE
from tests.promises import discovery_workers
from tests.promises.discovery_workers import KILL, LOG, STOP, context_of, runner_of, work
from tests.promises.places import open_at
from tests.promises.processes import Worker

TARGETS = 5


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A folder with hosts that is read as a source, by this process and by others."""
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("this system can not stop a process")
    monkeypatch.setattr(registry, "connectors", registry.connectors)
    monkeypatch.setattr("discovery.keeping.FIRST", FIRST)
    monkeypatch.setattr("discovery.keeping.SHARE", SHARE)
    discovery_workers.with_paper()
    folder = tmp_path / "dc1"
    folder.mkdir()
    return folder


def write(folder, turn):
    for n in range(TARGETS):
        host = {"name": f"web{n}", "serial": f"Acme|S{n}", "os": f"debian {turn}", "listens": ["nginx:80"]}
        (folder / f"row{n}.json").write_text(json.dumps({"hosts": [host]}))
    (folder / LOG).write_text("")


def steps_of(address, folder):
    """Return how many steps a run takes that nobody disturbs, from the second on, which is like all that follow."""
    with closing(open_at(address)) as store:
        context = context_of(store)
        sources.put(context, "dc1", "paper", {"folder": str(folder)})
        for turn in (-2, -1):
            write(folder, turn)
            run = asking.ask(context, "dc1").record.id
            worker = Worker(lambda tell, run=run: work(address, "dc1", run, 0, KILL, tell))
            told = worker.end()
            assert (told[-1], worker.status) == ("done", 0)
            assert jobs.get(context, run).record.state is RunState.OK
    return len(told) - 1


def disturbed(address, folder, steps, step, number, turn):
    """Let a run be done whose first worker is killed or stopped at a step; judge what became of it."""
    write(folder, turn)
    with closing(open_at(address)) as store:
        context = context_of(store)
        readings = store.get(COVERAGES, "dc1").document["readings"]
        since = store.revision()
        run = asking.ask(context, "dc1").record.id
        first = Worker(lambda tell: work(address, "dc1", run, step, number, tell))
        info = os.waitid(os.P_PID, first.process, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        # A run takes a few steps more or less, so at the last of them it may be over.
        assert info.si_code in (os.CLD_STOPPED, os.CLD_KILLED) or step > 0.8 * steps
        other, deadline = runner_of(store, address, "dc1", "other"), time.monotonic() + 60
        while not jobs.get(context, run).record.ended:
            assert time.monotonic() < deadline, jobs.get(context, run)
            if not other.step(only=run):
                time.sleep(0.02)
        # Now, for one that slept reads to its end what it had begun.
        read, revision = (folder / LOG).read_text().split(), store.revision()
        first.send(signal.SIGCONT)
        first.end()
        assert store.revision() == revision, "a worker that slept has written"
        ended = jobs.get(context, run).record
        assert (ended.state, ended.figures["targets"], ended.figures["failed"]) == (RunState.OK, TARGETS, 0)
        assert ended.figures["updated"] == TARGETS
        taken = [made for made in store.changes(since) if made.reason == "discovery:take"]
        assert len(taken) == 1, "it was taken in more than once"
        assert store.get(COVERAGES, "dc1").document["readings"] == readings + 1
        assert {ci.attributes.get("os") for ci in context.records.find(CIS)} == {f"debian {turn}", None}
        extra = len(read) - TARGETS
        assert set(read) == {f"row{n}" for n in range(TARGETS)}
        assert extra <= 1, read
        return extra


def at_each_step(place, promise, source, every):
    kept = promise(
        "a run of a source goes on where its worker died", "taken in once, nothing kept is read again", place.name
    )
    steps, turns, again = steps_of(place.address, source), 0, 0
    for number in (KILL, STOP):
        for step in range(1, steps + 1, every):
            again += disturbed(place.address, source, steps, step, number, turns)
            turns += 1
    kept.seen(
        f"{turns} runs, killed or frozen at {turns // 2} of {steps} steps: {turns} ok, 0 doubled; {again} re-read"
    )
    with closing(place.open()) as store:
        assert store.check() == ()


def test_a_run_is_taken_in_once_whichever_step_its_worker_dies_at(sqlite, promise, source):
    """Killed or stopped before one of its calls of the store: the short form."""
    at_each_step(sqlite, promise, source, 12)


@pytest.mark.promises
def test_a_run_is_taken_in_once_at_every_step(sqlite, promise, source):
    """As promised."""
    at_each_step(sqlite, promise, source, 1)


@pytest.mark.promises
@pytest.mark.neo4j
def test_a_run_is_taken_in_once_on_a_server(neo4j, promise, source):
    """The same, at some steps."""
    at_each_step(neo4j, promise, source, 5)
