"""How often, how badly and how long: the figures of one edge of the service graph, which can be added up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STEPS = 8  # buckets for each doubling of a duration, so that a percentile is right within 4.5 %
_LAST = STEPS * 40  # the bucket of 2^40 microseconds, which is twelve days


@dataclass(slots=True)
class Figures:
    """
    Counts of calls and errors, durations in buckets, and when the first and the last were received (epoch seconds).

    Adding two gives the same in either order, and the figures of all calls of both.
    """

    count: int = 0
    errors: int = 0
    first: int = 0
    last: int = 0
    buckets: Counter[int] = field(default_factory=Counter)

    def take(self, micros: int, error: bool, at: int) -> None:
        """Count one call."""
        self.first = min(self.first, at) if self.count else at
        self.last = max(self.last, at)
        self.count += 1
        self.errors += error
        self.buckets[_bucket(micros)] += 1

    def add(self, other: Figures) -> None:
        """Count all of another's."""
        if other.count:
            self.first = min(self.first, other.first) if self.count else other.first
            self.last = max(self.last, other.last)
            self.count += other.count
            self.errors += other.errors
            self.buckets.update(other.buckets)

    def percentile(self, share: float) -> float:
        """
        Return the duration in microseconds that ``share`` of the calls stay within, 0.0 of none.

        >>> figures = Figures()
        >>> for micros in range(1, 101): figures.take(micros * 1_000, False, 0)
        >>> 90_000 < figures.percentile(0.95) < 100_000
        True
        """
        wanted, seen = math.ceil(self.count * share), 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= wanted:
                return float(2 ** ((bucket + 0.5) / STEPS))
        return 0.0

    def to_list(self) -> list[Any]:
        """Return it as plain JSON."""
        return [self.count, self.errors, self.first, self.last, sorted(self.buckets.items())]

    @classmethod
    def from_list(cls, found: Any) -> Figures:
        """Return what :meth:`to_list` gave; raise ValueError or TypeError for anything else."""
        count, errors, first, last, buckets = found
        held = Counter({whole(bucket): whole(times) for bucket, times in buckets})
        if sum(held.values()) != count or errors > count or max(held, default=0) > _LAST:
            raise ValueError("figures that do not add up")
        return cls(whole(count), whole(errors), whole(first), whole(last), held)


def _bucket(micros: int) -> int:
    return min(int(math.log2(micros) * STEPS), _LAST) if micros > 1 else 0


def whole(value: Any) -> int:
    """Return a whole number from 0; raise ValueError for anything else."""
    if type(value) is not int or value < 0:
        raise ValueError("a whole number is expected")
    return value


def texts(value: Any, least: int = 1) -> tuple[str, ...]:
    """Return a list of texts as a tuple; raise ValueError for anything else."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) < least:
        raise ValueError("a list of texts is expected")
    if not all(isinstance(each, str) for each in value):
        raise ValueError("a list of texts is expected")
    return tuple(value)


def counts(value: Any) -> Counter[str]:
    """Return a mapping of texts to whole numbers; raise ValueError for anything else."""
    if not isinstance(value, Mapping):
        raise ValueError("an object is expected")
    return Counter({str(key): whole(count) for key, count in value.items()})
