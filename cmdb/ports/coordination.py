"""
Coordination: what processes need to agree on now and nobody needs to read next year. No revision, no log.

Times are seconds; the adapter's own store keeps the time, so processes whose clocks differ agree. Every method may
raise :class:`~cmdb.ports.errors.StoreBusy` or :class:`~cmdb.ports.errors.StoreUnavailable` (nothing happened, try
again).
"""

from __future__ import annotations

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
        """Add a run, to be taken after ``delay`` seconds; False when one of this id was ever added."""
        ...

    def take(self, queue: str, *, holder: str, seconds: float) -> QueuedRun | None:
        """Take the oldest run that is due and not held; held for ``seconds``, then it is free for others again."""
        ...

    def heartbeat(self, run: QueuedRun, *, seconds: float) -> bool:
        """Hold the run for ``seconds`` more; False when another has taken it or it is done."""
        ...

    def done(self, run: QueuedRun) -> bool:
        """Take the run off the queue; False when another has taken it meanwhile."""
        ...

    def count(self, name: str, *, seconds: float, by: int = 1) -> int:
        """Add ``by`` to the counter and return it; it starts at 0 again ``seconds`` after its first count."""
        ...

    def next_number(self, series: str, *, first: int = 1) -> int:
        """Return the next number of the series, never the same twice; numbers of failed work are left out."""
        ...
