"""
A receiver: takes spans in from many threads, adds them up, and leaves an hour's sum at a time in the spool.

Receiving and reading are apart: a run of discovery pulls, senders push, and neither waits for the other. What a
receiver holds in memory and has not left yet (some seconds) is lost when its process dies; traces are a sample anyway.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from discovery.connectors.otlp_traces.calls import Calls
from discovery.connectors.otlp_traces.decoding import Decoded
from discovery.connectors.otlp_traces.spool import FORMAT, Spool, slice_name
from discovery.connectors.otlp_traces.window import SECONDS, Window

SLICE = 3_600  # seconds that one file of the spool covers
EVERY = 10.0  # seconds between two writes of the current one
MOST_ENDED = 3  # slices that wait for a disk that takes them
_SPARE = 2 * SLICE  # seconds that a slice is kept longer than runs look back

MOST_AT_ONCE = 4  # requests that are decoded at one time, each up to some 100 MB in memory
PATIENCE = 2.0  # seconds that one waits for its turn
_STUCK = 60.0  # seconds without a write that succeeds, after which nothing more is taken

_log = logging.getLogger(__name__)


class NoRoom(Exception):
    """The sender is to come back in ``seconds``: nothing of the request was taken."""

    def __init__(self, why: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(why)


class Receiver:
    """
    Adds up what many threads hand it. ``clock`` gives epoch seconds; ``name`` is unique among all receivers.

    Nothing is written before :meth:`flush`; :meth:`start` does that every :data:`EVERY` seconds until :meth:`close`.
    """

    def __init__(
        self, spool: Spool, *, keep_hours: int, clock: Callable[[], float] = time.time, name: str | None = None
    ) -> None:
        self._spool, self._clock = spool, clock
        self._keep = keep_hours * 3_600
        self._name = name or uuid.uuid4().hex[:16]
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._now = int(clock())
        self._since = self._now
        self._window = Window(Calls(), seconds=SECONDS)
        self._ended: list[tuple[str, dict[str, Any]]] = []
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._failing: float | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def room(self) -> Iterator[None]:
        """
        Hold a turn to decode and take one request.

        Raises:
            NoRoom: too many have one already, the disk has taken nothing for a minute, or the receiver is closed.
        """
        if self._failing is not None and time.monotonic() - self._failing > _STUCK:
            raise NoRoom("what was received can not be written, so nothing more is taken", 30)
        if not self._turns.acquire(timeout=PATIENCE):
            raise NoRoom("too many requests at one time", 1)
        try:
            yield
        finally:
            self._turns.release()

    def take(self, decoded: Decoded) -> None:
        """
        Add up the spans of one request; what could not be used of it is counted.

        Raises:
            NoRoom: it was closed.
        """
        with self._lock:
            if self._stop.is_set():
                raise NoRoom("this receiver ends", 1)
            now = self._tick()
            calls = self._window.calls
            for resource in decoded.resources:
                calls.meet(resource, now)
            self._window.add(decoded.spans, now)
            calls.dropped.update(decoded.rejected)

    def flush(self) -> None:
        """
        Leave the current slice in the spool, and begin the next one when its hour is over.

        Raises:
            OSError: it can not be written; it is kept and may be tried again.
        """
        with self._writing:
            with self._lock:
                now = self._tick()
                self._window.expire(now)
                if now // SLICE > self._since // SLICE:
                    self._ended.append((slice_name(self._since, self._name), self._document(now)))
                    self._since, self._window.calls = now, Calls()
                    if len(self._ended) > MOST_ENDED:
                        del self._ended[0]
                        self._window.calls.dropped["slice_limit"] += 1
                current = slice_name(self._since, self._name), self._document(now)
            while self._ended:
                self._spool.write(*self._ended[0])
                del self._ended[0]
                self._spool.prune(now - self._keep - _SPARE)
            self._spool.write(*current)

    def _tick(self) -> int:
        """Return the time; it stands still while a clock that was set back catches up."""
        self._now = max(self._now, int(self._clock()))
        return self._now

    def _document(self, until: int) -> dict[str, Any]:
        calls = self._window.calls.to_json()
        return {"format": FORMAT, "receiver": self._name, "from": self._since, "until": until, "calls": calls}

    def start(self) -> None:
        """Flush in the background from now on."""
        self._thread = threading.Thread(target=self._run, name="otlp-flush", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            self._flush_or_tell()

    def _flush_or_tell(self) -> None:
        try:
            self.flush()
            self._failing = None
        except OSError as error:
            # The next round tries again; meanwhile the sum grows within its bounds.
            self._failing = self._failing or time.monotonic()
            _log.warning("traces could not be written to the spool: %s", error.strerror)

    def close(self) -> None:
        """Leave everything in the spool, also what still waited for its other side."""
        with self._lock:
            self._stop.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._window.drain()
        self._flush_or_tell()
