"""One change for many targets: in waves that lose no service, each brought back before the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cmdb.change import changes, checks
from cmdb.change.text_input import Unreadable, read_moment
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import Change, Effect, Target, Window
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.mitigation import NeverOut, Wave
from cmdb.records import Held
from impact.questions.graphs import graph_of

MOST = 1_000
"""Of so many targets at most waves are planned at once."""
_MINUTE = timedelta(minutes=1)
_NAMED = 20


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """
    The waves of a bulk change at a revision of the graph; offsets are minutes of the window.

    ``minutes`` is how long all of them take, with ``gap`` minutes between two. ``never`` are the targets that take
    services down even alone: each goes in a wave of its own, at the end. ``fewest``: no plan has fewer waves.
    """

    revision: int
    waves: tuple[Wave, ...]
    minutes: int
    gap: int
    never: tuple[NeverOut, ...]
    fewest: bool


@dataclass(frozen=True, slots=True)
class Bulk:
    """A plan, and the change that was raised by it (None: it was only asked for)."""

    plan: BulkPlan
    change: Held[Change] | None


def bulk(
    context: Context,
    *,
    targets: Sequence[str],
    start: str,
    minutes: int,
    gap: int = 0,
    effect: Effect = Effect.RESTART,
    raise_it: bool = True,
    **given: Any,
) -> Bulk:
    """
    Raise one change for many targets, in the fewest waves found that lose no service, and a window long enough.

    ``start`` is when the window begins, as people type it; each target is out for ``minutes``, and ``gap`` minutes lie
    between two waves. ``given`` is what else :func:`cmdb.change.changes.new` takes. What was planned stands in the
    steps. With ``raise_it`` False nothing is written.

    Raises:
        NotAllowed: the actor may not raise changes or read impact.
        InvalidInput: something given is wrong; every problem is named.
    """
    context.allow("change:raise")
    context.allow("impact:read")
    began, problems = _asked(context, targets, start, minutes, gap, effect)
    if began is None or problems:
        raise InvalidInput(problems, what="the bulk change")
    plan = _planned(context, sorted(set(targets)), minutes, gap)
    if not raise_it:
        return Bulk(plan, None)
    when = {ci: wave.offset for wave in plan.waves for ci in wave.targets}
    window = Window(began[0], began[0] + plan.minutes * _MINUTE, began[1])
    steps = given.pop("steps", ())
    raised = changes.new(
        context,
        targets=[Target(ci, effect, when[ci], minutes) for ci in sorted(when)],
        window=window,
        steps=[*(_step(number, wave) for number, wave in enumerate(plan.waves, start=1)), *steps],
        **given,
    )
    return Bulk(plan, raised)


def _planned(context: Context, targets: Sequence[str], minutes: int, gap: int) -> BulkPlan:
    from impact.risk.rolling import rolling_plan
    from impact.risk.rolls import never_out

    graph = graph_of(context)
    numbers = list(graph.indexes(set(targets)))
    never = never_out(graph, numbers)
    found = rolling_plan(graph, [number for number in numbers if number not in never])
    assert found.waves is not None  # Nobody is left who loses a service alone.
    waves, offset = [], 0
    for wave in [*found.waves, *((number,) for number in sorted(never))]:
        waves.append(Wave(offset, minutes, tuple(sorted(graph.ids[number] for number in wave))))
        offset += minutes + gap
    lost = tuple(NeverOut(graph.ids[number], graph.ids_of(never[number])) for number in sorted(never))
    return BulkPlan(graph.revision, tuple(waves), offset - gap, gap, lost, found.fewest and not never)


def _step(number: int, wave: Wave) -> str:
    named = ", ".join(wave.targets[:_NAMED])
    more = f" and {len(wave.targets) - _NAMED} more" if len(wave.targets) > _NAMED else ""
    said = f"Wave {number}, from minute {wave.offset} for {wave.minutes} minutes: {named}{more}"
    # Ids may be long; what a step can not hold stands in the targets.
    return said if len(said) <= checks.LONGEST["step"] else f"{said.partition(':')[0]}: {len(wave.targets)} CIs"


def _asked(
    context: Context, targets: Sequence[str], start: str, minutes: int, gap: int, effect: Effect
) -> tuple[tuple[Any, str] | None, list[Problem]]:
    """Return when the window begins and in which zone, and everything that is wrong with what was asked."""
    problems: list[Problem] = []
    began = None
    try:
        began = read_moment(start)
    except Unreadable as unreadable:
        problems.append(unreadable.at("/window/start"))
    if effect not in (Effect.DOWN, Effect.RESTART):
        sentence = "waves are of what goes out and comes back: down or restart, not {effect}"
        problems.append(Problem("bulk.effect", sentence, {"effect": effect.value}, "/effect"))
    for name, value, least in (("minutes", minutes, 1), ("gap", gap, 0)):
        if value < least:
            facts = {"name": name, "value": value, "least": least}
            problems.append(Problem("bulk.minutes", "{name} is {value}; at least {least}", facts, f"/{name}"))
    if not targets:
        problems.append(Problem("bulk.no_targets", "there is no target", {}, "/targets"))
    if len(set(targets)) > MOST:
        problems.append(checks.too_many("/targets", len(set(targets)), MOST))
        return began, problems
    known = context.store.get_many(CIS, tuple(dict.fromkeys(targets)))
    for place, ci in enumerate(targets):
        if ci not in known:
            problems.append(Problem("change.unknown_ci", "there is no CI {ci}", {"ci": ci}, f"/targets/{place}/ci"))
        elif known[ci].document.get("status") == CIStatus.RETIRED.value:
            sentence = "{ci} is retired, so there is nothing to do on it"
            problems.append(Problem("bulk.retired", sentence, {"ci": ci}, f"/targets/{place}/ci"))
    return began, problems
