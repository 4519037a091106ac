"""Sets of CI numbers and counts of groups as a walk over arrays leaves them: Python's own are made when asked for.

A hub takes thousands of CIs down; most questions only count them, look at the services among them or hand them on to
the next walk, so a set of Python numbers for each would be most of the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]


class Numbers(AbstractSet[int]):
    """A set of numbers over an array, which holds each once, in any order, and is never changed."""

    __slots__ = ("_set", "array")

    def __init__(self, array: Ints) -> None:
        array.flags.writeable = False
        self.array = array
        self._set: frozenset[int] | None = None

    def __contains__(self, number: object) -> bool:
        return number in self._plain()

    def __iter__(self) -> Iterator[int]:
        return iter(self._plain())

    def __len__(self) -> int:
        return len(self.array)

    def _plain(self) -> frozenset[int]:
        if self._set is None:
            self._set = frozenset(self.array.tolist())
        return self._set

    @classmethod
    def _from_iterable(cls, numbers: Iterable[Any]) -> AbstractSet[Any]:
        # What an operator makes of such sets is a plain one; the library's declaration knows only the first type.
        return frozenset(numbers)


class Counts(Mapping[int, int]):
    """How many of each number, over two arrays of one length."""

    __slots__ = ("_counts", "amounts", "numbers")

    def __init__(self, numbers: Ints, amounts: Ints) -> None:
        numbers.flags.writeable = amounts.flags.writeable = False
        self.numbers, self.amounts = numbers, amounts
        self._counts: dict[int, int] | None = None

    def __getitem__(self, number: int) -> int:
        return self._plain()[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._plain())

    def __len__(self) -> int:
        return len(self.numbers)

    def _plain(self) -> dict[int, int]:
        if self._counts is None:
            self._counts = dict(zip(self.numbers.tolist(), self.amounts.tolist(), strict=True))
        return self._counts


def array_of(numbers: AbstractSet[int]) -> Ints:
    """Return the numbers of a set, in any order."""
    if isinstance(numbers, Numbers):
        return numbers.array
    array = np.fromiter(numbers, np.int32, len(numbers))
    array.flags.writeable = False
    return array


def arrays_of(counts: Mapping[int, int]) -> tuple[Ints, Ints]:
    """Return numbers and amounts of a mapping, in any order."""
    if isinstance(counts, Counts):
        return counts.numbers, counts.amounts
    numbers = np.fromiter(counts.keys(), np.int32, len(counts))
    amounts = np.fromiter(counts.values(), np.int32, len(counts))
    numbers.flags.writeable = amounts.flags.writeable = False
    return numbers, amounts
