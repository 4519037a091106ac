"""One after the other instead of together: the targets of a change in waves, as planned outages in a window."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from cmdb.model.change import Target, Window
from cmdb.model.mitigation import Roll, Wave
from impact.graph.states import at_rest, extend, take_back
from impact.graph.structure import Graph
from impact.risk.rolling import rolling_plan

MOST_ROLLED = 200
"""Of so many targets at most an order in waves is looked for."""

_MINUTE = timedelta(minutes=1)


def never_out(graph: Graph, targets: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return the targets that take services down even when they alone are out, each with those services."""
    spread, found = at_rest(graph), {}
    for target in sorted(targets):
        step = extend(graph, spread, [target])
        take_back(spread, step)
        if lost := tuple(sorted(ci for ci in step.fell if graph.service_flags[ci])):
            found[target] = lost
    return found


def rolls_of(
    graph: Graph, window: Window, targets: Sequence[Target], never: Mapping[int, tuple[int, ...]]
) -> Iterator[Roll]:
    """
    Yield orders of work for ``targets``, all of them shown and taken out: in the fewest waves, then one at a time.

    No wave loses a service, but for those of a target in ``never``, which goes alone.
    """
    numbers = [graph.index(target.ci) for target in targets]
    plan = rolling_plan(graph, [ci for ci in numbers if ci not in never])
    assert plan.waves is not None
    alone = [(ci,) for ci in numbers if ci in never]
    by_id = {target.ci: target for target in targets}
    waves = [*plan.waves, *alone]
    yield _roll(window, [[by_id[graph.ids[ci]] for ci in wave] for wave in waves], not never, plan.fewest)
    if len(waves) < len(targets):
        yield _roll(window, [[target] for target in targets], not never, False)


def rolled(window: Window, targets: Sequence[Target], roll: Roll) -> tuple[Window, list[Target]]:
    """Return the window and the targets of a change that is done in these waves."""
    when = {target: wave.offset for wave in roll.waves for target in wave.targets}
    later = replace(window, end=max(window.end, window.start + roll.minutes * _MINUTE))
    moved = [
        replace(target, offset=when[target.ci], minutes=_length(window, target)) if target.ci in when else target
        for target in targets
    ]
    return later, moved


def _roll(window: Window, waves: Sequence[Sequence[Target]], loses_none: bool, fewest: bool) -> Roll:
    found: list[Wave] = []
    offset = 0
    for wave in waves:
        minutes = max(_length(window, target) for target in wave)
        found.append(Wave(offset, minutes, tuple(sorted(target.ci for target in wave))))
        offset += minutes
    longer = max(0, -((window.end - window.start - offset * _MINUTE) // _MINUTE))
    return Roll(tuple(found), offset, longer, loses_none, loses_none and fewest)


def _length(window: Window, target: Target) -> int:
    """Return the whole minutes for which a target is out, rounded up."""
    outage = target.outage(window)
    assert outage is not None
    return int(-((outage[0] - outage[1]) // _MINUTE))
