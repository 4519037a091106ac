"""
The processes of the promises about runs: workers that are killed and stopped, askers that are killed, sleepers.

Run as ``python -m tests.promises.run_workers VERB STORE ARGUMENT...``; each tells its deeds line by line.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from cmdb import jobs
from cmdb.context import Context
from cmdb.jobs import Job, Result
from cmdb.ports.errors import Fenced
from cmdb.ports.store import Put
from cmdb.roles import Actor, Role
from cmdb.running import Pace, Runner
from cmdb.work import Work
from tests.contracts.things import NOTES
from tests.promises.places import is_embedded, open_at
from web.bootstrap import SystemClock

STEPS = 4
AT_ONCE = 3


def pace_of(store: str) -> Pace:
    """Return how patient a worker is: a server takes longer to answer than a file."""
    if is_embedded(store):
        return Pace(hold=0.4, tick=0.02, wait=0.05, grace=0.2)
    return Pace(hold=2.0, tick=0.2, wait=0.1, grace=0.5)


def context_of(store: Any, actor: str = "asker") -> Context:
    return Context(store, store.coordination, SystemClock(), Actor(actor, frozenset({Role.ENGINEER})))


def runner_of(store: Any, address: str, call: Callable[[Work], Result], holder: str) -> Runner:
    job = Job("note", "Write notes.", call, frozenset({Role.ENGINEER}), attempts=4, at_once=AT_ONCE)
    return Runner(store, SystemClock(), {job.name: job}, holder=holder, pace=pace_of(address))


def tell(line: str) -> None:
    print(line, flush=True)


def write_notes(work: Work) -> Result:
    """Write a few notes, each telling whose attempt it is of, with time to be killed in between."""
    for step in range(STEPS):
        note = {"id": f"{work.run.id} {work.run.attempt} {step}"}
        work.context.records.apply([Put(NOTES, note)], because="test:noted")
        work.progress("note", step + 1, STEPS)
        time.sleep(0.04)
    return Result(figures={"notes": STEPS})


def work(store: str, holder: str) -> None:
    """Do runs until killed."""
    with closing(open_at(store)) as handle:
        runner = runner_of(handle, store, write_notes, holder)
        tell("ready")
        while True:
            if not runner.step():
                time.sleep(0.02)


def ask(store: str, first: str, count: str) -> None:
    """Ask for runs in numbered slots, from the first, and tell each when it is acknowledged."""
    with closing(open_at(store)) as handle:
        context = context_of(handle)
        for slot in range(int(first), int(count)):
            jobs.submit(context, "note", slot=f"{slot:05}")
            tell(str(slot))
            time.sleep(0.03)


def sleep(store: str, holder: str, late: str) -> None:
    """Take a run, be stopped in the middle, and when woken write to the store, or end the run, as if nothing were."""

    def call(one: Work) -> Result:
        os.kill(os.getpid(), signal.SIGSTOP)
        if late == "job":
            try:
                note = {"id": f"{one.run.id} {one.run.attempt} late"}
                one.context.records.apply([Put(NOTES, note)], because="test:noted")
                tell("written")
            except Fenced:
                tell("fenced")
                raise
        return Result(figures={"late": 1})

    with closing(open_at(store)) as handle:
        runner = runner_of(handle, store, call, holder)
        while not runner.step():
            time.sleep(0.01)
        tell("over")


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    {"work": work, "ask": ask, "sleep": sleep}[verb](*rest)
