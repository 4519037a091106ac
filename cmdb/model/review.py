"""The review of a change: what somebody else says about how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.kind import Kind


def _by_change(document: Mapping[str, Any]) -> str:
    key: str = document["change"]
    return key


@dataclass(frozen=True, slots=True)
class Review:
    """
    The one review of a change.

    ``reported`` is the outcome the implementer named, ``outcome`` the one that counts from the review on; ``actions``
    are the ids of the tasks that follow from it.
    """

    change: str
    by: str
    at: datetime
    text: str
    reported: ChangeOutcome
    outcome: ChangeOutcome
    actions: tuple[str, ...] = ()


REVIEWS = Kind(
    Review,
    name="change_review",
    key=_by_change,
    indexed=("at",),
    refers_to={"change": "change", "actions": "change_task"},
)
