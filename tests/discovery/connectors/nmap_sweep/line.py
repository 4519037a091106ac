"""A line that counts what is asked of it, and ends the reading when it is told to."""

from __future__ import annotations

from typing import Any

from cmdb.jobs import RunStopped

Cancelled = RunStopped
"""What ends a reading from outside."""


class CountingLine:
    """After ``checks`` looks it is cancelled; it has ``seconds`` left, and no time at all after ``looks`` at that."""

    def __init__(self, *, checks: int | None = None, seconds: float = 60.0, looks: int | None = None) -> None:
        self.paced, self._checks, self._seconds, self._looks = 0, checks, seconds, looks

    def secret(self, reference: str) -> str:
        raise AssertionError(f"{reference} is not needed here")

    def check(self) -> None:
        if self._checks is not None:
            self._checks -= 1
            if self._checks < 0:
                raise Cancelled(run="a run", reason="run.cancelled")

    def pace(self) -> None:
        self.paced += 1

    def wait(self, _seconds: float) -> None:
        self.check()

    def left(self) -> float:
        if self._looks is not None:
            self._looks -= 1
            return 0.0 if self._looks < 0 else self._seconds
        return self._seconds

    def note(self, code: str, **facts: Any) -> None:
        raise AssertionError(f"{code}: {facts}")
