"""
House events and constants folded away, and what is left written as thresholds.

A house event says how things are set up and never fails, so it is no CI: what is always true or false is taken out of
every formula by the laws of Boolean algebra, and a gate that it decides is no CI either. Every formula that is left is
"at least so many of these"; a formula inside another gets an id of its own, by its place: ``pump/2`` is the second
argument of the gate ``pump``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from cmdb.exchange.open_psa.formulas import Argument, Formula, Reference


class Gate(NamedTuple):
    """True when at least ``least`` of ``args`` (ids, each once) are; ``line`` is where the file says so."""

    id: str
    operator: str
    least: int
    args: tuple[str, ...]
    line: int


Meaning = Callable[[str, Reference], str | bool]
"""What a reference of a gate means: the id of a gate or basic event, or the truth of a house event."""


def folded(
    order: Iterable[str], formulas: Mapping[str, Formula], meaning: Meaning
) -> tuple[dict[str, Gate], dict[str, bool]]:
    """Return the gates that are left, by id, and those that are decided; ``order`` has the used before the user."""
    gates: dict[str, Gate] = {}
    decided: dict[str, bool] = {}

    def fold(formula: Formula, gate_id: str, owner: str) -> bool | None:
        args = [value(argument, f"{gate_id}/{place}", owner) for place, argument in enumerate(formula.args, start=1)]
        found = _threshold(formula, args)
        if isinstance(found, bool):
            return found
        least, rest = found
        gates[gate_id] = Gate(gate_id, formula.operator, least, rest, formula.line)
        return None

    def value(argument: Argument, gate_id: str, owner: str) -> str | bool:
        if isinstance(argument, bool):
            return argument
        if isinstance(argument, Formula):
            truth = fold(argument, gate_id, owner)
            return gate_id if truth is None else truth
        meant = meaning(owner, argument)
        return meant if isinstance(meant, bool) else decided.get(meant, meant)

    for name in order:
        truth = fold(formulas[name], name, name)
        if truth is not None:
            decided[name] = truth
    return gates, decided


def _threshold(formula: Formula, args: list[str | bool]) -> bool | tuple[int, tuple[str, ...]]:
    """Return (how many, of which) for a formula, or the truth of one that is decided."""
    rest = [argument for argument in args if not isinstance(argument, bool)]
    true = sum(argument is True for argument in args)
    if formula.operator != "atleast":
        # One argument twice is the same as once: for "and" as for "or", and for them alone.
        distinct = tuple(dict.fromkeys(rest))
        if formula.operator == "and":
            return False if False in args else (len(distinct), distinct) if distinct else True
        return True if true else (1, distinct) if distinct else False
    least = formula.least - true
    if least <= 0 or least > len(rest):
        return least <= 0
    return least, tuple(rest)


def below(top: str, gates: Mapping[str, Gate]) -> Iterator[str]:
    """Yield the ids of all that the top gate rests on, itself first, each once."""
    seen = {top}
    work = [top]
    for name in work:
        yield name
        for argument in gates[name].args if name in gates else ():
            if argument not in seen:
                seen.add(argument)
                work.append(argument)
