"""Which CIs the words about a record name: their ids, so that their names can be looked up at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmdb.model.assessment import Assessment
from cmdb.model.change import Change, Target
from cmdb.model.gate import Why
from cmdb.model.mitigation import Mitigation
from cmdb.model.outlook import Outlook
from cmdb.model.summary import ChangeSummary


def in_change(change: Change) -> Iterator[str]:
    """Yield the targets of a change, and what their edits of the graph name."""
    yield from in_targets(change.targets)


def in_targets(targets: Iterable[Target]) -> Iterator[str]:
    """Yield targets and what their edits of the graph name."""
    for target in targets:
        yield target.ci
        yield from target.edit.named if target.edit is not None else ()


def in_assessment(assessment: Assessment, why: Why | None = None, *, listed: int | None = None) -> Iterator[str]:
    """
    Yield all that the words about an assessment name, some of it more than once.

    ``why`` is what was found to stand behind it; of CIs that are down or degraded the first ``listed`` are named.
    """
    yield from in_targets(assessment.inputs.targets)
    for shift in assessment.rewiring.services if assessment.rewiring is not None else ():
        yield from (shift.id, *shift.new_single_points, *shift.lost_single_points)
    yield from assessment.retired
    for service in assessment.services:
        yield from (service.id, *service.reason, *service.new_single_points)
    yield from (*assessment.standing, *assessment.down[:listed], *assessment.degraded[:listed])
    for phase in assessment.phases:
        yield from phase.failed
    yield from in_why(why) if why is not None else ()
    yield from in_outlook(assessment.outlook) if assessment.outlook is not None else ()
    yield from (service.id for service in assessment.consequence.services) if assessment.consequence is not None else ()


def in_summary(summary: ChangeSummary) -> Iterator[str]:
    """Yield all that the one-page summary of a change names."""
    yield from in_change(summary.change)
    if summary.assessment is not None:
        yield from in_assessment(summary.assessment, summary.why, listed=0)


def in_why(why: Why) -> Iterator[str]:
    """Yield what stands behind outcomes."""
    yield from (*why.names, *why.explained.names)


def in_outlook(outlook: Outlook) -> Iterator[str]:
    """Yield what the sentences of an outlook name."""
    for risk in outlook.risks:
        yield risk.service
        yield from (ci for group in risk.most_probable for ci in group.members)
    for flip in outlook.flips:
        yield from (flip.service, flip.relation.source, flip.relation.target)
    for conflict in outlook.conflicts:
        yield from (*conflict.services, *conflict.cut, *conflict.standing)
    for measure in outlook.measures:
        yield from in_measure(measure)
    for never in outlook.never:
        yield from (never.target, *never.services)


def in_measure(measure: Mitigation) -> Iterator[str]:
    """Yield what the sentences of a measure name."""
    if measure.relation is not None:
        yield from (measure.relation.source, measure.relation.target)
    yield from measure.move.beside if measure.move is not None else ()
    for wave in measure.roll.waves if measure.roll is not None else ():
        yield from wave.targets
    yield from (ci for ci in (measure.left_out, measure.spare and measure.spare.item) if ci)
    yield from measure.gain.single_points
