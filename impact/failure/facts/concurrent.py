"""What else is planned: other changes whose windows overlap its own."""

from __future__ import annotations

from impact.failure.facts.asked import Asked


class Concurrent(Asked):
    """The logarithm of one more than their number, by the plans as they were when it was assessed."""

    def __init__(self) -> None:
        super().__init__("concurrent", counts=True)
