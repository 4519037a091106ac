"""A credential: what proves that somebody is who they say, as a hash; the only kind of record that no door shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Credential:
    """
    The hash of one secret.

    ``id`` is ``person:`` and the id of a person for a password (its ``hash`` is one of argon2id, in PHC format), or the
    id of a session, an API token or an invitation (``hash`` is SHA-256 in hexadecimal, of 256 random bits). ``of`` is
    the id of the person.
    """

    id: str
    hash: str = field(repr=False)
    of: str = ""
    made: datetime | None = None


CREDENTIALS = Kind(Credential, name="credential")
