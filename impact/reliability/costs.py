"""What it costs to bring a CI or a group down, in failures: independent modules add up, shared ones are searched."""

from __future__ import annotations

from dataclasses import dataclass, field

from impact.graph.rings import rings
from impact.reliability.rest import Rest
from impact.reliability.search import Bounds, Budget, fewest


@dataclass(slots=True)
class Costs:
    """The costs of the places of a rest; ``of`` holds those known so far, and a place missing in it can not fall."""

    rest: Rest
    budget: Budget
    of: dict[int, Bounds] = field(default_factory=dict)

    def of_service(self) -> Bounds | None:
        """Return the bounds of the service's cost, or None when the budget did not suffice to find any."""
        rest = self.rest
        # Nothing below a CI that may fail by itself is visited: it costs one failure, and nothing costs less.
        for ring in rings(0, lambda place: () if rest.fails[place] else rest.below(place)):
            for place in ring:
                if self.rest.fails[place]:
                    self.of[place] = Bounds(1, frozenset((place,)))
            open_places = [place for place in ring if not self.rest.fails[place]]
            if len(ring) == 1:
                self._settle(open_places, cyclic=False)
            elif not self._rounds(open_places):
                return None
        return self.of.get(0)

    def _rounds(self, places: list[int]) -> bool:
        """
        Settle places that need each other: rounds of the same rule, until a round lowers nothing.

        Returns whether the budget sufficed. Until the rounds have ended nothing about the places may be used.
        """
        while self._settle(places, cyclic=True):
            if not self.budget.spend(len(places)):
                return False
        return True

    def _settle(self, places: list[int], *, cyclic: bool) -> bool:
        """Work out the costs of ``places`` from what they need; return whether one became lower."""
        lower = False
        for place in places:
            ways = [self.of[below] for below in self.rest.alone[place] if below in self.of]
            for group in self.rest.groups[place]:
                way = self._group(group, cyclic=cyclic)
                if way is not None:
                    ways.append(way)
            if ways:
                bounds = Bounds(min(way.low for way in ways), min((way.cut for way in ways), key=_smallness))
                before = self.of.get(place)
                if before is None or bounds.low < before.low or bounds.high < before.high:
                    self.of[place] = bounds
                    lower = True
        return lower

    def _group(self, group: int, *, cyclic: bool) -> Bounds | None:
        """Return the cost of bringing so many members of ``group`` down that it fails."""
        short, members = self.rest.short[group], [each for each in self.rest.members[group] if each in self.of]
        if short > len(members):
            return None
        rough = self._rough(members, short)
        if rough.exact or cyclic:
            return rough
        modules = self._modules(members)
        if modules is None:
            return rough
        exact = self._combined(modules, short)
        return Bounds(max(rough.low, exact.low), min(rough.cut, exact.cut, key=_smallness))

    def _rough(self, members: list[int], count: int) -> Bounds:
        """Return bounds that hold whatever is shared: at least the dearest one needed, at most all needed together."""
        low = sorted(self.of[member].low for member in members)[count - 1]
        cheapest = sorted(members, key=lambda member: (self.of[member].high, member))[:count]
        return Bounds(low, frozenset().union(*(self.of[member].cut for member in cheapest)))

    def _modules(self, members: list[int]) -> list[list[int]] | None:
        """Return the members grouped so that no two modules share a CI that may fail; None: the budget is spent."""
        leader = {member: member for member in members}
        first: dict[int, int] = {}
        for member in members:
            cone = self.rest.cone(member)
            if not self.budget.spend(len(cone)):
                return None
            for place in cone:
                if self.rest.fails[place]:
                    one, other = _leading(leader, member), _leading(leader, first.setdefault(place, member))
                    leader[max(one, other)] = min(one, other)
        modules: dict[int, list[int]] = {}
        for member in members:
            modules.setdefault(_leading(leader, member), []).append(member)
        return [modules[key] for key in sorted(modules)]

    def _combined(self, modules: list[list[int]], count: int) -> Bounds:
        """Return the cheapest way to bring ``count`` members down over independent modules, a module at a time."""
        singles = sum(len(module) == 1 for module in modules)
        lows: list[int | None] = [0] + [None] * count
        cuts: list[frozenset[int] | None] = [frozenset()] + [None] * count
        alone = [module[0] for module in modules if len(module) == 1]
        cheap_lows = sorted(self.of[member].low for member in alone)
        cheap_cuts = sorted((self.of[member].cut for member in alone), key=_smallness)
        for taken in range(1, min(singles, count) + 1):
            lows[taken] = sum(cheap_lows[:taken])
            cuts[taken] = frozenset().union(*cheap_cuts[:taken])
        others = [module for module in modules if len(module) > 1]
        for module in others:
            # Fewer of this module than all the others leave open are never needed.
            elsewhere = sum(len(each) for each in modules if each is not module)
            costs = {
                taken: self._shared(module, taken)
                for taken in range(max(1, count - elsewhere), min(len(module), count) + 1)
            }
            lows = [_least(lows, costs, total) for total in range(count + 1)]
            cuts = [_union(cuts, costs, total) for total in range(count + 1)]
        low, cut = lows[count], cuts[count]
        # All members together are enough by the caller's check.
        assert low is not None
        assert cut is not None
        return Bounds(low, cut)

    def _shared(self, module: list[int], count: int) -> Bounds:
        """Return the cost of ``count`` members of one module whose members share something."""
        rough = self._rough(module, count)
        return rough if rough.exact else fewest(self.rest, module, count, rough, self.budget)


def _smallness(cut: frozenset[int]) -> tuple[int, list[int]]:
    return len(cut), sorted(cut)


def _least(lows: list[int | None], costs: dict[int, Bounds], total: int) -> int | None:
    """Return the least bound for ``total`` members when one more module may take part, at ``costs`` by members."""
    offers = [lows[total]]
    for taken, cost in costs.items():
        if taken <= total and (known := lows[total - taken]) is not None:
            offers.append(known + cost.low)
    return min((offer for offer in offers if offer is not None), default=None)


def _union(cuts: list[frozenset[int] | None], costs: dict[int, Bounds], total: int) -> frozenset[int] | None:
    """Return the smallest cut for ``total`` members when one more module may take part, at ``costs`` by members."""
    offers = [cuts[total]]
    for taken, cost in costs.items():
        if taken <= total and (known := cuts[total - taken]) is not None:
            offers.append(known | cost.cut)
    return min((offer for offer in offers if offer is not None), key=_smallness, default=None)


def _leading(leader: dict[int, int], member: int) -> int:
    while leader[member] != member:
        leader[member] = leader[leader[member]]
        member = leader[member]
    return member
