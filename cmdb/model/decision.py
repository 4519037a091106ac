"""A decision: someone approved or rejected one revision of a change on the strength of one assessment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cmdb.model.kind import Kind


class Choice(StrEnum):
    """What was decided."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Decision:
    """
    One decision. It counts only for the revision of the change it names: an edit after it makes it void.

    ``by`` is the person, or ``policy`` where the verdict was AUTO; ``assessment_hash`` binds it to the bytes the person
    saw.
    """

    id: str
    change: str
    change_revision: int
    assessment: str
    assessment_hash: str
    choice: Choice
    by: str
    at: datetime
    comment: str = ""


DECISIONS = Kind(
    Decision,
    name="decision",
    series="DEC",
    indexed=("change", "at", "by"),
    refers_to={"change": "change", "assessment": "assessment"},
)
