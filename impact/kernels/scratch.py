"""Working arrays that walks borrow and give back as they found them: zeros, whatever they touched in between.

Threads ask at once, so each walk borrows arrays of its own; as many sets stay as were ever in use together. They do not
belong to a graph: any set that is large enough serves, and a little more than enough is made, since estates grow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from impact.kernels.types import WorkBytes, WorkInts, WorkWords

KEPT = 16
"""So many sets stay at most, about 26 bytes a CI each; threads beyond make their own and drop them."""


class Scratch(NamedTuple):
    """
    Arrays for ``cis`` CIs and ``groups`` groups at most.

    ``marks`` (a byte a CI), ``bits`` (a bit a CI), ``lost`` and ``hurt`` (a number a group) are zeros when borrowed and
    when given back; the others hold anything: ``queue`` and ``harmed`` a number a CI and one more, ``touched`` and
    ``bruised`` a number a group.
    """

    cis: int
    groups: int
    marks: WorkBytes
    bits: WorkWords
    lost: WorkInts
    hurt: WorkInts
    queue: WorkInts
    harmed: WorkInts
    touched: WorkInts
    bruised: WorkInts


_POOL: deque[Scratch] = deque(maxlen=KEPT)


@contextmanager
def borrowed(cis: int, groups: int) -> Iterator[Scratch]:
    """Lend a set that is large enough. A walk that fails does not give it back, for it may not be zeros any more."""
    try:
        scratch = _POOL.pop()
    except IndexError:
        scratch = None
    if scratch is None or scratch.cis < cis or scratch.groups < groups:
        scratch = _made(cis + cis // 8, groups + groups // 8)
    yield scratch
    _POOL.append(scratch)


def _made(cis: int, groups: int) -> Scratch:
    return Scratch(
        cis=cis,
        groups=groups,
        marks=np.zeros(cis, np.uint8),
        bits=np.zeros((cis + 63) // 64, np.uint64),
        lost=np.zeros(groups, np.int32),
        hurt=np.zeros(groups, np.int32),
        queue=np.empty(cis + 1, np.int32),
        harmed=np.empty(cis + 1, np.int32),
        touched=np.empty(groups, np.int32),
        bruised=np.empty(groups, np.int32),
    )
