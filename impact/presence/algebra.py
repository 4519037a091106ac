"""
What may differ from case to case, where a case says which doubtful relations exist: as bits, or as a decision diagram.

The rules of :mod:`impact.presence.spread` need no more than "both", "either" and "so many of", so the same walk serves
to look at some cases side by side (one bit each) and at all of them at once (a function of what exists).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from impact.graph.certainty import Doubt
from impact.reliability.faults.diagram import FALSE, TRUE, Diagram

NEVER = 0
"""What holds in no case, in either form."""


class Algebra(Protocol):
    """Values that hold in some cases; equal values are equal numbers, and NEVER is the one that holds in none."""

    always: int

    def exists(self, doubt: Doubt) -> int:
        """Return the cases in which a doubtful relation exists."""

    def absent(self, doubt: Doubt) -> int:
        """Return the other cases."""

    def both(self, one: int, other: int) -> int:
        """Return where both hold."""

    def either(self, one: int, other: int) -> int:
        """Return where one of both holds."""

    def but_not(self, one: int, other: int) -> int:
        """Return where the first holds and the second does not."""

    def at_least(self, count: int, values: Sequence[int]) -> int:
        """Return where so many of ``values`` hold; ``count`` is above 0."""


class Cases:
    """
    Cases side by side, a bit each: 0 is "all exist", 1 "none does", each further one "all but one doubt".

    A doubt gets its bit when it is first asked for, the first ``most`` of them; bits beyond are those of case 0, so a
    value that always holds is -1.
    """

    always = -1

    def __init__(self, most: int) -> None:
        self.doubts: dict[Doubt, int] = {}
        self._most = most

    def exists(self, doubt: Doubt) -> int:
        return ~self.absent(doubt)

    def absent(self, doubt: Doubt) -> int:
        place = self.doubts.setdefault(doubt, len(self.doubts))
        return 2 | 4 << place if place < self._most else 2

    def both(self, one: int, other: int) -> int:
        return one & other

    def either(self, one: int, other: int) -> int:
        return one | other

    def but_not(self, one: int, other: int) -> int:
        return one & ~other

    def at_least(self, count: int, values: Sequence[int]) -> int:
        planes = _sums(values)
        more, equal = NEVER, self.always
        for place in range(max(len(planes), count.bit_length()) - 1, -1, -1):
            plane = planes[place] if place < len(planes) else NEVER
            if count >> place & 1:
                equal &= plane
            else:
                more |= equal & plane
                equal &= ~plane
        return more | equal

    def without(self, values: int) -> Iterator[Doubt]:
        """Yield the doubts without which (each alone) it is not as it is with all: where ``values`` holds."""
        for doubt, place in self.doubts.items():
            if place < self._most and values >> place + 2 & 1:
                yield doubt


def _sums(values: Sequence[int]) -> list[int]:
    """Return for each case how many values hold in it: one number of bits for each binary digit, the lowest first."""
    planes: list[int] = []
    for value in values:
        carry = value
        for place, plane in enumerate(planes):
            planes[place], carry = plane ^ carry, plane & carry
            if not carry:
                break
        if carry:
            planes.append(carry)
    return planes


class Functions:
    """
    All cases at once: functions of the presence of doubts, a level each, in a diagram of at most ``budget`` nodes.

    ``doubts`` come first; others get the next of the ``spare`` levels when they are first asked for. One too many
    counts as existing, and ``short`` tells so. Operations raise BudgetSpent.
    """

    always = TRUE

    def __init__(self, doubts: Iterable[Doubt], spare: int, budget: int) -> None:
        self.short = False
        self.doubts = {doubt: level for level, doubt in enumerate(doubts)}
        self._most = len(self.doubts) + spare
        self._diagram = Diagram(self._most, budget)
        self._diagram.make_absences()

    def exists(self, doubt: Doubt) -> int:
        level = self._known(doubt)
        return TRUE if level is None else self._diagram.variable(level)

    def absent(self, doubt: Doubt) -> int:
        level = self._known(doubt)
        return FALSE if level is None else self._diagram.absence(level)

    def both(self, one: int, other: int) -> int:
        if one in (other, FALSE) or other == TRUE:
            return one
        if one == TRUE or other == FALSE:
            return other
        return self._diagram.at_least(2, (one, other))

    def either(self, one: int, other: int) -> int:
        if one in (other, TRUE) or other == FALSE:
            return one
        if one == FALSE or other == TRUE:
            return other
        return self._diagram.at_least(1, (one, other))

    def but_not(self, one: int, other: int) -> int:
        if one in (other, FALSE) or other == TRUE:
            return FALSE
        return one if other == FALSE else self.both(one, self._diagram.complement(other))

    def at_least(self, count: int, values: Sequence[int]) -> int:
        open_ones = [value for value in values if value > TRUE]
        return self._diagram.at_least(count - sum(value == TRUE for value in values), open_ones)

    def probabilities(self, values: Sequence[int]) -> list[float]:
        """Return how probable each value is, when every doubt exists independently with its confidence."""
        chances = [doubt.confidence for doubt in self.doubts]
        return self._diagram.probabilities(values, chances + [0.0] * (self._most - len(chances)))

    def _known(self, doubt: Doubt) -> int | None:
        level = self.doubts.get(doubt)
        if level is None:
            if len(self.doubts) == self._most:
                self.short = True
                return None
            level = self.doubts[doubt] = len(self.doubts)
        return level
