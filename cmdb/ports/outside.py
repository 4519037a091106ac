"""What else the rooms ask of the outside world."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Return the present moment as an aware datetime in UTC."""
        ...
