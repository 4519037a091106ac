"""What if a change were done otherwise: what would help it, and an alternative side by side with it as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cmdb.change import changes
from cmdb.change.changes import KEEP
from cmdb.change.text_input import Moment, Unreadable, zoned
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.assessment import Findings, Inputs
from cmdb.model.change import Change, ChangeType, Target, Window
from cmdb.model.mitigation import Mitigation, Mitigations, NeverOut, Unexamined
from cmdb.model.outcome import Outcome
from impact.questions.clashes import Clashes, clashes_of, meets_more
from impact.questions.conflicts import edits_beside
from impact.questions.drafting import UNTRIED, drafts_in
from impact.questions.findings import find
from impact.questions.graphs import graph_of

if TYPE_CHECKING:
    from impact.graph import Graph
    from impact.risk.effects import Effect

"""An aware datetime, or its text with an offset or a zone."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    One way to do a change: its window and targets, and which of them the estate does not show (``retired``).

    ``beside`` are the changes and incidents with which it stops a service together, though none of them does alone.
    """

    window: Window
    targets: tuple[Target, ...]
    retired: tuple[str, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """
    One service with the change as it is, and with the alternative: None for all of it where none was asked for.

    Outcome and planned minutes of DOWN count what joint conflicts bring about as well.
    """

    id: str
    name: str
    tier: int | None
    outcome: Outcome
    down_minutes: float
    single_points: tuple[str, ...]
    outcome_then: Outcome | None
    down_minutes_then: float | None
    single_points_then: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class WhatIfAnswer:
    """
    What would help a change (None: one that is only imagined) at a revision; see
    :class:`cmdb.model.mitigation.Mitigations` for ``measures``, ``never`` and ``unexamined``.

    ``services`` are those that the plan, or the alternative, does something to, by tier (without one last) and id.
    ``names`` has those of all CIs that measures and proofs name. ``conflicts_unlisted`` counts the places at which a
    budget kept conflicts from being told. ``measures_untried``: the plan edits the graph, and no measure is tried on a
    draft; ``edits_left_out`` are the changes at the same time whose edits joint conflicts do not know of.
    """

    revision: int
    change: str | None
    plan: Plan
    alternative: Plan | None
    services: tuple[SideBySide, ...]
    measures: tuple[Mitigation, ...]
    never: tuple[NeverOut, ...]
    unexamined: tuple[Unexamined, ...]
    names: Mapping[str, str]
    conflicts_unlisted: int
    measures_untried: bool = False
    edits_left_out: tuple[str, ...] = ()


def whatif_of(
    context: Context,
    change_id: str,
    *,
    without: Sequence[str] = (),
    start: Moment | None = None,
    end: Moment | None = None,
) -> WhatIfAnswer:
    """
    Return what would help a change as it stands, a draft too, and how it would be otherwise.

    ``without`` are targets to leave out; ``start`` and ``end`` another window, which keeps its length where only one of
    them is given. Nothing is written.

    Raises:
        NotAllowed: the actor may not read impact, changes or incidents.
        NotFound: there is no such change.
        InvalidInput: it has no targets or no window yet, or the alternative is none; every problem is named.
    """
    change = changes.imagined(context, changes.get(context, change_id).record, targets=KEEP, window=KEEP)
    return _answer(context, change, without=without, start=start, end=end)


def imagined_whatif(
    context: Context,
    *,
    targets: Sequence[Target | str],
    window: Window | tuple[str, str] | None,
    without: Sequence[str] = (),
) -> WhatIfAnswer:
    """
    Return the same for a change that nobody raised, from targets and window as for :func:`cmdb.change.changes.new`.

    Raises:
        NotAllowed: the actor may not read impact, changes or incidents.
        InvalidInput: something given is wrong or missing; every problem is named, ids nobody knows with those near.
    """
    try:
        change = changes.imagined(context, None, targets=targets, window=window)
    except InvalidInput as refused:
        raise _with_hints(context, refused) from None
    return _answer(context, change, without=without, start=None, end=None)


def _answer(
    context: Context, change: Change, *, without: Sequence[str], start: Moment | None, end: Moment | None
) -> WhatIfAnswer:
    from impact.risk.whatif import mitigations_of

    other = _otherwise(change, without, start, end)
    graph = graph_of(context)
    drafts = drafts_in(context, graph, change.targets)
    findings, clashes = _found(context, graph, change, moves=True)
    assert change.window is not None
    helping = UNTRIED
    if drafts is None:
        helping = mitigations_of(
            graph,
            change.window,
            change.targets,
            findings,
            clashes.found,
            meets_more=meets_more(context, graph, change.id, clashes.conflicts),
        )
    then, alternative = None, None
    if other is not None:
        findings_then, clashes_then = _found(context, graph, other, moves=False)
        alternative, then = _plan(other, findings_then, clashes_then), _effects(findings_then, clashes_then)
    return WhatIfAnswer(
        revision=graph.revision,
        change=change.id or None,
        plan=_plan(change, findings, clashes),
        alternative=alternative,
        services=_side_by_side(
            graph if drafts is None else drafts.at(drafts.everything), _effects(findings, clashes), then
        ),
        measures=helping.measures,
        never=helping.never,
        unexamined=helping.unexamined,
        names={ci: graph.names[graph.index(ci)] for ci in sorted(named_in(helping))},
        conflicts_unlisted=clashes.unlisted,
        measures_untried=drafts is not None,
        edits_left_out=edits_beside(context, change.id, change.window, change.targets, at=graph.revision),
    )


def named_in(helping: Mitigations) -> set[str]:
    """Return the ids of all CIs that measures and proofs name."""
    found = {ci for never in helping.never for ci in (never.target, *never.services)}
    for measure in helping.measures:
        found.update(measure.gain.single_points)
        found.update(service.id for service in measure.gain.services)
        if measure.roll is not None:
            found.update(target for wave in measure.roll.waves for target in wave.targets)
        if measure.relation is not None:
            found.update((measure.relation.source, measure.relation.target))
        if measure.spare is not None:
            found.add(measure.spare.item)
        if measure.left_out is not None:
            found.add(measure.left_out)
    return found


def _found(context: Context, graph: Graph, change: Change, *, moves: bool) -> tuple[Findings, Clashes]:
    assert change.window is not None
    # What is found hangs on the window and the targets alone.
    inputs = Inputs(ChangeType.NORMAL, change.window, change.targets, False, 0, "", "")
    return find(graph, inputs, drafts_in(context, graph, change.targets)), clashes_of(
        context, graph, change, moves=moves
    )


def _effects(findings: Findings, clashes: Clashes) -> dict[str, Effect]:
    from impact.risk.clashes import with_clashes
    from impact.risk.effects import Effect

    alone = {service.id: Effect.of(service) for service in findings.services}
    return {**alone, **with_clashes(alone, clashes.found)}


def _plan(change: Change, findings: Findings, clashes: Clashes) -> Plan:
    assert change.window is not None
    beside = sorted({party for clash in clashes.found for party in clash.beside})
    return Plan(change.window, change.targets, findings.retired, tuple(beside))


def _side_by_side(graph: Graph, now: Mapping[str, Effect], then: Mapping[str, Effect] | None) -> tuple[SideBySide, ...]:
    from impact.risk.effects import UNTOUCHED

    found = []
    for ci in {*now, *(then or ())}:
        number, effect = graph.index(ci), now.get(ci, UNTOUCHED)
        other = None if then is None else then.get(ci, UNTOUCHED)
        found.append(
            SideBySide(
                id=ci,
                name=graph.names[number],
                tier=graph.tier(number),
                outcome=effect.outcome,
                down_minutes=effect.down_minutes,
                single_points=tuple(sorted(effect.points)),
                outcome_then=None if other is None else other.outcome,
                down_minutes_then=None if other is None else other.down_minutes,
                single_points_then=None if other is None else tuple(sorted(other.points)),
            )
        )
    return tuple(sorted(found, key=lambda service: (service.tier is None, service.tier or 0, service.id)))


def _otherwise(change: Change, without: Sequence[str], start: Moment | None, end: Moment | None) -> Change | None:
    """Return the alternative, None where none was asked for. Raises InvalidInput with every problem."""
    if not without and start is None and end is None:
        return None
    named = {target.ci for target in change.targets}
    problems = [
        Problem("whatif.no_target", "{ci} is no target of the change", {"ci": ci}, f"/without/{place}")
        for place, ci in enumerate(without)
        if ci not in named
    ]
    window, wrong = _window(change, start, end)
    if problems or wrong:
        raise InvalidInput([*problems, *wrong], what="the question", setting=True)
    return replace(change, window=window, targets=tuple(t for t in change.targets if t.ci not in set(without)))


def _window(change: Change, start: Moment | None, end: Moment | None) -> tuple[Window | None, list[Problem]]:
    """Return the other window, of the same length where one end alone is given, and what is wrong with it."""
    assert change.window is not None
    read: dict[str, tuple[datetime, str] | None] = {}
    problems = []
    for name, given in (("from", start), ("to", end)):
        try:
            read[name] = None if given is None else zoned(given, change.window.zone)
        except Unreadable as unreadable:
            problems.append(unreadable.at(f"/{name}"))
    if problems:
        return None, problems
    length = change.window.end - change.window.start
    first, last = read["from"], read["to"]
    if first is None and last is None:
        return change.window, []
    try:
        begins = first[0] if first is not None else last[0] - length if last is not None else change.window.start
        ends = last[0] if last is not None else begins + length
    except OverflowError:
        facts = {"text": str(start or end)}
        return None, [Problem("time.impossible", "{text!r} is not in the calendar or the clock", facts, "/from")]
    if ends <= begins:
        facts = {"start": begins.isoformat(), "end": ends.isoformat()}
        sentence = "the window ends at {end}, which is not after its start {start}"
        return None, [Problem("change.window_ends_first", sentence, facts, "/to")]
    zone = first[1] if first is not None else change.window.zone
    return Window(begins, ends, zone), []


def _with_hints(context: Context, refused: InvalidInput) -> InvalidInput:
    """Return the same problems, those of unknown CIs with the ids they may have been meant to be."""
    from cmdb.configuration.nearest import nearest_cis

    unknown = [problem.facts["ci"] for problem in refused.problems if problem.code == "change.unknown_ci"]
    hints = nearest_cis(context, unknown) if unknown else {}
    problems = [
        replace(
            problem,
            sentence="there is no CI {ci}; did you mean {near}?",
            facts={**problem.facts, "near": " or ".join(hints[ci])},
        )
        if problem.code == "change.unknown_ci" and (ci := problem.facts["ci"]) in hints
        else problem
        for problem in refused.problems
    ]
    return InvalidInput(problems, what=refused.facts["what"], setting=refused.setting)
