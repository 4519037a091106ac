"""Who touches what: how the changes of an implementer or a team to these CIs and classes went."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from impact.failure.facts.column import Column
from impact.failure.rates import Pooled
from impact.failure.seen import Known, Seen

HALF_LIFE = 360.0


class Pairing:
    """The mean rates of the pairs of implementer and CI, of team and class; how many changes they made to each CI."""

    name = "pairing"
    of_begun: ClassVar[tuple[str, ...]] = ("_made",)
    columns = (
        Column("pairing_ci_rate_360d", rate=True),
        Column("pairing_class_rate_360d", rate=True),
        Column("pairing_familiarity"),
    )

    def __init__(self) -> None:
        self._cis = Pooled(HALF_LIFE)
        self._classes = Pooled(HALF_LIFE)
        self._made: dict[tuple[str, str], int] = {}

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        keys = _cis(seen)
        cis, variance = self._cis.judged(keys, seen)
        classes, more = self._classes.judged(_classes(seen), seen)
        known = sum(math.log1p(self._made.get(key, 0)) for key in keys) / len(keys) if keys else math.nan
        return (*cis, *classes, known), variance + more

    def begun(self, seen: Seen) -> None:
        for key in _cis(seen):
            self._made[key] = self._made.get(key, 0) + 1

    def learned(self, seen: Seen, known: Known) -> None:
        self._cis.learn(_cis(seen), seen, known.bad)
        self._classes.learn(dict.fromkeys(_classes(seen)), seen, known.bad)


def _cis(seen: Seen) -> list[tuple[str, str]]:
    who = seen.planned.implementer or seen.planned.team
    return [] if who is None else [(who, target) for target in seen.planned.targets]


def _classes(seen: Seen) -> list[tuple[str, str]]:
    who = seen.planned.team or seen.planned.implementer
    return [] if who is None else [(who, found) for found in seen.planned.classes if found]
