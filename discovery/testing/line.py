"""The line of a reading under test: it hands out secrets, counts what is asked of it, and ends when it is told to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from cmdb.jobs import RunStopped
from discovery.ports import TimedOut

SECRET = "t0ken-" + "0123456789abcdef" * 2
"""What every reference stands for unless a test says otherwise; it opens nothing."""

Ended = RunStopped
"""What ends a reading from outside."""
_STEP = 0.05


class TrialLine:
    """
    A line that remembers.

    ``secrets`` by their references; without them each stands for :data:`SECRET`. After ``end_after`` looks, or when
    ``ended`` says so, the reading is ended from outside. ``seconds`` are left to it. Waiting takes no time and
    time does not pass, unless it ``runs``. ``looks_at_time``: after so many looks at what is left, nothing is.
    """

    def __init__(
        self,
        secrets: Mapping[str, str] | None = None,
        *,
        end_after: int | None = None,
        ended: Callable[[], bool] = lambda: False,
        seconds: float = 3600.0,
        runs: bool = False,
        looks_at_time: int | None = None,
    ) -> None:
        self.secrets = secrets
        self.paced, self.looks, self.end_after, self.ended = 0, 0, end_after, ended
        self.waits: list[float] = []
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.seconds, self._runs, self._looks_at_time = seconds, runs, looks_at_time
        self._ends = time.monotonic() + seconds

    @property
    def noted(self) -> list[str]:
        """The codes of what was noted."""
        return [code for code, _ in self.notes]

    def secret(self, reference: str) -> str:
        return SECRET if self.secrets is None else self.secrets[reference]

    def check(self) -> None:
        self.looks += 1
        if self.ended() or (self.end_after is not None and self.looks > self.end_after):
            raise Ended(run="a run", reason="run.cancelled")
        if self._runs and self.left() <= 0:
            raise TimedOut(target="the target", reason=f"the {self.seconds:g} s it may take are over")

    def pace(self) -> None:
        self.check()
        self.paced += 1

    def wait(self, seconds: float) -> None:
        self.check()
        self.waits.append(seconds)
        until = time.monotonic() + (min(seconds, self.left()) if self._runs else 0.0)
        while (rest := until - time.monotonic()) > 0:
            time.sleep(min(rest, _STEP))
            self.check()

    def left(self) -> float:
        if self._looks_at_time is not None:
            self._looks_at_time -= 1
            return 0.0 if self._looks_at_time < 0 else self.seconds
        return max(0.0, self._ends - time.monotonic()) if self._runs else self.seconds

    def note(self, code: str, **facts: Any) -> None:
        self.notes.append((code, facts))
