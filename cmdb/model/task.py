"""A task of a change: what somebody is to do, and whether the change may be implemented before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Task:
    """
    One task.

    A ``condition`` blocks the implementation until it is done; ``decision`` is the approval that set it, None where
    somebody else did. ``owner`` is a person or a team, ``due`` a day. ``needs`` are the ids of tasks of the same change
    that have to be done first. ``review``: it is an action that the review found necessary.
    """

    id: str
    change: str
    title: str
    made_at: datetime
    made_by: str
    condition: bool = False
    owner: str | None = None
    due: date | None = None
    needs: tuple[str, ...] = ()
    decision: str | None = None
    review: bool = False
    done_at: datetime | None = None
    done_by: str | None = None

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


TASKS = Kind(
    Task,
    name="change_task",
    series="TSK",
    indexed=("change", "due"),
    refers_to={"change": "change", "needs": "change_task", "decision": "decision"},
)
