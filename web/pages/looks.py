"""How outcomes, verdicts and states look: an icon, a colour and always a word."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from cmdb.model.assessment import Verdict
from cmdb.model.change import FINISHED, ChangeState, Effect, Target
from cmdb.model.ci import CIStatus
from cmdb.model.decision import Choice
from cmdb.model.outcome import Outcome
from cmdb.model.run import RunState
from cmdb.roles import Actor
from web.wording_change import OUTCOME_WORDS


@dataclass(frozen=True, slots=True)
class Look:
    """The class in the style sheet, the icon and the word."""

    css: str
    icon: str
    word: str


OUTCOMES = {
    Outcome.DOWN: Look("down", "down", OUTCOME_WORDS[Outcome.DOWN]),
    Outcome.DEGRADED: Look("degraded", "degraded", OUTCOME_WORDS[Outcome.DEGRADED]),
    Outcome.REDUNDANCY_LOST: Look("lost", "lost", OUTCOME_WORDS[Outcome.REDUNDANCY_LOST]),
    Outcome.REDUCED: Look("reduced", "reduced", OUTCOME_WORDS[Outcome.REDUCED]),
    Outcome.UNAFFECTED: Look("up", "up", OUTCOME_WORDS[Outcome.UNAFFECTED]),
}
VERDICTS = {
    Verdict.BLOCK: Look("block", "block", "BLOCK"),
    Verdict.CAB: Look("cab", "cab", "CAB"),
    Verdict.PEER: Look("peer", "peer", "PEER"),
    Verdict.AUTO: Look("auto", "auto", "AUTO"),
}
STATES = {
    ChangeState.DRAFT: Look("unknown", "edit", "Draft"),
    ChangeState.SUBMITTED: Look("unknown", "clock", "Submitted"),
    ChangeState.ASSESSED: Look("chosen", "half", "Assessed"),
    ChangeState.APPROVED: Look("up", "tick", "Approved"),
    ChangeState.REJECTED: Look("down", "cross", "Rejected"),
    ChangeState.DEFERRED: Look("degraded", "clock", "Deferred"),
    ChangeState.SCHEDULED: Look("up", "clock", "Scheduled"),
    ChangeState.IMPLEMENTING: Look("chosen", "bolt", "Implementing"),
    ChangeState.IMPLEMENTED: Look("up", "tick", "Implemented"),
    ChangeState.PARTLY_IMPLEMENTED: Look("degraded", "half", "Partly implemented"),
    ChangeState.BACKED_OUT: Look("degraded", "back", "Backed out"),
    ChangeState.FAILED: Look("down", "down", "Failed"),
    ChangeState.REVIEWED: Look("up", "search", "Reviewed"),
    ChangeState.CLOSED: Look("unknown", "lock", "Closed"),
    ChangeState.EXPIRED: Look("unknown", "clock", "Expired"),
    ChangeState.CANCELLED: Look("unknown", "cross", "Cancelled"),
}
CHOICES = {
    Choice.APPROVE: Look("up", "tick", "Approved"),
    Choice.REJECT: Look("down", "cross", "Rejected"),
    Choice.DEFER: Look("degraded", "clock", "Deferred"),
    Choice.RECALL: Look("unknown", "back", "Recalled"),
    Choice.SUSPEND: Look("degraded", "lock", "Suspended"),
    Choice.CONFIRM: Look("up", "tick", "Confirmed"),
    Choice.ASK_OVERRIDE: Look("degraded", "lock", "Asked for an override"),
    Choice.OVERRIDE: Look("degraded", "lock", "Overrode BLOCK"),
}
STATUSES = {
    CIStatus.PROPOSED: Look("lost", "doubt", "Proposed"),
    CIStatus.ACTIVE: Look("up", "up", "In use"),
    CIStatus.MISSING: Look("degraded", "search", "Missing"),
    CIStatus.RETIRED: Look("unknown", "cross", "Retired"),
}
RUNS = {
    RunState.QUEUED: Look("unknown", "clock", "Waits"),
    RunState.RUNNING: Look("chosen", "half", "Runs"),
    RunState.OK: Look("up", "up", "Went well"),
    RunState.PARTIAL: Look("degraded", "degraded", "In part"),
    RunState.FAILED: Look("down", "down", "Failed"),
    RunState.CANCELLED: Look("unknown", "cross", "Cancelled"),
    RunState.LOST: Look("down", "cross", "Lost"),
}
# A longer word could not stand on a line of its own on a phone.
_WHOLE = 30
_EFFECTS = {
    Effect.DOWN: "goes down",
    Effect.RESTART: "restarts",
    Effect.CONFIG: "is reconfigured",
    Effect.RETIRE: "is retired",
    Effect.ADD: "is added",
    Effect.REWIRE: "is rewired",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One state on the way of a change: its word, icon, class, and whether the change is there now."""

    word: str
    icon: str
    css: str
    now: bool


def steps_of(state: ChangeState, *, hurried: bool = False) -> list[Step]:
    """
    Return the way of a change from draft to its end, with where it stands; a way that ended early ends there.

    ``hurried``: an emergency that was begun without being assessed.
    """
    way = [each for each in _way(state) if not (hurried and each in _SKIPPED)]
    here = way.index(state)
    return [
        Step(
            STATES[each].word,
            STATES[each].icon if each is state else "tick" if place < here else "",
            "done" if place < here else "",
            each is state,
        )
        for place, each in enumerate(way)
    ]


_SKIPPED = (ChangeState.ASSESSED, ChangeState.APPROVED, ChangeState.SCHEDULED)


def _way(state: ChangeState) -> list[ChangeState]:
    asked = [ChangeState.DRAFT, ChangeState.SUBMITTED, ChangeState.ASSESSED]
    if state is ChangeState.CANCELLED:
        return [ChangeState.DRAFT, state]
    if state in (ChangeState.REJECTED, ChangeState.DEFERRED):
        return [*asked, state]
    if state is ChangeState.EXPIRED:
        return [*asked, ChangeState.APPROVED, state]
    done = state if state in FINISHED or state is ChangeState.IMPLEMENTING else ChangeState.IMPLEMENTED
    rest = [ChangeState.APPROVED, ChangeState.SCHEDULED, done, ChangeState.REVIEWED, ChangeState.CLOSED]
    return [*asked, *rest]


def roles_of(actor: Actor) -> str:
    """Return the actor's roles in words."""
    return ", ".join(sorted(role.value.replace("_", " ") for role in actor.roles))


def effect_of(target: Target) -> str:
    """Return what the change does to the target, as a verb."""
    return _EFFECTS[target.effect]


def whole_ids(words: str) -> Markup:
    """Return a sentence in which no id breaks at one of its hyphens: an id is copied and looked up as a whole."""
    return Markup(" ").join(
        Markup('<span class="nowrap">{}</span>').format(word) if "-" in word and len(word) <= _WHOLE else word
        for word in words.split(" ")
    )
