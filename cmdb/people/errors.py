"""What can be refused at the door. None of these tells a stranger which accounts there are."""

from __future__ import annotations

from cmdb.errors import Family, ForeshockError


class SignInNeeded(ForeshockError):
    """Nobody is signed in, or no longer."""

    code = "sign_in.needed"
    sentence = "nobody is signed in here; sign in, or send an API token as Authorization: Bearer"
    family = Family.NOT_SIGNED_IN


class SignInRefused(ForeshockError):
    """Account and password do not belong together; which of the two is wrong is not told."""

    code = "sign_in.refused"
    sentence = "the account or the password is wrong"
    family = Family.NOT_SIGNED_IN


class SignInThrottled(ForeshockError):
    """Too many attempts failed, for this account or from this address."""

    code = "sign_in.throttled"
    sentence = "too many attempts have failed; try again in {minutes} minute(s)"
    family = Family.TOO_OFTEN

    def __init__(self, *, seconds: int) -> None:
        super().__init__(seconds=seconds, minutes=-(-seconds // 60))


class LinkRefused(ForeshockError):
    """The one-time link was used, has expired, or was never given."""

    code = "sign_in.link"
    sentence = "this link is no longer good; an administrator can give you another: foreshock person invite"
    family = Family.NOT_ALLOWED


class TokenRefused(ForeshockError):
    """The API token is unknown, expired or revoked; which of these is not told."""

    code = "token.refused"
    sentence = "this API token is not known, has expired or was revoked"
    family = Family.NOT_SIGNED_IN


class PersonNeeded(ForeshockError):
    """What was asked for is a person's own, and whoever acts is none that is recorded, or acts by a token."""

    code = "person.needed"
    sentence = "{actor} is no recorded person who is signed in; this is for persons themselves"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str) -> None:
        super().__init__(actor=actor)
