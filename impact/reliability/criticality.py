"""Every single failure of the estate, and how critical each CI is: what goes down with it, and what that costs a year.

A failure counts what it changes: CIs and services that go down, or degrade, with it and not without it, the failed CI
itself included. A CI that is down with nothing failed at all takes nothing down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from impact.graph.states import plain_states
from impact.graph.structure import NO_TIER, Floats, Graph, Ints
from impact.kernels.asking import SINGLE_FAILURES, ints, walked_failures
from impact.kernels.patience import Patience, TooWide
from impact.progress import told

MINUTES_A_YEAR = 365 * 24 * 60
"""Service outages are counted against a year of 525,600 minutes, as availability commonly is."""

_TOLD_EVERY = 64


class SingleFailures(NamedTuple):
    """
    What each of ``cis`` (CI numbers, ascending) does when it fails alone; a row for each, in their order.

    ``services_down`` and ``services_degraded`` have a column for each of ``tiers``, ascending, None last, where there
    are services without one. Without degraded states (:func:`criticality_of`) those counts are zeros.
    """

    cis: Ints
    tiers: tuple[int | None, ...]
    cis_down: Ints
    cis_degraded: Ints
    services_down: Ints
    services_degraded: Ints


class Criticality(NamedTuple):
    """
    How critical each of ``cis`` is: what goes down with it, as in :class:`SingleFailures`.

    ``outage_minutes`` are the minutes a year that services are down because of it: its unavailability times the minutes
    of a year times the services it takes down. NaN where its unavailability is not known and it takes any down.
    """

    cis: Ints
    tiers: tuple[int | None, ...]
    cis_lost: Ints
    services_lost: Ints
    outage_minutes: Floats


def every_single_failure(graph: Graph, cis: Iterable[int] | None = None, *, degraded: bool = True) -> SingleFailures:
    """
    Return what each of ``cis`` does when it fails alone, None for all.

    Cost: O(effects of all that goes down or degrades), summed over the failures; 9 bytes a CI and 4 an effect.
    """
    asked = np.arange(len(graph), dtype=np.int32) if cis is None else ints(cis)
    tiers, columns = _tier_columns(graph)
    try:
        counts = _plain(graph, asked, columns, len(tiers), degraded, Patience())
    except TooWide:
        counts = walked_failures(graph, asked, columns, len(tiers), degrading=degraded)
    return SingleFailures(asked, tiers, *counts)


def criticality_of(
    graph: Graph, cis: Iterable[int] | None = None, chances: Callable[[Ints], Floats] | None = None
) -> Criticality:
    """
    Return how critical each of ``cis`` is, None for all.

    ``chances`` is asked once for the unavailabilities of the CIs that take services down, NaN for unknown; left out,
    they are the graph's own.
    """
    found = every_single_failure(graph, cis, degraded=False)
    services = found.services_down.sum(axis=1)
    rows = np.flatnonzero(services)
    costly = found.cis[rows]
    own = graph.unavailability[costly] if chances is None else chances(costly)
    minutes = np.zeros(len(found.cis), np.float64)
    minutes[rows] = own * MINUTES_A_YEAR * services[rows]
    return Criticality(found.cis, found.tiers, found.cis_down, found.services_down, minutes)


def _tier_columns(graph: Graph) -> tuple[tuple[int | None, ...], Ints]:
    """Return the tiers of services, None last, and for each CI the column of its tier, -1 where it is no service."""
    services = np.flatnonzero(np.frombuffer(graph.service_flags, np.uint8)).astype(np.int32)
    # NO_TIER is the least number there is; here it comes last.
    tiers = graph.tiers[services].astype(np.int64)
    tiers[tiers == NO_TIER] = 2**32
    distinct = np.unique(tiers)
    columns = np.full(len(graph), -1, np.int32)
    columns[services] = np.searchsorted(distinct, tiers)
    columns.flags.writeable = False
    return tuple(graph.tier(int(services[np.argmax(tiers == tier)])) for tier in distinct), columns


def _plain(
    graph: Graph, asked: Ints, columns: Ints, width: int, degraded: bool, patience: Patience
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the counts by plain Python, one failure after the other. Raises TooWide."""
    rest = plain_states(graph, (), patience)
    down, hurt = np.zeros(len(asked), np.int32), np.zeros(len(asked), np.int32)
    services_down, services_hurt = np.zeros((len(asked), width), np.int32), np.zeros((len(asked), width), np.int32)
    column_of = columns.data
    for row, ci in enumerate(asked.tolist()):
        if not row % _TOLD_EVERY:
            told(SINGLE_FAILURES, row, len(asked))
        patience.spend(1)
        states = plain_states(graph, (ci,), patience) if ci not in rest.down else rest
        fell, harmed = states.down - rest.down, states.degraded - rest.degraded if degraded else frozenset()
        down[row], hurt[row] = len(fell), len(harmed)
        for services, cis in ((services_down, fell), (services_hurt, harmed)):
            for each in cis:
                if column_of[each] >= 0:
                    services[row, column_of[each]] += 1
    return down, hurt, services_down, services_hurt


def by_tier(tiers: tuple[int | None, ...], row: Iterable[int]) -> dict[int | None, int]:
    """Return the counts of a row by tier, those that are not zero."""
    return {tier: count for tier, count in zip(tiers, row, strict=True) if count}
