"""A line that counts what is asked of it, and ends the reading when it is told to."""

from __future__ import annotations

from typing import Any

from cmdb.jobs import RunStopped

Cancelled = RunStopped
"""What ends a reading from outside."""


class CountingLine:
    """Holds ``secrets`` by reference; after ``checks`` looks it is cancelled, and has ``seconds`` left."""

    def __init__(self, *, checks: int | None = None, seconds: float = 60.0, **secrets: str) -> None:
        self.secrets, self.seconds = {f"env:{name}": value for name, value in secrets.items()}, seconds
        self.paced, self.notes, self._checks = 0, [], checks

    def secret(self, reference: str) -> str:
        return self.secrets[reference]

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
        return self.seconds

    def note(self, code: str, **facts: Any) -> None:
        self.notes.append((code, facts))
