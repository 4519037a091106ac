"""A function as a diagram of its own that never changes, so that several may ask it again and again, at once."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from impact.kernels import diagrams
from impact.kernels.compiling import compiled
from impact.reliability.faults.purse import Purse
from impact.reliability.faults.rows import Rows, row


class Worth(NamedTuple):
    """
    What one variable means to a function: how probable it is where the variable holds (``fails``: for a fault tree it
    has failed) and where it does not (``runs``), each as exact as its own digits; ``gain`` is their difference, found
    where they differ, so that what both have in common does not round it away. It is Birnbaum's importance.
    """

    gain: float
    fails: float
    runs: float


class Function(NamedTuple):
    """
    A monotone function of the variables of ``levels`` levels; ``level``, ``low`` and ``high`` are by node.

    Nodes 0 and 1 are false and true, all others are needed, each after those it rests on, so ``top`` is the last. The
    columns are arrays where ``compiled`` functions read them, and lists otherwise; answers are the same.
    """

    levels: int
    top: int
    level: Any
    low: Any
    high: Any
    compiled: bool

    @classmethod
    def of(cls, rows: Rows, top: int) -> Function:
        """Return the function of a node, without the nodes that it does not need."""
        return cls(rows.levels, *_needed(rows, top), rows.compiled)

    def size(self) -> int:
        """Return how many nodes there are beside the constants."""
        return len(self.level) - 2

    def probability(self, chances: Sequence[float]) -> float:
        """Return the probability of the function; ``chances`` has that of each level's variable."""
        return float(self.probabilities(chances)[self.top])

    def probabilities(self, chances: Sequence[float]) -> Any:
        """Return the probability of each node, as a row."""
        return self._probabilities(self._reals(chances))

    def worths(self, chances: Sequence[float]) -> list[Worth]:
        """
        Return for each level what its variable means to the function.

        Source: one pass up and one down, as in Rauzy and Dutuit, Exact and truncated computations of prime implicants
        of coherent fault trees, 1997; that ways past a level are added up as well is this program's own.
        """
        if self.top < 2:
            return [Worth(0.0, float(self.top), float(self.top))] * self.levels
        shares, gains, fails, holds, beside = (
            row(length, compiled=self.compiled, real=True)
            for length in (self.top + 1, *[self.levels] * 3, self.levels * self.levels.bit_length())
        )
        shares[self.top] = 1.0
        reals = self._reals(chances)
        below = self._probabilities(reals)
        rows = shares, gains, fails, holds, beside
        self._run(diagrams.downwards, *self._columns(), reals, below, self.top, self.levels, *rows)
        return [Worth(*map(float, each)) for each in zip(gains, fails, holds, strict=True)]

    def restricted(self, fixed: Mapping[int, int], purse: Purse) -> Function:
        """Return the function with the variables of some levels fixed to 0 or 1. Raises BudgetSpent."""
        if self.top < 2 or not fixed:
            return self
        rows = Rows(self.levels, purse.left)
        if self.compiled:
            rows.compile()
        try:
            values = [fixed.get(level, -1) for level in range(self.levels)]
            top = rows.make(diagrams.restrict, self.top, beside=_Fixed(self, values), walks=False)
        finally:
            purse.take(rows.spent)
        return Function.of(rows, top)

    def minimal(self, purse: Purse, *, unless: Function | None = None) -> Solutions:
        """
        Return the minimal solutions of the function: the sets of variables of which none can be spared.

        Those for which the function ``unless``, of the same levels, holds already are left out. Raises BudgetSpent.
        """
        rows = Rows(self.levels, purse.left)
        if self.compiled:
            rows.compile()
        try:
            top = self.top
            if top > 1:
                top = rows.make(diagrams.minimal, top, -1, beside=_Known(self))
            if unless is not None and unless.top > 0 and top > 0:
                rows.forget()
                top = 0 if unless.top == 1 else rows.make(diagrams.minimal, top, unless.top, beside=_Known(unless))
        finally:
            purse.take(rows.spent)
        return Solutions.of(rows, top)

    def columns(self, *, compiled: bool) -> tuple[Any, ...]:
        """Return ``level``, ``low`` and ``high`` as lists or as arrays."""
        if compiled == self.compiled:
            return self._columns()
        import numpy as np

        return tuple(np.array(each, np.int32) if compiled else each.tolist() for each in self._columns())

    def _columns(self) -> tuple[Any, ...]:
        return self.level, self.low, self.high

    def _run(self, function: Any, *arguments: Any) -> None:
        (compiled(function) if self.compiled else function)(*arguments)

    def _probabilities(self, reals: Any) -> Any:
        found = row(self.top + 1 if self.top else 2, compiled=self.compiled, real=True)
        if len(found) > 1:
            found[1] = 1.0
        self._run(diagrams.upwards, *self._columns(), reals, 2, self.top + 1, found)
        return found

    def _reals(self, chances: Sequence[float]) -> Any:
        reals = row(max(1, len(chances)), compiled=self.compiled, real=True)
        reals[: len(chances)] = chances
        return reals


class Solutions(NamedTuple):
    """
    Sets of levels as a diagram: node 0 holds none, 1 the empty set, any other those of ``low`` and of ``high``.

    ``level``, ``low`` and ``high`` are by node up to ``top``, four bytes each; a set of ``high`` has the node's level
    too. All nodes are needed, each after those it rests on.
    """

    top: int
    level: array[int]
    low: array[int]
    high: array[int]

    @classmethod
    def of(cls, rows: Rows, top: int) -> Solutions:
        """Return the sets of a node, without the nodes that they do not need."""
        new, *columns = _needed(rows, top)
        return cls(new, *map(_packed, columns))

    def nodes(self) -> range:
        """Return the nodes beside the constants, each after those it rests on."""
        return range(2, len(self.level))


def _packed(column: Any) -> array[int]:
    return array("i", column if isinstance(column, list) else column.tobytes())


def _needed(rows: Rows, top: int) -> tuple[int, Any, Any, Any]:
    """Return the new number of a node, and the columns of what it needs, in the order they have."""
    marks = rows.row(max(2, top + 1))
    count = rows.run(diagrams.reached, rows.low, rows.high, top, marks)
    marks[0] = marks[1] = 1
    if rows.compiled:
        import numpy as np

        needed = np.flatnonzero(marks)
        new = np.cumsum(marks, dtype=np.int32) - np.int32(1)
        columns = rows.level[needed], new[rows.low[needed]], new[rows.high[needed]]
    else:
        kept = [node for node, mark in enumerate(marks) if mark]
        place = {node: new for new, node in enumerate(kept)}
        columns = (
            [rows.level[node] for node in kept],
            [place[rows.low[node]] for node in kept],
            [place[rows.high[node]] for node in kept],
        )
    return (count + 1 if top > 1 else top), *columns


class _Fixed:
    """A function that is read, the values of variables by level, and a row for what becomes of its nodes."""

    def __init__(self, function: Function, values: list[int]) -> None:
        self._function = function
        self._values = values

    def columns(self, *, compiled: bool) -> tuple[Any, ...]:
        values = row(len(self._values), compiled=compiled)
        values[:] = self._values
        return *self._function.columns(compiled=compiled), values, row(self._function.top + 1, compiled=compiled)


class _Known:
    """A function whose minimal solutions are looked for, with what is known of its nodes."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._known: Any = [-1] * (function.top + 1)

    def columns(self, *, compiled: bool) -> tuple[Any, ...]:
        if compiled and isinstance(self._known, list):
            import numpy as np

            self._known = np.array(self._known, np.int32)
            self._function = self._function._replace(
                compiled=True,
                **dict(zip(("level", "low", "high"), self._function.columns(compiled=True), strict=True)),
            )
        return *self._function.columns(compiled=compiled), self._known
