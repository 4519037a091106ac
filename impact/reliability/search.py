"""The fewest failures that bring enough of some CIs down: exact search with a sound lower bound and a node budget.

Members of one group that share what they rest on can fall together, so their costs do not add up. The search asks, for
one more failure after the other, whether so few can do it, by branch and bound over the CIs that could matter:

- a CI that another candidate's failure brings down anyway is never better than that one, and neither is a CI that only
  matters to a single member which may fail by itself;
- a failure brings down at most the members in whose cones it lies, so the sum of the largest such counts bounds what
  the failures still to be chosen can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from impact.reliability.rest import Fall, Rest


@dataclass(slots=True)
class Budget:
    """How many CIs a margin may still visit; a count, so that it cuts at the same place on every machine."""

    left: int

    def spend(self, nodes: int) -> bool:
        """Take ``nodes`` off and return whether there was enough."""
        self.left -= nodes
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number of failures between ``low`` and ``high``; ``cut`` is a set of ``high`` failures that does it."""

    low: int
    cut: frozenset[int]

    @property
    def high(self) -> int:
        return len(self.cut)

    @property
    def exact(self) -> bool:
        return self.low >= self.high


def fewest(rest: Rest, members: Sequence[int], count: int, known: Bounds, budget: Budget) -> Bounds:
    """
    Return the fewest failures that bring ``count`` of ``members`` down, at best exactly.

    ``known`` are bounds that hold already; a greedy choice may find a smaller set at once. Then each size from the
    lower bound on is refuted or found; when the budget is spent the sizes refuted so far make the lower bound.
    """
    problem = _problem(rest, members, count, budget)
    if problem is None:
        return known
    low = max(known.low, problem.least())
    cut = min(known.cut, problem.greedy() or known.cut, key=len)
    while low < len(cut):
        found = problem.find(low)
        if problem.budget.left < 0:
            break
        if found is not None:
            return Bounds(low, frozenset(found))
        low += 1
    return Bounds(low, cut)


@dataclass(slots=True)
class _Problem:
    """``reach[i]`` holds, one bit a member, in whose cones ``candidates[i]`` lies; largest reach first."""

    fall: Fall
    candidates: list[int]
    reach: list[int]
    bits: dict[int, int]
    count: int
    budget: Budget

    def least(self) -> int:
        """Return how many candidates it takes if each brought down all members in whose cones it lies."""
        covered = accumulate(reach.bit_count() for reach in self.reach)
        return next(size for size, members in enumerate(covered, 1) if members >= self.count)

    def greedy(self) -> frozenset[int] | None:
        """Return a set found by taking what lies in most cones of members still up, or None: the budget is spent."""
        chosen: list[tuple[int, list[int]]] = []
        down = 0
        while down.bit_count() < self.count:
            gains = [(reach & ~down).bit_count() for reach in self.reach]
            for position, _ in chosen:
                gains[position] = -1
            best = max(range(len(gains)), key=gains.__getitem__)
            fell = self.fall.take(self.candidates[best])
            chosen.append((best, fell))
            down |= self._members_among(fell)
            if not self.budget.spend(1 + len(fell) + len(gains) // 16):
                break
        for _, fell in reversed(chosen):
            self.fall.back(fell)
        reached = down.bit_count() >= self.count
        return frozenset(self.candidates[position] for position, _ in chosen) if reached else None

    def find(self, size: int) -> list[int] | None:
        """Return ``size`` candidates that do it, or None when there are none (or the budget is spent)."""
        chosen: list[tuple[int, list[int]]] = []
        down = 0
        position = 0
        while True:
            # Each turn takes the next candidate that could still lead to a set, or goes back when there is none.
            position = self._next(position, size - len(chosen), down)
            if position >= 0:
                fell = self.fall.take(self.candidates[position])
                if not self.budget.spend(1 + len(fell)):
                    return None
                gained = self._members_among(fell)
                if (down | gained).bit_count() >= self.count:
                    return [self.candidates[place] for place, _ in chosen] + [self.candidates[position]]
                if len(chosen) + 1 < size and fell:
                    chosen.append((position, fell))
                    down |= gained
                else:
                    self.fall.back(fell)
                position += 1
            elif chosen:
                position, fell = chosen.pop()
                self.fall.back(fell)
                down &= ~self._members_among(fell)
                position += 1
            else:
                return None

    def _members_among(self, fell: Iterable[int]) -> int:
        bits, found = self.bits, 0
        for place in fell:
            found |= bits.get(place, 0)
        return found

    def _next(self, position: int, picks: int, down: int) -> int:
        """Return the first place from ``position`` on with which ``picks`` candidates may do it, or -1."""
        missing = self.count - down.bit_count()
        gains = [(reach & ~down).bit_count() for reach in self.reach[position:]]
        self.budget.spend(1 + len(gains) // 16)
        if picks == 1:
            return next((position + place for place, gain in enumerate(gains) if gain >= missing), -1)
        largest = sorted(gains)[-picks:]
        return position if gains and sum(largest) >= missing else -1


def _problem(rest: Rest, members: Sequence[int], count: int, budget: Budget) -> _Problem | None:
    """Return the search for ``count`` of ``members``, or None when the budget does not even suffice to set it up."""
    bits = {member: 1 << position for position, member in enumerate(members)}
    reach: dict[int, int] = {}
    for member in members:
        cone = rest.cone(member)
        if not budget.spend(len(cone)):
            return None
        for place in cone:
            if rest.fails[place]:
                reach[place] = reach.get(place, 0) | bits[member]
    own = {bits[member] for member in members if rest.fails[member]}
    useful = [place for place, of in reach.items() if place in bits or of not in own]
    fall = Fall.of(rest)
    beaten: set[int] = set()
    # The deepest come first: they are likely to bring others down, which then need no walk of their own.
    for place in sorted(useful, reverse=True):
        if place not in beaten:
            fell = fall.take(place)
            fall.back(fell)
            if not budget.spend(1 + len(fell)):
                return None
            beaten.update(fell[1:])
    candidates = sorted(set(useful) - beaten, key=lambda place: (-reach[place].bit_count(), place))
    return _Problem(fall, candidates, [reach[place] for place in candidates], bits, count, budget)
