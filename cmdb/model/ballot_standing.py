"""How a ballot stands: worked out when it is asked, and never stored."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.model.ballot import Ballot, Vote
from cmdb.model.decision import Choice

VOID: dict[str, str] = {
    "edited": "the change was edited after it was opened",
    "assessed_again": "a later assessment of the change is there",
    "decided_elsewhere": "the change is no longer waiting for a decision",
    "meeting_over": "its meeting ended without a decision",
}
"""Code of what makes a ballot, and every vote in it, void, and its meaning."""

UNDECIDED: dict[str, str] = {
    "no_quorum": "fewer persons take part than the quorum asks for, not counting those recused",
    "no_authority": "the chair and the deputy are recused, so nobody is the change authority",
    "waits_for_authority": "the change authority has not voted yet",
    "authority_abstains": "the change authority abstains",
    "nobody_voted": "nobody has voted for anything",
    "no_majority": "no choice has more than half of the votes",
    "votes_outstanding": "votes that are still outstanding could change the result",
}
"""Code of why a ballot has no result (yet), and its meaning."""


@dataclass(frozen=True, slots=True)
class VoteCount:
    """
    How a ballot stands: the choice it comes to, or None and a code of :data:`UNDECIDED`.

    ``persons`` is how many take part who are not recused; the other figures count votes.
    """

    choice: Choice | None
    because: str | None
    persons: int
    approving: int
    rejecting: int
    deferring: int
    abstaining: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class Recusal:
    """A seat that does not count, and why: its part in the change, or what its member said."""

    seat: str
    because: str


@dataclass(frozen=True, slots=True)
class BallotStanding:
    """
    A ballot and how it stands: whether it is void, who votes, who is recused, and what the votes come to.

    ``because`` is a code of :data:`VOID`. ``presiding`` are the seats of which one makes the decision, and ``counting``
    those whose votes count; ``conditions`` would be those of an approval.
    """

    ballot: Ballot
    void: bool
    because: str | None
    votes: tuple[Vote, ...]
    recused: tuple[Recusal, ...]
    counting: tuple[str, ...]
    outstanding: tuple[str, ...]
    presiding: tuple[str, ...]
    tally: VoteCount
    conditions: tuple[str, ...]
