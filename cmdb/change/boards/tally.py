"""What the votes of a board come to: quorum and change authority, as pure arithmetic."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cmdb.model.ballot import APPROVING, VoteChoice
from cmdb.model.ballot_standing import VoteCount
from cmdb.model.board import AuthorityRule
from cmdb.model.decision import Choice

_Result = tuple[Choice | None, str | None]


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
