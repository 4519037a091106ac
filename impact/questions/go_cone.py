"""The cone of a change: the services above its targets and all they rest on; and how near a CI of it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cmdb.model.change import Target

if TYPE_CHECKING:
    from impact.graph import Graph


def above(graph: Graph, targets: Iterable[str]) -> frozenset[str]:
    """Return the ids of the services that rest on a target, targets that are services included."""
    from impact.graph.blast import blast_of

    over = blast_of(graph, graph.indexes(targets)).cis.tolist()
    return frozenset(graph.ids_of(ci for ci in over if graph.service_flags[ci]))


def concerned_by(targets: Iterable[Target]) -> frozenset[str]:
    """Return the ids of the targets and of all CIs that their edits of the graph name."""
    given = list(targets)
    return frozenset([*(each.ci for each in given), *(ci for each in given if each.edit for ci in each.edit.named)])


def shown(graph: Graph, ids: Iterable[str]) -> frozenset[str]:
    """Return those of the ids that the graph shows."""
    return frozenset(ci for ci in ids if _number(graph, ci) is not None)


class Cone:
    """
    The services above some targets, whatever lies between, ``services`` that are touched besides (others stop them
    together with the change), and all that these rest on over any relation.

    A change that happens outside it can not make the change of these targets worse.
    """

    def __init__(self, graph: Graph, targets: Iterable[str], services: Iterable[str] = ()) -> None:
        from impact.graph.blast import blast_of
        from impact.graph.cones import all_beneath

        self._graph = graph
        over = {*blast_of(graph, graph.indexes(targets)).cis.tolist(), *graph.indexes(sorted(services))}
        self._marks = all_beneath(graph, sorted(over))

    def holds(self, ci: str) -> bool:
        """Tell whether a CI is in the cone; one that the graph does not show, such as a retired one, may have been."""
        number = _number(self._graph, ci)
        return number is None or bool(self._marks[number])


class Nearness:
    """
    How near CIs are to a change, as :data:`cmdb.model.go_check.NEAR` says.

    ``out`` are the CIs that the change takes out, its targets and what goes down with them; who shares a redundancy
    group with one of these is a twin.
    """

    def __init__(self, graph: Graph, targets: Iterable[str], out: Iterable[str]) -> None:
        self._graph = graph
        self._targets = sorted(targets)
        self._services = above(graph, self._targets)
        self._twins: dict[str, str] = {}
        for ci in [*self._targets, *sorted(set(out) - set(self._targets))]:
            for twin in _twins(graph, ci):
                self._twins.setdefault(twin, ci)

    def of(self, ci: str) -> tuple[str, str]:
        """Return how near a CI is, and the CI that says so: the target, or the one it is a twin of."""
        if ci in self._targets:
            return "target", ci
        if ci in self._twins:
            of = self._twins[ci]
            return ("twin" if of in self._targets else "twin_of_out"), of
        number = _number(self._graph, ci)
        if number is not None:
            target = self._first_over(self._targets, number)
            if target is not None:
                return "beneath_target", target
            twin = self._first_over(sorted(self._twins), number)
            if twin is not None:
                return "beneath_twin", self._twins[twin]
        return ("service", ci) if ci in self._services else ("cone", "")

    def _first_over(self, roots: Sequence[str], number: int) -> str | None:
        """Return the first of the roots that rests on a CI, by halving: a walk over several costs one over all."""
        from impact.graph.cones import all_beneath

        if not roots or not all_beneath(self._graph, self._graph.indexes(roots))[number]:
            return None
        while len(roots) > 1:
            half = roots[: len(roots) // 2]
            reached = all_beneath(self._graph, self._graph.indexes(half))[number]
            roots = half if reached else roots[len(roots) // 2 :]
        return roots[0]


def _twins(graph: Graph, ci: str) -> list[str]:
    """Return who shares a redundancy group with a CI, sorted."""
    import numpy as np

    number = graph.index(ci)
    found: set[int] = set()
    for row in np.flatnonzero(np.asarray(graph.targets) == number).tolist():
        group = int(np.searchsorted(graph.member_starts, row, side="right")) - 1
        if group >= 0 and row < graph.member_ends[group]:
            found.update(graph.members(group))
    return sorted(graph.ids_of(found - {number}))


def _number(graph: Graph, ci: str) -> int | None:
    from bisect import bisect_left

    place = bisect_left(graph.ids, ci)
    return place if place < len(graph.ids) and graph.ids[place] == ci else None
