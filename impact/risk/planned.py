"""Whom a change concerns: the services that depend on its targets, and those its planned outages do something to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from cmdb.model.change import Target, Window
from cmdb.model.phases import phases_of
from impact.graph.blast import blast_of
from impact.graph.reasons import Before, kernel_paths, plain_losses
from impact.graph.states import States, states_of
from impact.graph.structure import Graph
from impact.kernels.patience import Patience, TooWide
from impact.risk.effects import those_in

Offsets = tuple[tuple[timedelta, timedelta], ...]
"""Times relative to the start of a window: from when until before when, in order."""


class Concerned(NamedTuple):
    """
    Whom a change concerns, all by id.

    ``services`` depend on a target in any way, ``affected`` are those in whose hard cone a target is out at some time,
    or that are degraded then, each with the times it is down by plan. ``out`` are the targets that are out, with when.
    """

    services: tuple[str, ...]
    affected: dict[str, Offsets]
    out: dict[str, Offsets]


def concerned(graph: Graph, window: Window, targets: Iterable[Target]) -> Concerned:
    """
    Return whom a change concerns; targets the graph does not show concern nobody.

    Who is down already with nothing failed is not affected. Cost: what depends on the targets, and for each set of them
    that is out together what it touches.
    """
    given = list(targets)
    shown = those_in(graph, given)
    flags = graph.service_flags
    # Whom an edit makes need something else is concerned as if it were a target.
    owners = {ci for target in given if target.edit is not None for ci in target.edit.owners if graph.shows(ci)}
    dependent = blast_of(graph, graph.indexes({*owners, *(target.ci for target in shown)})).cis.tolist()
    rest = states_of(graph, ())
    down: dict[int, list[tuple[timedelta, timedelta]]] = {}
    for phase in phases_of(window, shown):
        if phase.failed:
            failed = graph.indexes(phase.failed)
            states = states_of(graph, failed)
            reached = {*_losing(graph, states, failed), *(ci for ci in states.degraded if ci not in rest.degraded)}
            for ci in reached:
                if flags[ci] and ci not in rest.down:
                    times = down.setdefault(ci, [])
                    if ci in states.down:
                        times.append((phase.start - window.start, phase.end - window.start))
    out: dict[str, Offsets] = {}
    for target in shown:
        outage = target.outage(window)
        if outage is not None:
            out[target.ci] = ((outage[0] - window.start, outage[1] - window.start),)
    return Concerned(
        services=graph.ids_of(sorted(ci for ci in dependent if flags[ci])),
        affected={graph.ids[ci]: _joined(down[ci]) for ci in sorted(down)},
        out=dict(sorted(out.items())),
    )


def _losing(graph: Graph, states: States, failed: list[int]) -> Before:
    """Return every CI with one of ``failed`` in its hard cone."""
    try:
        return plain_losses(graph, states, frozenset(failed), Patience())
    except TooWide:
        return kernel_paths(graph, states, frozenset(failed), of_state=False)


def _joined(times: list[tuple[timedelta, timedelta]]) -> Offsets:
    found: list[tuple[timedelta, timedelta]] = []
    for start, end in times:
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return tuple(found)
