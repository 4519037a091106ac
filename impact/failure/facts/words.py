"""The words of the title: how changes that were called so went."""

from __future__ import annotations

from collections.abc import Sequence

from impact.failure.facts.column import Column
from impact.failure.facts.keyed import Keyed
from impact.failure.seen import Seen


class Words(Keyed):
    """The mean and the sum of the words' rates: one telling word among many still counts in the sum."""

    name = "words"

    def __init__(self) -> None:
        super().__init__(720.0)
        self.columns = (*self.rates, Column("words_sum", rate=False))

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        rates, variance = super().judged(seen)
        return (*rates, rates[0] * len(seen.words)), variance

    def keys(self, seen: Seen) -> Sequence[str]:
        return seen.words
