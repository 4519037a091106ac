"""What a change does to every service over its window: each phase asked of the graph, and the worst of it kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cmdb.errors import NotFound
from cmdb.model.assessment import Findings, Inputs, ServiceOutcome
from cmdb.model.change import Effect, Target
from cmdb.model.outcome import Outcome
from cmdb.model.phases import Phase, edited_phases_of, minutes_of

if TYPE_CHECKING:
    from impact.answers import ImpactAnswer, ServiceImpact
    from impact.drafts import Drafts
    from impact.graph import Graph

Asked = tuple[Phase, dict[str, "ServiceImpact"]]


class Found(NamedTuple):
    """Findings, and for each of their services, by id, the phase in which it is worst, the first of them."""

    findings: Findings
    worst: Mapping[str, Phase]


def find(graph: Graph, inputs: Inputs, drafts: Drafts | None = None) -> Findings:
    """Return what the planned outages of the inputs do to the estate the graph shows; nothing else is asked."""
    return find_worst(graph, inputs, drafts).findings


def find_worst(graph: Graph, inputs: Inputs, drafts: Drafts | None = None) -> Found:
    """
    Return the same with the phase in which it is worst.

    A service that is no better off with nothing failed at all is *standing*: the change does nothing to it. ``drafts``
    are those of the targets' edits, which the phases are asked of in which they hold, and once more what the change
    leaves behind: a phase of no length after the window, with all edits and nothing out but what is retired.
    """
    from impact.answers import what_goes_down

    retired = _not_in(graph, inputs.targets)
    there = [target for target in inputs.targets if target.ci not in retired]
    phases = edited_phases_of(inputs.window, there)
    rewired, phases_asked = None, phases
    if drafts is not None:
        from impact.rewired import Rewired

        rewired = Rewired(drafts)
        gone = tuple(sorted(target.ci for target in there if target.effect is Effect.RETIRE))
        phases_asked = (*phases, Phase(inputs.window.end, inputs.window.end, gone, drafts.everything))

    def ask(failed: tuple[str, ...], edited: tuple[str, ...]) -> ImpactAnswer:
        return what_goes_down(graph, failed) if rewired is None else rewired.answer(failed, edited)

    answers = {key: ask(*key) for key in sorted({((), ()), *((each.failed, each.edited) for each in phases_asked)})}
    before = answers[(), ()]
    rest = {service.id: service for service in before.services}
    asked = [(phase, _by_change(answers[phase.failed, phase.edited], rest)) for phase in phases_asked]
    services = _services(asked)
    failed_ever = {ci for phase in phases for ci in phase.failed}
    flags = (graph if drafts is None else drafts.at(drafts.everything)).service_flags
    findings = Findings(
        phases=phases,
        services=services,
        unaffected=sum(flags) - len(services),
        standing=tuple(sorted(rest.keys() - {service.id for service in services})),
        down=_new([answers[p.failed, p.edited].down for p in phases_asked], before.down, failed_ever),
        degraded=_new([answers[p.failed, p.edited].degraded for p in phases_asked], before.degraded, failed_ever),
        retired=retired,
        rewiring=None if rewired is None else rewired.rewiring(phases_asked[-1].failed, before.services),
    )
    return Found(findings, {service.id: _worst(service, asked) for service in services})


def _not_in(graph: Graph, targets: Iterable[Target]) -> tuple[str, ...]:
    """Return the targets the graph does not show, sorted: retired, as a change can name none that never was."""
    try:
        graph.indexes(target.ci for target in targets if target.effect is not Effect.ADD)
    except NotFound as missing:
        return tuple(missing.facts["ids"])
    return ()


def _by_change(answer: ImpactAnswer, rest: dict[str, ServiceImpact]) -> dict[str, ServiceImpact]:
    """Return the services that are worse off, or lost more spares, than with nothing failed."""
    found = {}
    for service in answer.services:
        before = rest.get(service.id)
        alike = before is not None and (before.outcome, before.new_single_points, before.margin) == (
            service.outcome,
            service.new_single_points,
            service.margin,
        )
        if not alike:
            found[service.id] = service
    return found


def _services(asked: Sequence[Asked]) -> tuple[ServiceOutcome, ...]:
    """Return the services that some phase does something to, by tier (without one last) and id."""
    ids = {service for _, found in asked for service in found}
    services = [_service(ci, asked) for ci in ids]
    return tuple(sorted(services, key=lambda s: (s.tier is None, s.tier or 0, s.id)))


def _service(ci: str, asked: Sequence[Asked]) -> ServiceOutcome:
    lasting: dict[Outcome, list[Phase]] = {}
    points: set[str] = set()
    worst: ServiceImpact | None = None
    for phase, found in asked:
        impact = found.get(ci)
        lasting.setdefault(_outcome(impact), []).append(phase)
        if impact is not None:
            points.update(impact.new_single_points)
            if worst is None or _outcome(impact).is_worse_than(_outcome(worst)):
                worst = impact
    assert worst is not None
    return ServiceOutcome(
        id=ci,
        name=worst.name,
        tier=worst.tier,
        outcome=_outcome(worst),
        minutes={outcome.value: minutes_of(lasting[outcome]) for outcome in Outcome if outcome in lasting},
        reason=worst.reason,
        new_single_points=tuple(sorted(points)),
        margin=worst.margin,
        margin_high=worst.margin_high,
    )


def _worst(service: ServiceOutcome, asked: Sequence[Asked]) -> Phase:
    return next(phase for phase, found in asked if _outcome(found.get(service.id)) is service.outcome)


def _outcome(impact: ServiceImpact | None) -> Outcome:
    return Outcome.UNAFFECTED if impact is None else impact.outcome


def _new(lists: Iterable[Sequence[str]], before: Sequence[str], failed: set[str]) -> tuple[str, ...]:
    """Return the CIs some list names that were not so before, but for those failed by plan, sorted."""
    return tuple(sorted({ci for ids in lists for ci in ids} - set(before) - failed))
