"""
Which single measure could keep a service up: a sound guess that misses none, to be proved by trying.

A service is down because requirements of it are violated, all of which have to hold again. One that rests on CIs holds
again when enough of them do, and a CI does when a twin stands in for it, or what it rests on holds again itself. So for
each CI there is a set of single measures outside of which nothing helps, worked upwards from what has failed: the
intersection over its violated requirements. Where CIs rest on each other in a ring, what is not known yet counts as
helped by anything; so the sets may be too large, never too small.

Source: the recursion is that of path sets of a fault tree, Barlow and Proschan, Statistical Theory of Reliability,
1975, kept to sets of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from impact.graph.certainty import Doubt, doubts_of
from impact.graph.states import States, states_of
from impact.graph.structure import HARD, SOFT, Graph

ANY = -1
"""Stands for any group and none."""

SIZE_BUDGET = 2_000_000
"""How many measures the sets of one question may hold together."""


class Way(IntEnum):
    """What a measure does: leave a target out, add a member to a group, stand a twin beside a CI, refute a relation."""

    LEAVE_OUT = 0
    SPARE = 1
    TWIN = 2
    CONFIRM = 3


class Measure(NamedTuple):
    """``subject`` is the number of a group for a spare, the first row of a doubtful relation, else a CI."""

    way: Way
    subject: int


Helping = frozenset[Measure] | None
"""The measures outside of which none helps; None: nothing is ruled out."""


class _Requirement(NamedTuple):
    """
    A violated requirement: the ``members`` that do not count and how many of them would have to (``short``).

    ``group`` is None for a relation outside any; ``every``: all members are needed, those that count as well.
    """

    members: list[int]
    short: int
    group: int | None
    every: bool


class TooMany(Exception):
    """The sets would hold more than the budget allows."""


class Saving:
    """What could help while CIs are failed; ``budget`` is how many measures the sets may hold together."""

    def __init__(self, graph: Graph, failed: Iterable[int], budget: int = SIZE_BUDGET) -> None:
        self._graph = graph
        self.states: States = states_of(graph, failed)
        self._failed = frozenset(self.states.failed)
        self._known: dict[int, Helping] = {}
        self._doubtful: dict[int, dict[tuple[int | None, int], Doubt]] = {}
        self._left = budget
        self.doubts: dict[int, Doubt] = {}
        """The doubtful relations that measures are about, by their first row."""

    def of(self, ci: int) -> Helping:
        """
        Return the measures outside of which none keeps a CI from being down, or degraded if it is that now.

        Raises:
            TooMany: the budget was spent.
        """
        begun: set[int] = set()
        stack = [ci]
        while stack:
            top = stack[-1]
            if top in self._known:
                stack.pop()
            elif top in begun:
                self._known[top] = self._settled(top)
                stack.pop()
            else:
                begun.add(top)
                below = (member for each in self._violated(top) for member in each.members)
                stack.extend(member for member in below if member not in self._known and member not in begun)
        return self._known[ci]

    def limited(self, ci: int) -> frozenset[Measure]:
        """Return the same where it is known, else all measures that touch any CI looked at. Raises TooMany."""
        helping = self.of(ci)
        return self.everything() if helping is None else helping

    def everything(self) -> frozenset[Measure]:
        """Return all measures that touch any CI looked at so far."""
        known = self._known
        found = {Measure(Way.TWIN, ci) for ci in known if may_have_twin(self._graph, ci)}
        found.update(Measure(Way.LEAVE_OUT, ci) for ci in known if ci in self._failed)
        for ci in known:
            found.update(Measure(Way.SPARE, each.group) for each in self._violated(ci) if each.group is not None)
            found.update(Measure(Way.CONFIRM, doubt.first) for doubt in self._doubts_at(ci).values())
        return frozenset(found)

    def _settled(self, ci: int) -> Helping:
        helping: Helping = frozenset((Measure(Way.LEAVE_OUT, ci),)) if ci in self._failed else None
        for requirement in self._violated(ci):
            of_one = self._of_requirement(ci, requirement)
            if of_one is not None:
                helping = of_one if helping is None else helping & of_one
        self._left -= 0 if helping is None else len(helping)
        if self._left < 0:
            raise TooMany
        return helping

    def _of_requirement(self, ci: int, requirement: _Requirement) -> Helping:
        counts: Counter[Measure] = Counter()
        members, short, group, every = requirement
        for member in members:
            helping = self._known.get(member)
            if helping is None:
                short -= 1
                continue
            counts.update(helping)
            if may_have_twin(self._graph, member):
                counts[Measure(Way.TWIN, member)] += 1
            if every:
                # Without a member of which all are needed one fewer is needed.
                counts.update(Measure(Way.CONFIRM, doubt.first) for doubt in self.doubts_between(ci, member, group))
        if short <= 0:
            return None
        found = {measure for measure, count in counts.items() if count >= short}
        if group is not None and short == 1:
            found.add(Measure(Way.SPARE, group))
        return frozenset(found)

    def _violated(self, ci: int) -> Iterator[_Requirement]:
        graph, down, degraded = self._graph, self.states.down, self.states.degraded
        is_down = ci in down
        if not is_down and ci not in degraded:
            return
        for target, strength in _alone(graph, ci):
            if target in down if strength == (HARD if is_down else SOFT) else not is_down and target in degraded:
                yield _Requirement([target], 1, None, True)
        for group in range(graph.group_starts.data[ci], graph.group_starts.data[ci + 1]):
            strength = int(graph.group_strengths[group])
            if strength not in (HARD, SOFT) or (is_down and strength == SOFT):
                continue
            members = graph.members(group)
            bruised = strength == HARD and not is_down
            bad = [member for member in members if member in down or (bruised and member in degraded)]
            needs = int(graph.needs[group])
            if needs > len(members) - len(bad):
                yield _Requirement(bad, needs - len(members) + len(bad), group, needs == len(members))

    def _doubts_at(self, ci: int) -> dict[tuple[int | None, int], Doubt]:
        """Return the doubtful relations of a CI, by their first row."""
        if ci not in self._doubtful:
            found = doubts_of(self._graph, [ci])
            self._doubtful[ci] = {(doubt.group, doubt.first): doubt for doubt in found}
            self.doubts.update((doubt.first, doubt) for doubt in found)
        return self._doubtful[ci]

    def doubts_between(self, ci: int, target: int, group: int | None = ANY) -> Iterator[Doubt]:
        """Yield the doubtful relations from one CI to another, in a group (None: in no group), or anywhere."""
        for doubt in self._doubts_at(ci).values():
            if doubt.target == target and group in (ANY, doubt.group):
                yield doubt


def may_have_twin(graph: Graph, ci: int) -> bool:
    """Return whether a CI is a thing of which there may be two: it can fail by itself and is no service."""
    return graph.can_fail(ci) and not graph.service_flags[ci]


def _alone(graph: Graph, ci: int) -> Iterator[tuple[int, int]]:
    """Yield the distinct targets of a CI outside groups with the strength, hard and soft ones."""
    start, end = graph.relation_starts.data[ci], graph.alone_ends.data[ci]
    if start < end:
        pairs = zip(graph.targets[start:end].tolist(), graph.strengths[start:end].tolist(), strict=True)
        yield from sorted({pair for pair in pairs if pair[1] in (HARD, SOFT)})
