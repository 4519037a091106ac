"""Edits of one axis of the graph: numbers that go, numbers that come, and arrays carried over to the new numbering.

Everything that touches an array as a whole is one copy of memory or one addition; Python is spent on the edits alone.
Copies are made without letting go of the interpreter: a reader is held up for the milliseconds a copy takes, and the
copy does not have to queue behind readers again for each of its pieces.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Array = NDArray[Any]
FEW = 4
"""Up to so many edits are made one by one."""

Steps = Mapping[int, int]
"""By new number: how much every entry from there on moves."""


@dataclass(frozen=True, slots=True)
class Edits:
    """
    What happens to ``size`` numbers: those in ``gone`` go, and one comes before each of ``places``.

    Both are sorted and in old numbers; equal places stand for neighbours in the order they will have. A number that
    goes and a place may be equal: then one replaces the other.
    """

    size: int
    gone: Sequence[int]
    places: Sequence[int]

    def __bool__(self) -> bool:
        return bool(self.gone or self.places)

    @property
    def new_size(self) -> int:
        return self.size - len(self.gone) + len(self.places)

    def moved(self, old: int) -> int:
        """Return the new number of an old one; for one that goes, the number of the next that stays or came behind."""
        return old - bisect_left(self.gone, old) + bisect_right(self.places, old)

    def arrived(self, position: int) -> int:
        """Return the new number of what comes at ``places[position]``."""
        place = self.places[position]
        return place - bisect_left(self.gone, place) + position

    def moves(self) -> list[tuple[int, int]]:
        """Return by how much all old numbers from each one of some on move, one upon the other."""
        steps = Counter(self.places)
        steps.subtract(number + 1 for number in self.gone)
        return [(number, step) for number, step in sorted(steps.items()) if step]

    def renumbered(self, numbers: Array) -> Array:
        """Return the new numbers of an array of old ones; what goes has one without meaning."""
        if not self or not len(numbers):
            return numbers
        moves = self.moves()
        if len(moves) > FEW:
            moved: Array = self.table()[numbers]
            return moved
        moved = numbers.copy()
        for first, step in moves:
            moved += (numbers >= first) * np.int32(step)
        return moved

    def table(self) -> Array:
        """Return the new number of every old one; what goes has one without meaning."""
        moves = np.zeros(self.size + 1, np.int32)
        np.subtract.at(moves, [number + 1 for number in self.gone], 1)
        np.add.at(moves, list(self.places), 1)
        moves[:-1] += 1
        moves[0] -= 1
        return np.cumsum(moves[:-1], dtype=np.int32)

    def applied(self, array: Array, values: Sequence[Any] | Array) -> Array:
        """Return ``array`` without what goes and with ``values``, one for each place."""
        if not self:
            return array
        come = np.asarray(values, array.dtype)
        parts = self.parts(array.data, lambda start, end: come[start:end].data)
        return np.frombuffer(b"".join(parts), array.dtype)

    def applied_bytes(self, block: bytes, values: bytes) -> bytes:
        """Return the same for bytes."""
        return b"".join(self.parts(memoryview(block), lambda start, end: values[start:end])) if self else block

    def applied_to(self, items: Sequence[T], values: Sequence[T]) -> tuple[T, ...]:
        """Return the same for a sequence of anything."""
        joined: list[T] = []
        if len(self.gone) + len(self.places) <= FEW:
            # Moving what is behind costs less than counting every item once more.
            joined.extend(items)
            for position in range(len(self.places) - 1, -1, -1):
                joined.insert(self.places[position], values[position])
            for number in reversed(self.gone):
                del joined[number + bisect_right(self.places, number)]
            return tuple(joined)
        for part in self.parts(items, lambda start, end: values[start:end]):
            joined.extend(part)
        return tuple(joined)

    def parts(self, old: Any, new: Callable[[int, int], Any]) -> Iterable[Any]:
        """Yield what stays (slices of ``old``) and what comes (``new`` of a range of places) in their new order."""
        gone, places = self.gone, self.places
        done, at, skipped = 0, 0, 0
        while at < len(places) or skipped < len(gone):
            place = places[at] if at < len(places) else self.size + 1
            leaves = gone[skipped] if skipped < len(gone) else self.size + 1
            stop = min(place, leaves)
            if done < stop:
                yield old[done:stop]
                done = stop
            if place <= leaves:
                together = bisect_right(places, place, at)
                yield new(at, together)
                at = together
            else:
                skipped += 1
                done += 1
        if done < self.size:
            yield old[done : self.size]


def shifted(starts: Array, edits: Edits, steps: Steps, bases: Array | Sequence[int] | None = None) -> Array:
    """
    Return an array of boundaries after ``edits`` of its axis and ``steps`` of what lies between the boundaries.

    What comes begins at its base before the steps: by default where the number at its place began. ``starts`` may have
    one entry more than the axis, the end of the last.
    """
    if edits:
        if bases is None:
            bases = starts[list(edits.places)] if edits.places else ()
        starts = Edits(len(starts), edits.gone, edits.places).applied(starts, bases)
    edges = [edge for edge in sorted(steps) if edge < len(starts) and steps[edge]]
    if not edges:
        return starts
    moves = np.zeros(len(edges) + 1, np.int64)
    moves[1:] = np.cumsum([steps[edge] for edge in edges])
    # Unsigned boundaries take a negative move as well: both wrap round alike.
    shifted_starts: Array = starts + np.repeat(moves.astype(starts.dtype), np.diff([0, *edges, len(starts)]))
    return shifted_starts


def recoded(
    texts: Sequence[T], codes: Array, edits: Edits, values: Sequence[T | int], *, numbers: bool = False
) -> tuple[Sequence[T], Array]:
    """
    Return the distinct ``texts``, sorted, and the ``codes`` that point to them, after ``edits`` that bring ``values``.

    A text that nothing points to any more goes, and a new one takes its place in the order. With ``numbers`` a value
    may be a negative number, which is a code that means no text.
    """
    if not edits:
        return texts, codes
    wanted = [value for value in values if not (numbers and isinstance(value, int))]
    fresh: set[Any] = {value for value in wanted if _code(texts, value) is None}
    going = Counter(codes[list(edits.gone)].tolist()) if edits.gone else Counter()
    used = {_code(texts, value) for value in wanted}
    vanished = {
        code
        for code, times in going.items()
        if code >= 0 and code not in used and int(np.count_nonzero(codes == code)) == times
    }
    if fresh or vanished:
        staying = [text for code, text in enumerate(texts) if code not in vanished]
        together: list[Any] = sorted([*staying, *fresh])
        # The two last entries stand for themselves when a negative code reaches them from the end.
        table = np.array([*(_code(together, text) or 0 for text in texts), -2, -1], np.int32)
        texts, codes = together, table[codes]
    came = [value if numbers and isinstance(value, int) else _code(texts, value) for value in values]
    return texts, edits.applied(codes, came)


def _code(texts: Sequence[Any], value: Any) -> int | None:
    place = bisect_left(texts, value)
    return place if place < len(texts) and texts[place] == value else None
