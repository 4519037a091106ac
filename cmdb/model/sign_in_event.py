"""What happened at the door: every sign-in, refused or not, and whatever began or ended a right to come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cmdb.model.kind import Kind


class SignInOutcome(StrEnum):
    """What an event tells."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    THROTTLED = "throttled"
    SIGNED_OUT = "signed_out"
    SESSION_REVOKED = "session_revoked"
    INVITED = "invited"
    PASSWORD_SET = "password_set"
    TOKEN_MADE = "token_made"
    TOKEN_REVOKED = "token_revoked"
    IDENTITY_REFUSED = "identity_refused"


@dataclass(frozen=True, slots=True)
class SignInEvent:
    """
    One event.

    ``person`` is empty where nobody is recorded for what was typed: that may have been a password, and is not kept.
    ``subject`` is the id of the session, invitation or token it is about.
    """

    id: str
    at: datetime
    outcome: SignInOutcome
    person: str = ""
    address: str = ""
    subject: str = ""


SIGN_IN_EVENTS = Kind(SignInEvent, name="sign_in_event", indexed=("at", "person", "outcome"), series="SIE")
