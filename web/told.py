"""Being told to end, in a way that a signal may do."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from typing import Any

_LOOK = 0.5


class Told:
    """
    Whether this process was told to end; :meth:`set` may be a signal's handler.

    An event of ``threading`` is not enough. Its lock may be held by the very code that the signal interrupts, and a
    process that was stopped and goes on may get its signal in any thread: the main one, which alone runs handlers,
    sleeps on then. A simple queue may be filled from a handler, and the main thread looks up twice a second.
    """

    def __init__(self) -> None:
        self._said: SimpleQueue[None] = SimpleQueue()

    def set(self, *_: Any) -> None:
        """Tell it."""
        self._said.put(None)

    def is_set(self) -> bool:
        """Tell whether it was told."""
        return not self._said.empty()

    def wait(self, seconds: float | None = None) -> bool:
        """Return as soon as it is told, or after so many seconds; whether it was told."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self.is_set():
            left = _LOOK if deadline is None else min(_LOOK, deadline - time.monotonic())
            if left <= 0:
                return False
            try:
                self._said.get(timeout=left)
            except Empty:
                continue
            self._said.put(None)
        return True
