"""The rest of a service: what it still stands on once some CIs are down, cut out of the graph and numbered anew.

Place 0 is the service. It never counts as lost beneath itself: whatever needs it can only fall after it did. A group
shows how many *more* of its remaining members must go (``short``); one that can not lose so many is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from impact.graph.cones import hard_needs
from impact.graph.structure import Graph

Needs = dict[int, tuple[list[int], list[tuple[int, list[int]]]]]


@dataclass(slots=True)
class Rest:
    """
    The hard cone of a service without the CIs that are down; lists by place, groups by their place in the rest.

    ``cis`` gives the CI numbers, ``fails`` whether a CI may fail by itself (never the service), ``alone`` and
    ``groups`` what it needs, ``alone_above`` and ``groups_above`` who needs it; ``owner``, ``short`` and ``members``
    are by group.
    """

    cis: list[int] = field(default_factory=list)
    fails: list[bool] = field(default_factory=list)
    alone: list[list[int]] = field(default_factory=list)
    groups: list[list[int]] = field(default_factory=list)
    alone_above: list[list[int]] = field(default_factory=list)
    groups_above: list[list[int]] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    members: list[list[int]] = field(default_factory=list)

    def below(self, place: int) -> Iterable[int]:
        """Yield what ``place`` needs directly; a CI needed twice comes twice."""
        yield from self.alone[place]
        for group in self.groups[place]:
            yield from self.members[group]

    def cone(self, place: int) -> list[int]:
        """Return ``place`` and all that it needs, nearest first."""
        cone = [place]
        seen = {place}
        for reached in cone:
            for below in self.below(reached):
                if below not in seen:
                    seen.add(below)
                    cone.append(below)
        return cone


def needs_of(graph: Graph, ci: int, known: Needs) -> tuple[list[int], list[tuple[int, list[int]]]]:
    """Return what ``ci`` needs directly (:func:`impact.graph.cones.hard_needs`), kept in ``known``."""
    if ci not in known:
        known[ci] = hard_needs(graph, ci)
    return known[ci]


def rest_of(graph: Graph, service: int, down: AbstractSet[int], lost: Mapping[int, int], known: Needs) -> Rest:
    """Cut the rest of ``service`` out of ``graph``; ``known`` keeps what CIs need from one call to the next."""
    rest = Rest()
    places: dict[int, int] = {}

    def place_of(ci: int) -> int:
        if ci not in places:
            places[ci] = len(rest.cis)
            rest.cis.append(ci)
            rest.fails.append(ci != service and graph.can_fail(ci))
            for lists in (rest.alone, rest.groups, rest.alone_above, rest.groups_above):
                lists.append([])
        return places[ci]

    place_of(service)
    falls_at = graph.falls_at.data
    for place, ci in enumerate(rest.cis):  # The list grows while it is walked.
        alone, groups = needs_of(graph, ci, known)
        for target in alone:
            if target != service and target != ci:
                below = place_of(target)
                rest.alone[place].append(below)
                rest.alone_above[below].append(place)
        for group, members in groups:
            left = [member for member in members if member not in down and member != service and member != ci]
            short = falls_at[group] - lost.get(group, 0)
            if short <= len(left):
                _add_group(rest, place, short, [place_of(member) for member in left])
    return rest


def _add_group(rest: Rest, owner: int, short: int, members: list[int]) -> None:
    group = len(rest.owner)
    rest.owner.append(owner)
    rest.short.append(short)
    rest.members.append(members)
    rest.groups[owner].append(group)
    for member in members:
        rest.groups_above[member].append(group)


@dataclass(slots=True)
class Fall:
    """Who of a rest is down right now; :meth:`take` fails one more CI and :meth:`back` undoes the last one."""

    rest: Rest
    down: list[bool]
    lost: list[int]

    @classmethod
    def of(cls, rest: Rest) -> Fall:
        """Return the fall of nobody."""
        return cls(rest, [False] * len(rest.cis), [0] * len(rest.owner))

    def take(self, place: int) -> list[int]:
        """Fail ``place`` and return all that falls by it, itself first; nothing when it is down already."""
        if self.down[place]:
            return []
        rest, down, lost = self.rest, self.down, self.lost
        fell = [place]
        down[place] = True
        for fallen in fell:
            for above in rest.alone_above[fallen]:
                if not down[above]:
                    down[above] = True
                    fell.append(above)
            for group in rest.groups_above[fallen]:
                lost[group] += 1
                owner = rest.owner[group]
                if lost[group] == rest.short[group] and not down[owner]:
                    down[owner] = True
                    fell.append(owner)
        return fell

    def back(self, fell: list[int]) -> None:
        """Undo the fall of ``fell``, which the last :meth:`take` that was not undone returned."""
        for fallen in fell:
            self.down[fallen] = False
            for group in self.rest.groups_above[fallen]:
                self.lost[group] -= 1
