"""What a team can do: how many changes it may implement at once, and when it works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.calendar_entry import EntryState, Schedule, Withdrawal
from cmdb.model.change import Change
from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class TeamCapacity:
    """
    A team implements ``at_once`` changes at most at the same time, and none outside of its ``hours`` (None: always).

    A team has one capacity that counts.
    """

    id: str
    team: str
    reason: str
    state: EntryState
    at_once: int
    stated_by: str
    stated_at: datetime
    hours: Schedule | None = None
    withdrawal: Withdrawal | None = None


CAPACITIES = Kind(
    TeamCapacity,
    name="team_capacity",
    series="CAP",
    indexed=("state", "team"),
    text=("id", "team", "reason"),
)


def team_of(change: Change) -> str | None:
    """Return the team that implements a change: the one it names, else its implementer, which may be one."""
    named: str | None = getattr(change, "team", None)
    return named or change.implementer
