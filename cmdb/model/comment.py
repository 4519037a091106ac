"""A comment on a change: what somebody said, when; never altered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment; ``move`` names the move it gives the reason of, None where it only says something."""

    id: str
    change: str
    by: str
    at: datetime
    text: str
    move: str | None = None


COMMENTS = Kind(Comment, name="change_comment", series="CMT", indexed=("change", "at"), refers_to={"change": "change"})
