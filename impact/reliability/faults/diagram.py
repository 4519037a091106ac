"""Decision diagrams of functions, mostly monotone ones, and those of their minimal solutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.kernels import diagrams
from impact.reliability.faults.rows import Rows

FALSE, TRUE = 0, 1


class Diagram:
    """
    Functions of the variables of ``levels`` levels, each a node; a node for a function is always the same.

    They are monotone but where absences take part; minimal solutions are asked of monotone ones alone.

    Every method raises BudgetSpent when more than ``budget`` nodes would have to be made.
    """

    def __init__(self, levels: int, budget: int) -> None:
        self._rows = Rows(levels, budget)
        self._rows.variables()
        self._complements = {FALSE: TRUE, TRUE: FALSE}

    @property
    def made(self) -> int:
        """How many nodes were made so far, those that turned out not to be needed included."""
        return self._rows.made

    def variable(self, level: int) -> int:
        """Return the function that is the variable of a level."""
        return level + 2

    def make_absences(self) -> None:
        """Make the functions that hold where the variable of a level does not; to be called before anything else."""
        self._rows.absences()

    def absence(self, level: int) -> int:
        """Return the function that holds where the variable of a level does not; see :meth:`make_absences`."""
        return self._rows.levels + level + 2

    def complement(self, node: int) -> int:
        """Return the function that holds where another does not; it needs :meth:`make_absences`."""
        rows, found = self._rows, self._complements
        stack = [node]
        while stack:
            top = stack[-1]
            level, low, high = (int(row[top]) for row in (rows.level, rows.low, rows.high))
            below = [each for each in (low, high) if each not in found] if top not in found else []
            if below:
                stack += below
                continue
            if top not in found:
                without = self._combine(diagrams.AND, self.absence(level), found[low])
                with_it = self._combine(diagrams.AND, self.variable(level), found[high])
                found[top] = self._combine(diagrams.OR, without, with_it)
            stack.pop()
        return found[node]

    def at_least(self, count: int, nodes: Sequence[int]) -> int:
        """Return the function that holds when ``count`` of ``nodes`` do; a node that stands twice counts twice."""
        if count <= 0:
            return TRUE
        if count > len(nodes):
            return FALSE
        # What lies deepest comes first, so that each next one is put on top of what there is.
        deepest_first = sorted(nodes, key=lambda node: (-int(self._rows.level[node]), node))
        if count == 1 or count == len(nodes):
            op = diagrams.OR if count == 1 else diagrams.AND
            found = deepest_first[0]
            for node in deepest_first[1:]:
                found = self._combine(op, node, found)
            return found
        so_far = [TRUE] + [FALSE] * count
        for place, node in enumerate(deepest_first):
            left = len(nodes) - place - 1
            for held in range(min(count, place + 1), max(0, count - left - 1), -1):
                more = self._combine(diagrams.AND, node, so_far[held - 1])
                so_far[held] = self._combine(diagrams.OR, so_far[held], more)
        return so_far[count]

    def size(self, node: int) -> int:
        """Return how many nodes a function has, beside the constants."""
        return self._rows.run(diagrams.reached, self._rows.low, self._rows.high, node, self._rows.row(node + 1))

    def probability(self, node: int, chances: Sequence[float]) -> float:
        """Return the probability of a function; ``chances`` has that of each level's variable."""
        return float(self._probabilities(node, chances)[node])

    def probabilities(self, nodes: Sequence[int], chances: Sequence[float]) -> list[float]:
        """Return the probability of each of ``nodes``, in one pass for all."""
        found = self._probabilities(max(nodes, default=TRUE), chances)
        return [float(found[node]) for node in nodes]

    def gains(self, node: int, chances: Sequence[float]) -> list[float]:
        """
        Return for each level how much more probable the function is with its variable than without.

        That is Birnbaum's importance, the derivative of the probability. Source: one pass up and one down, as in Rauzy
        and Dutuit, Exact and truncated computations of prime implicants of coherent fault trees, 1997.
        """
        rows = self._rows
        births = rows.row(max(1, rows.levels), real=True)
        if node > 1:
            shares = rows.row(node + 1, real=True)
            shares[node] = 1.0
            columns = rows.level, rows.low, rows.high, self._reals(chances)
            rows.run(diagrams.downwards, *columns, self._probabilities(node, chances), node, shares, births)
        return [float(birth) for birth in births[: rows.levels]]

    def restricted(self, node: int, fixed: Mapping[int, int]) -> int:
        """Return a function with the variables of some levels fixed to 0 or 1."""
        if node < 2 or not fixed:
            return node
        rows = self._rows
        values = [fixed.get(level, -1) for level in range(rows.levels)]
        return rows.make(diagrams.restrict, node, beside=_Fixed(rows, values, node), walks=False)

    def minimal(self, node: int, budget: int, *, unless: int | None = None) -> Solutions:
        """
        Return the minimal solutions of a function: the sets of variables of which none can be spared.

        Those for which the function ``unless`` holds already are left out.
        """
        found = Rows(self._rows.levels, budget)
        if self._rows.compiled:
            found.compile()
        known = _Known(self._rows, max(node, unless or 0))
        top = found.make(diagrams.minimal, node, -1, beside=known)
        if unless is not None:
            top = found.make(diagrams.minimal, top, unless, beside=known)
        return Solutions(found, top)

    def _combine(self, op: int, first: int, second: int) -> int:
        return self._rows.make(diagrams.combine, op, first, second)

    def _probabilities(self, node: int, chances: Sequence[float]) -> Any:
        rows = self._rows
        found = rows.row(node + 1 if node else 2, real=True)
        if len(found) > 1:
            found[1] = 1.0
        rows.run(diagrams.upwards, rows.level, rows.low, rows.high, self._reals(chances), 2, node + 1, found)
        return found

    def _reals(self, chances: Sequence[float]) -> Any:
        reals = self._rows.row(max(1, len(chances)), real=True)
        reals[: len(chances)] = chances
        return reals


class _Fixed:
    """The values of variables by level, and an empty row by node."""

    def __init__(self, rows: Rows, values: list[int], node: int) -> None:
        self._rows = rows
        self._values = values
        self._length = node + 1

    def columns(self, *, compiled: bool) -> tuple[Any, ...]:  # noqa: ARG002
        values = self._rows.row(len(self._values))
        values[:] = self._values
        return values, self._rows.row(self._length)


class _Known:
    """A function whose minimal solutions are looked for, with what is known of its nodes."""

    def __init__(self, rows: Rows, node: int) -> None:
        self._rows = rows
        self._known: Any = [-1] * (node + 1)

    def columns(self, *, compiled: bool) -> tuple[Any, ...]:
        if compiled and not self._rows.compiled:
            self._rows.compile()
        if self._rows.compiled and isinstance(self._known, list):
            import numpy as np

            self._known = np.array(self._known, np.int32)
        return self._rows.level, self._rows.low, self._rows.high, self._known


class Solutions:
    """
    Sets of levels as a diagram: node 0 holds none, 1 the empty set, any other those of ``low`` and of ``high``.

    ``level``, ``low`` and ``high`` are plain lists by node up to ``top``; a set of ``high`` has the node's level too.
    """

    def __init__(self, rows: Rows, top: int) -> None:
        self.top = top
        self.level, self.low, self.high = (
            row[: top + 1] if isinstance(row, list) else row[: top + 1].tolist()
            for row in (rows.level, rows.low, rows.high)
        )
        self._needed = self._reached()

    def nodes(self) -> list[int]:
        """Return the nodes beside the constants that the sets need, each after those it rests on."""
        return self._needed

    def _reached(self) -> list[int]:
        marks = bytearray(max(2, self.top + 1))
        marks[self.top] = 1
        for node in range(self.top, 1, -1):
            if marks[node]:
                marks[self.low[node]] = marks[self.high[node]] = 1
        return [node for node in range(2, self.top + 1) if marks[node]]
