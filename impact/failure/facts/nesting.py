"""Partial pooling along organisation > model > team > CI class > CI: the rate of the narrowest that is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.pooling import Nested
from impact.failure.seen import Known, Seen


class Nesting:
    """How far the nested rate lies from the organisation's, in log-odds."""

    name = "nesting"
    of_begun: ClassVar[tuple[str, ...]] = ()
    columns = (Column("nesting_rate", rate=True),)

    def __init__(self) -> None:
        self.nested = Nested()

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        steps, variance = self.nested.judged(seen)
        return (sum(steps),), variance

    def begun(self, seen: Seen) -> None:
        """A rate is of outcomes; that a change started adds nothing to it."""

    def learned(self, seen: Seen, known: Known) -> None:
        self.nested.learn(seen, known.bad)
