"""The probabilities of basic events: their expressions come to numbers, and the numbers must be probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.open_psa.definitions import Defined
from cmdb.exchange.open_psa.expressions import Taken, parameters, value_of
from cmdb.exchange.open_psa.faults import tell
from cmdb.exchange.open_psa.names import Names
from cmdb.exchange.open_psa.order import in_order, shown_cycle


def probabilities(events: Iterable[Defined], names: Names, faults: Faults) -> dict[str, float]:
    """Return the probability of every basic event by id; what has none, or one outside [0, 1], is told."""
    wanted = [event for event in events if event.body is not None]
    values = _parameter_values(wanted, names, faults)
    found = {}
    for event in wanted:
        owner = f"basic event {event.id}"
        value = value_of(event.body, _lookup(event, names, values), owner, faults)
        if value is not None and not 0 <= value <= 1:
            tell(faults, "open_psa.probability", event.line, name=event.id, found=shown(value))
        elif value is not None:
            found[event.id] = value
    return found


def _parameter_values(events: list[Defined], names: Names, faults: Faults) -> dict[str, float]:
    """Return the values of the parameters that the events take, directly or not."""
    uses: dict[str, list[str]] = {}
    begin = [one for event in events for one in _used(event, names, faults)]
    work = list(begin)
    for name in work:
        if name not in uses:
            parameter = names.parameters[name]
            uses[name] = _used(parameter, names, faults) if parameter.body is not None else []
            work += uses[name]
    order, cycles = in_order(dict.fromkeys(begin), uses)
    for cycle in cycles:
        line = names.parameters[cycle[0]].line
        tell(faults, "open_psa.parameter_cycle", line, cycle=shown_cycle(cycle))
    values: dict[str, float] = {}
    for name in order:
        parameter = names.parameters[name]
        if parameter.body is not None:
            owner = f"parameter {name}"
            value = value_of(parameter.body, _lookup(parameter, names, values), owner, faults)
            if value is not None:
                values[name] = value
    return values


def _used(one: Defined, names: Names, faults: Faults) -> list[str]:
    """Return the ids of the parameters that an expression takes; what is undefined or of another unit is told."""
    found = []
    owner = f"{one.kind} {one.id}"
    for taken in parameters(one.body):
        parameter = names.find(taken.reference, one.scope, owner)
        if parameter is None:
            continue
        if taken.unit is not None and parameter.unit is not None and taken.unit != parameter.unit:
            facts = {"owner": owner, "name": parameter.id, "first": parameter.line}
            facts |= {"found": shown(taken.unit), "wanted": shown(parameter.unit)}
            tell(faults, "open_psa.units", taken.reference.line, **facts)
        found.append(parameter.id)
    return found


def _lookup(one: Defined, names: Names, values: dict[str, float]) -> Callable[[Taken], float | None]:
    """Return what tells the value of a parameter as a definition refers to it; None where it has none."""

    def look(taken: Taken) -> float | None:
        parameter = names.quietly(taken.reference, one.scope)
        return None if parameter is None else values.get(parameter.id)

    return look
