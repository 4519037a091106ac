"""The facts a policy judges, put together: what the graph gives, what is recorded, what is reckoned, the calendar."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cmdb.change.calendar.calendar import entries_at
from cmdb.configuration.measuring import DOUBTS
from cmdb.configuration.provenance import observations_of, sightings_of
from cmdb.context import Context
from cmdb.model.assessment import Inputs
from cmdb.model.calendar_facts import CalendarReason
from cmdb.model.change import CHANGES, Change, ChangeType, Effect
from cmdb.model.change_model import CHANGE_MODELS, ChangeModel, ModelState
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.consequence import Consequence
from cmdb.model.facts import BreachFacts, Facts, FailureFacts, LossFacts, ModelFacts, ServiceFacts
from cmdb.model.finding import FINDINGS
from cmdb.model.incident import INCIDENTS
from cmdb.model.observation import Thing
from cmdb.model.prediction import Prediction
from cmdb.ports.store import Equals
from cmdb.records import from_document
from cmdb.service.service_levels import levels_of
from impact.questions.calendar_facts import met_on

if TYPE_CHECKING:
    from impact.failure.model import Prediction as Foretold
    from impact.graph import Graph

_DAY = timedelta(days=1)


class InCalendar(NamedTuple):
    """
    What the calendar says of a change, None where it is not known; see :class:`cmdb.model.facts.Facts`.

    ``minutes_outside`` are the planned minutes, by service, for which it is down or runs with less outside the
    maintenance agreed for it.
    """

    freezes: tuple[str, ...] | None
    peaks: tuple[str, ...] | None
    overruns: tuple[str, ...] | None
    minutes_outside: Mapping[str, float]


def in_calendar(context: Context, graph: Graph, inputs: Inputs, change: str) -> InCalendar:
    """Return what the calendar says of a change, as of the graph's revision."""
    entries = entries_at(context, at=graph.revision)
    if not any(entries):
        return InCalendar((), (), (), {})
    record = context.records.get(CHANGES, change, at=graph.revision)
    asked = replace(record, type=inputs.type, window=inputs.window, targets=inputs.targets)
    met = met_on(context, graph, asked, entries)
    unknown = bool(met.not_known_yet)
    freezes = tuple(f.id for f in met.freezes if f.code is not CalendarReason.FREEZE_PASSED)
    peaks = tuple(peak.id for peak in met.peaks)
    if unknown and inputs.method == 3:
        # That method took what is met for unknown as well, so a BLOCK became a question for the board.
        freezes, peaks = (), ()
    return InCalendar(
        freezes=freezes or None if unknown else freezes,
        peaks=peaks or None if unknown else peaks,
        overruns=tuple(sorted({overrun.team for overrun in met.overruns})),
        minutes_outside={each.ci: each.outside_minutes for each in met.maintenance},
    )


def failure_facts(prediction: Prediction | Foretold) -> FailureFacts:
    """Return what a policy judges of P(fail)."""
    return FailureFacts(
        mean=prediction.mean,
        low=prediction.low,
        high=prediction.high,
        effective_sample_size=prediction.effective_sample_size,
        method=prediction.method,
    )


def facts_reckoned(facts: Facts, prediction: Prediction, consequence: Consequence) -> Facts:
    """
    Return the facts with P(fail), the loss and P(breach) of each service that has a level.

    Where not all incidents were looked at, error budgets may be smaller than is known, and where service hours are not
    known they count as agreed, which makes budgets greater: P(breach) may then be anything up to 1.
    """
    unexamined = consequence.incidents_unexamined
    breaches = tuple(
        BreachFacts(each.id, each.tier, each.p_breach, 1.0 if unexamined or each.hours_unknown else each.p_breach_high)
        for each in consequence.services
        if each.p_breach is not None and each.p_breach_high is not None
    )
    return replace(
        facts,
        failure=failure_facts(prediction),
        loss=LossFacts(
            expected=consequence.expected_loss,
            expected_high=consequence.loss_high,
            tail=consequence.tail_loss,
            tail_high=consequence.tail_high,
            failed=consequence.failed_loss,
        ),
        breaches=breaches,
    )


def asked_of(change: Change) -> dict[str, Any]:
    """Return what the facts need of a change beside its window and targets, as fields of the inputs."""
    return {
        "retrospective": change.retrospective,
        "model": change.model,
        "incidents": change.incidents,
        "back_out_tested_on": None if change.back_out is None else change.back_out.tested_on,
    }


def last_seen(context: Context, change: Change) -> datetime | None:
    """
    Return when the target that discovery saw longest ago was seen last, None where it never saw some.

    Asked only of a change that is made by a model: nothing else is approved because of it.

    Raises:
        NotAllowed: the actor may not read CIs.
    """
    if change.model is None or not change.targets:
        return None
    held = context.store.get_many(CIS, [target.ci for target in change.targets])
    seen = []
    for target in change.targets:
        stored = held.get(target.ci)
        things = () if stored is None else from_document(CIS, stored.document).seen_as
        observed = [each for thing in things for each in observations_of(context, Thing(*thing))]
        moments = [each.last_seen for each in sightings_of(context, observed) if each.last_seen is not None]
        if not moments:
            return None
        seen.append(max(moments))
    return min(seen)


def facts_known(
    context: Context, graph: Graph, inputs: Inputs, facts: Facts, *, change: str, made_at: datetime
) -> Facts:
    """
    Return the facts with all that is recorded about the change and its targets at the graph's revision.

    Raises:
        NotAllowed: the actor may not read CIs, findings or incidents.
        HistoryGone: the revision is no longer kept.
    """
    calendar = in_calendar(context, graph, inputs, change)
    stood = (
        None if inputs.model is None or inputs.method == 3 else context.records.get(CHANGES, change, at=graph.revision)
    )
    breaches = facts.breaches
    if inputs.method == 3:
        # That method reckoned none: there is no breach only where no service that is touched has a level.
        touched = sorted(each.service for each in facts.services)
        breaches = None if levels_of(context, touched, at=graph.revision) else ()
    missing, unreconciled = _targets(context, inputs, graph.revision)
    # The calendar knows outages by plan alone, not what an edit of the graph takes down.
    edits = any(target.edit is not None for target in inputs.targets)
    tested = inputs.back_out_tested_on
    return replace(
        facts,
        retrospective=inputs.retrospective,
        incident=_open_incident(context, inputs, graph.revision, made_at),
        model=_model(context, inputs, stood, graph.revision),
        services=facts.services if edits else tuple(_outside(s, calendar.minutes_outside) for s in facts.services),
        breaches=breaches,
        freezes=calendar.freezes,
        peaks=calendar.peaks,
        overruns=calendar.overruns,
        missing=missing,
        unreconciled=unreconciled,
        seen_days=None if inputs.seen_at is None else max((made_at - inputs.seen_at) / _DAY, 0.0),
        back_out_tested_days=None if tested is None else max((made_at.date() - tested).days, 0),
    )


def _outside(service: ServiceFacts, minutes: Mapping[str, float]) -> ServiceFacts:
    if service.minutes_outside is not None or service.service not in minutes:
        return service
    return replace(service, minutes_outside=minutes[service.service])


def _targets(context: Context, inputs: Inputs, revision: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the targets that are no longer seen, and those of which it is doubtful what they are, sorted."""
    wanted = tuple(sorted({target.ci for target in inputs.targets if target.effect is not Effect.ADD}))
    held = context.records.get_many(CIS, wanted, at=revision)
    of = {ci: each.record.status for ci, each in held.items()}
    doubted = _doubted(context, wanted, revision) | {ci for ci in wanted if of[ci] is CIStatus.PROPOSED}
    return tuple(ci for ci in wanted if of[ci] is CIStatus.MISSING), tuple(sorted(doubted))


def _doubted(context: Context, targets: Collection[str], revision: int) -> set[str]:
    context.allow("finding:read")
    found = (each for code in DOUBTS for each in context.records.find(FINDINGS, [Equals("code", code)], at=revision))
    return {ci for finding in found if finding.closed_at is None for ci in finding.cis} & set(targets)


def _model(context: Context, inputs: Inputs, stood: Change | None, revision: int) -> ModelFacts | None:
    """
    Return the model of the change: whether it authorises standard changes now, and how many of its went well.

    ``stood`` is the change as it stood then, None where the method does not ask whether it follows its model.
    """
    if inputs.model is None:
        return None
    context.allow("change:read")
    model = context.records.get(CHANGE_MODELS, inputs.model, at=revision)
    of_it = context.records.find(CHANGES, [Equals("model", model.id)], at=revision)
    went_well = sum(each.outcome is ChangeOutcome.SUCCESS and _speaks(each, model, inputs.method) for each in of_it)
    approved = model.type is ChangeType.STANDARD and model.state is ModelState.APPROVED
    followed = stood is None or model.is_followed_by(inputs.targets, stood.steps, stood.back_out)
    return ModelFacts(model.id, approved, went_well, followed)


def _speaks(change: Change, model: ChangeModel, method: int | None) -> bool:
    """Tell whether an outcome counts for a model as it is; the third method counted those of before its approval."""
    if change.retrospective:
        return False
    return method == 3 or model.approved_at is None or change.raised_at >= model.approved_at


def _open_incident(context: Context, inputs: Inputs, revision: int, made_at: datetime) -> str | None:
    """Return the first of the incidents the change is to resolve that is open when it is assessed."""
    context.allow("incident:read")
    held = context.store.get_many(INCIDENTS, inputs.incidents, at=revision) if inputs.incidents else {}
    for key in sorted(held):
        if from_document(INCIDENTS, held[key].document).is_open_at(made_at):
            return key
    return None
