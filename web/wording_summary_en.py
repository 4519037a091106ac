"""The one-page summary of a change, in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from cmdb.model.assessment import Assessment, ServiceOutcome, Verdict
from cmdb.model.change import Effect, Window
from cmdb.model.confidence import Flip
from cmdb.model.consequence import Consequence
from cmdb.model.decision import Decision
from cmdb.model.gate import Why
from cmdb.model.joint_conflict import JointConflict, SmallestMove
from cmdb.model.outlook import Outlook
from cmdb.model.similar import SimilarChange
from web import wording_change, wording_consequence, wording_figures, wording_go, wording_outlook
from web import wording_summary_page_en as tables
from web.naming import Names
from web.wording_change import VERDICT_WORDS, duration, few, moment_words, window_words, zone_named
from web.wording_outlook import StoppingGroup
from web.wording_summary import NAMED_AT_MOST, TIMED
from web.wording_why import single_point_words

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
    Effect.RETIRE: "retired",
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
    return f"{said}{out} {duration(minutes)}" if minutes and effect in TIMED else said


def spares_left(service: ServiceOutcome) -> str:
    """Return how many further failures a service stands."""
    return wording_change.spares_left(service)


def decision_words(decision: Decision) -> str:
    """Return what was said with a decision, or of a go or no-go check what it found."""
    return wording_go.decision_words(decision)


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


def point(ci: str, services: str, why: Why | None, names: Names) -> str:
    """Return what a new single point of failure stops, and why it stands alone."""
    return single_point_words(ci, services, why, names)


def group(one: StoppingGroup, names: Names) -> str:
    """Return what a risk group stops."""
    return wording_outlook.group_sentence(one, names, NAMED_AT_MOST)


def met(services: Sequence[str], others: Sequence[str]) -> str:
    """Return what a joint conflict stops, and with whom, within a reason."""
    return f"{few(services, NAMED_AT_MOST)} with {few(others, NAMED_AT_MOST)}"


def conflict(one: JointConflict, assessment: Assessment, names: Names) -> str:
    """Return whom the change meets when, and what they stop together."""
    return wording_outlook.conflict_sentence(one, assessment, names, NAMED_AT_MOST)


def move(one: SmallestMove, zone: str) -> str:
    """Return a move that frees a change."""
    return wording_outlook.move_sentence(one, zone)


def flip(one: Flip, assessment: Assessment, names: Names) -> str:
    """Return what becomes of a service if a doubtful relation does not exist."""
    return wording_outlook.flip_sentence(one, assessment, names)


def unknown(outlook: Outlook) -> Sequence[str]:
    """Return what was not looked at."""
    return wording_outlook.unknown_sentences(outlook)


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.0f} %"


def share(of: float) -> str:
    """Return a probability, never as none or all where it is neither."""
    return wording_figures.percent(of)


def loss(found: Consequence) -> Sequence[str]:
    """Return what the change is expected to cost, its tail, the score, and money where it is known."""
    return wording_consequence.loss_words(found), wording_consequence.money_words(found)


def limits(found: Consequence) -> Sequence[str]:
    """Return what of the consequence was not looked at."""
    return wording_consequence.limit_words(found)


def went(change: SimilarChange) -> str:
    """Return how a past change went; where nobody recorded it, how far it came."""
    return (
        OUTCOMES_OF_CHANGES.get(change.outcome, change.outcome) if change.outcome else state_words(change.state.value)
    )
