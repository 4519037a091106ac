"""A ballot: the members of a board vote on one revision of a change, on one assessment that all of them see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cmdb.model.board import AuthorityRule
from cmdb.model.decision import Choice
from cmdb.model.kind import Kind, json_array


class VoteChoice(StrEnum):
    """What a member says; whoever recuses themselves does not count for the quorum, whoever abstains does."""

    APPROVE = "approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions"
    REJECT = "reject"
    DEFER = "defer"
    ABSTAIN = "abstain"
    RECUSE = "recuse"


class BallotState(StrEnum):
    """Whether a ballot waits for its decision."""

    OPEN = "open"
    CLOSED = "closed"


APPROVING = frozenset({VoteChoice.APPROVE, VoteChoice.APPROVE_WITH_CONDITIONS})


@dataclass(frozen=True, slots=True)
class Ballot:
    """
    One ballot of a board on a change, in a ``meeting`` or, between meetings, until ``deadline``.

    ``change_revision``, ``assessment`` and its hash are what is voted on. ``members``, ``chair``, ``deputy``, ``rule``
    and ``quorum`` are those of the board as it was opened. ``decision`` is the id of the decision that closed it, and
    ``choice`` what was decided; a ballot that was closed without one decided nothing.
    """

    id: str
    board: str
    change: str
    state: BallotState
    change_revision: int
    assessment: str
    assessment_hash: str
    members: tuple[str, ...]
    chair: str
    rule: AuthorityRule
    quorum: int
    opened_at: datetime
    opened_by: str
    deputy: str | None = None
    meeting: str | None = None
    deadline: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    decision: str | None = None
    choice: Choice | None = None

    @property
    def is_open(self) -> bool:
        return self.state is BallotState.OPEN


@dataclass(frozen=True, slots=True)
class Vote:
    """
    What one seat says in one ballot; it may be given anew until the ballot is closed, and its history stays.

    ``by`` is the account that voted and ``person`` the person behind it: another than ``seat`` where a delegate stands
    in. ``assessment_hash`` is that of the ballot. ``reason`` is needed for everything but approving, ``conditions``
    for approving with conditions.
    """

    ballot: str
    seat: str
    choice: VoteChoice
    by: str
    person: str
    at: datetime
    assessment_hash: str
    reason: str = ""
    conditions: tuple[str, ...] = ()


def seat_key(document: Mapping[str, Any]) -> str:
    """Return the key of a vote: a seat has one in each ballot."""
    return json_array(document["ballot"], document["seat"])


BALLOTS = Kind(
    Ballot,
    name="ballot",
    series="BAL",
    indexed=("board", "change", "meeting", "state"),
    refers_to={"board": "board", "change": "change", "assessment": "assessment", "meeting": "meeting"},
)
VOTES = Kind(Vote, name="vote", key=seat_key, indexed=("ballot", "at"), refers_to={"ballot": "ballot"})
