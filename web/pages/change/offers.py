"""What the actor may do with a change next: a form for each move that its state has, none that would be refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cmdb.change.authority import EMERGENCY_BOARD, part_in
from cmdb.change.decisions import AUTHORITY
from cmdb.change.implementation import papers_missing
from cmdb.change.moves import FINISHES, MOVES
from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.change import Change, ChangeState, ChangeType
from cmdb.roles import Actor, may

OUTCOMES = (
    ("success", "It went well"),
    ("issues", "Done, with issues"),
    ("issues in part", "Done in part, with issues"),
    ("backed_out", "Backed out"),
    ("failed", "Failed, with an incident"),
)
CORRECTIONS = (("", "As reported"), *(row for row in OUTCOMES if row[0] != "issues in part"))


@dataclass(frozen=True, slots=True)
class Offer:
    """One move as a form: its name, its button, a sentence, and which fields it has (comment, outcome, papers ...)."""

    move: str
    button: str
    sentence: str
    fields: tuple[str, ...] = ()
    first: bool = False


_OFFERS = (
    Offer("resubmit", "Submit again", "The decision was put off; this asks for it again.", first=True),
    Offer("reopen", "Make it a draft again", "It was rejected; as a draft it is written anew, as a new revision."),
    Offer(
        "approve as emergency",
        "Approve as emergency board",
        "An emergency is approved before it is assessed; its papers follow.",
        ("comment",),
        first=True,
    ),
    Offer("schedule", "Schedule", "It is approved; scheduled, it is to be implemented in its window.", first=True),
    Offer("confirm", "Confirm", "Its approval is suspended; confirmed, it counts again.", ("comment",), first=True),
    Offer(
        "go",
        "Go or no-go?",
        "It is assessed now and held against what was approved; a GO lasts 15 minutes.",
        first=True,
    ),
    Offer("implement", "Begin", "From here on it is being implemented.", first=True),
    Offer("finish", "Finish", "How it ended, and when.", ("outcome", "times", "comment"), first=True),
    Offer("document", "Save the papers", "What an emergency owes within two working days.", ("papers",), first=True),
    Offer("review", "Review", "Somebody who neither asked for it nor did it.", ("review",), first=True),
    Offer("close", "Close", "It is reviewed; closed, nothing more is added.", first=True),
    Offer("defer", "Defer", "The decision is put off until something is there.", ("comment",)),
    Offer("ask for override", "Ask to override BLOCK", "Another person has to confirm it.", ("comment",)),
    Offer("override", "Override BLOCK", "As another person asked: the board then decides.", ("comment",)),
    Offer("suspend", "Suspend", "The approval rests until it is confirmed.", ("comment",)),
    Offer("recall", "Recall", "The approval is taken back; it is assessed and decided about anew.", ("comment",)),
    Offer("cancel", "Cancel the change", "It is given up, for ever.", ("comment",)),
)
OVERRIDES = ("ask for override", "override")
_ACTS = {move.name: move.act for move in MOVES}


def offers_of(
    actor: Actor,
    change: Change,
    assessment: Assessment | None,
    acts_for: Mapping[str, str],
    *,
    override: str | None = None,
    approvers: Collection[str] = (),
) -> tuple[Offer, ...]:
    """
    Return what the actor may do next, in the order a page has it; the desk asks every guard again.

    ``override`` is the move the actor can make towards overriding BLOCK, if there is one.
    ``acts_for`` is whom the actor acts for (:func:`cmdb.people.persons.hands`), ``approvers`` are those who approved
    the present revision.
    """
    there = {move.name for move in MOVES if move.origin is change.state}
    own = part_in(change, acts_for) is not None
    approved = any(name in acts_for for name in approvers)
    return tuple(
        offer
        for offer in _OFFERS
        if offer.move in there
        and may(actor, _ACTS[offer.move])
        and (offer.move not in OVERRIDES or offer.move == override)
        and _holds(offer.move, actor, change, assessment, own=own, approved=approved)
    )


def _holds(
    move: str, actor: Actor, change: Change, assessment: Assessment | None, *, own: bool, approved: bool
) -> bool:
    """Tell whether what is known of the change and the actor allows the move."""
    if own and move in ("approve as emergency", "confirm", "review", "defer", *OVERRIDES):
        return False
    if approved and move == "implement":
        return False
    if move == "approve as emergency":
        return change.type is ChangeType.EMERGENCY and bool(actor.roles & EMERGENCY_BOARD)
    if move == "implement" and change.state is ChangeState.SUBMITTED:
        return change.type is ChangeType.EMERGENCY
    if move in FINISHES and change.state is ChangeState.APPROVED:
        return change.retrospective
    if move == "document":
        return change.type is ChangeType.EMERGENCY and bool(papers_missing(change))
    if move in ("confirm", "suspend"):
        suspended = change.suspended is not None
        if move == "suspend":
            return not suspended
        verdict = assessment.verdict if assessment else Verdict.BLOCK
        allowed = AUTHORITY[Verdict.PEER if verdict is Verdict.AUTO else verdict]
        return suspended and bool(actor.roles & allowed)
    if move == "go":
        return not change.retrospective
    if move == "schedule":
        return not change.retrospective and change.suspended is None
    return True
