"""Asking a kernel about a graph: borrows the working arrays, passes the graph's own, and gives arrays back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from impact.kernels.compiling import compiled
from impact.kernels.failures import services_stopped, single_failures
from impact.kernels.scratch import borrowed
from impact.kernels.types import Ints
from impact.kernels.walks import blast_walk, paths_walk, states_walk
from impact.progress import told

if TYPE_CHECKING:  # The graph asks here.
    from impact.graph.structure import Graph

SINGLE_FAILURES = "single failures"
_PART_FIRST, _PART_MOST, _PART_WORK = 1 << 10, 1 << 16, 1 << 21


class WalkedStates(NamedTuple):
    """CIs down and degraded, in no order; groups that lost members and how many; hard groups with degraded members."""

    down: Ints
    degraded: Ints
    groups: Ints
    lost: Ints
    bruised: Ints
    lost_or_degraded: Ints


def walked_states(graph: Graph, failed: Iterable[int]) -> WalkedStates:
    """Return the states with the CIs ``failed`` failed."""
    first, ailing = ints({*failed, *graph.failing}), ints(graph.ailing)
    with borrowed(len(graph), len(graph.owners)) as has:
        work = (has.marks, has.lost, has.hurt, has.queue, has.harmed, has.touched, has.bruised)
        walk = compiled(states_walk)
        return WalkedStates(
            *walk(graph.effect_starts, graph.effects, graph.falls_at, graph.owners, first, ailing, *work)
        )


def walked_blast(graph: Graph, roots: Iterable[int]) -> tuple[Ints, Ints]:
    """Return what depends on ``roots``, ring by ring, each ascending, and where each ring ends, after a 0."""
    with borrowed(len(graph), len(graph.owners)) as has:
        walk = compiled(blast_walk)
        owners = graph.owners if len(graph.owners) else ints([0])
        return walk(graph.effect_starts, graph.effects, owners, ints(roots), has.marks, has.bits, has.queue)


def walked_paths(graph: Graph, first: Iterable[int], states: WalkedStates, *, of_state: bool) -> tuple[Ints, Ints]:
    """Return the CIs that paths of causes (or of loss) reach from ``first``, and for each the one before it, or -1."""
    with borrowed(len(graph), len(graph.owners)) as has:
        walk = compiled(paths_walk)
        rules = (graph.effect_starts, graph.effects, graph.falls_at, graph.owners, ints(first), *states, int(of_state))
        return walk(*rules, has.marks, has.lost, has.hurt, has.queue, has.harmed)


def walked_failures(
    graph: Graph, asked: Ints, columns: Ints, width: int, *, degrading: bool
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return for each of ``asked`` alone the CIs that go down and that degrade, and the services of both by column."""
    rest = walked_states(graph, ())
    down, degraded = np.zeros(len(asked), np.int32), np.zeros(len(asked), np.int32)
    services = np.zeros((2, len(asked) * width), np.int32)
    with borrowed(len(graph), len(graph.owners)) as has:
        rules = (graph.effect_starts, graph.effects, graph.falls_at, graph.owners)
        touched = np.empty(len(graph.effects), np.int32)
        work = (has.marks, has.lost, has.hurt, has.queue, has.harmed, touched)
        walk: Callable[..., None] = compiled(single_failures)
        for some in _parts(asked, down):
            of_tiers = slice(some.start * width, some.stop * width)
            counts = (down[some], degraded[some], services[0][of_tiers], services[1][of_tiers])
            walk(*rules, _frozen(asked)[some], _frozen(columns), width, int(degrading), *rest, *work, *counts)
    shape = (len(asked), width)
    return down, degraded, services[0].reshape(shape), services[1].reshape(shape)


def _parts(asked: Ints, down: Ints) -> Iterator[slice]:
    """
    Yield the rows of ``asked`` in parts, each some tenths of a second of work by what ``down`` says of the part before.

    A kernel that runs hears nobody, so between two parts is where a question may be stopped.
    """
    size, start = _PART_FIRST, 0
    while start < len(asked):
        told(SINGLE_FAILURES, start, len(asked))
        stop = min(start + size, len(asked))
        yield slice(start, stop)
        fell = int(down[start:stop].sum())
        size = max(size // 2, 1) if fell > _PART_WORK else min(2 * size, _PART_MOST)
        start = stop


def walked_stops(graph: Graph, asked: Iterable[int], down: Ints, groups: Ints, lost: Ints) -> dict[int, frozenset[int]]:
    """Return for each of ``asked`` the services that its failure takes down, on top of what is down and was lost."""
    each = ints(asked)
    services = np.frombuffer(graph.service_flags, np.uint8)
    with borrowed(len(graph), len(graph.owners)) as has:
        rules = (graph.effect_starts, graph.effects, graph.falls_at, graph.owners, services, each, down, groups, lost)
        walk = compiled(services_stopped)
        found, ends = walk(*rules, has.marks, has.lost, has.queue, np.empty(len(graph.effects), np.int32))
    starts, stopped = [0, *ends.tolist()], found.tolist()
    return {ci: frozenset(stopped[starts[row] : starts[row + 1]]) for row, ci in enumerate(each.tolist())}


def _frozen(array: Ints) -> Ints:
    array.flags.writeable = False
    return array


def ints(numbers: Iterable[int]) -> Ints:
    """Return distinct numbers as an array that may be read, ascending."""
    array = np.array(sorted(set(numbers)), np.int32)
    array.flags.writeable = False
    return array
