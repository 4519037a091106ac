"""Four workers keep the schedules of many sources while they are killed and frozen: each moment is run once."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from cmdb import jobs
from cmdb.model.coverage import COVERAGES
from cmdb.model.run import ENDED, RUNS, RunState
from cmdb.records import from_document
from discovery import registry, sources
from tests.promises import schedulers
from tests.promises.processes import Worker
from tests.promises.run_workers import context_of
from tests.promises.schedulers import SharedClock, pace, schedule
from web.worker.clock import slot_of

SCHEDULERS = 4
BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Fire:
    """Four workers, of which somebody is killed or frozen again and again."""

    def __init__(self, address, clock, seed):
        self.address, self.clock = address, clock
        self.chance = random.Random(seed)
        self.workers = [self._start() for _ in range(SCHEDULERS)]
        self.over, self.done = [], Counter()
        self.frozen, self.until = None, 0.0
        self.next = time.monotonic() + 0.5

    def _start(self):
        return Worker(lambda tell: schedule(self.address, self.clock, tell))

    def disturb(self):
        """Do the next harm, if it is time."""
        now, hold = time.monotonic(), pace(self.address).hold
        if self.frozen is not None and now > self.until:
            self.frozen.send(signal.SIGCONT)
            self.frozen = None
        if now < self.next:
            return
        self.next = now + self.chance.uniform(0.5, 3) * hold
        victim = self.chance.randrange(SCHEDULERS)
        if self.frozen is None and self.chance.random() < 0.5:
            self.frozen, self.until = self.workers[victim], now + self.chance.uniform(1.1, 3) * hold
            self.frozen.send(signal.SIGSTOP)
            self.done["frozen"] += 1
        elif self.workers[victim] is not self.frozen:
            self.workers[victim].send(signal.SIGKILL)
            self.over.append(self.workers[victim])
            self.workers[victim] = self._start()
            self.done["killed"] += 1

    def end(self):
        """Let all of them end, and return every attempt that any of them has begun."""
        if self.frozen is not None:
            self.frozen.send(signal.SIGCONT)
        for each in self.workers:
            each.send(signal.SIGTERM)
        return [line for each in [*self.over, *self.workers] for line in each.end()]


def until(true, fire, seconds=900):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come true"
        fire.disturb()
        time.sleep(0.02)


def enter(context, folder, count):
    for n in range(count):
        where = folder / f"s{n:02}"
        where.mkdir()
        (where / "row.json").write_text(json.dumps({"hosts": [{"name": "web", "serial": f"Acme|S{n}"}]}))
        sources.put(context, where.name, "paper", {"folder": str(where)}, schedule="* * * * *")


def under_fire(place, promise, folder, count, minutes):
    """Let so many sources come due together in each of so many minutes, and judge each slot."""
    slots = count * minutes
    kept = promise(
        "a scheduled run of a source starts once and is never lost",
        f"{slots:,} slots, {SCHEDULERS} schedulers with kills and freezes, the clock set back: 0 double, 0 lost",
        place.name,
    )
    clock = SharedClock(folder / "clock")
    clock.set(BEGIN - timedelta(seconds=30))
    with closing(place.open()) as store:
        context = context_of(store)
        enter(context, folder, count)
        fire = Fire(place.address, folder / "clock", seed=1)
        try:
            for minute in range(minutes):
                if minute == minutes // 2:
                    clock.set(BEGIN + timedelta(minutes=max(0, minute - 9)))
                    set_back = time.monotonic()
                    until(lambda since=set_back: time.monotonic() > since + 1, fire)
                clock.set(BEGIN + timedelta(minutes=minute, seconds=5 if minute else 0))
                until(lambda want=count * (minute + 1): store.count(RUNS) >= want, fire)
                # The next moment comes while the runs of this one go on, but not before those of the last have ended.
                until(lambda: _open(context) <= count, fire)
            until(lambda: _open(context) == 0, fire)
        finally:
            begun = Counter(fire.end())
        states = _judge(store, count, minutes, begun)
    told = ", ".join(f"{number:,} {state}" for state, number in sorted(states.items()))
    kept.seen(
        f"0 double starts, 0 lost ({told} in {sum(begun.values()):,} attempts);"
        f" {fire.done['killed']} kills, {fire.done['frozen']} freezes, the clock set back once"
    )


def _open(context):
    return len(jobs.listing(context, states=[RunState.QUEUED, RunState.RUNNING], limit=1000).rows)


def _judge(store, count, minutes, begun):
    """Return how the runs ended, after looking at every slot, at every version of its run, and at what was taken in."""
    states = Counter()
    assert store.check() == ()
    assert store.count(RUNS) == count * minutes, "a slot was left out, or asked for twice"
    assert max(begun.values()) == 1, "an attempt was begun twice"
    for n in range(count):
        for minute in range(minutes):
            run = f"discover:s{n:02}@{slot_of(BEGIN + timedelta(minutes=minute))}"
            past = [from_document(RUNS, each.after) for each in store.history(RUNS, run, limit=1000)[::-1]]
            finals = [each.state for each in past if each.state in ENDED]
            assert finals == [past[-1].state], run
            started = [each.attempt for each in past if each.state is RunState.RUNNING]
            assert started == list(range(1, len(started) + 1)), run
            states[past[-1].state] += 1
        readings = store.get(COVERAGES, f"s{n:02}").document["readings"]
        assert readings == minutes, f"s{n:02} was taken in {readings} times"
    assert set(states) == {RunState.OK}
    return states


@pytest.fixture(autouse=True)
def _paper(monkeypatch):
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("this system can not stop a process")
    monkeypatch.setattr(registry, "connectors", registry.connectors)
    schedulers.with_paper()


def test_thirty_sources_due_at_once_all_run_once(sqlite, promise, tmp_path):
    """The short form: 30 due together, twice, under fire; 60 ran, each once."""
    under_fire(sqlite, promise, tmp_path, 30, 2)


@pytest.mark.promises
def test_two_thousand_slots_of_forty_sources(sqlite, promise, tmp_path):
    """As promised."""
    under_fire(sqlite, promise, tmp_path, 40, 50)


@pytest.mark.promises
@pytest.mark.neo4j
def test_slots_of_sources_on_a_server(neo4j, promise, tmp_path):
    """The same, fewer."""
    under_fire(neo4j, promise, tmp_path, 10, 10)
