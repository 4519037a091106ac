"""What a job's call works with: a run, a context whose every write is fenced, and ears for being told to stop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cmdb.context import Context
from cmdb.jobs import RunStopped
from cmdb.model.run import Run
from cmdb.ports.store import Applied, Compacted, Fence, Op

if TYPE_CHECKING:
    from cmdb.ports.store import Store

# Why a run is told to stop, as the code its record says.
CANCELLED = "run.cancelled"
TIME_LIMIT = "run.time_limit"
HANDED_BACK = "run.handed_back"
GONE = "run.gone"


class FencedStore:
    """A store whose every write counts only while the fence holds."""

    def __init__(self, store: Store, fence: Fence) -> None:
        self._store = store
        self._fence = fence

    @property
    def behind(self) -> Store:
        """The store itself, for which whatever is kept of it in memory is kept."""
        return self._store

    def apply(self, ops: Iterable[Op], **more: Any) -> Applied:
        """Apply a batch under the fence; see :meth:`cmdb.ports.store.Store.apply`."""
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

    def __init__(self, run: Run, context: Context) -> None:
        self.run = run
        self.context = context
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
