"""An invitation: the right to set a password once, handed over as a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Invitation:
    """
    One link for one person, good once and until ``ends``; ``used`` is when it was, or when a newer one replaced it.

    ``by`` is who asked for it.
    """

    id: str
    person: str
    made: datetime
    ends: datetime
    by: str
    used: datetime | None = None


INVITATIONS = Kind(Invitation, name="invitation", indexed=("person",), refers_to={"person": "person"}, series="INV")
