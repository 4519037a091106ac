"""Many scenarios at once: what is down when every CI fails by its own probability, estimated by seeded sampling.

For questions that no exact method answers for the whole estate at a time: how often each CI is down, and how many
services are down together. Source: the Monte Carlo method, as in Barlow and Proschan, Statistical Theory of
Reliability, 1975; the kernel's own sources stand in :mod:`impact.kernels.scenarios`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from cmdb.errors import InvalidInput, Problem, below
from impact.graph.structure import Floats, Graph
from impact.kernels.compiling import compiled
from impact.kernels.laying import Layout, layout_of
from impact.kernels.scenarios import BLOCK, BLOCK_WORDS, POWERS, count_services, settle_scenarios
from impact.kernels.types import Longs, Planes, Words

SCENARIOS = 10_000
ROW_BLOCKS, MEMORY = 20, 2**28
"""A row of scenarios is as wide as pays, up to twenty blocks, as long as all rows take no more than 256 MB."""

KEPT = 2**27
"""Rows of at most so many bytes stay for the next question: clearing fresh memory takes a third of the time."""

_MASK = 2**64 - 1
_ROWS: list[Planes] = []


class Scenarios(NamedTuple):
    """
    What was seen in ``scenarios`` scenarios drawn with ``seed``.

    ``times_down`` says for each CI in how many it was down, ``services_down`` for each scenario how many services were.
    """

    scenarios: int
    seed: int
    times_down: Longs
    services_down: Longs

    def interval(self, ci: int) -> tuple[float, float]:
        """
        Return bounds that hold the probability that a CI is down with 95 % confidence, whatever it is.

        Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.
        """
        z, count = 1.959963984540054, self.scenarios
        seen = int(self.times_down[ci])
        share = seen / count
        middle = (share + z * z / (2 * count)) / (1 + z * z / count)
        half = z / (1 + z * z / count) * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
        return 0.0 if seen == 0 else middle - half, 1.0 if seen == count else middle + half


def sampled(graph: Graph, unavailability: Floats | None = None, *, seed: int, scenarios: int = SCENARIOS) -> Scenarios:
    """
    Return what is down in ``scenarios`` scenarios in which each CI fails by itself, independently.

    Args:
        unavailability: the probability by CI; None takes the graph's own.
        seed: the same seed gives the same scenarios, and fewer scenarios are the first of more.

    Raises:
        InvalidInput: a probability is missing (NaN) or outside [0, 1], or there are no scenarios; it names all.

    Cost: O(scenarios / 64) words for each CI and each of its needs, and O(failures); up to 256 MB, of which
    rows of up to 128 MB stay for the next question.
    """
    chances = graph.unavailability if unavailability is None else unavailability
    _refuse(graph, chances, scenarios)
    layout = layout_of(graph)
    works, spared = survival(graph, layout, chances)
    services = np.flatnonzero(np.frombuffer(graph.service_flags, np.uint8)[layout.order]).astype(np.int32)
    services.flags.writeable = False
    times_down, services_down = np.zeros(len(graph), np.int64), np.zeros(scenarios, np.int64)
    many = max(1, min(ROW_BLOCKS, MEMORY // (8 * BLOCK_WORDS * max(1, len(graph)))))
    planes = _rows(len(graph), many * BLOCK_WORDS)
    settle: Callable[..., None] = compiled(settle_scenarios)
    count: Callable[..., None] = compiled(count_services)
    for first in range(0, scenarios, many * BLOCK):
        left = min(scenarios - first, many * BLOCK)
        seeds = block_seeds(seed, first // BLOCK, many)
        settle(*layout, works, spared, seeds, masks(many, left), planes, times_down)
        count(services, planes, services_down[first : first + left])
    if planes.nbytes <= KEPT:
        _ROWS[:] = [planes]
    return Scenarios(scenarios, seed, times_down, services_down)


def _rows(count: int, width: int) -> Planes:
    """Return rows that hold anything: those of the last question where they are as many, which are nobody's then."""
    with suppress(IndexError):  # None are kept, or another thread has taken them.
        kept = _ROWS.pop()
        if kept.shape == (count, width):
            return kept
    return np.empty((count, width), np.uint64)


def survival(graph: Graph, layout: Layout, chances: Floats) -> tuple[Floats, Floats]:
    """Return by place the probability of not failing in one scenario, and in none of a block."""
    works = 1.0 - chances
    # A group that needs more members than it has fails whatever happens.
    works[list(graph.failing)] = 0.0
    works = works[layout.order]
    spared = works
    for _ in range(POWERS):
        spared = spared * spared
    works.flags.writeable = spared.flags.writeable = False
    return works, spared


def block_seeds(seed: int, first: int, many: int) -> Words:
    """Return the seeds of blocks ``first`` and the following ones."""
    start = _scrambled(seed & _MASK)
    seeds = np.array([_scrambled(start + block) for block in range(first, first + many)], np.uint64)
    seeds.flags.writeable = False
    return seeds


def masks(many: int, scenarios: int) -> Words:
    """Return for each word of a row of ``many`` blocks the bits that are among the first ``scenarios``."""
    left = (min(max(scenarios - 64 * word, 0), 64) for word in range(many * BLOCK_WORDS))
    masks = np.array([(1 << bits) - 1 for bits in left], np.uint64)
    masks.flags.writeable = False
    return masks


def _scrambled(number: int) -> int:
    """Return 64 bits that look like nothing of ``number``: one step of SplitMix64."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


def _refuse(graph: Graph, chances: Floats, scenarios: int) -> None:
    missing = np.flatnonzero(np.isnan(chances)).tolist()
    outside = np.flatnonzero((chances < 0) | (chances > 1)).tolist()
    problems = []
    for ci in missing:
        facts, pointer = {"id": graph.ids[ci]}, below("/items", graph.ids[ci], "unavailability")
        sentence = "{id} has no unavailability; give one from 0 to 1"
        problems.append(Problem("probability.missing", sentence, facts, pointer))
    for ci in outside:
        known, pointer = float(chances[ci]), below("/items", graph.ids[ci], "unavailability")
        sentence = "the unavailability of {id} is {value}; it must lie from 0 to 1"
        problems.append(Problem("probability.range", sentence, {"id": graph.ids[ci], "value": known}, pointer))
    if scenarios < 1:
        sentence = "{value} scenarios show nothing; ask for one or more"
        problems.append(Problem("scenarios.none", sentence, {"value": scenarios}, "/scenarios"))
    if problems:
        raise InvalidInput(problems, what="the question")
