"""
Samples for a person to look at: which to draw, and what their results say of all. Pure.

A draw is made by hashing, not by a library's random numbers: the same seed draws the same from the same, in any version
of any programme, so that an auditor can draw it again.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable

Z95 = 1.959963984540054
"""The standard normal deviate of 95 % confidence, two-sided."""


def draw(ids: Iterable[str], size: int, seed: int | str) -> tuple[str, ...]:
    """
    Return ``size`` of the ids, or all where there are no more, each as likely as any other; sorted.

    They are those with the smallest SHA-256 of seed and id, so the draw is the same whatever order the ids come in, and
    a larger draw with the same seed has the smaller one in it.

    >>> draw(["web1", "web2", "db1"], 2, seed=7) == draw(["db1", "web2", "web1"], 2, seed=7)
    True
    """
    if size < 0:
        raise ValueError(size)
    placed = ((hashlib.sha256(f"{seed}:{each}".encode()).digest(), each) for each in set(ids))
    return tuple(sorted(each for _, each in heapq.nsmallest(size, placed)))


def wilson(right: int, of: int, *, z: float = Z95) -> tuple[float, float]:
    """
    Return bounds, within [0, 1], that hold the share of all that is right, given ``right`` out of ``of`` in a sample.

    With nothing looked at they are 0 and 1. The population is taken as large, so the bounds are never too narrow.
    Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.

    >>> [round(bound, 3) for bound in wilson(18, 20)]
    [0.699, 0.972]
    """
    if not 0 <= right <= of:
        raise ValueError((right, of))
    if of == 0:
        return 0.0, 1.0
    share, square = right / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * (share * (1 - share) / of + square / (4 * of * of)) ** 0.5
    return 0.0 if right == 0 else middle - half, 1.0 if right == of else middle + half
