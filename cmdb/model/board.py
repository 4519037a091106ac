"""A change advisory board: who sits on it, how many have to take part, and how its change authority decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cmdb.model.kind import Kind


class AuthorityRule(StrEnum):
    """
    How the advice of the members becomes a decision.

    ``chair``: the chair decides, the others advise. ``majority``: more than half of the votes that are no abstentions.
    ``veto``: approved unless a member rejects, or else defers.
    """

    CHAIR = "chair"
    MAJORITY = "majority"
    VETO = "veto"


@dataclass(frozen=True, slots=True)
class Board:
    """
    One board.

    ``members`` are the ids of persons, sorted; each has a seat under their id, and ``chair`` and ``deputy`` are two of
    them. The chair presides, and the deputy wherever the chair may not: both are the change authority in person.
    ``quorum`` is how many persons have to take part who are not recused. ``zone`` is the IANA name of the time zone the
    board meets in. A board that is not ``active`` decides about nothing, and stays in every record.
    """

    id: str
    name: str
    chair: str
    members: tuple[str, ...]
    rule: AuthorityRule
    quorum: int
    deputy: str | None = None
    zone: str = "UTC"
    active: bool = True


BOARDS = Kind(
    Board,
    name="board",
    refers_to={"members": "person", "chair": "person", "deputy": "person"},
    text=("id", "name"),
)
