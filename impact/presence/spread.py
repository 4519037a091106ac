"""
The states of an estate in every case of which doubtful relations exist, as values of an algebra.

The rules are those of :mod:`impact.graph.states`, each strengthened by "and the relation exists". A group with doubtful
members needs as many as before, never more than there are: it has failed where one of those present is down and fewer
than it needs are present and not down. Values only grow until nothing changes, from what is touched: the least fixpoint
in every case at once. Cost: what the failures touch in any case.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from impact.errors import BudgetSpent
from impact.graph.certainty import Doubt, doubts_of
from impact.graph.structure import ALONE_HARD, ALONE_SOFT, GROUP_HARD, GROUP_SOFT, HARD, SOFT, Graph
from impact.presence.algebra import NEVER, Algebra

Values = dict[int, int]
"""The value of each CI that is not NEVER."""

_NOTHING: Mapping[int, int] = {}


class Doubts:
    """The doubts of a graph, found source by source as they are asked for."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._alone: dict[int, dict[tuple[int, int], Doubt]] = {}
        self._members: dict[int, dict[int, Doubt]] = {}
        self._certain = len(graph.confidences) - 1 if graph.confidences[-1] >= 1.0 else len(graph.confidences)

    def alone(self, source: int, target: int, strength: int) -> Doubt | None:
        """Return the doubt about a relation outside any group."""
        if source not in self._alone:
            self._find(source)
        return self._alone[source].get((target, strength))

    def members(self, group: int) -> Mapping[int, Doubt]:
        """Return the doubts about members of a group, by member."""
        source = int(self._graph.owners[group])
        if source not in self._alone:
            self._find(source)
        return self._members.get(group, {})

    def _find(self, source: int) -> None:
        graph = self._graph
        self._alone[source] = {}
        start, end = int(graph.relation_starts[source]), int(graph.relation_starts[source + 1])
        if start == end or int(graph.confidence_codes[start:end].min()) >= self._certain:
            return
        for doubt in doubts_of(graph, [source]):
            if doubt.group is None:
                self._alone[source][doubt.target, int(graph.strengths[doubt.first])] = doubt
            else:
                self._members.setdefault(doubt.group, {})[doubt.target] = doubt


class Spread(NamedTuple):
    """What some failures add: values by CI, and the hard groups that lost members."""

    values: Values
    groups: dict[int, None]


class Estate:
    """
    An estate over an algebra; a question may visit at most ``work`` effects and members of groups.

    Every method raises BudgetSpent when they are spent.
    """

    def __init__(self, graph: Graph, algebra: Algebra, doubts: Doubts, work: int) -> None:
        self.graph = graph
        self.algebra = algebra
        self._doubts = doubts
        self._work = self._left = work
        self._groups: dict[int, tuple[list[int], int]] = {}

    @property
    def spent(self) -> bool:
        """Whether the work is used up."""
        return self._left < 0

    def spend(self, work: int) -> None:
        """Note work that was done."""
        self._left -= work
        if self._left < 0:
            raise BudgetSpent(budget=self._work)

    def unmet(self, strength: int) -> Values:
        """Return the CIs with a group of a strength that needs more members than it has: down, or degraded."""
        graph, found = self.graph, Values()
        for ci in graph.failing if strength == HARD else graph.ailing:
            for group in range(int(graph.group_starts[ci]), int(graph.group_starts[ci + 1])):
                if graph.falls_at[group] <= 0 and graph.group_strengths[group] == strength:
                    found[ci] = self.algebra.either(found.get(ci, NEVER), self.fails(group, _NOTHING))
        return found

    def spread(
        self,
        first: Mapping[int, int],
        base: Mapping[int, int] | None = None,
        *,
        within: Callable[[int, int | None], bool] | None = None,
    ) -> Spread:
        """
        Return what goes down by ``first`` on top of ``base``: the values that are greater than there.

        ``within`` is told every CI that is touched, with the group that failed (None: a relation alone), and says
        whether to go on from there.
        """
        algebra, base = self.algebra, base or {}
        values: Values = {}
        queue: deque[int] = deque()
        waiting: set[int] = set()
        groups: dict[int, None] = {}
        touched: dict[int, None] = {}

        def add(ci: int, more: int, group: int | None = None) -> None:
            # Most of what is added is nothing, and what has a value here has none of its own in the base that is left.
            if more == NEVER:
                return
            before = values.get(ci) or base.get(ci, NEVER)
            after = algebra.either(before, more)
            if after == before or (within is not None and not within(ci, group)):
                return
            values[ci] = after
            if ci not in waiting:
                waiting.add(ci)
                queue.append(ci)

        for ci, value in first.items():
            values[ci] = algebra.either(base.get(ci, NEVER), value)
            waiting.add(ci)
            queue.append(ci)
        while queue or groups:
            if queue:
                ci = queue.popleft()
                waiting.discard(ci)
                for kind, subject in self._effects(ci):
                    if kind == ALONE_HARD:
                        add(subject, self._over(values[ci], subject, ci, HARD))
                    elif kind == GROUP_HARD:
                        groups[subject] = touched[subject] = None
            else:
                # A group is counted once for all members that were touched by now.
                group = next(iter(groups))
                del groups[group]
                add(int(self.graph.owners[group]), self.fails(group, values, base), group)
        return Spread(values, touched)

    def bad(self, down: Mapping[int, int]) -> Values:
        """Return the CIs that are down or degraded, given those that are down."""
        first = dict(down)

        def add(ci: int, more: int) -> None:
            value = self.algebra.either(first.get(ci, NEVER), more)
            if value != NEVER:
                first[ci] = value

        soft: dict[int, None] = {}
        for ci, value in down.items():
            for kind, subject in self._effects(ci):
                if kind == ALONE_SOFT:
                    add(subject, self._over(value, subject, ci, SOFT))
                elif kind == GROUP_SOFT:
                    soft[subject] = None
        for group in soft:
            add(int(self.graph.owners[group]), self.fails(group, down))
        for ci, value in self.unmet(SOFT).items():
            add(ci, value)
        return self.spread(first).values

    def losses(self, down: Mapping[int, int]) -> Values:
        """Return the CIs with a CI that is down in their hard cone, themselves included."""
        algebra, found = self.algebra, dict(down)
        queue, waiting = deque(found), set(found)
        while queue:
            ci = queue.popleft()
            waiting.discard(ci)
            for kind, subject in self._effects(ci):
                if kind == ALONE_HARD:
                    above, more = subject, self._over(found[ci], subject, ci, HARD)
                elif kind == GROUP_HARD:
                    above, doubt = int(self.graph.owners[subject]), self._doubts.members(subject).get(ci)
                    more = found[ci] if doubt is None else algebra.both(found[ci], algebra.exists(doubt))
                else:
                    continue
                before = found.get(above, NEVER)
                after = algebra.either(before, more)
                if after != before:
                    found[above] = after
                    if above not in waiting:
                        waiting.add(above)
                        queue.append(above)
        return found

    def only_above(self, ci: int, region: set[int]) -> int | None:
        """Return the CI that goes with ``ci`` if that is all its failure touches at first; None where it is more."""
        found: set[int] = set()
        for kind, subject in self._effects(ci):
            if kind == GROUP_HARD:
                return None
            if kind == ALONE_HARD and subject != ci and subject in region:
                found.add(subject)
        return found.pop() if len(found) == 1 else None

    def fails(self, group: int, values: Mapping[int, int], base: Mapping[int, int] = _NOTHING) -> int:
        """
        Return where a group has fewer members than it needs.

        A member is lost where its value holds, which is that of ``base`` where ``values`` have none.
        """
        algebra, doubts = self.algebra, self._doubts.members(group)
        members, short = self._members(group)
        self.spend(len(members))
        if short <= 0:
            return self._any(algebra.exists(doubts[ci]) if ci in doubts else algebra.always for ci in members)
        lost = [values.get(ci) or base.get(ci, NEVER) for ci in members]
        if not doubts:
            some = [value for value in lost if value != NEVER]
            return NEVER if len(some) < short else algebra.at_least(short, some)
        pairs = list(zip(members, lost, strict=True))
        present = self._any(
            algebra.both(value, algebra.exists(doubts[ci])) if ci in doubts else value for ci, value in pairs if value
        )
        if present == NEVER:
            return NEVER
        missing = [algebra.either(value, algebra.absent(doubts[ci])) if ci in doubts else value for ci, value in pairs]
        return algebra.both(present, algebra.at_least(short, missing))

    def _members(self, group: int) -> tuple[list[int], int]:
        """Return the members of a group, and how many of them it can not lose."""
        if group not in self._groups:
            self._groups[group] = self.graph.members(group), int(self.graph.falls_at[group])
        return self._groups[group]

    def _any(self, values: Iterable[int]) -> int:
        found = NEVER
        for value in values:
            found = self.algebra.either(found, value)
        return found

    def _over(self, value: int, source: int, target: int, strength: int) -> int:
        """Return where ``value`` holds and the relation from ``source`` to ``target`` exists."""
        doubt = self._doubts.alone(source, target, strength)
        return value if doubt is None else self.algebra.both(value, self.algebra.exists(doubt))

    def _effects(self, ci: int) -> list[tuple[int, int]]:
        starts = self.graph.effect_starts.data
        effects = self.graph.effects.data[starts[ci] : starts[ci + 1]].tolist()
        self.spend(1 + len(effects))
        return [(effect & 3, effect >> 2) for effect in effects]
