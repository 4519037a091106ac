"""The CIs it touches and their classes: how changes to them went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.rates import Pooled
from impact.failure.seen import Known, Seen


class Targets:
    """The mean rate of the CIs over three months and two years, and that of their classes over a year."""

    name = "targets"
    of_begun: ClassVar[tuple[str, ...]] = ()
    columns = (
        Column("targets_rate_90d", rate=True),
        Column("targets_rate_720d", rate=True),
        Column("targets_class_rate_360d", rate=True),
    )

    def __init__(self) -> None:
        self._cis = Pooled(90.0, 720.0, main=1)
        self._classes = Pooled(360.0)

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        cis, variance = self._cis.judged(seen.planned.targets, seen)
        classes, more = self._classes.judged(_classes(seen), seen)
        return (*cis, *classes), variance + more

    def begun(self, seen: Seen) -> None:
        """A rate is of outcomes; that a change started adds nothing to it."""

    def learned(self, seen: Seen, known: Known) -> None:
        self._cis.learn(seen.planned.targets, seen, known.bad)
        self._classes.learn(dict.fromkeys(_classes(seen)), seen, known.bad)


def _classes(seen: Seen) -> list[str]:
    """Return the class of each CI: with one for each, the mean over a split change's parts is that of the whole."""
    return [found for found in seen.planned.classes if found]
