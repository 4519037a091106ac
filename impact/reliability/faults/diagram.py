"""Making decision diagrams of functions, mostly monotone ones."""

from __future__ import annotations

from collections.abc import Sequence

from impact.kernels import diagrams
from impact.reliability.faults.function import Function, Solutions
from impact.reliability.faults.purse import Purse
from impact.reliability.faults.rows import Rows

FALSE, TRUE = 0, 1


class Diagram:
    """
    Functions of the variables of ``levels`` levels, each a node; a node for a function is always the same.

    They are monotone but where absences take part; minimal solutions are asked of monotone ones alone.

    Every method that makes functions raises BudgetSpent when more than ``budget`` nodes would have to be made, or when
    so many combinations or sixteen times as many steps have been spent.
    """

    def __init__(self, levels: int, budget: int) -> None:
        self._rows = Rows(levels, budget)
        self._rows.variables()

    @property
    def made(self) -> int:
        """How many nodes were made so far, those that turned out not to be needed included."""
        return self._rows.made

    @property
    def spent(self) -> int:
        """What of the budget was spent: the nodes made, or as many as the combinations and their steps come to."""
        return self._rows.spent

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
        rows, marks = self._rows, self._rows.row(max(2, node + 1))
        rows.run(diagrams.reached, rows.low, rows.high, node, marks)
        found = {FALSE: TRUE, TRUE: FALSE}
        for each in range(2, node + 1):
            if marks[each]:
                level, low, high = (int(row[each]) for row in (rows.level, rows.low, rows.high))
                without = self._combine(diagrams.AND, self.absence(level), found[low])
                found[each] = self._combine(
                    diagrams.OR, without, self._combine(diagrams.AND, self.variable(level), found[high])
                )
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
        # Different variables that lie above all that is counted so far branch to it at once.
        variables = range(TRUE + 1, self._rows.levels + 2)
        branching = len(set(nodes)) == len(nodes) and min(nodes) in variables and max(nodes) in variables
        so_far = [TRUE] + [FALSE] * count
        for place, node in enumerate(deepest_first):
            left = len(nodes) - place - 1
            for held in range(min(count, place + 1), max(0, count - left - 1), -1):
                with_it, without_it = so_far[held - 1], so_far[held]
                if branching:
                    so_far[held] = self._rows.make(diagrams.branch, node - 2, without_it, with_it, walks=False)
                else:
                    more = self._combine(diagrams.AND, node, with_it)
                    so_far[held] = self._combine(diagrams.OR, without_it, more)
        return so_far[count]

    def function(self, node: int) -> Function:
        """Return a function as a diagram of its own, without what else was made."""
        return Function.of(self._rows, node)

    def probability(self, node: int, chances: Sequence[float]) -> float:
        """Return the probability of a function; ``chances`` has that of each level's variable."""
        return self.function(node).probability(chances)

    def probabilities(self, nodes: Sequence[int], chances: Sequence[float]) -> list[float]:
        """Return the probability of each of ``nodes``, in one pass for all."""
        rows, top = self._rows, max(nodes, default=TRUE)
        found = Function(rows.levels, top, rows.level, rows.low, rows.high, rows.compiled).probabilities(chances)
        return [float(found[node]) for node in nodes]

    def minimal(self, node: int, budget: int) -> Solutions:
        """Return the minimal solutions of a function, whose diagram may have ``budget`` nodes of its own."""
        return self.function(node).minimal(Purse(budget))

    def _combine(self, op: int, first: int, second: int) -> int:
        return self._rows.make(diagrams.combine, op, first, second)
