"""The change page: the one-page summary in the board's order, and the forms of what may be done next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for

from cmdb.chain import START
from cmdb.change import afterwards, assessments, changes, decisions, go_checks, overriding, reviews
from cmdb.change.authority import OVERRIDING
from cmdb.change.boards.boards import deciding_on
from cmdb.change.calendar import calendar
from cmdb.change.decisions import VOID
from cmdb.change.guarding import over
from cmdb.change.moves import possible_moves
from cmdb.change.record import attachments, comments, tasks
from cmdb.model.assessment import Assessment, ServiceOutcome, Verdict
from cmdb.model.change import CHANGES, Change, Effect, Target
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.decision import Choice, Decision
from cmdb.model.gate import Why
from cmdb.model.named import in_assessment
from cmdb.model.outcome import Outcome
from cmdb.model.phases import Phase, edited_phases_of, minutes_of
from cmdb.people.persons import hands
from cmdb.records import Held
from cmdb.roles import may
from impact.questions.similar import similar_to
from web.naming import Names, entry_names
from web.pages.blueprint import pages
from web.pages.change.consequence import consequence_shown
from web.pages.change.deciding import deciding, next_step, who_decides
from web.pages.change.offers import CORRECTIONS, OUTCOMES, offers_of
from web.pages.change.words import Said, reasons_of, said_of
from web.pages.forms import Form
from web.pages.graph import Facts, drawing_of
from web.pages.looks import Look, steps_of
from web.pages.naming import page_names
from web.pages.past import row_of
from web.pages.reasons import gates_shown, kept, points_shown
from web.pages.stories import told
from web.pages.times import clock_text
from web.request import context
from web.wording_change import CHANGE_OUTCOME_WORDS, alarms_of, single_points
from web.wording_explained import effects_of
from web.wording_go import check_sentences, decision_words
from web.wording_incident import NOT_CAUSED_WORDS, declined_words
from web.wording_outlook import (
    conflict_sentence,
    flip_sentence,
    group_sentences,
    move_sentence,
    risk_rows,
    unknown_sentences,
)
from web.wording_rewiring import edit_sentences, note_sentences, rewiring_sentences
from web.wording_whatif import measure_words, never_words

FEW = 12
_OUT = 4
_MET = 3
_HISTORY = 50


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target with its planned outage in words and minutes."""

    target: Target
    outage: str
    minutes: float
    retired: bool


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """
    One part of the window: its times, how long it is and what is out; ``more`` counts the ids not shown.

    ``edited`` are the targets whose edits of the graph hold.
    """

    times: str
    minutes: float
    failed: tuple[str, ...]
    more: int
    edited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """One decision, whether it counts, why not in words, and what was said with it."""

    decision: Decision
    counts: bool
    why: str
    said: str


@pages.get("/changes/<id>", endpoint="change")
def show(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show a change."""
    return render_change(changes.get(context(), id), Form())


def render_change(held: Held[Change], form: Form) -> str:
    """Return the page of a change, with a decision form that may carry faults."""
    change, actor = held.record, context().actor
    assessment = assessments.newest(context(), change) if change.assessment else None
    moves, now = possible_moves(change), context().clock.now()
    acts_for = hands(context().store, actor.id)
    overridden = assessment is not None and overriding.is_overridden(context(), change, assessment)
    # Where a check found nothing worse, what is confirmed is what was approved.
    confirming = assessments.approved(context(), change) if go_checks.is_go(context(), change) else assessment
    decided = decisions.of_change(context(), change.id)
    approvers = {each.decision.by for each in decided if each.decision.choice is Choice.APPROVE and not each.void}
    return render_template(
        "change/change.html",
        change=change,
        version=held.version,
        form=form,
        assessment=assessment,
        current=assessment is not None and assessment.change_revision == change.revision,
        steps=steps_of(change.state, hurried=change.started_at is not None and change.assessment is None),
        can={
            "edit": "edit" in moves and may(actor, "change:edit"),
            "submit": "submit" in moves and may(actor, "change:submit"),
            "assess": "assess" in moves and may(actor, "change:assess"),
        },
        next_step=next_step(change),
        decide=deciding(
            actor, change, assessment, now, acts_for, overridden=overridden, boards=_boards(change, assessment)
        ),
        offers=offers_of(
            actor,
            change,
            replace(assessment, verdict=Verdict.CAB) if overridden and assessment else confirming,
            acts_for,
            override=_override(change, assessment, overridden),
            approvers=approvers,
        ),
        outcomes_offered=OUTCOMES,
        corrections_offered=CORRECTIONS,
        alarms_of_change=alarms_of(change, now),
        similar=similar_to(context(), change.id),
        decisions=[_given(standing) for standing in reversed(decided)],
        **_life(change),
        **_plan(change),
        **consequence_shown(change, assessment, every=_all("consequence")),
        **(_assessed(assessment, change, overridden) if assessment else {"names": page_names(_target_ids(change))}),
    )


@pages.get("/changes/<id>/history", endpoint="change_history")
def history(id: str) -> str:  # noqa: A002
    """Show every version of a change and every assessment of it."""
    change = changes.get(context(), id).record
    before = request.args.get("before", type=int)
    past = context().store.history(CHANGES, id, before=before, limit=_HISTORY)
    older = past[-1].version if past and past[-1].version > 1 else None
    return render_template(
        "change/history.html",
        change=change,
        history=[row_of(each) for each in past],
        history_next=url_for("pages.change_history", id=id, before=older) if older else None,
        assessments=tuple(reversed(assessments.of_change(context(), id))),
    )


def _override(change: Change, assessment: Assessment | None, overridden: bool) -> str | None:
    """Return the move that the actor can make towards overriding a BLOCK, None if there is none."""
    if assessment is None or assessment.verdict is not Verdict.BLOCK or overridden:
        return None
    if assessment.change_revision != change.revision or over(change, context().clock.now()):
        return None
    if context().actor.roles & OVERRIDING and overriding.asked_by_another(context(), change):
        return "override"
    return "ask for override"


def _boards(change: Change, assessment: Assessment | None) -> tuple[str, ...]:
    if assessment is None:
        return ()
    return deciding_on(context(), overriding.verdict_to_answer(context(), change, assessment))


def _given(standing: decisions.Standing) -> Given:
    why = VOID[standing.because] if standing.because else ""
    why = f"{why[:1].upper()}{why[1:]}." if why else ""
    return Given(standing.decision, not standing.void, why, decision_words(standing.decision))


def _life(change: Change) -> dict[str, Any]:
    """Return what the page says of the implementation, the tasks, and what people said and attached."""
    checks = go_checks.of_change(context(), change.id)
    return {
        "afterwards": afterwards.of_change(context(), change.id),
        "declined_words": declined_words,
        "not_caused": tuple((code.value, words.capitalize()) for code, words in NOT_CAUSED_WORDS.items()),
        "go_check": checks[-1] if checks else None,
        "go_said": list(check_sentences(checks[-1])) if checks else [],
        "review": reviews.of_change(context(), change.id),
        "ticked": {tick.step for tick in change.ticks},
        "outcome_words": CHANGE_OUTCOME_WORDS,
        "tasks_of_change": tasks.of_change(context(), change.id),
        "comments_of_change": comments.of_change(context(), change.id),
        "attachments_of_change": attachments.of_change(context(), change.id),
    }


def _plan(change: Change) -> dict[str, Any]:
    """Return what the page says of targets, the parts of the window and the back-out."""
    every = _all("targets")
    shown = change.targets if every else change.targets[:FEW]
    retired = _retired(tuple(target.ci for target in shown))
    phases = edited_phases_of(change.window, change.targets) if change.window else ()
    phases_shown = phases if _all("phases") else phases[:FEW]
    lines = [_phase_line(phase, change) for phase in phases_shown]
    return {
        "targets_shown": [_target_line(target, change, target.ci in retired) for target in shown],
        "targets_more": len(change.targets) - len(shown),
        "edits": [said for target in shown for said in edit_sentences(target.ci, target.edit)],
        "phases": lines,
        "phases_more": len(phases) - len(phases_shown),
        "phases_cut": any(line.more for line in lines),
        "no_return": _no_return(change),
    }


def _entries(assessment: Assessment) -> dict[str, str]:
    """Return what the freezes and peak events of a verdict were called when it was made, by id."""
    at = assessment.graph_revision
    return entry_names(assessment.facts, lambda what, entry: calendar.get(context(), what, entry, at=at).record.name)


def _assessed(assessment: Assessment, change: Change, overridden: bool) -> dict[str, Any]:
    """Return what the page says of an assessment."""
    from impact.questions.why import why_assessed

    services, points = assessment.services, single_points(assessment.services)
    services_shown = services if _all("services") else services[:FEW]
    points = points if _all("points") else points[:FEW]
    explain = [service.id for service in services_shown]
    why = kept(lambda: why_assessed(context(), assessment, services, [ci for ci, _ in points], explain=explain))
    named = in_assessment(assessment, why, listed=None if _all("cis") else FEW)
    names = page_names((*named, *_target_ids(change)), at=assessment.graph_revision)
    gates, gates_more = gates_shown(why, names, every=_all("gates"))
    return {
        "said": said_of(assessment) if services else Said.untouched(assessment),
        "reasons": reasons_of(assessment, {**names, **_entries(assessment)}),
        "who_decides": who_decides(assessment, overridden=overridden, boards=_boards(change, assessment)),
        "services_shown": services_shown,
        "services_more": len(services) - len(services_shown),
        "points": points_shown(points, why, names),
        "points_more": len(single_points(services)) - len(points),
        "gates": gates,
        "gates_more": gates_more,
        "names": names,
        "graph": drawing_of(_facts(assessment, why, names)),
        "told": told(why.explained, effects_of(assessment.inputs.targets), at=assessment.graph_revision)
        if why
        else None,
        "story_url": lambda service: url_for("pages.change", id=change.id, explain=service) + "#story",
        "affected_shown": [_few(Outcome.DOWN, assessment.down), _few(Outcome.DEGRADED, assessment.degraded)],
        "left_behind": rewiring_sentences(assessment.rewiring, names),
        "edit_notes": note_sentences(assessment.rewiring, names),
        **_standing(assessment, services),
        **_outlook(assessment, names),
        "first": assessment.previous == START,
        "replay": _replayed(change) if request.args.get("replay") else None,
    }


def _facts(assessment: Assessment, why: Why | None, names: Names) -> Facts:
    failed = frozenset(ci for phase in assessment.phases for ci in phase.failed)
    down, degraded = frozenset(assessment.down), frozenset(assessment.degraded)
    return Facts(assessment.services, failed, down, degraded, why, names=names)


def _outlook(assessment: Assessment, names: Names) -> dict[str, Any]:
    """Return what the page says of the outlook; assessments of the first method have none."""
    outlook = assessment.outlook
    if outlook is None:
        return {"outlook": None}
    names = {**names, **{service.id: service.name for service in assessment.services}}
    zone, conflicts = assessment.inputs.window.zone, outlook.conflicts
    shown = conflicts if _all("conflicts") else conflicts[:_MET]
    return {
        "outlook": outlook,
        "conflicts": [
            (conflict_sentence(each, assessment, names), [move_sentence(move, zone) for move in each.moves])
            for each in shown
        ],
        "conflicts_more": len(conflicts) - len(shown),
        "risks": risk_rows(assessment, outlook),
        "risk_groups": group_sentences(assessment, outlook, names),
        "flips": [flip_sentence(flip, assessment, names) for flip in outlook.flips],
        "unknown": unknown_sentences(outlook),
        "measures": [measure_words(each, assessment.inputs.window, names) for each in outlook.measures],
        "never": [never_words(each, names) for each in outlook.never],
    }


def _standing(assessment: Assessment, services: tuple[ServiceOutcome, ...]) -> dict[str, Any]:
    touched = {service.id for service in services}
    others = tuple(ci for ci in assessment.standing if ci not in touched)
    return {"standing_others": others[:FEW], "standing_more": max(0, len(others) - FEW)}


def _replayed(change: Change) -> dict[str, Any]:
    """Return what computing the assessment again found; it reads the inputs of the record, never its result."""
    from impact.questions.replay import replay
    from web.wording_replay import REPLAY_SENTENCES, REPLAY_WORDS

    answer = replay(context(), change.id)
    lines = [
        f"{place.pointer}: the record says {place.stored}, computed again it is {place.computed}"
        for place in answer.differences
    ]
    state = "up" if answer.same else "down"
    look = Look(state, state, REPLAY_WORDS[answer.finding])
    said = "" if answer.same else REPLAY_SENTENCES[answer.finding]
    return {"css": look.css, "icon": look.icon, "word": look.word, "said": said, "differences": lines}


def _target_line(target: Target, change: Change, retired: bool) -> TargetLine:
    if target.effect is Effect.CONFIG:
        return TargetLine(target, "stays in service", 0.0, retired)
    if change.window is None:
        return TargetLine(target, "known when the window is set", float(target.minutes or 0), retired)
    outage = target.outage(change.window)
    if outage is None:
        return TargetLine(target, "stays in service", 0.0, retired)
    start, end = (clock_text(moment, change.window) for moment in outage)
    return TargetLine(target, f"{start}–{end}", _minutes(*outage), retired)


def _phase_line(phase: Phase, change: Change) -> PhaseLine:
    assert change.window is not None
    start, end = (clock_text(moment, change.window) for moment in (phase.start, phase.end))
    failed = phase.failed if _all("phases") else phase.failed[:_OUT]
    return PhaseLine(
        f"{start}–{end}", minutes_of([phase]), failed, len(phase.failed) - len(failed), phase.edited[:_OUT]
    )


def _no_return(change: Change) -> str:
    """Return until when the back-out still fits into the window, empty where that can not be said."""
    moment = change.no_return
    if moment is None or change.window is None:
        return ""
    if moment < change.window.start:
        return "none, the back-out takes longer than the window"
    return clock_text(moment, change.window)


def _few(outcome: Outcome, ids: tuple[str, ...]) -> tuple[Outcome, tuple[str, ...], int]:
    shown = ids if _all("cis") else ids[:FEW]
    return outcome, shown, len(ids) - len(shown)


def _all(part: str) -> bool:
    """Tell whether the address asks for all of a part that is cut to a few otherwise."""
    return request.args.get("all") == part


def _minutes(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds() / 60, 1)


def _target_ids(change: Change) -> tuple[str, ...]:
    return tuple(target.ci for target in (change.targets if _all("targets") else change.targets[:FEW]))


def _retired(ids: tuple[str, ...]) -> set[str]:
    found = context().store.get_many(CIS, ids)
    return {ci for ci, stored in found.items() if stored.document.get("status") == CIStatus.RETIRED.value}
