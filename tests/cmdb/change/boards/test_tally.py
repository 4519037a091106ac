"""What votes come to, against counting it out by hand over every combination on small boards."""

from __future__ import annotations

from itertools import product

import pytest

from cmdb.change.boards.tally import tally
from cmdb.model.ballot import VoteChoice
from cmdb.model.ballot_standing import UNDECIDED
from cmdb.model.board import AuthorityRule
from cmdb.model.decision import Choice
from tests.oracles.board import comes_to, settled

SEATS = ("amy", "bo", "cy")
SAID = (None, *VoteChoice)


def every_board():
    """Every rule, quorum, authority, way to vote, and seat whose vote is still to come, of three seats."""
    for votes in product(SAID, repeat=len(SEATS)):
        given = {seat: choice for seat, choice in zip(SEATS, votes, strict=True) if choice is not None}
        for quorum in range(1, len(SEATS) + 1):
            yield quorum, given


@pytest.mark.parametrize("rule", AuthorityRule)
def test_every_vote_of_a_small_board_comes_to_what_counting_by_hand_says(rule):
    """Quorum without the recused, chair, majority and veto: 1,029 combinations for each rule."""
    seen = set()
    for quorum, votes in every_board():
        recused = {seat for seat, choice in votes.items() if choice is VoteChoice.RECUSE}
        there = {seat: seat for seat in votes if seat not in recused}
        authority = next((seat for seat in ("amy", "bo") if seat not in recused), None)
        found = tally(rule, quorum, authority, there, votes)
        wanted = comes_to(rule.value, quorum, authority, {s: c.value for s, c in votes.items()})
        assert (found.choice and found.choice.value, found.because) == wanted, (rule, quorum, votes)
        seen.add(wanted)
    assert {choice for choice, _ in seen} == {None, "approve", "reject", "defer"}
    assert {because for _, because in seen} - {None} <= set(UNDECIDED)


@pytest.mark.parametrize("rule", [AuthorityRule.MAJORITY, AuthorityRule.VETO])
def test_nothing_is_decided_while_votes_outstanding_could_change_it(rule):
    """With a seat still to vote there is a result only where it is the same however that seat votes, or abstains."""
    said = (VoteChoice.APPROVE, VoteChoice.REJECT, VoteChoice.DEFER, VoteChoice.ABSTAIN)
    seats = (*SEATS, "di")
    for count in range(1, len(seats)):
        for votes in product(said, repeat=count):
            given = dict(zip(seats, votes, strict=False))
            left = seats[count:]
            found = tally(rule, 1, None, dict.fromkeys(seats, "x") | {s: s for s in seats}, given, left)
            wanted = settled(rule.value, 1, None, {s: c.value for s, c in given.items()}, left)
            assert (found.choice and found.choice.value) == wanted, (rule, given, left)


def test_a_delegate_who_fills_two_seats_counts_once_for_the_quorum():
    """Two votes of one person are two votes and one person."""
    votes = {"amy": VoteChoice.APPROVE, "bo": VoteChoice.APPROVE}
    alone = tally(AuthorityRule.MAJORITY, 2, "amy", {"amy": "amy", "bo": "amy"}, votes)
    assert (alone.choice, alone.because, alone.persons, alone.approving) == (None, "no_quorum", 1, 2)
    both = tally(AuthorityRule.MAJORITY, 2, "amy", {"amy": "amy", "bo": "bo"}, votes)
    assert (both.choice, both.persons) == (Choice.APPROVE, 2)
