"""Whether its window meets a freeze, or a peak event that counts as one."""

from __future__ import annotations

from impact.failure.facts.asked import Asked


class Freeze(Asked):
    """1 where it does, even if the freeze lets it pass; not known where the calendar does not reach so far."""

    def __init__(self) -> None:
        super().__init__("freeze", counts=False)
