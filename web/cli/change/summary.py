"""The one-page summary of a change in the terminal: what a board reads before it decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from cmdb.errors import Family, ForeshockError
from cmdb.model.named import in_assessment, in_change
from cmdb.plural import counted
from web.cli.change.done import implementation_lines
from web.cli.change.go import go_lines
from web.cli.change.scorecard import afterwards_lines
from web.cli.tables import fields, heading, plain, table
from web.naming import Names, entry_names, listed_names
from web.wording_change import (
    CHOICE_WORDS,
    OUTCOME_WORDS,
    OVERRIDDEN_WORDS,
    STATE_WORDS,
    VERDICT_WORDS,
    alarms_of,
    duration,
    listed,
    moment_words,
    reason_filled,
    single_points,
    spares_left,
    verdict_sentences,
    way_words,
    window_words,
    zone_named,
)
from web.wording_consequence import consequence_brief
from web.wording_go import decision_words
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
from web.wording_why import gate_words, single_point_sentences

if TYPE_CHECKING:
    from datetime import datetime

    from cmdb.change.decisions import Standing
    from cmdb.change.record.dossier import Dossier
    from cmdb.model.assessment import Assessment, ServiceOutcome
    from cmdb.model.change import Change, Target, Window
    from cmdb.model.consequence import Consequence
    from cmdb.model.gate import Why
    from cmdb.model.outlook import Outlook
    from cmdb.model.phases import Phase
    from web.cli.session import Session

MOST_SERVICES = 12
MOST_EXPLAINED = 4
MOST_SINGLE_POINTS = 8
MOST_GATES = 6
MOST_PHASES = 10
MOST_OUT = 8
MOST_TARGETS = 6
MOST_EDITS = 8
MOST_RISKS = 6
MOST_CONFLICTS = 3
MOST_FLIPS = 4
MOST_NEVER = 3
_COLOURS = {"block": "red", "cab": "yellow", "peer": "blue", "auto": "green"}


def recorded(dossier: Dossier) -> Consequence | None:
    """Return the consequence that the record of the change's present revision holds, None where none does."""
    newest = dossier.assessments[-1] if dossier.assessments else None
    is_current = newest is not None and newest.change_revision == dossier.held.record.revision
    return newest.consequence if newest is not None and is_current else None


def page_of(session: Session, dossier: Dossier, expected: Consequence | None = None) -> Iterator[str]:
    """Return the lines of the page, with the names that CIs have at the revision of the newest assessment."""
    why, newest = why_of(session, dossier), dossier.assessments[-1] if dossier.assessments else None
    told = list(in_change(dossier.held.record))
    if newest is not None:
        told += in_assessment(newest, why, listed=0)
    names = session.names(told, at=None if newest is None else newest.graph_revision)
    # A target that was entered since is none of that revision.
    names = {**session.names(ci for ci in told if ci not in names), **names}
    names |= _entries(session, newest) if newest else {}
    return summary(dossier, why, names, expected, now=session.context.clock.now())


def _entries(session: Session, assessment: Assessment) -> dict[str, str]:
    """Return what the freezes and peak events of a verdict were called when it was made, by id."""
    from cmdb.change.calendar import calendar

    desk, at = session.twin(calendar), assessment.graph_revision
    return entry_names(
        assessment.facts, lambda what, entry: str(desk.get(session.context, what, entry, at=at).record.name)
    )


def summary(
    dossier: Dossier,
    why: Why | None = None,
    names: Names | None = None,
    expected: Consequence | None = None,
    *,
    now: datetime,
) -> Iterator[str]:
    """
    Yield the lines of the page; what does not fit is counted, and `-o json` has all of it.

    ``why`` is what :func:`why_of` found of the newest assessment; without it, nothing is said of redundancy groups.
    ``names`` are those of the CIs that it names, by id.
    ``expected`` is the consequence of the change as it is today; the page tells its figures where no assessment of this
    revision keeps those that its verdict judged, `foreshock risk show` all. ``now`` is when somebody reads the page.
    """
    names = names or {}
    change = dossier.held.record
    assessment = dossier.assessments[-1] if dossier.assessments else None
    yield f"{click.style(change.id, bold=True)}  {click.style(plain(change.title), bold=True)}"
    yield click.style(
        f"{change.type.value.capitalize()} change, {STATE_WORDS[change.state]}, revision {change.revision}, "
        f"requested by {plain(change.requester)}" + _figures(change, assessment, expected),
        dim=True,
    )
    yield from _alarms(change, now)
    yield ""
    yield from _verdict(change, assessment, names, overridden=dossier.overridden)
    yield ""
    yield from _plan(change, names)
    if assessment is not None:
        yield from _conflicts(assessment, names)
        yield from _services(assessment, names)
        yield from _explained(assessment, why, names)
        yield from gate_lines(why, names)
        yield from _single_points(assessment, why, names)
        yield from _afterwards(assessment, names)
        yield from _outlook(assessment, names)
        yield from _phases(assessment, names)
    yield from _revisions(dossier)
    yield from _decisions(dossier.decisions, change)
    yield from go_lines(dossier)
    yield from implementation_lines(dossier)
    yield from afterwards_lines(change.id, dossier.afterwards)
    if assessment is not None:
        yield from _record(assessment)


def _figures(change: Change, assessment: Assessment | None, expected: Consequence | None) -> str:
    """Return score, loss and P(fail) as the verdict judged them; before there is one, as things stand, and says so."""
    kept = assessment.consequence if assessment and assessment.change_revision == change.revision else None
    if kept is not None:
        return f"; {consequence_brief(kept)}"
    return f"; as things stand {consequence_brief(expected)}" if expected else ""


def why_of(session: Session, dossier: Dossier) -> Why | None:
    """Return what stands behind the newest assessment, None where there is none or its estate is no longer kept."""
    from impact.questions import why as reasons

    if not dossier.assessments:
        return None
    newest = dossier.assessments[-1]
    points = [ci for ci, _ in single_points(newest.services)[:MOST_SINGLE_POINTS]]
    try:
        desk = session.twin(reasons)
        services = newest.services[:MOST_SERVICES]
        explain = [service.id for service in services[:MOST_EXPLAINED]]
        found: Why = desk.why_assessed(session.context, newest, services, points, explain=explain)
    except ForeshockError as gone:
        if gone.family is Family.NOT_FOUND:
            return None
        raise
    return found


def gate_lines(why: Why | None, names: Names) -> Iterator[str]:
    """Yield a sentence for each redundancy group the failure had to pass."""
    said = gate_words(why, names) if why else []
    if said:
        yield from heading("Groups on the way", "what each needs, and what it has left")
        yield from (f"  {plain(gate.words)}" for gate in said[:MOST_GATES])
        more = len(said) - MOST_GATES
        yield from ([f"  and {more} more (on the page)"] if more > 0 else [])


def _verdict(change: Change, assessment: Assessment | None, names: Names, *, overridden: bool) -> Iterator[str]:
    if assessment is None:
        step = "Submit and assess it" if change.state.value == "draft" else "Assess it"
        yield f"Not assessed yet. {step} to see what it does."
        return
    if assessment.change_revision != change.revision:
        yield (
            f"The verdict below is of revision {assessment.change_revision}; the change is at revision "
            f"{change.revision}. Assess it again before anybody decides."
        )
        yield ""
    verdict = assessment.verdict
    name = click.style(verdict.value.upper(), bold=True, fg=_COLOURS[verdict.value.lower()])
    yield f"Verdict {name}: {VERDICT_WORDS[verdict]}"
    if overridden:
        yield f"  {click.style(OVERRIDDEN_WORDS, bold=True)}"
    for sentence in verdict_sentences(assessment):
        yield f"  {click.style(plain(sentence), bold=True)}"
    for code in assessment.reasons:
        yield f"  - {plain(reason_sentence(code, assessment, names))} {click.style(f'[{code}]', dim=True)}"


def reason_sentence(code: str, assessment: Assessment, names: Names) -> str:
    """Return the words of one reason of the verdict, its code where a policy of another release gave it."""
    from cmdb.change.policy.reasons import REASONS, facts_of

    return reason_filled(REASONS[code], facts_of(code, assessment, names)) if code in REASONS else code


def _plan(change: Change, names: Names) -> Iterator[str]:
    zone = change.window.zone if change.window else "UTC"
    targets = [_target(target, change.window, zone, names) for target in change.targets[:MOST_TARGETS]]
    targets += _more(len(change.targets) - MOST_TARGETS)
    back_out = change.back_out
    said = [line for line in change.reason.splitlines() if line.strip()]
    pairs: list[tuple[str, Any]] = [("Reason" if not place else " ", line) for place, line in enumerate(said)]
    pairs.append(("Window", window_words(change.window) if change.window else "not set yet"))
    pairs += [("Target" if not place else " ", target) for place, target in enumerate(targets)]
    edits = [said for each in change.targets for said in edit_sentences(each.ci, each.edit, names)]
    edits = [*edits[:MOST_EDITS], *_more(len(edits) - MOST_EDITS)]
    pairs += [("Edits" if not place else " ", plain(said)) for place, said in enumerate(edits)]
    pairs += [("Benefit", change.benefit or None), ("Who is told", change.communications or None)]
    pairs.append(("After", ", ".join(change.after) or None))
    pairs.append(("Model", change.model))
    pairs.append(("Implementer", change.implementer or change.team))
    pairs += [("Steps" if not place else " ", f"{place + 1}. {step}") for place, step in enumerate(change.steps)]
    pairs.append(("Back-out", _back_out(change) if back_out else "none"))
    pairs.append(("Tested", change.test_evidence or None))
    yield from fields(pairs)


def _target(target: Target, window: Window | None, zone: str, names: Names) -> str:
    who = names.get(target.ci) or target.ci
    if target.effect.value == "config":
        return f"{who} is reconfigured, stays in service"
    verbs = {"restart": "restarts", "retire": "is retired", "add": "is added", "rewire": "is rewired, out of service"}
    verb = verbs.get(target.effect.value, "goes down")
    outage = target.outage(window) if window else None
    since = target.edited_from(window) if window else None
    if outage is None and since is not None:
        return f"{who} {verb.partition(',')[0]} from {moment_words(since, zone)} on"
    if outage is None:
        return f"{who} {verb.partition(',')[0]}"
    return f"{who} {verb} {_span(*outage, zone)}, {duration((outage[1] - outage[0]).total_seconds() / 60)}"


def _back_out(change: Change) -> str:
    plan = change.back_out
    assert plan is not None
    parts = [plan.plan.rstrip(".")]
    parts += [duration(plan.minutes)] if plan.minutes is not None else []
    parts.append(f"tested on {plan.tested_on.isoformat()}" if plan.tested_on else "never tested")
    return ", ".join(parts)


def _services(assessment: Assessment, names: Names) -> Iterator[str]:
    services = assessment.services
    if not services:
        return
    alone = ", by this change alone" if assessment.outlook is not None and assessment.outlook.conflicts else ""
    yield from heading("Services", f"{len(services)} touched, {assessment.unaffected} untouched{alone}")
    headers = ("SERVICE", "TIER", "DURING", "MINUTES", "SPARES", "WHY")
    rows = [_service(service, names) for service in services[:MOST_SERVICES]]
    yield from table(headers, rows, right=("TIER", "MINUTES", "SPARES"))
    yield from _more(len(services) - MOST_SERVICES)
    if assessment.standing:
        yield f"With or without the change not whole: {plain(listed(listed_names(names, assessment.standing)))}."
    if assessment.down or assessment.degraded:
        down, degraded = len(assessment.down), len(assessment.degraded)
        verbs = "goes" if down == 1 else "go", "runs" if degraded == 1 else "run"
        yield f"Beside the targets {counted(down, 'CI')} {verbs[0]} down and {degraded} {verbs[1]} with less."


def _explained(assessment: Assessment, why: Why | None, names: Names) -> Iterator[str]:
    """Yield why each of the first services has its outcome, in one sentence."""
    from web.wording_explained import effects_of, explanation_sentence, words_of

    if why is None or not why.explained.explanations:
        return
    words = words_of(why.explained, effects_of(assessment.inputs.targets), names)
    yield from heading("Why")
    yield from (f"  {plain(explanation_sentence(one, words))}" for one in why.explained.explanations)
    yield from _more(len(assessment.services) - len(why.explained.explanations))


def _service(service: ServiceOutcome, names: Names) -> list[Any]:
    minutes = service.minutes.get(service.outcome)
    spares = spares_left(service)
    why = way_words(service.reason, names)
    shown = "" if minutes is None else f"{minutes:.1f}".removesuffix(".0")
    return [service.name, service.tier, OUTCOME_WORDS[service.outcome], shown, spares, why]


def _single_points(assessment: Assessment, why: Why | None, names: Names) -> Iterator[str]:
    sentences = single_point_sentences(assessment.services, why, names)
    if sentences:
        yield from heading("New single points of failure", "one more failure there stops a service")
        yield from (f"  {plain(sentence)}" for sentence in sentences[:MOST_SINGLE_POINTS])
        yield from _more(len(sentences) - MOST_SINGLE_POINTS)


def _afterwards(assessment: Assessment, names: Names) -> Iterator[str]:
    """Yield what the edits of the graph leave behind."""
    if assessment.rewiring is not None:
        yield from heading("Once rewired", "for good, against today")
        said = rewiring_sentences(assessment.rewiring, names) or ["No service stands otherwise than today."]
        yield from (f"  {plain(sentence)}" for sentence in said[:MOST_SERVICES])
        yield from _more(len(said) - MOST_SERVICES)


def _outlook(assessment: Assessment, names: Names) -> Iterator[str]:
    """Yield what the outlook knows beside joint conflicts, which stand first."""
    outlook = assessment.outlook
    if outlook is None:
        return
    if outlook.risks:
        note = "an outage needs more to fail; without the change, and with it"
        yield from heading("Risk while it runs", note + (", conflicts apart" if outlook.conflicts else ""))
        headers = ("SERVICE", "FOR", "WITHOUT", "WITH", "RISK GROUPS")
        shown = risk_rows(assessment, outlook)
        rows: list[list[Any]] = [[row.name, *row[2:]] for row in shown[:MOST_RISKS]]
        yield from table(headers, rows, right=("WITHOUT", "WITH"))
        yield from _more(len(shown) - MOST_RISKS)
        yield from (f"  {plain(sentence)}" for sentence in group_sentences(assessment, outlook, names))
    yield from _doubts(assessment, outlook, names)
    yield from _help(assessment, outlook, names)


def _doubts(assessment: Assessment, outlook: Outlook, names: Names) -> Iterator[str]:
    said = [flip_sentence(flip, assessment, names) for flip in outlook.flips]
    unknown = [*unknown_sentences(outlook), *map(plain, note_sentences(assessment.rewiring, names))]
    if said or unknown:
        yield from heading("What is not sure")
        yield from (f"  {plain(sentence)}" for sentence in said[:MOST_FLIPS])
        yield from _more(len(said) - MOST_FLIPS)
        yield from (f"  {sentence}" for sentence in unknown)


def _help(assessment: Assessment, outlook: Outlook, names: Names) -> Iterator[str]:
    if not outlook.measures and not outlook.never:
        return
    names = {**names, **{service.id: service.name for service in assessment.services}}
    yield from heading("What would help", "cheapest first; `foreshock whatif` tells all")
    for number, measure in enumerate(outlook.measures, 1):
        words = measure_words(measure, assessment.inputs.window, names)
        yield f"  {number}. {plain(' '.join((words.what, *words.gains)))}"
    for never in outlook.never[:MOST_NEVER]:
        yield f"  {plain(never_words(never, names))}"
    yield from _more(len(outlook.never) - MOST_NEVER)


def _conflicts(assessment: Assessment, names: Names) -> Iterator[str]:
    outlook = assessment.outlook
    if outlook is None or not outlook.conflicts:
        return
    yield from heading("Joint conflicts", "none of them stops it alone")
    for conflict in outlook.conflicts[:MOST_CONFLICTS]:
        yield f"  {plain(conflict_sentence(conflict, assessment, names))}"
        yield from (f"    {plain(move_sentence(move, assessment.inputs.window.zone))}" for move in conflict.moves)
    yield from _more(len(outlook.conflicts) - MOST_CONFLICTS)


def _phases(assessment: Assessment, names: Names) -> Iterator[str]:
    zone = assessment.inputs.window.zone
    yield from heading("Phases of the window")
    rows = [[_span(phase.start, phase.end, zone), _out(phase, names)] for phase in assessment.phases[:MOST_PHASES]]
    yield from (f"  {span}  {plain(out)}" for span, out in rows)
    yield from _more(len(assessment.phases) - MOST_PHASES)


def _out(phase: Phase, names: Names) -> str:
    out = f"out: {_few(names, phase.failed)}" if phase.failed else "nothing out by plan"
    return f"{out}; edited: {_few(names, phase.edited)}" if phase.edited else out


def _few(names: Names, cis: Sequence[str]) -> str:
    """Return what some CIs are called, of many the first and how many more there are."""
    more = [f"{len(cis) - MOST_OUT} more"] if len(cis) > MOST_OUT else []
    return listed([*listed_names(names, cis[:MOST_OUT]), *more]) if more else ", ".join(listed_names(names, cis))


def _span(start: Any, end: Any, zone: str) -> str:
    first, last = start.astimezone(zone_named(zone)), end.astimezone(zone_named(zone))
    day = "" if first.date() == last.date() else f"{last:%a} "
    return f"{first:%H:%M}-{day}{last:%H:%M}"


def _revisions(dossier: Dossier) -> Iterator[str]:
    """Say what each later revision changed, because it voided what was decided before it."""
    later = [revision for revision in dossier.revisions if revision.number > 1]
    if later:
        yield from heading("Revisions")
    for revision in later:
        places = list(dict.fromkeys(d.pointer.split("/")[1] for d in revision.changed if d.pointer))
        what = listed([place.replace("_", "-") for place in places]) or "nothing"
        yield f"  {revision.number} by {plain(revision.by)}, {moment_words(revision.at)}: changed {what}"


def _decisions(decisions: Sequence[Standing], change: Change) -> Iterator[str]:
    if not decisions:
        return
    zone = change.window.zone if change.window else "UTC"
    yield from heading("Decisions")
    for standing in decisions:
        decision = standing.decision
        verb = CHOICE_WORDS[decision.choice]
        line = (
            f"  {verb} by {plain(decision.by)}, {moment_words(decision.at, zone)}, revision {decision.change_revision}"
        )
        if standing.void:
            line += f" - {click.style('void', bold=True)}: {_void(standing.because)}"
        yield line
        if said := decision_words(decision):
            yield f'    "{plain(said)}"'


def _alarms(change: Change, now: datetime) -> Iterator[str]:
    for line in alarms_of(change, now):
        yield click.style(plain(line), bold=True)


def _void(because: str | None) -> str:
    from cmdb.change.decisions import VOID

    return VOID[because or ""]


def _record(assessment: Assessment) -> Iterator[str]:
    inputs = assessment.inputs
    yield from heading("Record", "every reader sees these same bytes; `foreshock replay` proves them")
    pairs = [
        ("Assessment", f"{assessment.id}, number {assessment.number}, {assessment.hash}"),
        ("Made", f"{moment_words(assessment.made_at, inputs.window.zone)} by {assessment.made_by}"),
        ("Graph", f"revision {assessment.graph_revision}"),
        ("Policy", f"version {inputs.policy_version}, {inputs.policy_sha256}"),
        ("Before it", assessment.previous if assessment.number > 1 else "nothing, it is the first"),
    ]
    yield from fields(pairs, indent="  ")


def _more(count: int) -> list[str]:
    return [f"and {count} more" + (" (-o json lists all)" if count > 1 else "")] if count > 0 else []
