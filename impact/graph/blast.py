"""The blast radius: everything that rests on some CIs, whatever the redundancy, ring by ring.

Narrow rings are walked in plain Python, wide ones as arrays or, where kernels are ready, by a compiled walk: a walk of
a few CIs must not pay for what a hub needs, nor a hub for a thousand small steps. All give the same rings. Source:
breadth-first search by levels on compressed rows, as in Beamer, Asanovic and Patterson, Direction-optimizing
breadth-first search, 2012 (the top-down half).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from impact.graph.structure import GROUP_HARD, Graph, Ints
from impact.kernels.asking import walked_blast
from impact.kernels.patience import Patience, TooWide

WIDE = 200
"""From this many CIs on a ring is walked as an array."""


class Blast(NamedTuple):
    """
    What depends on some CIs, by depth: ``cis[ends[d]:ends[d + 1]]`` are those d relations away, ascending.

    Those of depth 0 are the CIs asked for, and ``ends`` begins with 0.
    """

    cis: Ints
    ends: Ints

    def rings(self) -> list[list[int]]:
        """Return the CIs of each depth."""
        cis = self.cis.tolist()
        return [cis[start:end] for start, end in pairwise(self.ends.tolist())]


def blast_of(graph: Graph, roots: Iterable[int]) -> Blast:
    """
    Return what depends on ``roots``.

    Hard and soft relations are followed, in a group or not, those of strength none are not. The depth of a CI is the
    fewest relations to a root. Cost: O(effects of the CIs reached); without kernels also a byte for each CI of the
    estate, once a ring is wide.
    """
    first = sorted(set(roots))
    try:
        return plain_blast(graph, first, Patience())
    except TooWide:
        return Blast(*walked_blast(graph, first))


def blast_rings(graph: Graph, roots: Iterable[int]) -> list[list[int]]:
    """Return the rings of :func:`blast_of`."""
    return blast_of(graph, roots).rings()


def plain_blast(graph: Graph, roots: list[int], patience: Patience) -> Blast:
    """Return the blast radius without kernels; ``roots`` are ascending and distinct. Raises TooWide."""
    ring = roots
    seen: set[int] = set(ring)
    marks: NDArray[np.uint8] | None = None
    rings: list[list[int]] = []
    while ring:
        rings.append(ring)
        # A CI has about three effects; in a wide ring each costs a tenth of what it costs in plain Python.
        patience.spend(3 * len(ring) if len(ring) < WIDE else 100 + len(ring) // 3)
        if len(ring) >= WIDE:
            if marks is None:
                marks = np.zeros(len(graph), np.uint8)
                marks[list(seen)] = 1
            ring = _wide_ring(graph, ring, marks)
        elif marks is None:
            above = _above(graph, ring) - seen
            seen |= above
            ring = sorted(above)
        else:
            marked = marks.data
            ring = sorted(ci for ci in _above(graph, ring) if not marked[ci])
            marks[ring] = 1
    patience.settle()
    ends = [0, *accumulate(map(len, rings))]
    return Blast(np.array(list(chain.from_iterable(rings)), np.int32), np.array(ends, np.int32))


def _above(graph: Graph, ring: list[int]) -> set[int]:
    """Return the CIs that depend directly on one of ``ring``."""
    starts, effects, owners = graph.effect_starts.data, graph.effects.data, graph.owners.data
    above: set[int] = set()
    for ci in ring:
        for effect in effects[starts[ci] : starts[ci + 1]].tolist():
            above.add(owners[effect >> 2] if effect & 3 >= GROUP_HARD else effect >> 2)
    return above


def _wide_ring(graph: Graph, ring: list[int], marks: NDArray[np.uint8]) -> list[int]:
    """Return the CIs that depend on one of ``ring`` and are not marked yet, ascending, and mark them."""
    cis = np.array(ring)
    effects = graph.effects[ranges(graph.effect_starts[cis], graph.effect_starts[cis + 1])]
    subjects = effects >> 2
    grouped = (effects & 3) >= GROUP_HARD
    subjects[grouped] = graph.owners[subjects[grouped]]
    fresh = np.sort(subjects[marks[subjects] == 0])
    if not len(fresh):
        return []
    fresh = fresh[np.append(True, fresh[1:] != fresh[:-1])]
    marks[fresh] = 1
    return list(fresh.tolist())


def ranges(starts: Ints, ends: Ints) -> NDArray[np.int64]:
    """Return the numbers of all ranges ``starts[i]`` to ``ends[i]``, one range after the other."""
    sizes = (ends - starts).astype(np.int64)
    before = np.cumsum(sizes) - sizes
    positions = np.arange(int(sizes.sum()), dtype=np.int64)
    numbers: NDArray[np.int64] = positions + np.repeat(starts - before, sizes)
    return numbers
