"""What the impact core refuses or can not finish; unknown ids are the general ``NotFound``."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.errors import Family, ForeshockError

_SHOWN = 10


class MalformedSnapshot(ForeshockError):
    """
    The rows do not make a graph: an id twice, an end that is no CI, an unknown strength, a group that can not count.

    ``fault`` is a stable word for what is wrong and ``subjects`` names every subject at fault, sorted.
    """

    code = "impact.malformed_snapshot"
    sentence = "the snapshot can not be loaded: {fault} ({count}): {named}"
    family = Family.BAD_INPUT

    def __init__(self, *, fault: str, subjects: Sequence[str]) -> None:
        ordered = tuple(sorted(set(subjects)))
        named = ", ".join(ordered[:_SHOWN]) + (" and others" if len(ordered) > _SHOWN else "")
        super().__init__(fault=fault, subjects=ordered, count=len(ordered), named=named)


class BudgetSpent(ForeshockError):
    """
    Diagrams would need more nodes than may be made; caught where an answer by bounds, or none, takes its place.

    ``budget`` is how many nodes may be made.
    """

    code = "impact.budget_spent"
    sentence = "the diagrams need more than {budget} nodes"
    family = Family.FAILURE

    def __init__(self, *, budget: int) -> None:
        super().__init__(budget=budget)
