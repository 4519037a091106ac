"""The one-page summary of a change, in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from cmdb.model.assessment import Assessment, ServiceOutcome, Verdict
from cmdb.model.change import Effect, Window
from cmdb.model.confidence import Flip
from cmdb.model.gate import Why
from cmdb.model.joint_conflict import JointConflict, SmallestMove
from cmdb.model.outlook import Chance, Outlook
from cmdb.model.similar import SimilarChange
from web import wording_change, wording_outlook
from web.wording_change import VERDICT_WORDS, duration, moment_words, window_words, zone_named
from web.wording_summary import NAMED_AT_MOST, names_of
from web.wording_why import alone_words

REASONS: Mapping[str, str] = {}
"""The sentences of reasons are English where they are kept."""

PAGE = {
    "title": "Change summary",
    "skip": "Skip to the content",
    "more": "{count} more",
    "and_more": "{count} more",
    "characters": "({count} more characters)",
    "graph_left": "The graph of {count} nodes did not fit",
    "where": "What is counted and not shown stands on the page of {change}, and in the answer of `-o json`.",
    "number": "No.",
    "change": "{type} change",
    "revision": "revision {revision}",
    "requester": "requested by {who}",
    "implementer": "implemented by {who}",
    "window": "Window",
    "no_window": "not set yet",
    "reason": "Reason",
    "targets": "{count} targets",
    "one_target": "1 target",
    "no_targets": "No targets yet",
    "verdict": "Verdict",
    "not_assessed": "Not assessed yet, so nothing is known of what it does.",
    "stale": "The verdict is of revision {judged}; the change is at revision {now} and has to be assessed again.",
    "deadline": "Decision needed before {moment}.",
    "decides": "{verdict}: {words}",
    "reasons": "Reasons",
    "risk": "Risk of failure, P(fail)",
    "risk_unknown": "Not known yet: no failure model has judged this change. Not known is never low.",
    "risk_evidence": "Evidence: no prediction with an interval is recorded, so none of how reliable it was either.",
    "risk_history": "Of {past} past changes, {compared} were compared and {alike} have something in common; point 9 "
    "tells how the most similar went.",
    "services": "Services",
    "services_note": "{touched} touched, {untouched} untouched",
    "services_unknown": "Not known yet: {columns}. No failed scenario and no service level is recorded.",
    "service": "Service",
    "tier": "Tier",
    "now": "Now",
    "during": "During",
    "minutes": "Minutes",
    "spares": "Spares left",
    "if_failed": "if it fails",
    "budget": "error budget left",
    "breach": "P(breach)",
    "whole": "Whole",
    "not_whole": "Not whole",
    "weak": "New single points and risk groups",
    "points": "One more failure there stops a service",
    "no_points": "No new single point of failure.",
    "groups": "Most probable risk groups",
    "no_groups": "No risk group was computed.",
    "conflicts": "Conflicts and freezes",
    "no_conflicts": "No joint conflict with another change or an open incident.",
    "conflicts_unknown": "Joint conflicts: not known, the assessment did not look for them.",
    "freezes_unknown": "Freezes: not known yet, no calendar of them was judged.",
    "back_out": "Back-out",
    "no_back_out": "There is no back-out plan.",
    "takes": "Takes {duration}.",
    "takes_unknown": "How long it takes is not stated.",
    "tested": "Tested on {day}.",
    "never_tested": "Never tested.",
    "no_return": "Point of no return: {moment}; after that it does not fit into the window.",
    "no_return_none": "It takes longer than the window: past its beginning there is no way back in time.",
    "no_return_unknown": "Point of no return: not known.",
    "unknown": "What we do not know",
    "nothing_unknown": "No relation that counts here is in doubt.",
    "flips_verdict": "This could flip the verdict: {now} would be {then}.",
    "flips_not": "None of these doubts flips the verdict: it stays {now}.",
    "flips_unknown": "Whether it could flip the verdict is not known.",
    "p_fail_unknown": "P(fail), and what a failure would cost: not known, and not judged by this verdict.",
    "retired": "No longer part of the estate: {targets}.",
    "why_gone": "The estate it was computed from is no longer kept, so reasons in words are missing.",
    "help": "Drivers and mitigations",
    "drivers": "What the outcomes hang on",
    "graph": "Graph of {service}",
    "measures": "Cheapest mitigations, each tried",
    "no_measures": "Nothing that was tried makes any outcome better.",
    "measures_unknown": "Mitigations: not known, the assessment did not look for them.",
    "never": "Down whenever they are out, in any order of work",
    "unexamined": "Not tried",
    "doubts": "Doubtful relations on which an outcome hangs",
    "similar": "Most similar past changes",
    "similar_note": "{compared} of {past} past changes compared, {alike} with something in common",
    "no_similar": "No comparable change yet.",
    "similar_line": "{id} “{title}”: {went}, {ended}. Alike {similarity} ({parts})",
    "record": "Record",
    "assessment": "Assessment",
    "graph_hash": "Graph",
    "graph_words": "revision {revision}, catalogue defaults {sha}",
    "policy": "Policy",
    "policy_words": "version {version}, {sha}",
    "model": "Failure model",
    "model_none": "none judged this change",
    "approvals": "Decisions",
    "no_approvals": "Nobody has decided yet.",
    "duties": "Segregation of duties",
    "duties_kept": "kept: nobody who requests, wrote or implements it has decided",
    "duties_broken": "NOT kept: {who} decided and has a part in it",
    "duties_open": "requester, authors and implementer are refused as deciders; nobody has decided yet",
    "iso": "ISO/IEC 20000-1, 8.5.1",
    "void": "void, {because}",
    "yes": "yes",
    "no": "no",
    "open": "not yet",
    "not_recorded": "not recorded",
}

ISO = {
    "classified": "recorded and classified",
    "assessed": "risks and impact assessed",
    "benefit": "benefit stated",
    "approved": "approved before it is done",
    "reversal": "planned to be reversed or remedied",
    "tested": "the reversal tested",
    "told": "those affected told",
    "reviewed": "reviewed for its effect",
}
PARTS = {"classes": "classes", "services": "services", "model": "model and type", "words": "words"}
TYPES = {"standard": "Standard", "normal": "Normal", "emergency": "Emergency"}
VOIDS = {"edited": "the change was edited after it", "assessed_again": "a later assessment found another result"}
CHOICES = {"approve": "approved", "reject": "rejected"}
OUTCOMES_OF_CHANGES = {
    "success": "succeeded",
    "issues": "done with issues",
    "backed_out": "backed out",
    "failed": "failed with an incident",
}
_EFFECTS = {Effect.DOWN: "down", Effect.RESTART: "restarts", Effect.CONFIG: "reconfigured, stays in service"}
listed = wording_change.listed
duration = duration  # The same name in each language.


def verdict_words(verdict: Verdict) -> str:
    """Return who decides."""
    return VERDICT_WORDS[verdict]


def state_words(state: str) -> str:
    """Return the words of a change's state."""
    return state.replace("_", " ")


def verdict_sentences(assessment: Assessment) -> list[str]:
    """Return what happens to the services."""
    return wording_change.verdict_sentences(assessment)


def effect_words(effect: Effect, minutes: float | None) -> str:
    """Return what happens to a target, and for how long."""
    said = _EFFECTS.get(effect, effect.value)
    return f"{said} {duration(minutes)}" if minutes else said


def spares_left(service: ServiceOutcome) -> str:
    """Return how many further failures a service stands."""
    return wording_change.spares_left(service)


def window(of: Window) -> str:
    """Return a window as it was meant."""
    return window_words(of)


def moment(at: datetime, zone: str) -> str:
    """Return a moment in a zone."""
    return moment_words(at, zone)


def day(of: date) -> str:
    """Return a day: "2 Mar 2026"."""
    return f"{of.day} {of:%b %Y}"


def local_day(at: datetime, zone: str) -> str:
    """Return the day of a moment in a zone."""
    return day(at.astimezone(zone_named(zone)).date())


def point(ci: str, services: str, why: Why | None) -> str:
    """Return what a new single point of failure stops, and why it stands alone."""
    said = f"{ci} alone carries {services}."
    return " ".join(filter(None, (said, alone_words(why, ci) if why else "")))


def group(members: str, several: bool, services: str, many: bool, added: bool, probability: float | None) -> str:
    """Return what a risk group stops."""
    how = f" ({wording_outlook.chance_words(Chance(probability, probability))})" if probability else ""
    fails, stops = "fail together" if several else "fails", "stop" if many else "stops"
    return f"If {members} {fails}{how}, {services} {stops}{'; only with this change' if added else ''}."


def conflict(one: JointConflict, assessment: Assessment) -> str:
    """Return whom the change meets when, and what they stop together."""
    zone, names = assessment.inputs.window.zone, names_of(assessment)
    others = [each for each in one.changes if each != assessment.change]
    others += [f"{each} (incident)" for each in one.incidents]
    when = "" if one.from_ is None else f" from {moment(one.from_, zone)}"
    when += "" if one.to is None else f" to {moment(one.to, zone)}"
    stopped = [names.get(ci, ci) for ci in one.services]
    who, stops, cut = _few(others), "stops" if len(stopped) == 1 else "stop", _few(one.cut)
    return f"Together with {who}{when}: {_few(stopped)} {stops}, with {cut} out."


def move(one: SmallestMove, zone: str) -> str:
    """Return a move that frees a change."""
    return wording_outlook.move_sentence(one, zone)


def flip(one: Flip, assessment: Assessment) -> str:
    """Return what becomes of a service if a doubtful relation does not exist."""
    return wording_outlook.flip_sentence(one, assessment)


def unknown(outlook: Outlook) -> Sequence[str]:
    """Return what was not looked at."""
    return wording_outlook.unknown_sentences(outlook)


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.0f} %"


def _few(names: Sequence[str]) -> str:
    more = len(names) - NAMED_AT_MOST
    return listed(list(names) if more <= 1 else [*names[:NAMED_AT_MOST], f"{more} more"])


def went(change: SimilarChange) -> str:
    """Return how a past change went; where nobody recorded it, how far it came."""
    return (
        OUTCOMES_OF_CHANGES.get(change.outcome, change.outcome) if change.outcome else state_words(change.state.value)
    )
