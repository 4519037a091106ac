"""A worker: the clock, and some threads that take runs, until it is told to end; then it finishes or hands back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cmdb.jobs import Job, said_of
from cmdb.model.run import Run, Said
from cmdb.running import Pace, Runner
from web.worker.clock import BEAT, JobClock

if TYPE_CHECKING:
    from cmdb.ports.outside import Clock
    from cmdb.ports.store import Store
    from web.told import Told

POLL = 1.0
_LONGEST_PAUSE = 30.0


class Worker:
    """
    Does up to ``at_once`` runs of a table of jobs at one time, and asks for those that are due.

    ``tell`` hears each run this worker has moved, ``say`` what else is worth telling.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        table: Mapping[str, Job],
        *,
        holder: str,
        at_once: int,
        pace: Pace = Pace(),  # noqa: B008  # A value.
        poll: float = POLL,
        beat: float = BEAT,
        tell: Callable[[Run], None] = lambda _: None,
        say: Callable[[Said], None] = lambda _: None,
    ) -> None:
        self._runner = Runner(store, clock, table, holder=holder, pace=pace, say=tell)
        self._clock = JobClock(store, clock, table, holder=holder, beat=beat, say=say)
        self._at_once = at_once
        self._poll = poll
        self._grace = pace.grace + 2 * pace.tick
        self._say = say
        self._ending = threading.Event()

    def run(self, stop: Told, *, patience: float) -> bool:
        """
        Work until ``stop`` is set; then take nothing more, let the runs that go on end for up to ``patience`` seconds,
        and hand back the rest. Return whether all threads have ended; those that have not can write nothing any more.
        """
        # Daemons: a job that does not listen must not keep the process alive.
        threads = [
            threading.Thread(target=self._take, name=f"runs {n}", daemon=True) for n in range(1, self._at_once + 1)
        ]
        for thread in threads:
            thread.start()
        self._clock.start()
        stop.wait()
        self._ending.set()
        self._clock.stop()
        if not _joined(threads, patience):
            self._runner.hand_back()
            return _joined(threads, self._grace)
        return True

    def _take(self) -> None:
        pause = self._poll
        while not self._ending.is_set():
            try:
                busy = self._runner.step()
                pause = self._poll
            except Exception as error:
                # Most likely the store is away; it is asked again, less and less often.
                self._say(said_of(error))
                busy, pause = False, min(2 * pause, _LONGEST_PAUSE)
            if not busy:
                self._ending.wait(pause)


def _joined(threads: list[threading.Thread], seconds: float) -> bool:
    """Wait for the threads, and tell whether all have ended."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)
