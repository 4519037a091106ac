"""
What a change does to the relations of one CI outside any group, or in one of its groups: rows, members and effects.

A *bundle* is what stands together in the arrays: the relations of one source outside any group, or those of one group.
A *cell* is what a bundle has towards one target, so parallel relations. Only the cells a change names are looked at,
found by bisection: a bundle of a hundred thousand relations costs no more than one of ten.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from impact.errors import MalformedSnapshot
from impact.graph.columns import STRENGTH_CODES, needed_of
from impact.graph.structure import GROUP_HARD, HARD, NONE, NUMBER, STRENGTHS, UNRECORDED, Graph

Row = tuple[int, float]
"""The code of the strength and the confidence of a relation."""

BundleKey = tuple[str, str | None]
GroupFacts = tuple[int, int, int, int | str]
"""Needs, falls_at, the code of the strength, and NUMBER, UNRECORDED or the text of a share."""

NOWHERE = -1


@dataclass(slots=True)
class Cell:
    """The relations of one bundle to one target: where they stand, what they were, what goes and what comes."""

    start: int
    old: list[Row]
    gone: list[Row] = field(default_factory=list)
    come: list[Row] = field(default_factory=list)
    all_gone: bool = False

    def new(self, subject: str) -> list[Row]:
        """
        Return the relations afterwards, sorted.

        Raises:
            MalformedSnapshot: one goes that is not there.
        """
        left = [] if self.all_gone else list(self.old)
        for row in () if self.all_gone else self.gone:
            if row not in left:
                raise MalformedSnapshot(fault="a relation that goes and was not there", subjects=[subject])
            left.remove(row)
        return sorted([*left, *self.come])


@dataclass(slots=True)
class Bundle:
    """
    One bundle and the change to it; positions and numbers are those before the change, NOWHERE for what was not there.

    ``start`` and ``end`` bound its relations (equal, where they would stand, if it has none), ``place`` is where the
    group stands or would stand among all groups.
    """

    graph: Graph
    source: str
    name: str | None
    owner: int
    group: int
    place: int
    start: int
    end: int
    cells: dict[str, Cell] = field(default_factory=dict)

    def cell(self, target: str, number: int) -> Cell:
        """Return the cell towards a CI with its number before the change, or NOWHERE with a place for ``number`` -1."""
        known = self.cells.get(target)
        if known is None:
            targets, codes = self.graph.targets.data, self.graph.confidence_codes.data
            place = bisect_left(self.graph.ids, target) if number == NOWHERE else number
            start = bisect_left(targets, place, self.start, self.end)
            end = start if number == NOWHERE else bisect_right(targets, place, start, self.end)
            strengths, confidences = self.graph.strengths.data, self.graph.confidences.data
            old: list[Row] = [(strengths[row], confidences[codes[row]]) for row in range(start, end)]
            known = self.cells[target] = Cell(start, old)
        return known

    def members(self) -> list[int]:
        """Return the distinct targets before the change, ascending."""
        return sorted(set(self.graph.targets.data[self.start : self.end]))

    def facts(self) -> GroupFacts | None:
        """Return what the arrays say of the group, None where there was none."""
        graph, group = self.graph, self.group
        if group == NOWHERE:
            return None
        share = graph.share_codes.data[group]
        stated = graph.shares[share] if share >= 0 else share
        return graph.needs.data[group], graph.falls_at.data[group], graph.group_strengths.data[group], stated

    def size(self) -> int:
        """Return how many distinct members the group had."""
        if self.group == NOWHERE:
            return 0
        return int(self.graph.needs.data[self.group] + self.graph.falls_at.data[self.group] - 1)

    def record(self) -> tuple[int | str, str] | None:
        """Return needs and strength as they were recorded, None where no row told them."""
        facts = self.facts()
        if facts is None or facts[3] == UNRECORDED:
            return None
        needs, _, strength, stated = facts
        return stated if isinstance(stated, str) else needs, STRENGTHS[strength].value

    def facts_after(self, size: int, record: tuple[int | str, str] | None) -> GroupFacts | None:
        """
        Return the same for a group of ``size`` distinct members with its record, None where there is none any more.

        Raises:
            MalformedSnapshot: the needs or the strength of the record are none.
        """
        if record is None:
            return (size, 1, HARD, UNRECORDED) if size else None
        needed, strength = record
        code = strength_code(strength)
        needs = needed_of(needed, size)
        if needs < 0:
            raise MalformedSnapshot(fault="a group that can not count", subjects=[f"{self.source} needs {needed!r}"])
        return needs, size - needs + 1, code, needed if isinstance(needed, str) else NUMBER


def bundle_of(graph: Graph, source: str, name: str | None, owner: int) -> Bundle:
    """Return the bundle of a CI, its number before the change (NOWHERE: it is new), and of a group's name or None."""
    if owner == NOWHERE:
        place = bisect_left(graph.ids, source)
        start = graph.relation_starts.data[place]
        return Bundle(graph, source, name, owner, NOWHERE, graph.group_starts.data[place], start, start)
    first, behind = graph.group_starts.data[owner], graph.group_starts.data[owner + 1]
    if name is None:
        start, end = graph.relation_starts.data[owner], graph.alone_ends.data[owner]
        return Bundle(graph, source, None, owner, NOWHERE, first, start, end)
    names, codes = graph.group_names, graph.group_name_codes.data
    place = bisect_left(range(behind), name, first, behind, key=lambda group: names[codes[group]])
    if place < behind and names[codes[place]] == name:
        start, end = graph.member_starts.data[place], graph.member_ends.data[place]
        return Bundle(graph, source, name, owner, place, place, start, end)
    start = graph.member_starts.data[place] if place < behind else graph.relation_starts.data[owner + 1]
    return Bundle(graph, source, name, owner, NOWHERE, place, start, start)


def order(key: BundleKey) -> tuple[str, bool, str]:
    """Return what bundles are sorted by: source, then outside any group, then by name."""
    source, name = key
    return source, name is not None, name or ""


def kind_of(facts: GroupFacts | None) -> tuple[int, ...]:
    """Return the kind of effect a group's members have; none where they have none."""
    return () if facts is None or facts[2] == NONE else (GROUP_HARD + facts[2],)


def alone_kinds(rows: list[Row]) -> tuple[int, ...]:
    """Return the kinds of effect that relations outside any group have on their source, each once."""
    return tuple(sorted({strength for strength, _ in rows if strength != NONE}))


def strength_code(strength: str) -> int:
    """
    Return the code of a strength.

    Raises:
        MalformedSnapshot: there is no such strength.
    """
    code = STRENGTH_CODES.get(strength)
    if code is None:
        raise MalformedSnapshot(fault="an unknown strength", subjects=[repr(strength)])
    return code
