"""What else the rooms ask of the outside world."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Return the present moment as an aware datetime in UTC."""
        ...


class Secrets(Protocol):
    """Where credentials are kept; records hold references to them, never what they stand for."""

    def read(self, reference: str) -> str:
        """
        Return what a reference (``env:NAME``, ``file:PATH``) stands for.

        Raises:
            InvalidInput: it is no reference, or leads nowhere; what it stands for is never told.
        """
        ...
