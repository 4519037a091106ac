"""The line of a reading under test: it hands out secrets, counts requests, and waits without losing time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmdb.jobs import RunStopped

Ended = RunStopped
"""What ends a reading from outside."""


class TestLine:
    """A line that remembers what was asked of it; ``end_after`` such a number of looks it ends the reading."""

    __test__ = False

    def __init__(self, secrets: Mapping[str, str] | None = None, *, left: float = 3600.0) -> None:
        self.secrets, self.seconds = dict(secrets or {}), left
        self.paced, self.looks, self.end_after = 0, 0, -1
        self.waits: list[float] = []
        self.notes: list[tuple[str, Mapping[str, Any]]] = []

    def secret(self, reference: str) -> str:
        return self.secrets[reference]

    def check(self) -> None:
        self.looks += 1
        if 0 <= self.end_after < self.looks:
            raise Ended(run="a run", reason="run.cancelled")

    def pace(self) -> None:
        self.check()
        self.paced += 1

    def wait(self, seconds: float) -> None:
        self.check()
        self.waits.append(seconds)

    def left(self) -> float:
        return self.seconds

    def note(self, code: str, **facts: Any) -> None:
        self.notes.append((code, facts))
