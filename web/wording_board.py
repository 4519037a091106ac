"""The words of boards and their meetings: the same in the terminal, on the pages and in what is printed."""

from __future__ import annotations

from cmdb.model.ballot import VoteChoice
from cmdb.model.ballot_standing import UNDECIDED, VOID, BallotStanding
from cmdb.model.board import AuthorityRule
from cmdb.model.meeting import BECAUSE, AgendaItem, ItemKind, MeetingState

RULE_WORDS = {
    AuthorityRule.CHAIR: "the chair decides",
    AuthorityRule.MAJORITY: "the majority decides",
    AuthorityRule.VETO: "approved unless a member rejects",
}
VOTE_WORDS = {
    VoteChoice.APPROVE: "approve",
    VoteChoice.APPROVE_WITH_CONDITIONS: "approve with conditions",
    VoteChoice.REJECT: "reject",
    VoteChoice.DEFER: "defer",
    VoteChoice.ABSTAIN: "abstain",
    VoteChoice.RECUSE: "recuse",
}
ITEM_WORDS = {
    ItemKind.ACTION: "Actions of last time",
    ItemKind.LOOK_BACK: "What went wrong since",
    ItemKind.DECISION: "To be decided",
    ItemKind.MODEL: "Change models",
    ItemKind.TOPIC: "Topics",
    ItemKind.PRE_AUTHORISED: "Pre-authorised",
    ItemKind.FORWARD: "Forward schedule",
}
MEETING_WORDS = {
    MeetingState.PLANNED: "planned",
    MeetingState.FROZEN: "agenda frozen",
    MeetingState.OPEN: "being held",
    MeetingState.CLOSED: "closed",
    MeetingState.CANCELLED: "called off",
}
RECUSED_WORDS = {"recused": "at their own word"}


def why_on_agenda(item: AgendaItem) -> str:
    """Return why an item is on an agenda."""
    return BECAUSE[item.because]


def recused_words(because: str) -> str:
    """Return why a seat does not count."""
    return RECUSED_WORDS.get(because, f"as {because} of the change")


def ballot_words(found: BallotStanding) -> str:
    """Return how a ballot stands in one sentence."""
    if found.because is not None:
        return f"Void: {VOID[found.because]}."
    if found.ballot.choice is not None:
        return f"Decided: {found.ballot.choice.value} ({found.ballot.decision})."
    if found.tally.choice is not None:
        asked = " with conditions" if found.conditions and found.tally.choice.value == "approve" else ""
        return f"The votes come to {found.tally.choice.value}{asked}; whoever presides makes the decision."
    return f"Undecided: {UNDECIDED[found.tally.because or 'nobody_voted']}."


def votes_words(found: BallotStanding) -> str:
    """Return the votes in figures, and how many take part of the quorum."""
    tally = found.tally
    return (
        f"{tally.approving} for, {tally.rejecting} against, {tally.deferring} to defer, {tally.abstaining} abstaining;"
        f" {tally.persons} of {found.ballot.quorum} needed take part"
    )
