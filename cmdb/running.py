"""
How runs are taken from the queue and done: in any number of processes, each of which may die or sleep at any moment.

A run is held three times over. The queue gives it to one taker, for a while that heartbeats extend. A **lease of the
run** then gives that taker a fencing token, and every write goes with it: those of the run's own record, and those of
the job, whose store is a :class:`~cmdb.work.FencedStore`. A worker that slept until another took its run over can
therefore write nothing any more, whatever it believes. The record's expected version at last keeps a worker and a
person who cancels from overwriting each other. Begin and end are records; heartbeats and progress are coordination.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from cmdb.jobs import QUEUE, Job
from cmdb.model.run import Run
from cmdb.taking import Taking

if TYPE_CHECKING:
    from cmdb.ports.coordination import Coordination
    from cmdb.ports.outside import Clock
    from cmdb.ports.store import Store


class Pace(NamedTuple):
    """
    Seconds: a silent worker's run is free after ``hold``; progress is left and cancelling heard every ``tick``.

    ``wait`` is how long a run is put off that this worker may not begin now. Work that was told to stop and does not
    within ``grace`` is given up: its end is recorded, and what it still writes is refused.
    """

    hold: float = 30.0
    tick: float = 1.0
    wait: float = 2.0
    grace: float = 20.0


class Runner:
    """
    Takes runs and does them, one in each thread that calls :meth:`step`.

    ``say`` hears every run this runner has moved, as it was recorded.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        table: Mapping[str, Job],
        *,
        holder: str,
        pace: Pace = Pace(),  # noqa: B008  # A value.
        say: Callable[[Run], None] = lambda _: None,
    ) -> None:
        self.store = store
        self.coordination: Coordination = store.coordination
        self.clock = clock
        self.table = table
        self.holder = holder
        self.pace = pace
        self.say = say
        self.handing_back = threading.Event()

    def step(self, *, only: str | None = None) -> bool:
        """
        Take the next run that is due, or the one of this id, and do it to its end; False when there was none.

        Raises:
            StoreBusy, StoreUnavailable: the store could not be asked; what was taken is free again after a while.
        """
        taken = self.coordination.take(QUEUE, holder=self.holder, seconds=self.pace.hold, only=only)
        if taken is None:
            return False
        Taking(self, taken).deal()
        return True

    def hand_back(self) -> None:
        """Tell all work that goes on to stop, and give its runs back for others to begin anew."""
        self.handing_back.set()
