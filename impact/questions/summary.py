"""What the one-page summary of a change says: everything a board reads, from the records and what explains them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from cmdb.change import assessments, decisions
from cmdb.change.overriding import is_overridden
from cmdb.change.policy import policy
from cmdb.change.policy.found_facts import facts_found
from cmdb.change.policy.judging import judge
from cmdb.change.policy.policy_text import read_kept
from cmdb.change.policy.reasons import REASONS, facts_of
from cmdb.configuration.naming import called_since
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.change import CHANGES
from cmdb.model.facts import ServiceFacts
from cmdb.model.freeze import FREEZES, PEAKS
from cmdb.model.gate import Why
from cmdb.model.kind import Document
from cmdb.model.named import in_summary
from cmdb.model.outlook import DoubtfulOutcome
from cmdb.model.summary import Approval, CalendarJudged, ChangeSummary, EntryMet, ReasonFacts
from cmdb.ports.errors import HistoryGone
from impact.questions.similar import similar_to
from impact.questions.why import why_assessed

MOST_EXPLAINED = 4
MOST_POINTS = 40


def summary_of(context: Context, change_id: str) -> ChangeSummary:
    """
    Return what the one-page summary of a change is made of; the same records give the same.

    Raises:
        NotAllowed: the actor may not read changes, CIs or the calendar.
        NotFound: there is no such change.
    """
    context.allow("change:read")
    change = context.records.get(CHANGES, change_id)
    assessment = assessments.newest(context, change) if change.assessment else None
    why = _why(context, assessment) if assessment is not None else None
    standing = decisions.of_change(context, change_id)
    found = ChangeSummary(
        change=change,
        assessment=assessment,
        reasons=tuple(_reason(code, assessment) for code in assessment.reasons) if assessment else (),
        approvals=tuple(Approval(each.decision, each.void, each.because) for each in standing),
        why=why,
        could_be=_could_be(context, assessment) if assessment is not None else None,
        similar=similar_to(context, change_id),
        calendar=_calendar(context, assessment) if assessment is not None else None,
        overridden=assessment is not None and is_overridden(context, change, assessment),
    )
    at = None if assessment is None else assessment.graph_revision
    return replace(found, called=called_since(context, in_summary(found), at=at))


def _reason(code: str, assessment: Assessment) -> ReasonFacts:
    """Return a reason with the facts of the record; one of a policy this release does not know has its code alone."""
    return ReasonFacts(code, REASONS.get(code, ""), facts_of(code, assessment) if code in REASONS else {})


def _why(context: Context, assessment: Assessment) -> Why | None:
    services = assessment.services
    points = sorted({ci for service in services for ci in service.new_single_points})[:MOST_POINTS]
    explain = [service.id for service in services[:MOST_EXPLAINED]]
    try:
        return why_assessed(context, assessment, services, points, explain=explain)
    except (HistoryGone, NotFound):
        return None


def _could_be(context: Context, assessment: Assessment) -> Verdict | None:
    """Return the verdict if each doubtful service were as badly off as a single doubt leaves open."""
    outlook = assessment.outlook
    if outlook is None or not outlook.doubtful:
        return None
    try:
        limits = read_kept(policy.kept(context, assessment.inputs.policy_sha256))
    except NotFound:
        return None
    facts = assessment.facts or facts_found(assessment.inputs, assessment, outlook, change=assessment.change)
    worse = {each.service: each for each in outlook.doubtful}
    touched = [_at_worst(service, worse.pop(service.service, None)) for service in facts.services]
    only_doubtful = [ServiceFacts(each.service, each.tier, each.worst, None) for each in worse.values()]
    verdict, _ = judge(limits, replace(facts, services=(*touched, *only_doubtful), doubtful=()))
    return verdict


def _at_worst(service: ServiceFacts, doubt: DoubtfulOutcome | None) -> ServiceFacts:
    return service if doubt is None else replace(service, outcome=doubt.worst)


def _calendar(context: Context, assessment: Assessment) -> CalendarJudged | None:
    """Return what the facts of the record say of the calendar, with the names that its entries had then."""
    facts = assessment.facts
    if facts is None:
        return None
    freezes, peaks = (_met(context, ids, assessment.graph_revision) for ids in (facts.freezes, facts.peaks))
    return CalendarJudged(freezes, peaks, facts.overruns)


def _met(context: Context, ids: tuple[str, ...] | None, revision: int) -> tuple[EntryMet, ...] | None:
    """Return freezes and peak events by their ids; a peak event may count as a freeze."""
    if not ids:
        return None if ids is None else ()
    context.allow("calendar:read")
    known: dict[str, Document] = {}
    with suppress(HistoryGone):
        for kind in (FREEZES, PEAKS):
            known |= {key: each.document for key, each in context.store.get_many(kind, ids, at=revision).items()}
    return tuple(
        EntryMet(each, known[each]["name"], known[each].get("demand")) if each in known else EntryMet(each)
        for each in ids
    )
