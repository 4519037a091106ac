"""A session: somebody signed in at a browser, from when, until when, and how it came to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cmdb.model.kind import Kind


class SignInMethod(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"
    LINK = "link"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Session:
    """
    One session of a person, from ``began`` to ``ends`` at the latest.

    ``address`` is that of the browser. ``ended`` is when it came to its end before that, ``because`` the tag of why
    (``session:signed_out``, ``session:revoked``, ``session:idle``), both empty while nothing has ended it.
    """

    id: str
    person: str
    method: SignInMethod
    began: datetime
    ends: datetime
    address: str = ""
    ended: datetime | None = None
    because: str = ""


SESSIONS = Kind(Session, name="session", indexed=("person",), refers_to={"person": "person"}, series="SES")
