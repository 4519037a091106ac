"""
The graph with one CI more: one more member of a group, or a twin beside a CI; it rests on nothing, so nothing takes it
down but its own failure.

Beside a twin the CI itself becomes the pair, a gate that can not fail and needs one of two, so that whoever rests on it
stays as it is; its component, with all that it rests on, goes on under an id of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from math import isnan
from typing import NamedTuple

from impact.graph.differences import Delta
from impact.graph.rows import ItemRow, RelationRow
from impact.graph.splicing import spliced
from impact.graph.structure import NUMBER, STRENGTHS, UNRECORDED, Graph

_PAIR = "pair"


class Extended(NamedTuple):
    """
    A graph with one CI more, ``spare``; ``component`` has for a CI that is a pair now the id of what may fail.
    """

    graph: Graph
    spare: str
    component: Mapping[str, str]

    def out(self, ci: str) -> str:
        """Return the id under which a CI fails here."""
        return self.component.get(ci, ci)

    def named(self, ci: str) -> str:
        """Return the id of the CI whose component this is, itself for any other."""
        return next((whole for whole, part in self.component.items() if part == ci), ci)


def with_member(graph: Graph, group: int) -> Extended:
    """Return the graph with one more member of a group. Raises ValueError: no row tells what the group needs."""
    if graph.share_codes[group] == UNRECORDED:
        raise ValueError("a group of which no row tells the needs has no spares")
    owner = graph.ids[int(graph.owners[group])]
    name = _name(graph, group)
    spare = _unused(graph, f"{owner} {name} +1")
    items = {spare: _a_ci(graph, spare, next(iter(graph.members(group)), int(graph.owners[group])))}
    strength = STRENGTHS[graph.group_strengths[group]].value
    come = [(owner, spare, name, strength, 1.0)]
    return Extended(spliced(graph, Delta(items, (), come, {}), revision=graph.revision), spare, {})


def with_twin(graph: Graph, ci: int) -> Extended:
    """Return the graph in which a twin stands beside a CI."""
    whole = graph.ids[ci]
    component, twin = _unused(graph, f"{whole} itself"), _unused(graph, f"{whole} +1")
    row, relations = _item(graph, ci), _relations(graph, ci)
    items: dict[str, ItemRow | None] = {
        whole: (whole, row[1], row[2], 0.0, None, row[5], row[6]),
        component: (component, row[1], row[2], row[3], row[4], None, False),
        twin: _a_ci(graph, twin, ci),
    }
    come: list[RelationRow] = [(component, *relation[1:]) for relation in relations]
    come += [(whole, part, _PAIR, STRENGTHS[0].value, 1.0) for part in (component, twin)]
    stated: dict[tuple[str, str], tuple[int | str, str] | None] = {}
    for name, needs, strength in _group_rows(graph, ci):
        stated[whole, name] = None
        stated[component, name] = needs, strength
    stated[whole, _PAIR] = 1, STRENGTHS[0].value
    delta = Delta(items, relations, come, stated)
    return Extended(spliced(graph, delta, revision=graph.revision), twin, {whole: component})


def _a_ci(graph: Graph, ci: str, like: int) -> ItemRow:
    return ci, graph.classes[graph.class_codes[like]], ci, None, None, None, False


def _unused(graph: Graph, wanted: str) -> str:
    """Return an id no CI has."""
    while True:
        place = bisect_left(graph.ids, wanted)
        if place == len(graph.ids) or graph.ids[place] != wanted:
            return wanted
        wanted += "+"


def _item(graph: Graph, ci: int) -> ItemRow:
    chance, mtbf = float(graph.unavailability[ci]), float(graph.mtbf_hours[ci])
    return (
        graph.ids[ci],
        graph.classes[graph.class_codes[ci]],
        graph.names[ci],
        None if isnan(chance) else chance,
        None if isnan(mtbf) else mtbf,
        graph.tier(ci),
        bool(graph.service_flags[ci]),
    )


def _relations(graph: Graph, ci: int) -> list[RelationRow]:
    """Return the relations of a CI, parallel ones as often as they are there."""
    ranges: list[tuple[str | None, int, int]] = [(None, int(graph.relation_starts[ci]), int(graph.alone_ends[ci]))]
    ranges += [
        (_name(graph, group), int(graph.member_starts[group]), int(graph.member_ends[group]))
        for group in _groups(graph, ci)
    ]
    return [
        (
            graph.ids[ci],
            graph.ids[graph.targets[row]],
            name,
            STRENGTHS[graph.strengths[row]].value,
            float(graph.confidences[graph.confidence_codes[row]]),
        )
        for name, start, end in ranges
        for row in range(start, end)
    ]


def _group_rows(graph: Graph, ci: int) -> list[tuple[str, int | str, str]]:
    """Return name, needs and strength of each recorded group of a CI."""
    found: list[tuple[str, int | str, str]] = []
    for group in _groups(graph, ci):
        share = int(graph.share_codes[group])
        if share != UNRECORDED:
            needs = int(graph.needs[group]) if share == NUMBER else graph.shares[share]
            found.append((_name(graph, group), needs, STRENGTHS[graph.group_strengths[group]].value))
    return found


def _groups(graph: Graph, ci: int) -> range:
    return range(int(graph.group_starts[ci]), int(graph.group_starts[ci + 1]))


def _name(graph: Graph, group: int) -> str:
    name: str = graph.group_names[graph.group_name_codes[group]]
    return name
