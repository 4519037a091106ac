"""What a connector has of the outside, as little of it as a test needs."""

from __future__ import annotations

from typing import Any


class Cancelled(Exception):
    """The reading is to end."""


class QuietLine:
    """A line that counts: ``paced`` requests, ``noted`` codes; with ``steps`` it is cancelled after so many checks."""

    def __init__(self, steps: int | None = None) -> None:
        self.paced = 0
        self.noted: list[str] = []
        self._steps = steps

    def secret(self, reference: str) -> str:
        raise AssertionError(f"nothing needs {reference}")

    def check(self) -> None:
        if self._steps is not None:
            self._steps -= 1
            if self._steps < 0:
                raise Cancelled

    def pace(self) -> None:
        self.paced += 1

    def wait(self, seconds: float) -> None:  # noqa: ARG002
        self.check()

    def left(self) -> float:
        return 60.0

    def note(self, code: str, **facts: Any) -> None:  # noqa: ARG002
        self.noted.append(code)
