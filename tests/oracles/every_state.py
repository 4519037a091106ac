"""Every state of a small cone at once: which CIs are down or degraded in each of the 2^n sets of failed CIs.

A *table* is a number with a bit for each state: bit s tells whether something holds in state s, and state s is the one
in which the CI at position p has failed itself when bit p of s is set. So one ``&`` tries all states, and the rounds
are those of ``tests.oracles.impact``, which the tests of the oracles hold these tables to, state by state.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.oracles.impact import can_fail, hard_cone

OUTCOMES = ("DOWN", "DEGRADED", "REDUNDANCY_LOST", "REDUCED", "UNAFFECTED")


def whole_cone(needs: dict, ci: str) -> set:
    """Return what ``ci`` reaches over hard and soft relations and groups, itself included."""
    cone, edge = {ci}, {ci}
    while edge:
        edge = {
            member
            for reached in edge
            for requirement in needs[reached]
            if requirement["strength"] != "none"
            for member in requirement["members"]
        } - cone
        cone |= edge
    return cone


class EveryState:
    """
    The states of ``service`` over all sets of failed CIs among ``variables``, those of its cone that may fail.

    The cone is the hard one, enough for what is down, or with ``soft`` the whole one. A CI fails in some state when its
    unavailability is not exactly 0 (None may fail) or when it is in ``failed``, for a person may say that it has. 2^n
    bits for each CI: for n up to about 16.
    """

    def __init__(self, items: dict, needs: dict, service: str, failed: Iterable = (), soft: bool = False) -> None:
        self.items, self.needs, self.service = items, needs, service
        self.cone = whole_cone(needs, service) if soft else hard_cone(needs, service)
        self.variables = sorted(ci for ci in self.cone if can_fail(items, ci) or ci in set(failed))
        self.place = {ci: place for place, ci in enumerate(self.variables)}
        self.states = 1 << len(self.variables)
        self.all = (1 << self.states) - 1
        self.fails = {ci: self._alternating(1 << self.place[ci]) if ci in self.place else 0 for ci in self.cone}
        self.down = self._down()

    def _alternating(self, width: int) -> int:
        """Return ``width`` states without, as many with, and so on."""
        return self.all // ((1 << width) + 1) << width

    def _down(self) -> dict:
        down, before = dict(self.fails), None
        while down != before:
            before = dict(down)
            for ci in self.cone:
                for requirement in self.needs[ci]:
                    if requirement["strength"] == "hard":
                        down[ci] |= self._unmet(requirement, before)
        return down

    def degraded(self) -> dict:
        """Return CI to the table of the states in which it is degraded; the cone must be the whole one."""
        degraded, before = dict.fromkeys(self.cone, 0), None
        while degraded != before:
            before = dict(degraded)
            worse = {ci: self.down[ci] | before[ci] for ci in self.cone}
            for ci in self.cone:
                for requirement in self.needs[ci]:
                    if requirement["strength"] != "none":
                        lost = worse if requirement["strength"] == "hard" else self.down
                        degraded[ci] |= self._unmet(requirement, lost) & ~self.down[ci]
        return degraded

    def _unmet(self, requirement: dict, lost: dict) -> int:
        """Return the states in which fewer members than needed are not ``lost``, by counting member for member."""
        at_least = [self.all] + [0] * requirement["needs"]
        for member in requirement["members"]:
            for count in range(requirement["needs"], 0, -1):
                at_least[count] |= at_least[count - 1] & ~lost[member]
        return self.all & ~at_least[requirement["needs"]]

    def state(self, failed: Iterable) -> int:
        """Return the number of the state in which exactly the ``failed`` of the variables have failed."""
        return sum(1 << self.place[ci] for ci in set(failed) if ci in self.place)

    def stops(self, failed: Iterable) -> bool:
        """Return whether the service is down when exactly ``failed`` have failed."""
        return bool(self.down[self.service] >> self.state(failed) & 1)

    def outcomes(self) -> dict:
        """Return outcome to the table of its states; each state has one. The cone must be the whole one."""
        inner, down = hard_cone(self.needs, self.service), self.down[self.service]
        new_points = loss = 0
        for ci in inner:
            loss |= self.down[ci]
            if ci != self.service and can_fail(self.items, ci) and not self.stops({ci}):
                with_it = down & self.fails[ci]
                new_points |= with_it >> (1 << self.place[ci]) & ~down
        holds = (down, self.degraded()[self.service], new_points, loss, self.all)
        tables, left = {}, self.all
        for outcome, table in zip(OUTCOMES, holds, strict=True):
            tables[outcome] = left & table
            left &= ~table
        return tables
