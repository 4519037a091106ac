"""What a job's call works with: a run, a context whose every write is fenced, and ears for being told to stop."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from cmdb.context import Context
from cmdb.errors import ForeshockError
from cmdb.jobs import RunStopped
from cmdb.model.run import Run
from cmdb.ports.errors import Fenced
from cmdb.ports.store import Applied, Compacted, Fence, Op

if TYPE_CHECKING:
    from cmdb.ports.coordination import Lease
    from cmdb.ports.store import Store

# Why a run is told to stop, as the code its record says.
CANCELLED = "run.cancelled"
TIME_LIMIT = "run.time_limit"
HANDED_BACK = "run.handed_back"
GONE = "run.gone"
CLOSED = "run.closed"
_LOOK = 0.1


class FencedStore:
    """A store whose every write counts only while the fence holds."""

    def __init__(self, store: Store, fence: Fence) -> None:
        self._store = store
        self._fence = fence
        self._shut = False

    def shut(self) -> None:
        """Refuse every write from here on, also while the fence still holds."""
        self._shut = True

    @property
    def behind(self) -> Store:
        """The store itself, for which whatever is kept of it in memory is kept."""
        return self._store

    def apply(self, ops: Iterable[Op], **more: Any) -> Applied:
        """Apply a batch under the fence; see :meth:`cmdb.ports.store.Store.apply`."""
        if self._shut:
            raise Fenced(name=self._fence.name, token=self._fence.token)
        return self._store.apply(ops, **{**more, "fence": self._fence})

    def compact(self, floor: int, **more: Any) -> Compacted:
        """Let go of history: the revision that says so is written as any other, so under the fence."""
        # The adapter's own steps, taken by this store, whose ``apply`` they then call.
        steps: Any = type(self._store).compact
        compacted: Compacted = steps(self, floor, **more)
        return compacted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Work:
    """What a job's call gets: its run, a context whose writes are fenced, and ears for being told to stop."""

    def __init__(self, run: Run, context: Context, *, leases: list[Lease] | None = None, seconds: float = 30.0) -> None:
        self.run = run
        self.context = context
        self._leases: list[Lease] = [] if leases is None else leases
        self._seconds = seconds
        self.told_to_stop: str | None = None
        self.seen: dict[str, Any] | None = None

    def check(self) -> None:
        """
        Return if the work is to go on; ask often.

        Raises:
            RunStopped: it is to end now, leaving things as a crash would find them.
        """
        if self.told_to_stop is not None:
            raise RunStopped(run=self.run.id, reason=self.told_to_stop)

    def progress(self, step: str, done: int, total: int | None = None) -> None:
        """Tell how far it is, as often as it likes; raises as :meth:`check`."""
        self.seen = {"step": step, "done": done, **({} if total is None else {"total": total})}
        self.check()

    def turn(self, name: str) -> AbstractContextManager[None]:
        """
        Return what waits until no other work has the turn of this name, and has it until it is left.

        Turns keep works from getting in each other's way; what must not be written twice is guarded by the store.
        Entering raises as :meth:`check`.
        """
        return self._turn(name)

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        coordination, holder = self.context.coordination, f"{self.run.id} {self.run.attempt}"
        while (lease := coordination.lease(name, holder=holder, seconds=self._seconds)) is None:
            self.progress(f"wait for the turn of {name}", 0)
            time.sleep(_LOOK)
        # From here on it is renewed with what holds the run itself.
        self._leases.append(lease)
        try:
            yield
        finally:
            self._leases.remove(lease)
            with suppress(ForeshockError):
                coordination.release(lease)
