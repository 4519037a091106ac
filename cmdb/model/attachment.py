"""An attachment of a change: a file kept in the store itself, because links rot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Attachment:
    """
    One attachment. Its bytes are the store's blob under ``sha256``; ``size`` counts them.

    ``removed_at``: somebody took it off the change; what was there stays to be seen.
    """

    id: str
    change: str
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime
    by: str
    removed_at: datetime | None = None
    removed_by: str | None = None


ATTACHMENTS = Kind(
    Attachment, name="change_attachment", series="ATT", indexed=("change", "at"), refers_to={"change": "change"}
)
