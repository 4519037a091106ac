"""Who may decide about a change, and what stands in the way: said in words instead of a dead button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cmdb.change.decisions import AUTHORITY, part_in
from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.change import Change, ChangeState
from cmdb.roles import Actor, Role, may, roles_that_may

_PARTS = {
    "requester": "You raised this change: someone else decides about it.",
    "implementer": "You implement this change: someone else decides about it.",
    "author": "You wrote a part of this change: someone else decides about it.",
    "delegate of the requester": "You stand in for whoever raised this change: someone else decides about it.",
    "delegate of the implementer": "You stand in for whoever implements this change: someone else decides about it.",
    "delegate of the author": "You stand in for whoever wrote a part of this change: someone else decides about it.",
}
_NEXT = {
    ChangeState.DRAFT: "It is a draft: submit it, then it can be assessed.",
    ChangeState.SUBMITTED: "It is submitted: assessing it tells what happens to every service.",
    ChangeState.ASSESSED: "It is assessed and waits for a decision.",
    ChangeState.APPROVED: "It is approved.",
    ChangeState.REJECTED: "It was rejected. Editing it makes it a draft again, as a new revision.",
    ChangeState.DEFERRED: "The decision was put off. Submitting it again, or editing it, asks for it anew.",
    ChangeState.SCHEDULED: "It is approved and scheduled, to be implemented in its window.",
    ChangeState.IMPLEMENTING: "It is being implemented.",
    ChangeState.IMPLEMENTED: "It was implemented, and waits for its review.",
    ChangeState.PARTLY_IMPLEMENTED: "A part of it was implemented; it waits for its review.",
    ChangeState.BACKED_OUT: "It was backed out, and waits for its review.",
    ChangeState.FAILED: "It failed, and waits for its review.",
    ChangeState.REVIEWED: "It is reviewed, and can be closed.",
    ChangeState.CLOSED: "It is closed.",
    ChangeState.EXPIRED: "It was not started while its window was open, so its approval has expired.",
    ChangeState.CANCELLED: "It was given up.",
}


@dataclass(frozen=True, slots=True)
class Deciding:
    """Whether the actor may approve or reject here and now, and the sentences on what stands in the way."""

    approve: bool
    reject: bool
    why_not: tuple[str, ...]

    @property
    def possible(self) -> bool:
        return self.approve or self.reject


def deciding(
    actor: Actor,
    change: Change,
    assessment: Assessment | None,
    now: datetime,
    acts_for: Mapping[str, str],
    *,
    boards: Sequence[str] = (),
    overridden: bool = False,
) -> Deciding:
    """
    Return what the actor may decide; the desk asks every guard again when the form comes.

    ``acts_for`` is whom the actor acts for (:func:`cmdb.people.persons.hands`), ``boards`` which boards decide instead.
    ``overridden``: two persons overrode its BLOCK.
    """
    if change.state not in (ChangeState.DRAFT, ChangeState.SUBMITTED, ChangeState.ASSESSED):
        return Deciding(False, False, (_NEXT[change.state],))
    if change.state is not ChangeState.ASSESSED or assessment is None or assessment.change_revision != change.revision:
        return Deciding(False, False, ("There is nothing to decide yet: this revision is not assessed.",))
    if not may(actor, "change:approve") and not may(actor, "change:reject"):
        return Deciding(
            False, False, (f"Your role does not decide about changes: {_named(roles_that_may('change:approve'))} may.",)
        )
    part = part_in(change, acts_for)
    if part is not None:
        return Deciding(False, False, (_PARTS[part],))
    against = tuple(_against(actor, change, _decided_as(assessment, overridden), now, boards))
    return Deciding(not against and may(actor, "change:approve"), may(actor, "change:reject"), against)


def _decided_as(assessment: Assessment, overridden: bool) -> Verdict:
    """Return the verdict by which is decided: what was overridden the board decides."""
    return Verdict.CAB if overridden and assessment.verdict is Verdict.BLOCK else assessment.verdict


def _against(actor: Actor, change: Change, verdict: Verdict, now: datetime, boards: Sequence[str]) -> list[str]:
    """Return what speaks against the actor's approval."""
    found = []
    needed = AUTHORITY[verdict]
    if verdict is Verdict.BLOCK:
        found.append("BLOCK: nobody may approve it while the reasons above hold. It can be edited, or rejected.")
    elif not actor.roles & needed:
        found.append(
            f"Approving a change with verdict {verdict.value} is for {_named(tuple(needed))}; you may reject it."
        )
    elif boards:
        found.append(f"The board {' or '.join(boards)} decides by its votes; you may reject it.")
    if change.window is not None and change.window.end <= now:
        found.append("Its window has ended, so there is nothing left to approve.")
    return found


def who_decides(assessment: Assessment, *, overridden: bool = False, boards: Sequence[str] = ()) -> str:
    """Return who may approve a change of this verdict: ``boards`` by their votes, where some decide about it."""
    verdict = _decided_as(assessment, overridden)
    if verdict is Verdict.BLOCK:
        return "Nobody, while these reasons hold and nobody overrides them: one person asks for it, another confirms."
    if verdict is Verdict.AUTO:
        return "The policy itself, at the assessment."
    lead = "Two persons overrode BLOCK. " if overridden else ""
    if boards:
        return f"{lead}The board {' or '.join(boards)} by its votes; who raised, wrote or implements it does not vote."
    return f"{lead}One approval by {_named(tuple(AUTHORITY[verdict]))}, who neither raised, wrote nor implements it."


def next_step(change: Change) -> str:
    """Return what comes next for a change in this state."""
    return _NEXT[change.state]


def _named(roles: tuple[Role, ...]) -> str:
    words = [
        f"{'an' if role.value[0] in 'aeio' else 'a'} {role.value.replace('_', ' ')}" for role in Role if role in roles
    ]
    words = [word.replace("cab", "CAB") for word in words]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
