"""How deep the estate rests on it: the rings of its blast radius, above its targets."""

from __future__ import annotations

from impact.failure.facts.asked import Asked


class Depth(Asked):
    """The logarithm of one more than their number, as the graph was when it was assessed."""

    def __init__(self) -> None:
        super().__init__("depth", counts=True)
