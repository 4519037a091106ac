"""What facts that are rates by some key have in common."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.rates import Pooled
from impact.failure.seen import Known, Seen


class Keyed:
    """A fact whose columns are the pooled rates of a change's keys; the rest of a fact stands in the class below it."""

    name: str
    of_begun: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *half_lives: float, main: int = 0) -> None:
        self._pooled = Pooled(*half_lives, main=main)
        self.rates = tuple(Column(f"{self.name}_rate_{half:g}d", rate=True) for half in half_lives)
        self.columns: tuple[Column, ...] = self.rates

    def keys(self, seen: Seen) -> Sequence[Hashable]:
        """Return the keys of a change."""
        raise NotImplementedError

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        return self._pooled.judged(self.keys(seen), seen)

    def begun(self, seen: Seen) -> None:
        """A rate is of outcomes; that a change started adds nothing to it."""

    def learned(self, seen: Seen, known: Known) -> None:
        self._pooled.learn(self.keys(seen), seen, known.bad)
