"""What the configuration desks refuse, beyond wrong input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmdb.errors import Family, ForeshockError

NAMED = 20


@dataclass(frozen=True, slots=True)
class BrokenGroup:
    """A group that would keep ``members`` distinct members, fewer than the ``needs`` it states."""

    item: str
    name: str
    needs: int | str
    members: int


class GroupsWouldBreak(ForeshockError):
    """Ending something would leave groups with fewer members than they need; a person has to decide."""

    code = "ci.groups_would_break"
    sentence = (
        "{count} group(s) would keep fewer members than they need: {named}; allow it, and each of them ends and its "
        "remaining relations must hold alone, or give the group another member or smaller needs first"
    )
    family = Family.GATE

    def __init__(self, groups: Sequence[BrokenGroup]) -> None:
        self.groups = tuple(groups)
        told = [f"{g.name} of {g.item} ({g.members} left, needs {g.needs})" for g in groups[:NAMED]]
        if len(groups) > NAMED:
            told.append(f"and {len(groups) - NAMED} more")
        super().__init__(count=len(groups), named=", ".join(told), groups=[(g.item, g.name) for g in groups])
