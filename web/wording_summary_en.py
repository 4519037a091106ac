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
from web import wording_summary_page_en as tables
from web.wording_change import VERDICT_WORDS, duration, moment_words, window_words, zone_named
from web.wording_summary import NAMED_AT_MOST, names_of
from web.wording_why import alone_words

REASONS: Mapping[str, str] = {}
"""The sentences of reasons are English where they are kept."""

CHOICES = tables.CHOICES
ISO = tables.ISO
OUTCOMES_OF_CHANGES = tables.OUTCOMES_OF_CHANGES
PAGE = tables.PAGE
PARTS = tables.PARTS
TYPES = tables.TYPES
VOIDS = tables.VOIDS
_EFFECTS = {
    Effect.DOWN: "down",
    Effect.RESTART: "restarts",
    Effect.CONFIG: "reconfigured, stays in service",
    Effect.ADD: "added",
    Effect.REWIRE: "rewired",
}
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
    out = ", down" if effect is Effect.REWIRE else ""
    return f"{said}{out} {duration(minutes)}" if minutes else said


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
