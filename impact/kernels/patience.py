"""How long plain Python may go on before compiled code takes over: the price of a question stays in proportion.

Where the kernels are ready, a walk that touches more than a few effects belongs to them. Where they are not, loading
them takes longer than almost any question, so plain code goes on; but once a process has spent on wide walks what
loading would have cost, it loads them. So nobody waits for twice what is best, and a small command never imports
numba. Both ways give the same answer, so none can tell which was taken. Source: the ski rental problem; Karlin,
Manasse, Rudolph and Sleator, Competitive snoopy caching, 1988.
"""

from __future__ import annotations

from impact.kernels.compiling import is_ready
from impact.kernels.walks import states_walk

SMALL = 1_000
"""With kernels ready a walk of so many effects is plain: about 0.1 ms, which is what starting a kernel may cost."""

PRICE = 6_000_000
"""So many effects take plain Python about as long as it takes to load the kernels."""

_spent = 0


class TooWide(Exception):
    """A plain walk touched more than it may; it never leaves the question that a kernel then answers."""


class Patience:
    """What one question may still touch: ``most`` effects, or as many as it is worth."""

    __slots__ = ("_given", "_left")

    def __init__(self, most: int | None = None) -> None:
        if most is None:
            most = SMALL if is_ready(states_walk) else max(SMALL, PRICE - _spent)
        self._given = self._left = most

    def spend(self, effects: int) -> None:
        """Count ``effects`` touched. Raises TooWide."""
        self._left -= effects
        if self._left < 0:
            raise TooWide

    def settle(self) -> None:
        """Remember what a plain answer has cost beyond what no kernel would have saved."""
        global _spent
        _spent += max(0, self._given - self._left - SMALL)
