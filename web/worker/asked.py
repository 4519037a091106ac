"""A server's own hands for questions that were asked in the background: it has the newest graph ready anyway."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cmdb import jobs
from cmdb.context import Context
from cmdb.jobs import Job, said_of
from cmdb.model.run import RunState, Said
from cmdb.roles import Actor, Role
from cmdb.running import Pace, Runner
from impact.questions.background import JOB

if TYPE_CHECKING:
    from cmdb.ports.outside import Clock
    from cmdb.ports.store import Store

LOOK = 0.25
_AGAIN = 5.0
_LEAVING = 5.0
_READER = Actor("server", frozenset({Role.VIEWER}))


@contextmanager
def answering(
    store: Store,
    clock: Clock,
    job: Callable[[], Job],
    *,
    holder: str,
    at_once: int = 1,
    pace: Pace = Pace(),  # noqa: B008  # A value.
    say: Callable[[Said], None] = lambda _: None,
) -> Iterator[None]:
    """
    Answer questions of a store, ``at_once`` at one time, until it is left; what goes on then is handed back.

    Nothing else is taken from the queue: other jobs are the business of workers, which take these runs as well. ``job``
    is asked for beside the first requests, for what it stands on takes a while to load.
    """
    runner = Runner(store, clock, {}, holder=holder, pace=pace)
    leaving = threading.Event()
    context = Context(store, store.coordination, clock, _READER)
    threads = [
        threading.Thread(target=_answer, args=(runner, job, context, leaving, say), name=f"questions {n}", daemon=True)
        for n in range(at_once)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        leaving.set()
        runner.hand_back()
        for thread in threads:
            # One that computes and does not listen is left behind: what it still writes is refused.
            thread.join(_LEAVING)


def _answer(
    runner: Runner, job: Callable[[], Job], context: Context, leaving: threading.Event, say: Callable[[Said], None]
) -> None:
    looked_at, waited = -1, 0.0
    while not leaving.is_set():
        try:
            runner.table = {JOB: job()}
            revision = context.store.revision()
            # A new question is a new revision; a run that was put off, or lost its worker, makes none.
            if revision != looked_at or waited >= _AGAIN:
                looked_at, waited = revision, 0.0
                for run in _waiting(context):
                    if leaving.is_set():
                        return
                    runner.step(only=run)
        except Exception as error:
            # Most likely the store is away; it is asked again in a moment.
            say(said_of(error))
            leaving.wait(_AGAIN)
        waited += LOOK
        leaving.wait(LOOK)


def _waiting(context: Context) -> list[str]:
    """Return the runs that may be begun, those asked for first at the head; others may hold some of them."""
    runs = []
    after = None
    while True:
        states = (RunState.QUEUED, RunState.RUNNING)
        page = jobs.listing(context, jobs=[JOB], states=states, after=after, limit=1000)
        runs += [held.record for held in page.rows]
        after = page.after
        if after is None:
            return [run.id for run in reversed(runs)]
