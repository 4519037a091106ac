"""The rows of a decision diagram: lists at first, arrays under compiled functions once there are many nodes.

The nodes and their numbers are the same either way, so no answer depends on it; a small question loads no compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from impact.errors import BudgetSpent
from impact.kernels import diagrams
from impact.kernels.compiling import compiled, is_ready
from impact.progress import told

COMPILED_FROM = 1 << 15
"""A diagram of so many nodes is worth the third of a second that compiled functions take to load."""

READY_FROM = 1 << 10
"""From so many on they are quicker where they are loaded already."""

STEPS_A_NODE = 16
"""For each node that rows may have, so many steps may be taken: far more than trees have been seen to need."""

NO_LEVEL = 1 << 30
_FIRST = 1 << 4
_MOST_REMEMBERED = 1 << 20
_MOST_STEPS = (1 << 31) - 1


class Rows:
    """
    Nodes on ``levels`` levels, at most ``budget``; ``compiled`` tells whether the rows are arrays by now.

    ``level``, ``low``, ``high``, ``slots``, ``size``, ``keys``, ``values`` and ``frames`` are what
    :mod:`impact.kernels.diagrams` says.
    """

    def __init__(self, levels: int, budget: int) -> None:
        self.levels = levels
        self.budget = budget
        self.compiled = False
        self.level: Any = [NO_LEVEL] * 2
        self.low: Any = [0, 1]
        self.high: Any = [0, 1]
        self.slots: Any = []
        self.keys: Any = []
        self.values: Any = []
        self._steps = min(STEPS_A_NODE * budget, _MOST_STEPS)
        self._calls = 0
        self.size: Any = [2, self._steps]
        self._lengthen(min(max(_FIRST, 2 * levels + 8), budget + 2))
        self._make_frames()

    @property
    def made(self) -> int:
        """How many nodes there are beside the constants."""
        return int(self.size[0]) - 2

    @property
    def spent(self) -> int:
        """What of the budget was spent: the nodes made, or as many as the calls and the steps come to."""
        steps = self._steps - int(self.size[1])
        return min(max(self.made, self._calls, -(-steps // STEPS_A_NODE)), self.budget)

    def row(self, length: int, *, long: bool = False, real: bool = False) -> Any:
        """Return a row of zeros: a list, or an array of 32-bit numbers, of 64-bit ones, or of floats."""
        return row(length, compiled=self.compiled, long=long, real=real)

    def run(self, function: Callable[..., Any], *arguments: Any) -> int:
        """Call a kernel as these rows ask for."""
        return int((compiled(function) if self.compiled else function)(*arguments))

    def make(
        self, function: Callable[..., Any], *arguments: Any, beside: Beside | None = None, walks: bool = True
    ) -> int:
        """
        Call a kernel that makes nodes, with longer rows as often as it needs.

        ``beside`` are columns it reads, ``walks`` tells whether it wants what remembers answers and the frames.

        Raises:
            BudgetSpent: it needs more than there may be.
        """
        if self._calls >= self.budget:
            raise BudgetSpent(budget=self.budget)
        self._calls += 1
        while True:
            told("nodes of a diagram", self.made)
            others = () if beside is None else beside.columns(compiled=self.compiled)
            tables = self.level, self.low, self.high, self.slots, self.size
            walking = (self.keys, self.values, *self.frames) if walks else ()
            result = self.run(function, *arguments, *others, *tables, *walking)
            if result >= 0:
                return result
            if result == -2:
                raise BudgetSpent(budget=self.budget)
            self._grow()

    def variables(self) -> None:
        """Make the node of each level's variable: that of level 0 is node 2, and so on."""
        while self.levels > len(self.level) - 2:
            self._grow()
        for at in range(self.levels):
            self.level[at + 2], self.high[at + 2] = at, 1
        self.size[0] = self.levels + 2
        self.run(diagrams.rehashed, self.level, self.low, self.high, self.slots, self.levels + 2)

    def absences(self) -> None:
        """Make the node of each level's absence, those of the variables the other way round, right after them."""
        while 2 * self.levels > len(self.level) - 2:
            self._grow()
        for at in range(self.levels):
            self.level[self.levels + at + 2], self.low[self.levels + at + 2] = at, 1
        self.size[0] = 2 * self.levels + 2
        self._lengthen(len(self.level))  # The table is to be empty.
        self.run(diagrams.rehashed, self.level, self.low, self.high, self.slots, 2 * self.levels + 2)

    def forget(self) -> None:
        """Let go of remembered answers: they are told apart by the nodes asked about, of one function alone."""
        remembered = len(self.keys)
        self.keys, self.values = self.row(remembered, long=True), self.row(remembered)

    def _grow(self) -> None:
        before = len(self.level)
        if before >= self.budget + 2:
            raise BudgetSpent(budget=self.budget)
        after = min(2 * before, self.budget + 2)
        if after > (READY_FROM if is_ready(diagrams.combine) else COMPILED_FROM):
            self.compile()
        self._lengthen(after)
        self.run(diagrams.rehashed, self.level, self.low, self.high, self.slots, int(self.size[0]))

    def _lengthen(self, length: int) -> None:
        for name in ("level", "low", "high"):
            longer, before = self.row(length), getattr(self, name)
            longer[: len(before)] = before  # Of equal length, so a list keeps its own.
            setattr(self, name, longer)
        slots = 1 << (2 * length - 1).bit_length()
        remembered = min(slots, _MOST_REMEMBERED)
        self.slots, self.keys, self.values = self.row(slots), self.row(remembered, long=True), self.row(remembered)

    def _make_frames(self) -> None:
        self.frames = tuple(self.row(3 * self.levels + 8) for _ in range(4))

    def compile(self) -> None:
        """Turn the rows into arrays, for compiled functions."""
        import numpy as np

        if not self.compiled:
            self.compiled = True
            for name in ("level", "low", "high", "size", "slots", "values"):
                setattr(self, name, np.array(getattr(self, name), np.int32))
            self.keys = np.array(self.keys, np.int64)
            self._make_frames()


class Beside(Protocol):
    """Columns of another diagram that a function reads, in the form of the rows it makes."""

    def columns(self, *, compiled: bool) -> tuple[Any, ...]:
        """Return them as lists or as arrays."""


def row(length: int, *, compiled: bool, long: bool = False, real: bool = False) -> Any:
    """Return a row of zeros: a list, or for compiled functions an array of 32-bit or 64-bit numbers, or of floats."""
    if not compiled:
        return [0.0 if real else 0] * length
    import numpy as np

    return np.zeros(length, np.float64 if real else np.int64 if long else np.int32)
