"""How old the evidence of its targets is: the days since discovery saw the one it saw longest ago."""

from __future__ import annotations

from impact.failure.facts.asked import Asked


class DiscoveryAge(Asked):
    """The logarithm of one more than these days when it was assessed; not known where one was never seen."""

    def __init__(self) -> None:
        super().__init__("discovery_age_days", counts=True)
