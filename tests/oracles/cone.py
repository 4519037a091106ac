"""Brute force within the hard cone of one service, on sets of CIs written as bits: still rounds and trying each CI.

Two shortcuts make it fast enough for a real estate, both plain. Nothing outside the hard cone of a service can bring it
down, so the rest is not looked at. And CIs of the cone that need nothing and are members of exactly the same
requirements are alike: exchanging them changes no answer, so of the ones that have not failed one stands for all.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

from tests.oracles.impact import can_fail, hard_cone


class Cone:
    """The hard cone of ``service``; sets of CIs are numbers with a bit for each."""

    def __init__(self, items: dict, needs: dict, service: str) -> None:
        self.service = service
        self.cis = sorted(hard_cone(needs, service))
        self.bit = {ci: 1 << position for position, ci in enumerate(self.cis)}
        self.rules = [
            (self.bit[ci], self.bits(requirement["members"]), requirement["needs"])
            for ci in self.cis
            for requirement in needs[ci]
            if requirement["strength"] == "hard"
        ]
        self.candidates = [ci for ci in self.cis if ci != service and can_fail(items, ci)]
        ruled = {owner for owner, _, _ in self.rules}
        self.kind = {
            ci: (ci,)
            if self.bit[ci] in ruled
            else tuple(position for position, (_, members, _) in enumerate(self.rules) if members & self.bit[ci])
            for ci in self.cis
        }
        self.alone_before = {ci for ci in self.candidates if self.stops(self.bit[ci])}

    def bits(self, cis: set) -> int:
        return sum(self.bit[ci] for ci in cis if ci in self.bit)

    def stops(self, failed: int) -> bool:
        """Return whether the service is down with ``failed`` failed: rounds until nothing changes."""
        down, before = failed, -1
        while down != before:
            before = down
            for owner, members, needs in self.rules:
                if (members & ~before).bit_count() < needs:
                    down |= owner
        return bool(down & self.bit[self.service])

    def kinds_left(self, failed: set) -> dict:
        """Return the candidates that have not failed, in lists of such that are alike."""
        kinds: dict = {}
        for ci in self.candidates:
            if ci not in failed:
                kinds.setdefault(self.kind[ci], []).append(ci)
        return kinds

    def new_single_points(self, failed: set) -> set:
        """Return the CIs that stop the service on top of ``failed`` and did not alone; the service must be up."""
        base = self.bits(failed)
        return {
            ci
            for alike in self.kinds_left(failed).values()
            if self.stops(base | self.bit[alike[0]])
            for ci in alike
            if ci not in self.alone_before
        }

    def margin_up_to(self, failed: set, most: int) -> int | None:
        """Return the margin when it is at most ``most``, else None, by trying all sets by size."""
        base = self.bits(failed)
        kinds = list(self.kinds_left(failed).values())
        for size in range(most + 1):
            for chosen in combinations_with_replacement(range(len(kinds)), size):
                if all(chosen.count(kind) <= len(kinds[kind]) for kind in chosen):
                    further = {kinds[kind][chosen[:place].count(kind)] for place, kind in enumerate(chosen)}
                    if self.stops(base | self.bits(further)):
                        return size
        return None
