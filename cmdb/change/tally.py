"""What the votes of a board come to: quorum and change authority, as pure arithmetic."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cmdb.model.ballot import APPROVING, VoteChoice
from cmdb.model.board import AuthorityRule
from cmdb.model.decision import Choice

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


_Result = tuple[Choice | None, str | None]


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


def tally(
    rule: AuthorityRule,
    quorum: int,
    authority: str | None,
    present: Mapping[str, str],
    votes: Mapping[str, VoteChoice],
    outstanding: Collection[str] = (),
) -> VoteCount:
    """
    Return what the votes come to.

    ``present`` maps each seat that takes part and is not recused to the person who fills it: a delegate who fills two
    seats counts once for the quorum. ``votes`` are those of these seats, ``outstanding`` the seats that may still vote.
    ``authority`` is the seat that decides where the rule is ``chair``, None where nobody does.
    """
    counted = {seat: choice for seat, choice in votes.items() if seat in present and choice is not VoteChoice.RECUSE}
    approving = sum(choice in APPROVING for choice in counted.values())
    rejecting = sum(choice is VoteChoice.REJECT for choice in counted.values())
    deferring = sum(choice is VoteChoice.DEFER for choice in counted.values())
    persons, left = len(set(present.values())), len(set(outstanding) - counted.keys())
    result: _Result = (None, "no_quorum")
    if persons >= quorum:
        if rule is AuthorityRule.CHAIR:
            result = _by_authority(authority, counted)
        else:
            by_rule = _by_majority if rule is AuthorityRule.MAJORITY else _by_veto
            result = by_rule(approving, rejecting, deferring, left)
    abstaining = len(counted) - approving - rejecting - deferring
    return VoteCount(*result, persons, approving, rejecting, deferring, abstaining, left)


def _by_authority(authority: str | None, votes: Mapping[str, VoteChoice]) -> _Result:
    if authority is None:
        return None, "no_authority"
    choice = votes.get(authority)
    if choice is None:
        return None, "waits_for_authority"
    if choice is VoteChoice.ABSTAIN:
        return None, "authority_abstains"
    return (Choice.APPROVE if choice in APPROVING else Choice(choice.value)), None


def _by_majority(approving: int, rejecting: int, deferring: int, left: int) -> _Result:
    cast = approving + rejecting + deferring
    counts = ((Choice.APPROVE, approving), (Choice.REJECT, rejecting), (Choice.DEFER, deferring))
    for choice, count in counts:
        if 2 * count > cast + left:
            return choice, None
    if left:
        return None, "votes_outstanding"
    return None, "no_majority" if cast else "nobody_voted"


def _by_veto(approving: int, rejecting: int, deferring: int, left: int) -> _Result:
    if rejecting:
        return Choice.REJECT, None
    if left:
        return None, "votes_outstanding"
    if deferring:
        return Choice.DEFER, None
    return (Choice.APPROVE, None) if approving else (None, "nobody_voted")
