"""
Coordination: what processes need to agree on now and nobody needs to read next year. No revision, no log.

Times are seconds; the adapter's own store keeps the time, so processes whose clocks differ agree. Every method may
raise :class:`~cmdb.ports.errors.StoreBusy` or :class:`~cmdb.ports.errors.StoreUnavailable` (nothing happened, try
again).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class Lease(NamedTuple):
    """
    The right to act as the one holder of ``name`` until it expires.

    ``token`` grows with every new holder (and with every lease after an expiry), so that a write fenced with an older
    one is refused.
    """

    name: str
    holder: str
    token: int


class QueuedRun(NamedTuple):
    """A run taken from the queue: its payload, how often it was taken (from 1), and a token proving the taking."""

    id: str
    queue: str
    payload: dict[str, Any]
    attempt: int
    token: int


class Coordination(Protocol):
    """Leases, runs and counters shared by every process on one store."""

    def lease(self, name: str, *, holder: str, seconds: float) -> Lease | None:
        """Take the lease if it is free or expired (or held by ``holder``, who then gets a new token), else None."""
        ...

    def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Extend the lease from now; False when it has expired or is another's."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens when it is no longer held."""
        ...

    def claim_run(self, job: str, slot: str) -> bool:
        """Return True to exactly one caller for this job and slot, for ever."""
        ...

    def enqueue(self, queue: str, run_id: str, payload: dict[str, Any], *, delay: float = 0.0) -> bool:
        """Add a run, to be taken after ``delay`` seconds, a day at most; False when one of this id was ever added."""
        ...

    def take(self, queue: str, *, holder: str, seconds: float, only: str | None = None) -> QueuedRun | None:
        """
        Take the run that became due first (of those due together, the one added first) and is not held.

        It is held for ``seconds``, then it is free for others again, at its old place. ``only`` is the id of the one
        run that is wanted, if not just any.
        """
        ...

    def heartbeat(self, run: QueuedRun, *, seconds: float) -> bool:
        """
        Hold the run for ``seconds`` from now; False when another has taken it or it is done.

        Also the way to give it back: 0 frees it at once, and whoever stops after a long one has put it off.
        """
        ...

    def done(self, run: QueuedRun) -> bool:
        """Take the run off the queue; False when another has taken it meanwhile."""
        ...

    def count(self, name: str, *, seconds: float, by: int = 1) -> int:
        """Add ``by`` to the counter and return it; it starts at 0 again ``seconds`` after its first count."""
        ...

    def leave(self, name: str, state: dict[str, Any], *, seconds: float) -> None:
        """Leave what was last seen of ``name``, in place of what was left before; forgotten after ``seconds``."""
        ...

    def seen(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what was left under these names and is not forgotten yet, by name."""
        ...

    def next_number(self, series: str, *, first: int = 1) -> int:
        """Return the next number of the series, never the same twice; numbers of failed work are left out."""
        ...
